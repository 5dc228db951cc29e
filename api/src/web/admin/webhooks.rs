//! Webhooks: other programs that are told of events; a call to try one out, a new secret, and the log of its calls.

use actix_web::{get, post, web};
use service::notice::Event;
use service::outbox::{self, DeliveryQuery};
use service::webhook::{self, NewWebhook, WebhookPatch, WebhookQuery, WebhookView};

use super::edit::{Act, EditPage, changes};
use super::field::{Field, completed, words};
use super::list::{Cell, ListPage, Row, active_filter, columns};
use super::outbox::{delivery, delivery_columns, status_filter};
use super::{Area, administration};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go, show, show_once};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_webhooks)
        .service(new_webhook)
        .service(create_webhook)
        .service(show_webhook)
        .service(change_webhook);
    config
        .service(test_webhook)
        .service(renew_secret)
        .service(delete_webhook)
        .service(list_deliveries);
}

fn area() -> &'static Area {
    Area::named("webhooks")
}

const TICKS: &[&str] = &["is_active"];
const LISTS: &[&str] = &["events"];

/// Lists webhooks, in the order in which they were added.
#[get("/admin/webhooks")]
async fn list_webhooks(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<WebhookQuery>()?;
    let found = webhook::list(&visit.system, &visit.actor, &query).await;
    let names = ["url", "description", "events", "status"];
    ListPage {
        filters: vec![active_filter(&page)],
        columns: columns(&page, &names),
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

fn row(page: &Page, hook: &WebhookView) -> Row {
    let events = hook.events.iter().map(|event| event.word());
    let cells = vec![
        Cell::text(hook.description.clone().unwrap_or_default()),
        Cell::words(page, "admin-event", events),
        if hook.is_active {
            Cell::tag(page.t("admin-on"), "good")
        } else {
            Cell::tag(page.t("admin-off"), "warn")
        },
    ];
    area().row(hook.id, &hook.url, cells)
}

/// Asks for a new webhook.
#[get("/admin/webhooks/new")]
async fn new_webhook(visit: Visit) -> Reply {
    show(&area().adding(&visit, fields)?)
}

fn fields(page: &Page) -> Vec<Field> {
    let events = words(page, "admin-event", Event::ALL.iter().map(|it| it.word()));
    vec![
        Field::input(page, "url", "url")
            .required()
            .hint(page.t("admin-url-hint")),
        Field::text(page, "description"),
        Field::ticks(page, "events", events),
        Field::tick(page, "is_active"),
    ]
}

/// Adds a webhook, and shows its secret this once.
#[post("/admin/webhooks")]
async fn create_webhook(sent: Posted) -> Reply {
    let draft = completed(&sent.typed, TICKS, LISTS).draft::<NewWebhook>();
    let key = sent.key()?;
    match webhook::create(&sent.system, &sent.actor, &draft, key.as_ref()).await {
        Ok(issued) => show_secret(&sent, issued.view.id, issued.secret).await,
        Err(error) => area().adding(&sent, fields)?.refused(&sent, error),
    }
}

/// The page of a webhook with its secret, which nothing keeps.
async fn show_secret(visit: &Visit, id: i64, secret: Option<String>) -> Reply {
    let page = EditPage {
        issued: secret,
        ..page_of(visit, id).await?
    };
    show_once(&page)
}

/// Shows a webhook, to be changed.
#[get("/admin/webhooks/{id}")]
async fn show_webhook(visit: Visit) -> Reply {
    let id = visit.id("webhook")?;
    show(&page_of(&visit, id).await?)
}

async fn page_of(visit: &Visit, id: i64) -> Result<EditPage, Problem> {
    let page = area().page(visit)?;
    let hook = webhook::show(&visit.system, &visit.actor, id).await?;
    let address = area().address_of(id);
    let deliveries = format!("{address}/deliveries");
    Ok(EditPage {
        title: hook.url.clone(),
        links: vec![(deliveries, page.t("admin-deliveries"))],
        version: Some(hook.version),
        fields: fields(&page),
        form: form(&hook),
        acts: vec![
            Act::new("test", format!("{address}/test")),
            Act::new("secret", format!("{address}/secret")),
            Act::deletion(&address),
        ],
        ..area().edit(page, visit, Some(id))
    })
}

fn form(hook: &WebhookView) -> Typed {
    let mut fields = vec![
        ("url", hook.url.clone()),
        ("description", hook.description.clone().unwrap_or_default()),
        ("is_active", hook.is_active.to_string()),
    ];
    let events = hook.events.iter();
    fields.extend(events.map(|event| ("events", event.word().to_owned())));
    Typed::with(fields)
}

/// Changes a webhook, or switches it off.
#[post("/admin/webhooks/{id}")]
async fn change_webhook(sent: Posted) -> Reply {
    let id = sent.id("webhook")?;
    let draft = changes(&sent, TICKS, LISTS).patch::<WebhookPatch>();
    let outcome = webhook::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await;
    let again = page_of(&sent, id);
    area().answered(&sent, "saved", outcome, again).await
}

/// Has a webhook called once.
#[post("/admin/webhooks/{id}/test")]
async fn test_webhook(sent: Posted) -> Reply {
    let id = sent.id("webhook")?;
    let key = sent.key()?;
    match webhook::test(&sent.system, &sent.actor, id, key.as_ref()).await {
        Ok(_) => go(
            &format!("/admin/webhooks/{id}/deliveries"),
            Some("admin-tested"),
        ),
        Err(error) => page_of(&sent, id).await?.act_refused("test", &sent, error),
    }
}

/// Gives a webhook a new secret, shown this once.
#[post("/admin/webhooks/{id}/secret")]
async fn renew_secret(sent: Posted) -> Reply {
    let id = sent.id("webhook")?;
    let key = sent.key()?;
    match webhook::renew_secret(&sent.system, &sent.actor, id, key.as_ref()).await {
        Ok(issued) => show_secret(&sent, id, issued.secret).await,
        Err(error) => page_of(&sent, id)
            .await?
            .act_refused("secret", &sent, error),
    }
}

/// Deletes a webhook, with the log of its calls.
#[post("/admin/webhooks/{id}/deletion")]
async fn delete_webhook(sent: Posted) -> Reply {
    let id = sent.id("webhook")?;
    let outcome = webhook::delete(&sent.system, &sent.actor, id, &sent.if_match()).await;
    let again = page_of(&sent, id);
    area().deleted(&sent, outcome, again).await
}

/// Lists the calls of a webhook, the latest first, and what came of them.
#[get("/admin/webhooks/{id}/deliveries")]
async fn list_deliveries(visit: Visit) -> Reply {
    let id = visit.id("webhook")?;
    let page = area().page(&visit)?;
    let hook = webhook::show(&visit.system, &visit.actor, id).await?;
    let query = visit.asked::<DeliveryQuery>()?;
    let found = outbox::list_of_webhook(&visit.system, &visit.actor, id, &query).await;
    let trail = vec![
        administration(&page),
        (area().address(), area().title(&page)),
        (format!("/admin/webhooks/{id}"), hook.url),
    ];
    ListPage {
        trail,
        title: page.t("admin-deliveries"),
        about: page.t("admin-deliveries-what"),
        adds: None,
        filters: vec![status_filter(&page)],
        columns: delivery_columns(&page),
        ..area().found(page, &visit, found, delivery)?
    }
    .answer()
}
