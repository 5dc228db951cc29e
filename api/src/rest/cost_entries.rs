//! Money spent on a defect, or recovered. An entry is never changed: a wrong one is reversed, with a reason.

use actix_web::{get, post};
use service::defects::ChildQuery;
use service::defects::Reversal;
use service::defects::cost::{self, CostView, NewCost};
use service::page::Page;

use crate::answer::{Reply, added, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(show_cost_entry);
    routes
        .service(list_cost_entries)
        .service(add_cost_entry)
        .service(reverse_cost_entry);
}

/// Lists a defect's cost entries.
#[utoipa::path(
    tag = "cost_entries",
    params(ChildQuery),
    responses((status = 200, description = "A page of cost entries", body = Page<CostView>))
)]
#[get("/defects/{id}/cost-entries")]
async fn list_cost_entries(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id("defect")?;
    shown(&cost::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Shows a cost entry of a defect.
#[utoipa::path(tag = "cost_entries", responses((status = 200, description = "The cost entry", body = CostView)))]
#[get("/defects/{id}/cost-entries/{child_id}")]
async fn show_cost_entry(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("cost entry")?);
    shown(&cost::show(&call.system, &call.actor, id, child).await?)
}

/// Adds a cost entry to a defect.
#[utoipa::path(
    tag = "cost_entries",
    request_body = NewCost,
    responses((status = 201, description = "The new cost entry", body = CostView))
)]
#[post("/defects/{id}/cost-entries")]
async fn add_cost_entry(sent: Sent<NewCost>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id("defect")?);
    let key = sent.key.as_ref();
    let written = cost::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    added(id, "cost-entries", written.item.id, &written)
}

/// Reverses a cost entry: another entry takes it back.
#[utoipa::path(
    tag = "cost_entries",
    request_body = Reversal,
    responses((status = 201, description = "The reversing cost entry", body = CostView))
)]
#[post("/defects/{id}/cost-entries/{child_id}/reversal")]
async fn reverse_cost_entry(sent: Sent<Reversal>) -> Reply {
    let (system, actor, key) = (&sent.system, &sent.actor, sent.key.as_ref());
    let place = (sent.id("defect")?, sent.child("cost entry")?);
    let written = cost::reverse(system, actor, place, &sent.if_match, &sent.draft, key).await?;
    added(place.0, "cost-entries", written.item.id, &written)
}
