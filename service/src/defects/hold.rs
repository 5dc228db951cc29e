//! On hold: a record that waits for somebody else, such as its customer. Its clock stands still until it is released.
//!
//! A hold lasts until it is released, or the record has come to its end; `until` says when that is expected. The due
//! date moves on by the time that the record was on hold, whoever has set it. Not to be confused with the place where
//! its material is held (`hold_location`).

use std::sync::Arc;

use chrono::TimeDelta;
use sea_orm::ActiveValue::Set;
use serde_json::{Value as Json, json};

use super::due;
use super::record::{Moves, Record, instant};
use super::view::{DefectView, view};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Instant, Text};
use crate::version::IfMatch;

crate::input! {
    /// Why a record's clock is to stand still.
    pub struct Hold {
        /// What it waits for.
        reason: required Text<500>,
        /// When that is expected.
        until: optional Instant,
    }
}

crate::input! {
    /// That a record's clock goes on.
    pub struct Release {
        /// Why, if there is more to say than that the waiting is over.
        reason: optional Text<2000>,
    }
}

/// Puts a record on hold.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` (on hold already, or at its end), `Invalid`.
pub async fn begin(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<Hold>,
    key: Option<&Idempotency>,
) -> Result<DefectView> {
    let input = (id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(begin_in(unit, input))
        })
        .await
}

async fn begin_in(unit: Unit<'_>, input: Arc<(i64, IfMatch, Draft<Hold>)>) -> Result<DefectView> {
    let (id, if_match, draft) = &*input;
    let record = open(Record::load(&unit, *id).await?, if_match)?;
    if let Some(since) = &record.row.held_at {
        let since = Instant::show(since);
        return Err(Error::WrongState(format!(
            "the record is on hold already, since {since}; release it first"
        )));
    }
    let Hold { reason, until } = draft.check()?;
    if until.is_some_and(|until| until.0 <= unit.now) {
        return Err(Error::field("until", "range", "must lie in the future"));
    }
    let mut record = record.because(Some(&reason.0));
    let until = until.map(|until| until.0);
    record.note("hold_since", &Json::Null, &instant(Some(unit.now)))?;
    record.note("hold_reason", &Json::Null, &json!(reason.0))?;
    record.note("hold_until", &Json::Null, &instant(until))?;
    record.set.held_at = Set(Some(unit.now));
    record.set.hold_reason = Set(Some(reason.0.clone()));
    record.set.hold_until = Set(until);
    record.save(Moves::Version).await?;
    view(unit.tx, &unit.system, &unit.actor, *id).await
}

/// Releases a record that is on hold.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` (not on hold, or at its end), `Invalid`.
pub async fn release(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<Release>,
    key: Option<&Idempotency>,
) -> Result<DefectView> {
    let input = (id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(release_in(unit, input))
        })
        .await
}

async fn release_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<Release>)>,
) -> Result<DefectView> {
    let (id, if_match, draft) = &*input;
    let record = open(Record::load(&unit, *id).await?, if_match)?;
    if record.row.held_at.is_none() {
        return Err(Error::WrongState("the record is not on hold".to_owned()));
    }
    let reason = draft.check()?.reason.as_ref();
    let mut record = record.because(reason.map(|reason| reason.0.as_str()));
    end(&mut record)?;
    record.save(Moves::Version).await?;
    view(unit.tx, &unit.system, &unit.actor, *id).await
}

/// The record, if the caller may stop and start its clock now.
fn open<'a>(record: Record<'a>, if_match: &IfMatch) -> Result<Record<'a>> {
    record.require_right(field::HOLD)?;
    if_match.check(record.row.version)?;
    record.require_state([field::HOLD])?;
    Ok(record)
}

/// Ends a hold, if there is one: the time that it lasted is kept, and the due date moves on by it.
pub(super) fn end(record: &mut Record<'_>) -> Result<()> {
    let Some(since) = record.row.held_at.take() else {
        return Ok(());
    };
    let held = Ord::max((record.unit.now - since).num_seconds(), 0);
    let before = record.row.held_seconds;
    let total = Some(before.unwrap_or(0) + held);
    let (reason, until) = (record.row.hold_reason.take(), record.row.hold_until.take());
    record.note("hold_since", &instant(Some(since)), &Json::Null)?;
    record.note("hold_reason", &json!(reason), &Json::Null)?;
    record.note("hold_until", &instant(until), &Json::Null)?;
    record.note("held_seconds", &json!(before), &json!(total))?;
    record.row.held_seconds = total;
    record.set.held_at = Set(None);
    record.set.hold_reason = Set(None);
    record.set.hold_until = Set(None);
    record.set.held_seconds = Set(total);
    if let Some(due_at) = record.row.due_at {
        let by_rule = record.row.due_by_rule == Some(true);
        due::put(record, Some(due_at + TimeDelta::seconds(held)), by_rule)?;
    }
    Ok(())
}
