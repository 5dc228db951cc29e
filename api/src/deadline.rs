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

/// Bounds a request.
pub async fn bound<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(state) = request.app_data::<Data<State>>().cloned() else {
        return next.call(request).await;
    };
    let only_reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let deadline = Instant::now() + state.timeout;
    let answer = db::request::within(deadline, next.call(request));
    match in_time(&state.system.db, state.timeout, answer).await {
        Some(answer) => answer,
        // The request is gone with the work; `observe` completes what stands in the place of its answer.
        None => Err(given_up(only_reads, state.timeout).into()),
    }
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
