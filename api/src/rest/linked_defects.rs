//! The defects that a corrective action request is about. They are addressed by their own ids.

use actix_web::{delete, get, post};
use service::corrective::defects::{self, LinkedDefect, NewLinkedDefect};
use service::defects::ChildQuery;
use service::page::Page;

use super::corrective_actions::WHAT;
use crate::answer::{Reply, added_to, gone_from, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_linked_defects)
        .service(link_defect)
        .service(show_linked_defect)
        .service(unlink_defect);
}

/// Lists the defects that a corrective action request is about.
#[utoipa::path(
    tag = "corrective_actions",
    params(ChildQuery),
    responses((status = 200, description = "A page of defects", body = Page<LinkedDefect>))
)]
#[get("/corrective-actions/{id}/defects")]
async fn list_linked_defects(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id(WHAT)?;
    shown(&defects::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Says that a corrective action request is about a defect, too. While the request is open, the defect is not reopened.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = NewLinkedDefect,
    responses((status = 201, description = "The linked defect", body = LinkedDefect))
)]
#[post("/corrective-actions/{id}/defects")]
async fn link_defect(sent: Sent<NewLinkedDefect>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id(WHAT)?);
    let key = sent.key.as_ref();
    let written = defects::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    let place = format!("corrective-actions/{id}/defects");
    added_to(&place, written.item.id, &written)
}

/// Shows a defect that a corrective action request is about.
#[utoipa::path(
    tag = "corrective_actions",
    responses((status = 200, description = "The linked defect", body = LinkedDefect))
)]
#[get("/corrective-actions/{id}/defects/{child_id}")]
async fn show_linked_defect(call: Call) -> Reply {
    let (id, defect) = (call.id(WHAT)?, call.child("defect")?);
    shown(&defects::show(&call.system, &call.actor, id, defect).await?)
}

/// Takes the link to a defect back; both records stay.
#[utoipa::path(tag = "corrective_actions", responses((status = 204, description = "Taken back")))]
#[delete("/corrective-actions/{id}/defects/{child_id}")]
async fn unlink_defect(call: Call) -> Reply {
    let place = (call.id(WHAT)?, call.child("defect")?);
    gone_from(defects::remove(&call.system, &call.actor, place, &call.if_match).await?)
}
