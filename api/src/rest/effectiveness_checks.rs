//! Effectiveness checks of a corrective action request: added, never changed.

use actix_web::{get, post};
use service::corrective::checks::{self, CheckView, NewCheck};
use service::defects::ChildQuery;
use service::page::Page;

use super::corrective_actions::WHAT;
use crate::answer::{Reply, added_to, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_effectiveness_checks)
        .service(add_effectiveness_check)
        .service(show_effectiveness_check);
}

/// Lists the effectiveness checks of a corrective action request.
///
/// Where texts are long, a page ends after about 2 MB of them, before `limit` is reached; it then has a `next_cursor`.
#[utoipa::path(
    tag = "corrective_actions",
    params(ChildQuery),
    responses((status = 200, description = "A page of effectiveness checks", body = Page<CheckView>))
)]
#[get("/corrective-actions/{id}/effectiveness-checks")]
async fn list_effectiveness_checks(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id(WHAT)?;
    shown(&checks::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Adds an effectiveness check, in D7 or D8. One that says not effective sends the request back to its causes (D4) and
/// begins another attempt.
#[utoipa::path(
    tag = "corrective_actions",
    request_body = NewCheck,
    responses((status = 201, description = "The new effectiveness check", body = CheckView))
)]
#[post("/corrective-actions/{id}/effectiveness-checks")]
async fn add_effectiveness_check(sent: Sent<NewCheck>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id(WHAT)?);
    let key = sent.key.as_ref();
    let written = checks::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    let place = format!("corrective-actions/{id}/effectiveness-checks");
    added_to(&place, written.item.id, &written)
}

/// Shows an effectiveness check of a corrective action request.
#[utoipa::path(
    tag = "corrective_actions",
    responses((status = 200, description = "The effectiveness check", body = CheckView))
)]
#[get("/corrective-actions/{id}/effectiveness-checks/{child_id}")]
async fn show_effectiveness_check(call: Call) -> Reply {
    let (id, check) = (call.id(WHAT)?, call.child("effectiveness check")?);
    shown(&checks::show(&call.system, &call.actor, id, check).await?)
}
