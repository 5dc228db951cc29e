//! Parts.

use actix_web::{delete, get, patch, post};
use service::page::Page;
use service::part::{self, NewPart, PartPatch, PartQuery, PartView};

use crate::answer::{Reply, created, gone, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_parts)
        .service(create_part)
        .service(show_part)
        .service(change_part)
        .service(delete_part);
}

/// Lists parts.
#[utoipa::path(
    tag = "parts",
    params(PartQuery),
    responses((status = 200, description = "A page of parts", body = Page<PartView>))
)]
#[get("/parts")]
async fn list_parts(asked: Asked<PartQuery>) -> Reply {
    shown(&part::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds a part.
#[utoipa::path(
    tag = "parts",
    request_body = NewPart,
    responses((status = 201, description = "The new part", body = PartView))
)]
#[post("/parts")]
async fn create_part(sent: Sent<NewPart>) -> Reply {
    let view = part::create(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(&format!("parts/{}", view.id), view.version, &view)
}

/// Shows a part.
#[utoipa::path(
    tag = "parts",
    responses((status = 200, description = "The part", body = PartView))
)]
#[get("/parts/{id}")]
async fn show_part(call: Call) -> Reply {
    let view = part::show(&call.system, &call.actor, call.id("part")?).await?;
    record(view.version, &view)
}

/// Changes a part.
#[utoipa::path(
    tag = "parts",
    request_body = PartPatch,
    responses((status = 200, description = "The changed part", body = PartView))
)]
#[patch("/parts/{id}")]
async fn change_part(sent: Sent<PartPatch>) -> Reply {
    let id = sent.id("part")?;
    let view = part::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.version, &view)
}

/// Deletes a part that nothing refers to; what is in use is retired with `is_active`.
#[utoipa::path(tag = "parts", responses((status = 204, description = "Deleted")))]
#[delete("/parts/{id}")]
async fn delete_part(call: Call) -> Reply {
    part::delete(&call.system, &call.actor, call.id("part")?, &call.if_match).await?;
    gone()
}
