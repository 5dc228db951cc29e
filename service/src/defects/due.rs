//! Until when: the due date that the rules give a record, kept up as the record goes on.
//!
//! It is that of what comes next: containing the material while it is not, deciding on it until that is done, closing
//! the record. Days are counted from the report, each to its last second in the system's time zone; the time on hold is
//! added. What a person has set stays, until somebody takes it away: then the rules have it again.

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::defect;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::hold;
use super::record::{Record, instant};
use crate::due_rule;
use crate::error::Result;
use crate::system::Unit;
use crate::words::{Milestone, Status};

/// Gives a new record its due date, where nobody has.
pub(super) async fn begin(unit: &Unit<'_>, row: &mut defect::Model) -> Result<()> {
    if row.due_at.is_none() {
        row.due_at = ruled(unit, row, Status::Reported).await?;
        row.due_by_rule = row.due_at.is_some().then_some(true);
    }
    Ok(())
}

/// Moves the due date on with the record; one that has come to its end is not on hold any more.
pub(super) async fn follow(record: &mut Record<'_>) -> Result<()> {
    if matches!(record.status, Status::Closed | Status::Void) {
        return hold::end(record);
    }
    let is_a_persons = record.row.due_at.is_some() && record.row.due_by_rule != Some(true);
    if is_a_persons {
        return Ok(());
    }
    let due_at = ruled(record.unit, &record.row, record.status).await?;
    put(record, due_at, due_at.is_some())
}

/// Puts a due date on the record, and whether it is a rule's.
pub(super) fn put(
    record: &mut Record<'_>,
    due_at: Option<DateTime<FixedOffset>>,
    by_rule: bool,
) -> Result<()> {
    let (due_before, rule_before) = (record.row.due_at, record.row.due_by_rule);
    let by_rule = by_rule.then_some(true);
    record.note("due_at", &instant(due_before), &instant(due_at))?;
    record.note("due_by_rule", &json!(rule_before), &json!(by_rule))?;
    (record.row.due_at, record.row.due_by_rule) = (due_at, by_rule);
    (record.set.due_at, record.set.due_by_rule) = (Set(due_at), Set(by_rule));
    Ok(())
}

/// What the rules say of a record as it stands; nothing where none speaks of it.
async fn ruled(
    unit: &Unit<'_>,
    row: &defect::Model,
    status: Status,
) -> Result<Option<DateTime<FixedOffset>>> {
    let Some(severity) = &row.severity else {
        return Ok(None);
    };
    let rules = due_rule::days_of(unit.tx, severity).await?.into_iter();
    let ahead = rules.filter(|(milestone, _)| is_ahead(*milestone, row, status));
    let Some(days) = ahead.map(|(_, days)| days).min() else {
        return Ok(None);
    };
    let until = due_rule::until(&unit.system.settings, &row.reported_at, days)?;
    let held = TimeDelta::seconds(row.held_seconds.unwrap_or(0));
    Ok(Some(until + held))
}

/// Whether it is still to be done.
fn is_ahead(milestone: Milestone, row: &defect::Model, status: Status) -> bool {
    match milestone {
        Milestone::Containment => !row.is_contained,
        Milestone::Disposition => matches!(
            status,
            Status::Reported | Status::Analysis | Status::Disposition
        ),
        Milestone::Closure => true,
        Milestone::D3 | Milestone::D5 | Milestone::D8 => false,
    }
}
