//! Root causes of a corrective action request, each with its chain of whys.

use actix_web::{delete, get, patch, post};
use service::corrective::causes::{self, NewRootCause, RootCausePatch, RootCauseView};
use service::defects::ChildQuery;
use service::page::Page;

use super::corrective_actions::WHAT;
use crate::answer::{Reply, added_to, gone_from, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

const CHILD: &str = "root cause";

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_root_causes)
        .service(add_root_cause)
        .service(show_root_cause)
        .service(change_root_cause)
        .service(remove_root_cause);
}

/// Lists the root causes of a corrective action request.
///
/// Where texts are long, a page ends after about 2 MB of them, before `limit` is reached; it then has a `next_cursor`.
#[utoipa::path(
    tag = "corrective_actions",
    params(ChildQuery),
    responses((status = 200, description = "A page of root causes", body = Page<RootCauseView>))
)]
#[get("/corrective-actions/{id}/root-causes")]
async fn list_root_causes(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id(WHAT)?;
    shown(&causes::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Adds a root cause to a corrective action request.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = NewRootCause,
    responses((status = 201, description = "The new root cause", body = RootCauseView))
)]
#[post("/corrective-actions/{id}/root-causes")]
async fn add_root_cause(sent: Sent<NewRootCause>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id(WHAT)?);
    let key = sent.key.as_ref();
    let written = causes::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    let place = format!("corrective-actions/{id}/root-causes");
    added_to(&place, written.item.id, &written)
}

/// Shows a root cause of a corrective action request.
#[utoipa::path(
    tag = "corrective_actions",
    responses((status = 200, description = "The root cause", body = RootCauseView))
)]
#[get("/corrective-actions/{id}/root-causes/{child_id}")]
async fn show_root_cause(call: Call) -> Reply {
    let (id, child) = (call.id(WHAT)?, call.child(CHILD)?);
    shown(&causes::show(&call.system, &call.actor, id, child).await?)
}

/// Changes a root cause of a corrective action request. New words are verified anew.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = RootCausePatch,
    responses((status = 200, description = "The changed root cause", body = RootCauseView))
)]
#[patch("/corrective-actions/{id}/root-causes/{child_id}")]
async fn change_root_cause(sent: Sent<RootCausePatch>) -> Reply {
    let (system, actor) = (&sent.system, &sent.actor);
    let place = (sent.id(WHAT)?, sent.child(CHILD)?);
    let written = causes::change(system, actor, place, &sent.if_match, &sent.draft).await?;
    record(written.version, &written.item)
}

/// Takes a root cause back; the history keeps it.
#[utoipa::path(tag = "corrective_actions", responses((status = 204, description = "Taken back")))]
#[delete("/corrective-actions/{id}/root-causes/{child_id}")]
async fn remove_root_cause(call: Call) -> Reply {
    let place = (call.id(WHAT)?, call.child(CHILD)?);
    gone_from(causes::remove(&call.system, &call.actor, place, &call.if_match).await?)
}
