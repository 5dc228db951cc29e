//! The containment, corrective and preventive actions of a corrective action request.

use actix_web::{delete, get, patch, post};
use service::corrective::actions::{
    self, CorrectiveActionPatch, CorrectiveActionView, NewCorrectiveAction,
};
use service::defects::ChildQuery;
use service::page::Page;

use super::corrective_actions::WHAT;
use crate::answer::{Reply, added_to, gone_from, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

const CHILD: &str = "action";

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_actions)
        .service(add_action)
        .service(show_action)
        .service(change_action)
        .service(remove_action);
}

/// Lists the actions of a corrective action request.
///
/// Where texts are long, a page ends after about 2 MB of them, before `limit` is reached; it then has a `next_cursor`.
#[utoipa::path(
    tag = "corrective_actions",
    params(ChildQuery),
    responses((status = 200, description = "A page of actions", body = Page<CorrectiveActionView>))
)]
#[get("/corrective-actions/{id}/actions")]
async fn list_actions(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id(WHAT)?;
    shown(&actions::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Adds an action to a corrective action request.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = NewCorrectiveAction,
    responses((status = 201, description = "The new action", body = CorrectiveActionView))
)]
#[post("/corrective-actions/{id}/actions")]
async fn add_action(sent: Sent<NewCorrectiveAction>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id(WHAT)?);
    let key = sent.key.as_ref();
    let written = actions::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    let place = format!("corrective-actions/{id}/actions");
    added_to(&place, written.item.id, &written)
}

/// Shows an action of a corrective action request.
#[utoipa::path(
    tag = "corrective_actions",
    responses((status = 200, description = "The action", body = CorrectiveActionView))
)]
#[get("/corrective-actions/{id}/actions/{child_id}")]
async fn show_action(call: Call) -> Reply {
    let (id, child) = (call.id(WHAT)?, call.child(CHILD)?);
    shown(&actions::show(&call.system, &call.actor, id, child).await?)
}

/// Changes an action of a corrective action request. Whoever owns it may say that it is done; somebody else than who did it verifies it.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = CorrectiveActionPatch,
    responses((status = 200, description = "The changed action", body = CorrectiveActionView))
)]
#[patch("/corrective-actions/{id}/actions/{child_id}")]
async fn change_action(sent: Sent<CorrectiveActionPatch>) -> Reply {
    let (system, actor) = (&sent.system, &sent.actor);
    let place = (sent.id(WHAT)?, sent.child(CHILD)?);
    let written = actions::change(system, actor, place, &sent.if_match, &sent.draft).await?;
    record(written.version, &written.item)
}

/// Takes an action back that is not done; the history keeps it.
#[utoipa::path(tag = "corrective_actions", responses((status = 204, description = "Taken back")))]
#[delete("/corrective-actions/{id}/actions/{child_id}")]
async fn remove_action(call: Call) -> Reply {
    let place = (call.id(WHAT)?, call.child(CHILD)?);
    gone_from(actions::remove(&call.system, &call.actor, place, &call.if_match).await?)
}
