//! Corrective action requests, run as 8D: raise, list, show, change, move, and who did what.

use actix_web::{get, patch, post};
use service::corrective::history;
use service::corrective::signatures::{self, CorrectiveSignature};
use service::corrective::transition::{self, CorrectiveMoveRequest};
use service::corrective::{
    self, CorrectivePatch, CorrectivePermissions, CorrectiveQuery, CorrectiveView,
    ListedCorrective, NewCorrective,
};
use service::defects::ChildQuery;
use service::defects::history::HistoryEvent;
use service::page::Page;

use crate::answer::{Reply, created, record, shown, unchanged};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

/// What a missing one is called.
pub(super) const WHAT: &str = "corrective action request";

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_corrective_actions)
        .service(raise_corrective_action)
        .service(show_corrective_action)
        .service(change_corrective_action);
    routes
        .service(act_on_corrective_action)
        .service(show_corrective_action_permissions)
        .service(list_corrective_action_history)
        .service(list_corrective_action_signatures);
}

/// Lists corrective action requests, without the texts of their steps.
///
/// A filter by an id that there is not finds nothing; it is no error.
#[utoipa::path(
    tag = "corrective_actions",
    params(CorrectiveQuery),
    responses((status = 200, description = "A page of corrective action requests", body = Page<ListedCorrective>))
)]
#[get("/corrective-actions")]
async fn list_corrective_actions(asked: Asked<CorrectiveQuery>) -> Reply {
    shown(&corrective::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Raises a corrective action request, about one or several defects or on its own.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = NewCorrective,
    responses((status = 201, description = "The new corrective action request", body = CorrectiveView))
)]
#[post("/corrective-actions")]
async fn raise_corrective_action(sent: Sent<NewCorrective>) -> Reply {
    let view = corrective::raise(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(
        &format!("corrective-actions/{}", view.item.id),
        view.item.version,
        &view,
    )
}

/// Shows a corrective action request with its nine steps.
#[utoipa::path(
    tag = "corrective_actions",
    responses((status = 200, description = "The corrective action request", body = CorrectiveView))
)]
#[get("/corrective-actions/{id}")]
async fn show_corrective_action(call: Call) -> Reply {
    let view = corrective::show(&call.system, &call.actor, call.id(WHAT)?).await?;
    if call.has_version(view.item.version)? {
        return unchanged(view.item.version);
    }
    record(view.item.version, &view)
}

/// Changes a corrective action request and its steps: what is not sent stays as it is, null clears.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = CorrectivePatch,
    responses((status = 200, description = "The changed corrective action request", body = CorrectiveView))
)]
#[patch("/corrective-actions/{id}")]
async fn change_corrective_action(sent: Sent<CorrectivePatch>) -> Reply {
    let id = sent.id(WHAT)?;
    let view =
        corrective::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.item.version, &view)
}

/// Moves a corrective action request: completes its step, closes it signed, sends it back to its causes, voids it. All
/// that is unmet is told at once.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = CorrectiveMoveRequest,
    responses((status = 200, description = "The corrective action request after the move", body = CorrectiveView))
)]
#[post("/corrective-actions/{id}/transitions")]
async fn act_on_corrective_action(sent: Sent<CorrectiveMoveRequest>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id(WHAT)?);
    let key = sent.key.as_ref();
    let view = transition::act(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    record(view.item.version, &view)
}

/// Shows what the caller may do with a corrective action request now: each field, and each move with what is still
/// unmet.
#[utoipa::path(
    tag = "corrective_actions",
    responses((status = 200, description = "The caller's permissions", body = CorrectivePermissions))
)]
#[get("/corrective-actions/{id}/permissions")]
async fn show_corrective_action_permissions(call: Call) -> Reply {
    shown(&corrective::permissions(&call.system, &call.actor, call.id(WHAT)?).await?)
}

/// Lists a corrective action request's history, from the day it was raised.
///
/// When a supplier was given a link, and until when it is valid, is there for those alone who give links.
///
/// Where texts are long, a page ends after about 2 MB of them, before `limit` is reached; it then has a `next_cursor`.
#[utoipa::path(
    tag = "corrective_actions",
    params(ChildQuery),
    responses((status = 200, description = "A page of history", body = Page<HistoryEvent>))
)]
#[get("/corrective-actions/{id}/history")]
async fn list_corrective_action_history(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id(WHAT)?;
    shown(&history::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Lists the signatures under a corrective action request, and whether what was signed is still what is written.
#[utoipa::path(
    tag = "corrective_actions",
    params(ChildQuery),
    responses((status = 200, description = "A page of signatures", body = Page<CorrectiveSignature>))
)]
#[get("/corrective-actions/{id}/signatures")]
async fn list_corrective_action_signatures(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id(WHAT)?;
    shown(&signatures::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}
