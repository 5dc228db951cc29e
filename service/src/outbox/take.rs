//! Taking what is due, so that nobody else sends it meanwhile, and writing down what became of it.
//!
//! To take a row is to move its `due_at` behind [`LEASE`], in an update that finds only rows that are due: of two servers
//! at the same moment one finds it. A server that dies leaves a row that is due again when the lease is over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, TimeDelta};
use db::Tx;
use entity::outbox;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Channel, OutboxStatus};
use crate::error::Result;
use crate::system::System;

/// How long a row is held by whoever sends it; longer than any way of sending may take.
const LEASE: TimeDelta = TimeDelta::seconds(90);

/// The same of whoever translates; longer than [`super::work::TRANSLATING`].
const LONG_LEASE: TimeDelta = TimeDelta::minutes(10);

/// How many calls and mails are under way at the same time.
const AT_ONCE: u64 = 16;

/// How many records are translated at the same time.
const TRANSLATED_AT_ONCE: u64 = 2;

/// So often it is tried.
pub(super) const ATTEMPTS: i64 = 12;

/// The first pause, each being three times the one before it; and the longest.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(10);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(12);

/// What is taken: translations have their own turn, because they may take minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Sending,
    Translating,
}

impl Turn {
    fn at_once(self) -> u64 {
        match self {
            Self::Sending => AT_ONCE,
            Self::Translating => TRANSLATED_AT_ONCE,
        }
    }

    fn lease(self) -> TimeDelta {
        match self {
            Self::Sending => LEASE,
            Self::Translating => LONG_LEASE,
        }
    }

    fn is_due(self, now: DateTime<FixedOffset>) -> Condition {
        let (channel, word) = (outbox::Column::Channel, Channel::Translate.word());
        Condition::all()
            .add(outbox::Column::Status.eq(OutboxStatus::Pending.word()))
            .add(outbox::Column::DueAt.lte(now))
            .add(match self {
                Self::Sending => channel.ne(word),
                Self::Translating => channel.eq(word),
            })
    }
}

/// So many stories has one daily mail at most; what is more comes in further ones.
const MOST_IN_A_MAIL: usize = 500;

/// What goes out together: one row, a person's daily mail, all that asks for the same translation.
pub(super) struct Bundle {
    pub(super) channel: Channel,
    pub(super) rows: Vec<outbox::Model>,
    holder: String,
}

/// What became of it.
pub(super) enum Outcome {
    /// It was sent, and answered with this status.
    Sent(Option<i64>),
    /// It is no longer to be sent, for this reason.
    Dropped(String),
    /// It was not sent: the status that was answered, why, and whether to try again.
    Failed(Option<i64>, String, bool),
}

/// Takes what is due.
pub(super) async fn take(system: &System, turn: Turn) -> Result<Vec<Bundle>> {
    let now = system.clock.now();
    let due = outbox::Entity::find()
        .filter(turn.is_due(now))
        .order_by_asc(outbox::Column::DueAt)
        .order_by_asc(outbox::Column::Id)
        .limit(turn.at_once())
        .all(system.db.reader())
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let is_digest = |row: &outbox::Model| row.channel == Channel::Digest.word();
    let digests = due.iter().filter(|row| is_digest(row));
    let people: BTreeSet<i64> = digests.filter_map(|row| row.user_id).collect();
    let singles = due.iter().filter(|row| !is_digest(row));
    let single: BTreeSet<i64> = singles.map(|row| row.id).collect();
    let (single, people) = (Vec::from_iter(single), Vec::from_iter(people));
    let holder = format!("{:032x}", rand::random::<u128>());
    let input = (single, people, holder.clone(), (turn, now));
    let rows = system
        .db
        .write(move |tx| {
            let (single, people, holder, when) = input.clone();
            Box::pin(async move { hold(tx, single, people, &holder, when).await })
        })
        .await?;
    let (mut bundles, mut told) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let channel = Channel::stored(&row.channel)?;
        // A person's daily mail is one, and a text that was changed twice is translated once.
        let key = match channel {
            Channel::Digest => {
                let before = told.entry(row.user_id).or_insert(0);
                *before += 1;
                let mail = (*before - 1) / MOST_IN_A_MAIL;
                (channel, row.user_id, mail, None)
            }
            Channel::Translate => (channel, None, 0, Some(row.content.clone())),
            Channel::Webhook | Channel::Mail | Channel::View => (channel, Some(row.id), 0, None),
        };
        let bundle = bundles.entry(key).or_insert_with(|| Bundle {
            channel,
            rows: Vec::new(),
            holder: holder.clone(),
        });
        bundle.rows.push(row);
    }
    Ok(bundles.into_values().collect())
}

/// Row by row in the order of their ids, so that servers that take the same ones wait for each other and never in a
/// circle.
async fn hold(
    tx: &Tx,
    single: Vec<i64>,
    people: Vec<i64>,
    holder: &str,
    (turn, now): (Turn, DateTime<FixedOffset>),
) -> Result<Vec<outbox::Model>> {
    let single = single.into_iter().map(|id| outbox::Column::Id.eq(id));
    let daily = people.into_iter().map(|id| {
        let of_person = outbox::Column::UserId.eq(id);
        of_person.and(outbox::Column::Channel.eq(Channel::Digest.word()))
    });
    for wanted in single.chain(daily) {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::Holder, Expr::value(holder))
            .col_expr(outbox::Column::DueAt, Expr::value(now + turn.lease()))
            .col_expr(
                outbox::Column::Attempts,
                Expr::col(outbox::Column::Attempts).add(1),
            )
            .filter(wanted)
            .filter(turn.is_due(now))
            .exec(tx)
            .await?;
    }
    let held = outbox::Entity::find()
        .filter(outbox::Column::Holder.eq(holder))
        .order_by_asc(outbox::Column::Id);
    Ok(held.all(tx).await?)
}

/// Writes down what became of a bundle, unless its lease was over and somebody else has taken it. `jitter` is between
/// 0 and 1, so that receivers who were away are not called by all servers at once.
pub(super) async fn settle(
    system: &System,
    bundle: &Bundle,
    outcome: Outcome,
    jitter: f64,
) -> Result<()> {
    let now = system.clock.now();
    let may_again = matches!(outcome, Outcome::Failed(_, _, true));
    // What came to a daily mail later has not been tried as often.
    let (again, ended): (Vec<_>, Vec<_>) = bundle
        .rows
        .iter()
        .partition(|row| may_again && row.attempts < ATTEMPTS);
    let (status, answer, error) = match outcome {
        Outcome::Sent(answer) => (OutboxStatus::Sent, answer, None),
        Outcome::Dropped(why) => (OutboxStatus::Dropped, None, Some(why)),
        Outcome::Failed(answer, why, _) => (OutboxStatus::Dead, answer, Some(why)),
    };
    let attempts = again.iter().map(|row| row.attempts).max().unwrap_or(1);
    let later = now + pause(attempts, jitter);
    let updates = [
        (again, OutboxStatus::Pending, later, None),
        (ended, status, now, Some(now)),
    ];
    let updates = updates.map(|(rows, status, due_at, finished_at)| {
        let ids = rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        let update = outbox::Entity::update_many()
            .col_expr(outbox::Column::Status, Expr::value(status.word()))
            .col_expr(outbox::Column::Answer, Expr::value(answer))
            .col_expr(outbox::Column::Error, Expr::value(error.clone()))
            .col_expr(outbox::Column::DueAt, Expr::value(due_at))
            .col_expr(outbox::Column::FinishedAt, Expr::value(finished_at))
            .col_expr(outbox::Column::Holder, Expr::value(None::<String>))
            .filter(outbox::Column::Holder.eq(bundle.holder.as_str()));
        (!ids.is_empty()).then(|| update.filter(outbox::Column::Id.is_in(ids)))
    });
    system
        .db
        .write(move |tx| {
            let updates = updates.clone();
            Box::pin(async move {
                for update in updates.into_iter().flatten() {
                    update.exec(tx).await?;
                }
                Ok(())
            })
        })
        .await
}

/// How long to wait after so many attempts.
fn pause(attempts: i64, jitter: f64) -> TimeDelta {
    let tripled = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or(0);
    let pause = (FIRST_PAUSE * 3_i32.pow(tripled)).min(LONGEST_PAUSE);
    // From four fifths of it to six fifths.
    let spread = pause.num_milliseconds() as f64 * (0.8 + 0.4 * jitter.clamp(0.0, 1.0));
    TimeDelta::milliseconds(spread as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_three_times_the_one_before_it_up_to_half_a_day() {
        let seconds: Vec<i64> = (1..=ATTEMPTS)
            .map(|n| pause(n, 0.5).num_seconds())
            .collect();
        assert_eq!(
            seconds,
            [
                10, 30, 90, 270, 810, 2430, 7290, 21870, 43200, 43200, 43200, 43200
            ]
        );
        assert_eq!(pause(1, 0.0), TimeDelta::seconds(8));
        assert_eq!(pause(1, 1.0), TimeDelta::seconds(12));
    }
}
