//! A defect's way from report to closure.

use actix_web::post;
use service::defects::DefectView;
use service::defects::transition::{self, TransitionRequest};

use crate::answer::{Reply, record};
use crate::extract::Sent;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(act_on_defect);
}

/// Takes an action on a defect; all that is unmet is told at once.
#[utoipa::path(
    tag = "transitions",
    request_body = TransitionRequest,
    responses((status = 200, description = "The defect in its new state", body = DefectView))
)]
#[post("/defects/{id}/transitions")]
async fn act_on_defect(sent: Sent<TransitionRequest>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id("defect")?);
    let key = sent.key.as_ref();
    let view = transition::act(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    record(view.item.version, &view)
}
