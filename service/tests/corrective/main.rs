//! Corrective action requests through the service, on every database: 8D from D0 to a signed closure, who may do what,
//! what the supplier sees and writes. What becomes of them in an archive is in `tests/moving`.

#![expect(clippy::unwrap_used, reason = "a test")]

mod causes;
mod dates;
mod life;
mod linked;
mod lists;
mod paths;
mod rights;
mod supplier;

use serde_json::Value as Json;
use service::actor::Actor;
use service::audit::verify;
use service::corrective::transition::{self, CorrectiveMoveRequest};
use service::corrective::{CorrectiveView, history};
use service::defects::history::HistoryEvent;
use service::input::Input;
use service::version::IfMatch;
use service::{Draft, Error, Result};
use testkit::TestSystem;

/// Whatever the version.
const ANY: IfMatch = IfMatch::Any;

#[expect(clippy::needless_pass_by_value, reason = "reads better with json!")]
fn body<T: Input>(body: Json) -> Draft<T> {
    Draft::json(&body)
}

/// Tries a move.
async fn try_move(t: &TestSystem, actor: &Actor, id: i64, request: Json) -> Result<CorrectiveView> {
    let request: Draft<CorrectiveMoveRequest> = body(request);
    transition::act(t, actor, id, &ANY, &request, None).await
}

/// The fields that a refusal names.
#[track_caller]
fn fields<T: std::fmt::Debug>(refused: Result<T>) -> Vec<String> {
    match refused.unwrap_err() {
        Error::Invalid(errors) | Error::Duplicate(errors) => {
            errors.into_iter().map(|error| error.field).collect()
        }
        Error::Forbidden { fields, .. } => fields.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

/// A request's history as quality sees it: all of it.
async fn history_of(t: &TestSystem, id: i64) -> Vec<HistoryEvent> {
    let quality = t.member(service::role::Role::QualityEngineer).await;
    let all = body(serde_json::json!({"limit": 200}));
    history::list(t, &quality, id, &all).await.unwrap().items
}

/// Every chain and every record is as it was written.
async fn assert_intact(t: &TestSystem) {
    assert_eq!(verify(t, |_| ()).await.unwrap().findings, []);
}
