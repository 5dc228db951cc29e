//! What is sent to people and programs, for administrators.

use actix_web::{get, post};
use service::outbox::{self, OutboxQuery, OutboxView};
use service::page::Page;

use crate::answer::{Reply, shown};
use crate::extract::{Asked, Call, Keyed};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_outbox)
        .service(show_message)
        .service(retry_message);
}

/// What is and was to be sent, the latest first: `?status=dead` is what was given up.
#[utoipa::path(
    tag = "outbox",
    params(OutboxQuery),
    responses((status = 200, description = "A page of messages", body = Page<OutboxView>))
)]
#[get("/outbox")]
async fn list_outbox(asked: Asked<OutboxQuery>) -> Reply {
    shown(&outbox::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// A message, and how it stands with it.
#[utoipa::path(
    tag = "outbox",
    responses((status = 200, description = "The message", body = OutboxView))
)]
#[get("/outbox/{id}")]
async fn show_message(call: Call) -> Reply {
    shown(&outbox::show(&call.system, &call.actor, call.id("message")?).await?)
}

/// Has a dead message tried again, from the beginning.
#[utoipa::path(
    tag = "outbox",
    responses((status = 200, description = "The message, pending again", body = OutboxView))
)]
#[post("/outbox/{id}/retry")]
async fn retry_message(keyed: Keyed) -> Reply {
    let id = keyed.id("message")?;
    shown(&outbox::retry(&keyed.system, &keyed.actor, id, keyed.key.as_ref()).await?)
}
