//! What is sent, as administrators see it, the latest first; and another attempt of what is dead.

use std::sync::Arc;

use entity::{outbox, webhook};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use serde_json::{Value as Json, json};

use super::{Channel, OutboxStatus, OutboxView, may_see, view};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::{Count, Limit, Page, PageRequest};
use crate::rights::OUTBOX;
use crate::system::{System, Unit};
use crate::value::{List, Text};

const WHAT: &str = "message";

crate::input! {
    /// Which messages to list, the latest first.
    pub struct OutboxQuery {
        /// Only those that stand so.
        status: optional List<OutboxStatus>,
        /// Only those that are sent so.
        channel: optional Channel,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

crate::input! {
    /// Which calls of a webhook to list, the latest first.
    pub struct DeliveryQuery {
        /// Only those that stand so.
        status: optional List<OutboxStatus>,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists messages.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<OutboxQuery>,
) -> Result<Page<OutboxView>> {
    may_see(actor)?;
    let OutboxQuery {
        status,
        channel,
        limit,
        cursor,
        count,
    } = query.check()?;
    let words = words(status.as_ref());
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let identity = json!(["outbox", words, channel]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let select = standing(words).apply_if(*channel, |select, channel| {
        select.filter(outbox::Column::Channel.eq(channel.word()))
    });
    page(system, &request, select).await
}

/// Lists the calls of a webhook.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators, [`Error::NotFound`].
pub async fn list_of_webhook(
    system: &System,
    actor: &Actor,
    id: i64,
    query: &Draft<DeliveryQuery>,
) -> Result<Page<OutboxView>> {
    may_see(actor)?;
    let there = webhook::Entity::find_by_id(id).one(system.db.reader());
    there.await?.ok_or(Error::NotFound("webhook"))?;
    let DeliveryQuery {
        status,
        limit,
        cursor,
        count,
    } = query.check()?;
    let words = words(status.as_ref());
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let identity = json!(["deliveries", id, words]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let select = standing(words).filter(outbox::Column::WebhookId.eq(id));
    page(system, &request, select).await
}

fn words(status: Option<&List<OutboxStatus>>) -> Option<Vec<&'static str>> {
    status.map(|all| all.0.iter().map(|status| status.word()).collect())
}

fn standing(words: Option<Vec<&'static str>>) -> Select<outbox::Entity> {
    outbox::Entity::find().apply_if(words, |select, words| {
        select.filter(outbox::Column::Status.is_in(words))
    })
}

async fn page(
    system: &System,
    request: &PageRequest,
    select: Select<outbox::Entity>,
) -> Result<Page<OutboxView>> {
    let db = system.db.reader();
    let behind = select
        .clone()
        .apply_if(request.after(), |select, (_, last)| {
            select.filter(outbox::Column::Id.lt(*last))
        })
        .order_by_desc(outbox::Column::Id);
    let rows = request.rows(db, behind).await?;
    let page = request.page(rows, |row: &outbox::Model| (Json::Null, row.id));
    let ids = select.select_only().column(outbox::Column::Id).into_query();
    request.count(db, page.try_map(view)?, ids).await
}

/// Shows a message.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators, [`Error::NotFound`].
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<OutboxView> {
    may_see(actor)?;
    let row = outbox::Entity::find_by_id(id).one(system.db.reader());
    view(row.await?.ok_or(Error::NotFound(WHAT))?)
}

/// Has a dead message tried again, from the beginning.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators, [`Error::NotFound`], [`Error::WrongState`] unless it is dead.
pub async fn retry(
    system: &System,
    actor: &Actor,
    id: i64,
    key: Option<&Idempotency>,
) -> Result<OutboxView> {
    may_see(actor)?;
    let retried = system
        .change(actor, key, id, |unit, id| Box::pin(retry_in(unit, id)))
        .await?;
    system.listeners.wake();
    Ok(retried)
}

async fn retry_in(unit: Unit<'_>, id: Arc<i64>) -> Result<OutboxView> {
    let find = || outbox::Entity::find_by_id(*id).one(unit.tx);
    let row = find().await?.ok_or(Error::NotFound(WHAT))?;
    unit.actor.require(OUTBOX, "have messages tried again")?;
    let again = outbox::Entity::update_many()
        .col_expr(
            outbox::Column::Status,
            Expr::value(OutboxStatus::Pending.word()),
        )
        .col_expr(outbox::Column::Attempts, Expr::value(0_i64))
        .col_expr(outbox::Column::DueAt, Expr::value(unit.now))
        .col_expr(outbox::Column::Holder, Expr::value(None::<String>))
        .col_expr(
            outbox::Column::FinishedAt,
            Expr::value(None::<chrono::DateTime<chrono::FixedOffset>>),
        )
        .filter(outbox::Column::Id.eq(*id))
        .filter(outbox::Column::Status.eq(OutboxStatus::Dead.word()))
        .exec(unit.tx)
        .await?;
    if again.rows_affected == 0 {
        let what = format!(
            "the message is {}; only a dead one is tried again",
            row.status
        );
        return Err(Error::WrongState(what));
    }
    view(find().await?.ok_or(Error::NotFound(WHAT))?)
}
