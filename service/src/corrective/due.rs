//! Until when: the due dates that a new request's steps get from the due rules, where they are not given with it.
//!
//! The severity is the request's own, or that of the worst of its defects where it says none; what nobody has judged
//! counts as major, because a request is not raised over trifles. Days are counted from the raising, each to its last
//! second in the system's time zone. Later changes of the request, of its defects or of the rules leave the dates alone:
//! they were agreed on with whoever has to keep them. Nothing stops this clock; only defects are put on hold.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use entity::{corrective_action, defect};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::due_rule;
use crate::error::Result;
use crate::system::Unit;
use crate::words::{Milestone, Severity, Step};

/// What counts where nobody has said how grave it is.
const UNJUDGED: Severity = Severity::Major;

/// What the rules say of a new request about these defects.
pub(super) async fn ruled(
    unit: &Unit<'_>,
    row: &corrective_action::Model,
    defect_ids: &[i64],
) -> Result<BTreeMap<Step, DateTime<FixedOffset>>> {
    let severity = match &row.severity {
        Some(severity) => Severity::stored(severity)?,
        None => worst(unit, defect_ids).await?.unwrap_or(UNJUDGED),
    };
    let mut dates = BTreeMap::new();
    for (milestone, days) in due_rule::days_of(unit.tx, severity.word()).await? {
        let Some(step) = step_of(milestone) else {
            continue;
        };
        let until = due_rule::until(&unit.system.settings, &unit.now, days)?;
        let strictest = dates.entry(step).or_insert(until);
        *strictest = until.min(*strictest);
    }
    Ok(dates)
}

/// The gravest severity of any of the defects.
async fn worst(unit: &Unit<'_>, defect_ids: &[i64]) -> Result<Option<Severity>> {
    if defect_ids.is_empty() {
        return Ok(None);
    }
    let found: Vec<String> = defect::Entity::find()
        .select_only()
        .column(defect::Column::Severity)
        .filter(defect::Column::Id.is_in(defect_ids.iter().copied()))
        .filter(defect::Column::Severity.is_not_null())
        .distinct()
        .into_tuple()
        .all(unit.tx)
        .await?;
    let mut by_gravity = Severity::ALL.iter().copied();
    Ok(by_gravity.find(|severity| found.iter().any(|word| word == severity.word())))
}

/// The step that a milestone is about.
fn step_of(milestone: Milestone) -> Option<Step> {
    match milestone {
        Milestone::D3 => Some(Step::D3),
        Milestone::D5 => Some(Step::D5),
        Milestone::D8 => Some(Step::D8),
        Milestone::Containment | Milestone::Disposition | Milestone::Closure => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_stand_with_the_gravest_first() {
        assert_eq!(
            Severity::ALL,
            [Severity::Critical, Severity::Major, Severity::Minor]
        );
    }
}
