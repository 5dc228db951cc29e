//! Concessions of customers.

use actix_web::{delete, get, patch, post};
use service::concession::{self, ConcessionPatch, ConcessionQuery, ConcessionView, NewConcession};
use service::page::Page;

use crate::answer::{Reply, created, gone, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_concessions)
        .service(create_concession)
        .service(show_concession)
        .service(change_concession)
        .service(delete_concession);
}

/// Lists concessions.
#[utoipa::path(
    tag = "concessions",
    params(ConcessionQuery),
    responses((status = 200, description = "A page of concessions", body = Page<ConcessionView>))
)]
#[get("/concessions")]
async fn list_concessions(asked: Asked<ConcessionQuery>) -> Reply {
    shown(&concession::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds a concession.
#[utoipa::path(
    tag = "concessions",
    request_body = NewConcession,
    responses((status = 201, description = "The new concession", body = ConcessionView))
)]
#[post("/concessions")]
async fn create_concession(sent: Sent<NewConcession>) -> Reply {
    let key = sent.key.as_ref();
    let view = concession::create(&sent.system, &sent.actor, &sent.draft, key).await?;
    created(&format!("concessions/{}", view.id), view.version, &view)
}

/// Shows a concession, and how much of it is used.
#[utoipa::path(
    tag = "concessions",
    responses((status = 200, description = "The concession", body = ConcessionView))
)]
#[get("/concessions/{id}")]
async fn show_concession(call: Call) -> Reply {
    let view = concession::show(&call.system, &call.actor, call.id("concession")?).await?;
    record(view.version, &view)
}

/// Changes a concession; what was approved under it stays approved.
#[utoipa::path(
    tag = "concessions",
    request_body = ConcessionPatch,
    responses((status = 200, description = "The changed concession", body = ConcessionView))
)]
#[patch("/concessions/{id}")]
async fn change_concession(sent: Sent<ConcessionPatch>) -> Reply {
    let id = sent.id("concession")?;
    let (if_match, draft) = (&sent.if_match, &sent.draft);
    let view = concession::change(&sent.system, &sent.actor, id, if_match, draft).await?;
    record(view.version, &view)
}

/// Deletes a concession that no disposition line refers to; what is in use is retired with `is_active`.
#[utoipa::path(tag = "concessions", responses((status = 204, description = "Deleted")))]
#[delete("/concessions/{id}")]
async fn delete_concession(call: Call) -> Reply {
    let id = call.id("concession")?;
    concession::delete(&call.system, &call.actor, id, &call.if_match).await?;
    gone()
}
