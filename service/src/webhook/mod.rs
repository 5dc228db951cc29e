//! Webhooks: addresses of other programs that are told of events. Managed by administrators, each change with its
//! history, which never holds a secret.
//!
//! A secret signs what is sent, so it is kept as it is: whoever reads the database can sign. It is shown once, when it
//! is made, and never again; an archive without secrets has [`NO_SECRET`] instead, with which nothing can be signed.

pub mod address;

mod forms;
pub(crate) mod sign;

use std::sync::Arc;

use entity::webhook;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::notice::Events;
use crate::outbox::{self, Channel, OutboxView, ToSend};
use crate::page::{Page, PageRequest};
use crate::rights::WEBHOOKS;
use crate::system::{System, Unit};
use crate::value::Instant;
use crate::version::IfMatch;

pub use forms::{IssuedWebhook, NewWebhook, WebhookPatch, WebhookQuery, WebhookView};

master::master!(webhook, "webhook");

/// What stands for a secret in an archive without secrets.
pub(crate) const NO_SECRET: &str = "!";

/// Refuses who may not see webhooks, whose addresses may be secrets themselves; a token that may read will do.
fn may_see(actor: &Actor) -> Result<()> {
    actor.may_read()?;
    if actor.roles.has_any(WEBHOOKS) {
        Ok(())
    } else {
        Err(Error::forbidden("only admin may see webhooks"))
    }
}

/// Lists webhooks, in the order in which they were added.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<WebhookQuery>,
) -> Result<Page<WebhookView>> {
    may_see(actor)?;
    let WebhookQuery {
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let request = PageRequest::new(&json!(["webhooks", is_active]), *limit, cursor, *count)?;
    let db = system.db.reader();
    let select = webhook::Entity::find().apply_if(*is_active, |select, yes| {
        select.filter(webhook::Column::IsActive.eq(yes))
    });
    let behind = select
        .clone()
        .apply_if(request.after(), |select, (_, last)| {
            select.filter(webhook::Column::Id.gt(*last))
        })
        .order_by_asc(webhook::Column::Id);
    let rows = request.rows(db, behind).await?;
    let page = request.page(rows, |row: &webhook::Model| (Json::Null, row.id));
    let ids = select
        .select_only()
        .column(webhook::Column::Id)
        .into_query();
    request.count(db, page.try_map(view)?, ids).await
}

/// Shows a webhook.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<WebhookView> {
    may_see(actor)?;
    let row = webhook::Entity::find_by_id(id).one(system.db.reader());
    view(row.await?.ok_or(Error::NotFound("webhook"))?)
}

/// Adds a webhook, whose secret is shown this once.
///
/// # Errors
/// [`Error::Invalid`] for an address that may not be called.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewWebhook>,
    key: Option<&Idempotency>,
) -> Result<IssuedWebhook> {
    actor.require(WEBHOOKS, "add webhooks")?;
    let new = draft.check()?.clone();
    may_be_called(system, &new.url.0)?;
    issue(system, async |secret| {
        let input = (new, secret);
        system
            .change(actor, key, input, |unit, input| {
                Box::pin(create_in(unit, input))
            })
            .await
    })
    .await
}

/// Gives a webhook a new secret, which is shown this once; the one before it signs nothing any more.
pub async fn renew_secret(
    system: &System,
    actor: &Actor,
    id: i64,
    key: Option<&Idempotency>,
) -> Result<IssuedWebhook> {
    may_see(actor)?;
    issue(system, async |secret| {
        let input = (id, secret);
        system
            .change(actor, key, input, |unit, input| {
                Box::pin(renew_in(unit, input))
            })
            .await
    })
    .await
}

/// What is kept for a repeated request: the digest tells whether the answer is a first one, the secret is not there.
#[derive(Serialize, Deserialize)]
struct Made {
    view: WebhookView,
    digest: String,
}

async fn issue(
    system: &System,
    make: impl AsyncFnOnce(String) -> Result<Made>,
) -> Result<IssuedWebhook> {
    let secret = sign::new_secret()?;
    let made = make(secret.clone()).await;
    system.listeners.forget();
    let Made { view, digest } = made?;
    let secret = (digest == crate::token::digest(&secret)).then_some(secret);
    Ok(IssuedWebhook { view, secret })
}

fn may_be_called(system: &System, url: &str) -> Result<()> {
    let judged = system.webhook_hosts.target(url);
    judged
        .map(drop)
        .map_err(|what| Error::field("url", "refused", what))
}

async fn create_in(unit: Unit<'_>, input: Arc<(NewWebhook, String)>) -> Result<Made> {
    let (new, secret) = &*input;
    let events: Events = new.events.0.iter().copied().collect();
    let row = webhook::Model {
        id: 0,
        url: new.url.0.clone(),
        description: new.description.as_ref().map(|text| text.0.clone()),
        events: events.words(),
        secret: secret.clone(),
        is_active: new.is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    let record = record(&row);
    let row = master::insert::<webhook::Entity>(&unit, row, &record).await?;
    made(row)
}

async fn renew_in(unit: Unit<'_>, input: Arc<(i64, String)>) -> Result<Made> {
    let (id, secret) = &*input;
    let old = master::lock(&unit, webhook::Entity::find_by_id(*id)).await?;
    unit.actor.require(WEBHOOKS, "change webhooks")?;
    let mut new = old.clone();
    new.secret.clone_from(secret);
    let mut records = (record(&old), record(&new));
    records.1["secret"] = json!("changed");
    let row = master::save::<webhook::Entity>(&unit, old, new, &records).await?;
    made(row)
}

fn made(row: webhook::Model) -> Result<Made> {
    Ok(Made {
        digest: crate::token::digest(&row.secret),
        view: view(row)?,
    })
}

/// Changes a webhook.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<WebhookPatch>,
) -> Result<WebhookView> {
    may_see(actor)?;
    let change = Change::new(id, if_match, draft);
    let changed = system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await;
    system.listeners.forget();
    changed
}

async fn change_in(unit: Unit<'_>, change: Arc<Change<WebhookPatch>>) -> Result<WebhookView> {
    let old = master::lock(&unit, webhook::Entity::find_by_id(change.id)).await?;
    unit.actor.require(WEBHOOKS, "change webhooks")?;
    change.if_match.check(old.version)?;
    let WebhookPatch {
        url,
        description,
        events,
        is_active,
    } = change.draft.check()?;
    let mut new = old.clone();
    if let Some(url) = url {
        may_be_called(&unit.system, &url.0)?;
        new.url.clone_from(&url.0);
    }
    if let Some(description) = description {
        new.description = description.as_ref().map(|text| text.0.clone());
    }
    if let Some(events) = events {
        new.events = events.0.iter().copied().collect::<Events>().words();
    }
    new.is_active = is_active.unwrap_or(old.is_active);
    let records = (record(&old), record(&new));
    let row = master::save::<webhook::Entity>(&unit, old, new, &records).await?;
    view(row)
}

/// Deletes a webhook with its log, and with what was still to be sent to it.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    may_see(actor)?;
    let input = (id, if_match.clone());
    let deleted = system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await;
    system.listeners.forget();
    deleted
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let (id, if_match) = &*input;
    let row = master::lock(&unit, webhook::Entity::find_by_id(*id)).await?;
    unit.actor.require(WEBHOOKS, "delete webhooks")?;
    if_match.check(row.version)?;
    outbox::forget_webhook(&unit, *id).await?;
    master::delete::<webhook::Entity>(&unit, &row, &record(&row)).await
}

/// Has a webhook called once, switched on or not; what comes of it is in its log.
pub async fn test(
    system: &System,
    actor: &Actor,
    id: i64,
    key: Option<&Idempotency>,
) -> Result<OutboxView> {
    may_see(actor)?;
    let added = system
        .change(actor, key, id, |unit, id| Box::pin(test_in(unit, id)))
        .await?;
    system.listeners.wake();
    Ok(added)
}

async fn test_in(unit: Unit<'_>, id: Arc<i64>) -> Result<OutboxView> {
    let row = master::lock(&unit, webhook::Entity::find_by_id(*id)).await?;
    unit.actor.require(WEBHOOKS, "test webhooks")?;
    let to_send = ToSend {
        channel: Channel::Webhook,
        event: None,
        webhook_id: Some(row.id),
        user_id: None,
        content: outbox::test_body(row.id, &unit.now),
        due_at: unit.now,
    };
    outbox::add_one(&unit, to_send).await
}

/// A webhook as its history keeps it.
pub(crate) fn record(row: &webhook::Model) -> Json {
    json!({
        "url": row.url,
        "description": row.description,
        "events": row.events,
        "is_active": row.is_active,
    })
}

fn view(row: webhook::Model) -> Result<WebhookView> {
    Ok(WebhookView {
        id: row.id,
        url: row.url,
        description: row.description,
        events: Events::stored(&row.events)?.iter().collect(),
        is_active: row.is_active,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    })
}
