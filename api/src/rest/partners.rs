//! Customers and suppliers.

use actix_web::{delete, get, patch, post};
use service::page::Page;
use service::partner::{self, NewPartner, PartnerPatch, PartnerQuery, PartnerView};

use crate::answer::{Reply, created, gone, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_partners)
        .service(create_partner)
        .service(show_partner)
        .service(change_partner)
        .service(delete_partner);
}

/// Lists customers and suppliers.
#[utoipa::path(
    tag = "partners",
    params(PartnerQuery),
    responses((status = 200, description = "A page of customers and suppliers", body = Page<PartnerView>))
)]
#[get("/partners")]
async fn list_partners(asked: Asked<PartnerQuery>) -> Reply {
    shown(&partner::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds a partner.
#[utoipa::path(
    tag = "partners",
    request_body = NewPartner,
    responses((status = 201, description = "The new partner", body = PartnerView))
)]
#[post("/partners")]
async fn create_partner(sent: Sent<NewPartner>) -> Reply {
    let view = partner::create(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(&format!("partners/{}", view.id), view.version, &view)
}

/// Shows a partner.
#[utoipa::path(
    tag = "partners",
    responses((status = 200, description = "The partner", body = PartnerView))
)]
#[get("/partners/{id}")]
async fn show_partner(call: Call) -> Reply {
    let view = partner::show(&call.system, &call.actor, call.id("partner")?).await?;
    record(view.version, &view)
}

/// Changes a partner.
#[utoipa::path(
    tag = "partners",
    request_body = PartnerPatch,
    responses((status = 200, description = "The changed partner", body = PartnerView))
)]
#[patch("/partners/{id}")]
async fn change_partner(sent: Sent<PartnerPatch>) -> Reply {
    let id = sent.id("partner")?;
    let view = partner::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.version, &view)
}

/// Deletes a partner that nothing refers to; what is in use is retired with `is_active`.
#[utoipa::path(tag = "partners", responses((status = 204, description = "Deleted")))]
#[delete("/partners/{id}")]
async fn delete_partner(call: Call) -> Reply {
    partner::delete(
        &call.system,
        &call.actor,
        call.id("partner")?,
        &call.if_match,
    )
    .await?;
    gone()
}
