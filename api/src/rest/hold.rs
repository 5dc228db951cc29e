//! Stopping a defect's clock, and letting it go on.

use actix_web::post;
use service::defects::DefectView;
use service::defects::hold::{self, Hold, Release};

use crate::answer::{Reply, record};
use crate::extract::Sent;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(hold_defect).service(release_defect);
}

/// Puts a defect on hold, because it waits for somebody else: it is not overdue until it is released.
#[utoipa::path(
    tag = "hold",
    request_body = Hold,
    responses((status = 200, description = "The defect on hold", body = DefectView))
)]
#[post("/defects/{id}/hold")]
async fn hold_defect(sent: Sent<Hold>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id("defect")?);
    let key = sent.key.as_ref();
    let view = hold::begin(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    record(view.item.version, &view)
}

/// Releases a defect that is on hold: its due date moves on by the time that it was.
#[utoipa::path(
    tag = "hold",
    request_body = Release,
    responses((status = 200, description = "The defect, its clock going on", body = DefectView))
)]
#[post("/defects/{id}/release")]
async fn release_defect(sent: Sent<Release>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id("defect")?);
    let key = sent.key.as_ref();
    let view = hold::release(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    record(view.item.version, &view)
}
