//! From which repeat of a failure on a corrective action is proposed: one rule for the plant, as a row of its own with
//! its history. There is no row until somebody changes the rule; [`DEFAULT`] holds until then.

use std::sync::Arc;

use entity::repeat_rule;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::Result;
use crate::input::Draft;
use crate::system::{System, Unit};
use crate::value::Int;
use crate::version::IfMatch;
use crate::{master, setting};

master::master!(repeat_rule, "repeat rule");

/// The second repeat, the third time that is, within a quarter.
pub(crate) const DEFAULT: Rule = Rule {
    repeats: 2,
    days: 90,
};

/// The name of the one row.
const NAME: &str = "corrective_action";

/// What the rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// From which repeat on.
    pub(crate) repeats: i64,
    /// Within how many days.
    pub(crate) days: i64,
}

/// The rule by which a corrective action is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RepeatRuleView {
    /// From which repeat of part and failure code on.
    pub repeats: i64,
    /// Within how many days.
    pub days: i64,
    /// Moves with every change; the ETag. 0 while the rule is the one that dmt comes with.
    pub version: i64,
}

crate::input! {
    /// What changes in the rule.
    pub struct RepeatRulePatch {
        /// From which repeat of part and failure code on.
        repeats: change Int<1, 1_000>,
        /// Within how many days.
        days: change Int<1, 3_650>,
    }
}

/// The rule that holds now.
pub(crate) async fn current(db: &impl ConnectionTrait) -> Result<Rule> {
    let row = find().one(db).await?;
    Ok(row.map_or(DEFAULT, |row| Rule {
        repeats: row.repeats,
        days: row.days,
    }))
}

/// Shows the rule.
///
/// # Errors
/// `Forbidden` for a token that may not read.
pub async fn show(system: &System, actor: &Actor) -> Result<RepeatRuleView> {
    actor.may_read()?;
    let row = find().one(system.db.reader()).await?;
    Ok(row.map_or_else(untouched, |row| view(&row)))
}

/// Changes the rule: those who manage the lists.
///
/// # Errors
/// `Forbidden`, `VersionStale`, `Invalid`.
pub async fn change(
    system: &System,
    actor: &Actor,
    if_match: &IfMatch,
    draft: &Draft<RepeatRulePatch>,
) -> Result<RepeatRuleView> {
    let input = (if_match.clone(), draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(change_in(unit, input))
        })
        .await
}

async fn change_in(
    unit: Unit<'_>,
    input: Arc<(IfMatch, Draft<RepeatRulePatch>)>,
) -> Result<RepeatRuleView> {
    let (if_match, draft) = &*input;
    master::may_manage(&unit.actor, "change the repeat rule")?;
    // Two who change it for the first time would both make its row.
    setting::lock(unit.tx).await?;
    let old = find().one(unit.tx).await?;
    if_match.check(old.as_ref().map_or(0, |row| row.version))?;
    let RepeatRulePatch { repeats, days } = draft.check()?;
    let new = |repeated: i64, within: i64| {
        let repeats = repeats.map_or(repeated, |repeats| repeats.0);
        (repeats, days.map_or(within, |days| days.0))
    };
    let row = match old {
        Some(old) => {
            let (repeats, days) = new(old.repeats, old.days);
            let new = repeat_rule::Model {
                repeats,
                days,
                ..old.clone()
            };
            let records = (record(&old), record(&new));
            master::save::<repeat_rule::Entity>(&unit, old, new, &records).await?
        }
        None => {
            let (repeats, days) = new(DEFAULT.repeats, DEFAULT.days);
            if (Rule { repeats, days }) == DEFAULT {
                return Ok(untouched());
            }
            let row = first(&unit, repeats, days);
            let record = record(&row);
            master::insert::<repeat_rule::Entity>(&unit, row, &record).await?
        }
    };
    Ok(view(&row))
}

fn find() -> sea_orm::Select<repeat_rule::Entity> {
    repeat_rule::Entity::find().filter(repeat_rule::Column::Name.eq(NAME))
}

fn first(unit: &Unit<'_>, repeats: i64, days: i64) -> repeat_rule::Model {
    repeat_rule::Model {
        id: 0,
        name: NAME.to_owned(),
        repeats,
        days,
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    }
}

/// The rule as history keeps it.
pub(crate) fn record(row: &repeat_rule::Model) -> Json {
    json!({ "name": row.name, "repeats": row.repeats, "days": row.days })
}

fn untouched() -> RepeatRuleView {
    RepeatRuleView {
        repeats: DEFAULT.repeats,
        days: DEFAULT.days,
        version: 0,
    }
}

fn view(row: &repeat_rule::Model) -> RepeatRuleView {
    RepeatRuleView {
        repeats: row.repeats,
        days: row.days,
        version: row.version,
    }
}
