//! No request takes longer than `DMT_REQUEST_TIMEOUT_SECS`, whatever the database does.
//!
//! Writes give up by themselves a moment earlier (`db::request::within`), and know then whether anything was
//! written. What is left is answered here: a read was in vain, the outcome of anything else is unknown.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use service::db::{self, Db};

use crate::problem::{Kind, Problem};
use crate::state::State;

/// What takes as long as its body does to come: these bound their steps themselves ([`within`]).
fn is_streamed(method: &Method, path: &str) -> bool {
    let of_defects = ["/api/v1/defects/", "/defects/"];
    let of_defects = || of_defects.iter().any(|begin| path.starts_with(begin));
    let is_attachment = || of_defects() && path.ends_with("/attachments");
    let is_photo = || path.starts_with("/floor/reports/") && path.ends_with("/photo");
    *method == Method::POST && (path == "/api/v1/import" || is_attachment() || is_photo())
}

/// Bounds a request.
pub async fn bound<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(state) = request.app_data::<Data<State>>().cloned() else {
        return next.call(request).await;
    };
    if is_streamed(request.method(), request.path()) {
        return next.call(request).await;
    }
    let only_reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    // The request is gone with the work; `observe` completes what stands in the place of its answer.
    within(&state, only_reads, next.call(request)).await?
}

/// Bounds a request, or a step of one that takes longer as a whole.
pub async fn within<F: Future>(
    state: &State,
    only_reads: bool,
    work: F,
) -> Result<F::Output, Problem> {
    let deadline = Instant::now() + state.timeout;
    let work = db::request::within(deadline, work);
    let done = in_time(&state.system.db, state.timeout, work).await;
    done.ok_or_else(|| given_up(only_reads, state.timeout))
}

fn given_up(only_reads: bool, timeout: Duration) -> Problem {
    let seconds = timeout.as_secs();
    if only_reads {
        let detail = format!("the answer did not come within {seconds} s; repeat in a moment");
        return Problem::new(Kind::Unavailable, detail);
    }
    let detail = format!(
        "the answer did not come within {seconds} s, and whether the change was saved is unknown; \
         repeat with the same Idempotency-Key"
    );
    Problem::new(Kind::OutcomeUnknown, detail)
}

/// Waits for work that uses the database; none if it takes longer than `limit`. Then its connection may lead
/// nowhere, which the database is told before the work, and with it the connection, is let go.
pub async fn in_time<F: Future>(db: &Db, limit: Duration, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let done = tokio::time::timeout(limit, &mut work).await.ok();
    if done.is_none() {
        db.doubt();
    }
    done
}
