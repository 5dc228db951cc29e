//! Webhooks: other programs that are told of events.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, patch, post};
use service::outbox::{self, DeliveryQuery, OutboxView};
use service::page::Page;
use service::webhook::{self, IssuedWebhook, NewWebhook, WebhookPatch, WebhookQuery, WebhookView};

use crate::answer::{BASE, Reply, etag, gone, record, shown};
use crate::extract::{Asked, Call, Keyed, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_webhooks)
        .service(create_webhook)
        .service(show_webhook)
        .service(change_webhook)
        .service(delete_webhook);
    routes
        .service(list_deliveries)
        .service(test_webhook)
        .service(renew_secret);
}

/// Lists webhooks, in the order in which they were added.
#[utoipa::path(
    tag = "webhooks",
    params(WebhookQuery),
    responses((status = 200, description = "A page of webhooks", body = Page<WebhookView>))
)]
#[get("/webhooks")]
async fn list_webhooks(asked: Asked<WebhookQuery>) -> Reply {
    shown(&webhook::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds a webhook, whose secret is shown this once.
///
/// Its calls are signed as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`).
#[utoipa::path(
    tag = "webhooks",
    request_body = NewWebhook,
    responses((status = 201, description = "The new webhook", body = IssuedWebhook))
)]
#[post("/webhooks")]
async fn create_webhook(sent: Sent<NewWebhook>) -> Reply {
    let issued = webhook::create(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    let place = format!("{BASE}/webhooks/{}", issued.view.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, place))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(etag(issued.view.version))
        .json(issued))
}

/// Shows a webhook, without its secret.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 200, description = "The webhook", body = WebhookView))
)]
#[get("/webhooks/{id}")]
async fn show_webhook(call: Call) -> Reply {
    let view = webhook::show(&call.system, &call.actor, call.id("webhook")?).await?;
    record(view.version, &view)
}

/// Changes a webhook.
#[utoipa::path(
    tag = "webhooks",
    request_body = WebhookPatch,
    responses((status = 200, description = "The changed webhook", body = WebhookView))
)]
#[patch("/webhooks/{id}")]
async fn change_webhook(sent: Sent<WebhookPatch>) -> Reply {
    let id = sent.id("webhook")?;
    let view = webhook::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.version, &view)
}

/// Deletes a webhook, with the log of its calls.
#[utoipa::path(tag = "webhooks", responses((status = 204, description = "Deleted")))]
#[delete("/webhooks/{id}")]
async fn delete_webhook(call: Call) -> Reply {
    let id = call.id("webhook")?;
    webhook::delete(&call.system, &call.actor, id, &call.if_match).await?;
    gone()
}

/// The calls of a webhook, the latest first, and what came of them. They are kept for 30 days.
#[utoipa::path(
    tag = "webhooks",
    params(DeliveryQuery),
    responses((status = 200, description = "A page of calls", body = Page<OutboxView>))
)]
#[get("/webhooks/{id}/deliveries")]
async fn list_deliveries(asked: Asked<DeliveryQuery>) -> Reply {
    let id = asked.id("webhook")?;
    shown(&outbox::list_of_webhook(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Has a webhook called once, switched on or not.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 201, description = "The call that is to be made", body = OutboxView))
)]
#[post("/webhooks/{id}/test")]
async fn test_webhook(keyed: Keyed) -> Reply {
    let id = keyed.id("webhook")?;
    let added = webhook::test(&keyed.system, &keyed.actor, id, keyed.key.as_ref()).await?;
    let place = format!("{BASE}/outbox/{}", added.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, place))
        .json(added))
}

/// Gives a webhook a new secret, shown this once; the one before it signs nothing any more.
#[utoipa::path(
    tag = "webhooks",
    responses((status = 200, description = "The webhook with its new secret", body = IssuedWebhook))
)]
#[post("/webhooks/{id}/secret")]
async fn renew_secret(keyed: Keyed) -> Reply {
    let id = keyed.id("webhook")?;
    let key = keyed.key.as_ref();
    let issued = webhook::renew_secret(&keyed.system, &keyed.actor, id, key).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(etag(issued.view.version))
        .json(issued))
}
