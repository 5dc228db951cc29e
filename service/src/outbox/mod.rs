//! What is to be sent, one row for each receiver: a webhook's call, a mail, a line of a daily mail; and the texts that
//! are to be translated, one row for a record and a language.
//!
//! A row is sent at least once ([`work`]): whoever sends it holds it for a while ([`take`]), and what he could not send
//! is due again later, each time after a longer pause. What was tried often enough is dead: an administrator sees it
//! and may have it tried again.

mod letter;
mod list;
mod overview;
mod parcel;
mod take;
mod work;

use chrono::{DateTime, FixedOffset, TimeDelta};
use db::Tx;
use entity::outbox;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::notice::Event;
use crate::rights::OUTBOX;
use crate::system::Unit;
use crate::value::Instant;

pub use letter::Letter;
pub use list::{DeliveryQuery, OutboxQuery, list, list_of_webhook, retry, show};
pub use parcel::{Call, Parcel};
pub(crate) use parcel::{Told, test_body};
pub use work::{Carry, Post, Running, Sent, Trouble, Worker, spawn};

/// How long the log of what was sent is kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// How long an administrator has to look after what is dead.
const DEAD_KEPT: TimeDelta = TimeDelta::days(90);

crate::choice! {
    /// How something is sent.
    pub enum Channel {
        /// A call of another program.
        Webhook = "webhook",
        /// A mail of its own.
        Mail = "mail",
        /// A part of a daily mail.
        Digest = "digest",
        /// A mail of what a saved view holds.
        View = "view",
        /// The texts of a record, to be translated into a language.
        Translate = "translate",
    }
}

crate::choice! {
    /// How it stands with what is to be sent.
    pub enum OutboxStatus {
        /// To be sent, for the first time or again.
        Pending = "pending",
        /// Sent.
        Sent = "sent",
        /// Not sent because it was no longer to be: the person or the webhook does not want it, or may not have it.
        Dropped = "dropped",
        /// Given up after many attempts, or because another would be of no use.
        Dead = "dead",
    }
}

/// Something that is sent to one receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxView {
    /// Id.
    pub id: i64,
    /// What the receiver is told as `webhook-id`: the same in each attempt.
    pub message_id: String,
    /// How it is sent.
    pub channel: Channel,
    /// What it tells of; null for a test, for what a saved view holds, and for what is to be translated.
    pub event: Option<Event>,
    /// The webhook that is called.
    pub webhook_id: Option<i64>,
    /// The user who gets the mail.
    pub user_id: Option<i64>,
    /// How it stands.
    pub status: OutboxStatus,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next; while it is being tried, when that is given up.
    #[schema(format = DateTime)]
    pub due_at: String,
    /// The status that the receiver answered last.
    pub answer: Option<i64>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was sent or given up.
    #[schema(format = DateTime)]
    pub finished_at: Option<String>,
}

/// Something to be sent.
pub(crate) struct ToSend {
    pub(crate) channel: Channel,
    pub(crate) event: Option<Event>,
    pub(crate) webhook_id: Option<i64>,
    pub(crate) user_id: Option<i64>,
    /// The body: `type`, `timestamp`, `data`. Of a saved view: its id.
    pub(crate) content: String,
    pub(crate) due_at: DateTime<FixedOffset>,
}

/// Adds what is to be sent.
pub(crate) async fn add(tx: &Tx, rows: Vec<ToSend>, now: DateTime<FixedOffset>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(|row| columns(row, now));
    outbox::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Adds one thing to be sent, and shows it.
pub(crate) async fn add_one(unit: &Unit<'_>, row: ToSend) -> Result<OutboxView> {
    let insert = outbox::Entity::insert(columns(row, unit.now));
    let id = insert.exec(unit.tx).await?.last_insert_id;
    let row = outbox::Entity::find_by_id(id).one(unit.tx).await?;
    view(row.ok_or_else(|| Error::internal("a message is not there after it was added"))?)
}

fn columns(row: ToSend, now: DateTime<FixedOffset>) -> outbox::ActiveModel {
    outbox::ActiveModel {
        id: NotSet,
        // Random, because receivers tell repetitions by it, of whatever system they come from.
        message_id: Set(format!("msg_{:032x}", rand::random::<u128>())),
        channel: Set(row.channel.word().to_owned()),
        event: Set(row.event.map(|event| event.word().to_owned())),
        webhook_id: Set(row.webhook_id),
        user_id: Set(row.user_id),
        content: Set(row.content),
        status: Set(OutboxStatus::Pending.word().to_owned()),
        attempts: Set(0),
        due_at: Set(row.due_at),
        holder: Set(None),
        answer: Set(None),
        error: Set(None),
        created_at: Set(now),
        finished_at: Set(None),
    }
}

/// Refuses who may not see what is sent to others; a token that may read will do.
fn may_see(actor: &Actor) -> Result<()> {
    actor.may_read()?;
    if actor.roles.has_any(OUTBOX) {
        Ok(())
    } else {
        Err(Error::forbidden(
            "only admin may see what is sent to others",
        ))
    }
}

/// Throws away what was sent or given up long ago.
pub(crate) async fn forget_old(unit: &Unit<'_>) -> Result<u64> {
    let ended = |status: OutboxStatus, kept| {
        Condition::all()
            .add(outbox::Column::Status.eq(status.word()))
            .add(outbox::Column::DueAt.lt(unit.now - kept))
    };
    let old = Condition::any()
        .add(ended(OutboxStatus::Sent, KEPT))
        .add(ended(OutboxStatus::Dropped, KEPT))
        .add(ended(OutboxStatus::Dead, DEAD_KEPT));
    let gone = outbox::Entity::delete_many().filter(old).exec(unit.tx);
    Ok(gone.await?.rows_affected)
}

/// Forgets all that was to be sent to a user.
pub(crate) async fn forget_user(unit: &Unit<'_>, id: i64) -> Result<u64> {
    let all = outbox::Entity::delete_many().filter(outbox::Column::UserId.eq(id));
    Ok(all.exec(unit.tx).await?.rows_affected)
}

/// Forgets all that was to be sent to a webhook, and its log.
pub(crate) async fn forget_webhook(unit: &Unit<'_>, id: i64) -> Result<()> {
    let all = outbox::Entity::delete_many().filter(outbox::Column::WebhookId.eq(id));
    all.exec(unit.tx).await?;
    Ok(())
}

fn view(row: outbox::Model) -> Result<OutboxView> {
    Ok(OutboxView {
        id: row.id,
        message_id: row.message_id,
        channel: Channel::stored(&row.channel)?,
        event: row.event.as_deref().map(Event::stored).transpose()?,
        webhook_id: row.webhook_id,
        user_id: row.user_id,
        status: OutboxStatus::stored(&row.status)?,
        attempts: row.attempts,
        due_at: Instant::show(&row.due_at),
        answer: row.answer,
        error: row.error,
        created_at: Instant::show(&row.created_at),
        finished_at: row.finished_at.as_ref().map(Instant::show),
    })
}
