//! The outbox: what is sent to people and programs, how it stands with it, and another attempt of what was given up.

use actix_web::{get, post, web};
use service::outbox::{self, Channel, OutboxQuery, OutboxStatus, OutboxView};

use super::Area;
use super::field::{Field, words};
use super::list::{Cell, ListPage, Row, columns};
use crate::answer::Reply;
use crate::web::page::{Page, go};
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(list_outbox).service(retry_message);
}

fn area() -> &'static Area {
    Area::named("outbox")
}

/// Lists what is and was to be sent, the latest first.
#[get("/admin/outbox")]
async fn list_outbox(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<OutboxQuery>()?;
    let found = outbox::list(&visit.system, &visit.actor, &query).await;
    let channels = words(
        &page,
        "admin-channel",
        Channel::ALL.iter().map(|it| it.word()),
    );
    let channel = Field::choose(&page, "channel", channels).none(page.t("admin-any"));
    let mut columns = delivery_columns(&page);
    columns.insert(1, page.field("channel"));
    columns.insert(2, page.t("admin-receiver"));
    ListPage {
        filters: vec![status_filter(&page), channel],
        columns,
        adds: None,
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

/// A message among all others: with how it is sent, and to whom.
fn row(page: &Page, message: &OutboxView) -> Row {
    let mut row = delivery(page, message);
    let channel = page.word("admin-channel", message.channel.word());
    row.cells.insert(0, Cell::text(channel));
    row.cells.insert(1, receiver(page, message));
    row
}

fn receiver(page: &Page, message: &OutboxView) -> Cell {
    let link = |noun: &str, title: String, id: i64| {
        Cell::link(format!("{title} {id}"), format!("/admin/{noun}/{id}"))
    };
    match (message.webhook_id, message.user_id) {
        (Some(id), _) => link("webhooks", page.t("admin-webhook"), id),
        (None, Some(id)) => link("users", page.t("admin-user"), id),
        (None, None) => Cell::default(),
    }
}

/// What the columns of [`delivery`] are called.
pub(super) fn delivery_columns(page: &Page) -> Vec<String> {
    let names = ["created_at", "event", "status", "attempts", "due_at"];
    let mut columns = columns(page, &names);
    columns.push(page.t("admin-answer"));
    columns
}

/// A message: when it was made, what it tells of, how it stands with it, and what the receiver answered.
pub(super) fn delivery(page: &Page, message: &OutboxView) -> Row {
    let event = message
        .event
        .map(|event| page.word("admin-event", event.word()));
    let tag = match message.status {
        OutboxStatus::Pending => "warn",
        OutboxStatus::Sent => "good",
        OutboxStatus::Dropped => "plain",
        OutboxStatus::Dead => "bad",
    };
    let status = page.word("admin-outbox", message.status.word());
    let is_pending = message.status == OutboxStatus::Pending;
    let due = is_pending.then(|| page.minute(&message.due_at));
    let answer = message.answer.map(|status| status.to_string());
    let answer = [answer, message.error.clone()];
    let answer: Vec<String> = answer.into_iter().flatten().collect();
    let is_dead = message.status == OutboxStatus::Dead;
    Row {
        name: page.minute(&message.created_at),
        address: None,
        cells: vec![
            Cell::text(event.unwrap_or_default()),
            Cell::tag(status, tag),
            Cell::number(message.attempts.to_string()),
            Cell::text(due.unwrap_or_default()),
            Cell::said(answer.join(": ")),
        ],
        retry: is_dead.then(|| format!("/admin/outbox/{}/retry", message.id)),
    }
}

/// How it stands with what is listed.
pub(super) fn status_filter(page: &Page) -> Field {
    let states = OutboxStatus::ALL.iter().map(|it| it.word());
    Field::choose(page, "status", words(page, "admin-outbox", states)).none(page.t("admin-any"))
}

/// Has what was given up tried again.
#[post("/admin/outbox/{id}/retry")]
async fn retry_message(sent: Posted) -> Reply {
    let id = sent.id("message")?;
    let key = sent.key()?;
    outbox::retry(&sent.system, &sent.actor, id, key.as_ref()).await?;
    go(&area().address(), Some("admin-retried"))
}
