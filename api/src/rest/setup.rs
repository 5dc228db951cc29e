//! The first administrator of an empty system.

use actix_web::web::Data;
use actix_web::{HttpRequest, post};
use service::Error;
use service::setup::{self, SetUp};
use service::user::UserView;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::answer::{Reply, created};
use crate::extract::Open;
use crate::limits;
use crate::state::State;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(set_up);
}

/// Makes the first administrator, with the one-time token that the first start printed.
///
/// Takes no Idempotency-Key: the token works once, and repeated the request is answered with 409.
#[utoipa::path(
    tag = "setup",
    security(()),
    request_body = SetUp,
    responses((status = 201, description = "The first administrator", body = UserView))
)]
#[post("/setup")]
async fn set_up(request: HttpRequest, state: Data<State>, open: Open<SetUp>) -> Reply {
    let from = limits::place(&state, &request);
    state.limits.before_set_up(from)?;
    let view = match setup::set_up(&open.system, &open.draft).await {
        Err(refused @ Error::Forbidden { .. }) => {
            state.limits.after_refused_set_up(from)?;
            Err(refused)
        }
        other => other,
    }?;
    created(&format!("users/{}", view.id), view.version, &view)
}
