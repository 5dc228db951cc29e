//! What becomes of the material, line by line. Each write answers the record's new ETag.

use actix_web::{delete, get, patch, post};
use service::defects::ChildQuery;
use service::defects::lines::{self, LinePatch, LineView, NewLine};
use service::page::Page;

use crate::answer::{Reply, added, gone_from, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

const WHAT: &str = "disposition line";

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(show_disposition_line);
    routes
        .service(list_disposition_lines)
        .service(add_disposition_line);
    routes
        .service(change_disposition_line)
        .service(remove_disposition_line);
}

/// Lists a defect's disposition lines.
///
/// Where texts are long, a page ends after about 2 MB of them, before `limit` is reached; it then has a `next_cursor`.
#[utoipa::path(
    tag = "disposition_lines",
    params(ChildQuery),
    responses((status = 200, description = "A page of disposition lines", body = Page<LineView>))
)]
#[get("/defects/{id}/disposition-lines")]
async fn list_disposition_lines(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id("defect")?;
    shown(&lines::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Shows a disposition line of a defect.
#[utoipa::path(tag = "disposition_lines", responses((status = 200, description = "The disposition line", body = LineView)))]
#[get("/defects/{id}/disposition-lines/{child_id}")]
async fn show_disposition_line(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("disposition line")?);
    shown(&lines::show(&call.system, &call.actor, id, child).await?)
}

/// Proposes what becomes of some of the material.
#[utoipa::path(
    tag = "disposition_lines",
    request_body = NewLine,
    responses((status = 201, description = "The new disposition line", body = LineView))
)]
#[post("/defects/{id}/disposition-lines")]
async fn add_disposition_line(sent: Sent<NewLine>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id("defect")?);
    let key = sent.key.as_ref();
    let written = lines::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    added(id, "disposition-lines", written.item.id, &written)
}

/// Changes a disposition line: its words while it is proposed, its status in execution, its re-inspection afterwards.
#[utoipa::path(
    tag = "disposition_lines",
    request_body = LinePatch,
    responses((status = 200, description = "The changed disposition line", body = LineView))
)]
#[patch("/defects/{id}/disposition-lines/{child_id}")]
async fn change_disposition_line(sent: Sent<LinePatch>) -> Reply {
    let (id, line) = (sent.id("defect")?, sent.child(WHAT)?);
    let written = lines::change(
        &sent.system,
        &sent.actor,
        id,
        line,
        &sent.if_match,
        &sent.draft,
    )
    .await?;
    record(written.version, &written.item)
}

/// Takes a proposed disposition line back.
#[utoipa::path(tag = "disposition_lines", responses((status = 204, description = "Taken back")))]
#[delete("/defects/{id}/disposition-lines/{child_id}")]
async fn remove_disposition_line(call: Call) -> Reply {
    let (id, line) = (call.id("defect")?, call.child(WHAT)?);
    gone_from(lines::remove(&call.system, &call.actor, id, line, &call.if_match).await?)
}
