//! The first administrator of an empty system.

use actix_web::web::Data;
use actix_web::{HttpRequest, post};
use service::setup::{self, SetUp};
use service::user::UserView;
use service::{Draft, Error};

use crate::answer::{Reply, created};
use crate::extract::Open;
use crate::limits;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::state::State;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(set_up);
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
    let view = make(&state, &request, &open.draft).await?;
    created(&format!("users/{}", view.id), view.version, &view)
}

/// Makes the first administrator, at whichever door; wrong tokens count against the address.
pub async fn make(
    state: &State,
    request: &HttpRequest,
    draft: &Draft<SetUp>,
) -> Result<UserView, Problem> {
    let from = limits::place(state, request);
    state.limits.before_set_up(from)?;
    let view = match setup::set_up(&state.system, draft).await {
        Err(refused @ Error::Forbidden { .. }) => {
            state.limits.after_refused_set_up(from)?;
            Err(refused)
        }
        other => other,
    }?;
    Ok(view)
}
