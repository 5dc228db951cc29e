//! Votes on what is to become of the material.

use actix_web::{get, post};
use service::defects::ChildQuery;
use service::defects::approvals::{self, ApprovalView, NewApproval};
use service::page::Page;

use crate::answer::{Reply, added, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(show_approval)
        .service(list_approvals)
        .service(cast_approval);
}

/// Lists the votes on a defect's disposition, those of past rounds too.
#[utoipa::path(
    tag = "approvals",
    params(ChildQuery),
    responses((status = 200, description = "A page of votes", body = Page<ApprovalView>))
)]
#[get("/defects/{id}/approvals")]
async fn list_approvals(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id("defect")?;
    shown(&approvals::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Shows a vote on a defect's disposition.
#[utoipa::path(tag = "approvals", responses((status = 200, description = "The vote", body = ApprovalView)))]
#[get("/defects/{id}/approvals/{child_id}")]
async fn show_approval(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("approval")?);
    shown(&approvals::show(&call.system, &call.actor, id, child).await?)
}

/// Votes on a defect's proposed disposition: one vote for each person and round, none on what he wrote himself.
///
/// The round ends when the disposition is approved or rejected, or when a line changes. A rejection sends the record back.
#[utoipa::path(
    tag = "approvals",
    request_body = NewApproval,
    responses((status = 201, description = "The vote", body = ApprovalView))
)]
#[post("/defects/{id}/approvals")]
async fn cast_approval(sent: Sent<NewApproval>) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key.as_ref());
    let (if_match, draft) = (&sent.if_match, &sent.draft);
    let written = approvals::cast(&sent.system, &sent.actor, id, if_match, draft, key).await?;
    added(id, "approvals", written.item.id, &written)
}
