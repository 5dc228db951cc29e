//! The request that is being served: its id, so that a log line or an audit event can name it, and
//! the moment by which it is to be answered.
//!
//! They are task-local, not parameters, because they are read at the far ends (log, audit, write)
//! and by nobody between. [`Db::write`](crate::Db::write) runs its work in a task of its own and
//! carries them into it.

use std::future::Future;
use std::time::{Duration, Instant};

tokio::task_local! {
    static CONTEXT: Context;
}

/// What is known of a request; nothing outside of one.
#[derive(Clone, Debug, Default)]
pub struct Context {
    id: Option<String>,
    deadline: Option<Instant>,
}

/// The id of the request that the current task serves; none outside a request.
#[must_use]
pub fn current() -> Option<String> {
    here().id
}

/// Runs `work` as part of the request `id`.
pub async fn scope<F: Future>(id: String, work: F) -> F::Output {
    let context = Context {
        id: Some(id),
        ..here()
    };
    CONTEXT.scope(context, work).await
}

/// Runs `work`, whose writes give up in time to be answered by `deadline`.
pub async fn within<F: Future>(deadline: Instant, work: F) -> F::Output {
    let context = Context {
        deadline: Some(deadline),
        ..here()
    };
    CONTEXT.scope(context, work).await
}

/// All that is known of the current request, for a task of its own.
#[must_use]
pub fn here() -> Context {
    CONTEXT.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `work` as a part of the request that was current elsewhere.
pub async fn carry<F: Future>(context: Context, work: F) -> F::Output {
    CONTEXT.scope(context, work).await
}

/// Waits for `work` until no more than `spare` is left of the request's time; none if that is
/// over first. Outside a request there is time without end.
pub(crate) async fn in_time<F: Future>(spare: Duration, work: F) -> Option<F::Output> {
    let Some(deadline) = here().deadline else {
        return Some(work.await);
    };
    let end = deadline.checked_sub(spare).unwrap_or(deadline);
    tokio::time::timeout_at(end.into(), work).await.ok()
}

impl Context {
    /// Whether no more than `spare` is left of its time.
    pub(crate) fn is_late(&self, spare: Duration) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() + spare >= deadline)
    }
}
