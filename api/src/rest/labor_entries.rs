//! Time spent on a defect. An entry is never changed: a wrong one is reversed, with a reason.

use actix_web::{get, post};
use service::defects::ChildQuery;
use service::defects::Reversal;
use service::defects::labor::{self, LaborView, NewLabor};
use service::page::Page;

use crate::answer::{Reply, added, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(show_labor_entry);
    routes
        .service(list_labor_entries)
        .service(add_labor_entry)
        .service(reverse_labor_entry);
}

/// Lists a defect's labor entries.
#[utoipa::path(
    tag = "labor_entries",
    params(ChildQuery),
    responses((status = 200, description = "A page of labor entries", body = Page<LaborView>))
)]
#[get("/defects/{id}/labor-entries")]
async fn list_labor_entries(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id("defect")?;
    shown(&labor::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Shows a labor entry of a defect.
#[utoipa::path(tag = "labor_entries", responses((status = 200, description = "The labor entry", body = LaborView)))]
#[get("/defects/{id}/labor-entries/{child_id}")]
async fn show_labor_entry(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("labor entry")?);
    shown(&labor::show(&call.system, &call.actor, id, child).await?)
}

/// Adds a labor entry to a defect.
#[utoipa::path(
    tag = "labor_entries",
    request_body = NewLabor,
    responses((status = 201, description = "The new labor entry", body = LaborView))
)]
#[post("/defects/{id}/labor-entries")]
async fn add_labor_entry(sent: Sent<NewLabor>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id("defect")?);
    let key = sent.key.as_ref();
    let written = labor::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    added(id, "labor-entries", written.item.id, &written)
}

/// Reverses a labor entry: another entry takes it back.
#[utoipa::path(
    tag = "labor_entries",
    request_body = Reversal,
    responses((status = 201, description = "The reversing labor entry", body = LaborView))
)]
#[post("/defects/{id}/labor-entries/{child_id}/reversal")]
async fn reverse_labor_entry(sent: Sent<Reversal>) -> Reply {
    let (system, actor, key) = (&sent.system, &sent.actor, sent.key.as_ref());
    let place = (sent.id("defect")?, sent.child("labor entry")?);
    let written = labor::reverse(system, actor, place, &sent.if_match, &sent.draft, key).await?;
    added(place.0, "labor-entries", written.item.id, &written)
}
