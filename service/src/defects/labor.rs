//! Labor entries: time spent on a record. Corrected by a reversing entry, never by edit; they do not move the version.

use std::collections::HashSet;
use std::sync::Arc;

use entity::labor_entry;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{self, Names, Under, page};
use super::entries::{Kind, Reversal};
use super::record::Record;
use super::reference::{Reference, References};
use super::{ChildQuery, PermissionsView, Written};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::part::null_is_a_value;
use crate::reference::PersonRef;
use crate::rights::{field, sees_cost, writes_cost};
use crate::setting::Settings;
use crate::summary::Spent;
use crate::system::{System, Unit};
use crate::value::{Amount, Day, Id, Instant, Int, Text};
use crate::version::IfMatch;
use crate::words::Activity;

crate::input! {
    /// Time spent on a record.
    pub struct NewLabor {
        /// The day of the work.
        work_date: required Day,
        /// How many minutes.
        minutes: required Int<1, 100_000>,
        /// What was done.
        activity: required Activity,
        /// Who did the work; whoever enters it unless said.
        worker_id: optional Id,
        /// What an hour of it costs, in the system's currency; only for those who write cost.
        rate: optional Amount,
        /// Anything worth saying.
        note: optional Text<2000>,
    }
}

/// A labor entry; a reversal has negative minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LaborView {
    /// Id.
    pub id: i64,
    /// The day of the work.
    #[schema(format = Date)]
    pub work_date: String,
    /// How many minutes; negative in a reversal.
    pub minutes: i64,
    /// What was done.
    pub activity: Activity,
    /// Who did the work, where it is not who entered it.
    #[serde(default)]
    #[schema(required)]
    pub worker: Option<PersonRef>,
    /// What an hour of it costs, in the system's currency; not there for those who do not see cost.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "null_is_a_value"
    )]
    #[schema(value_type = Option<String>, required = false, examples("48.00"))]
    pub rate: Option<Option<String>>,
    /// What it cost: the minutes at that rate, to the currency's digits; negative in a reversal. Not there for those who
    /// do not see cost.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "null_is_a_value"
    )]
    #[schema(value_type = Option<String>, required = false, examples("72.00"))]
    pub cost: Option<Option<String>>,
    /// Anything worth saying.
    #[schema(required)]
    pub note: Option<String>,
    /// The entry that this one reverses.
    #[schema(required)]
    pub reverses_id: Option<i64>,
    /// Whether another entry reverses this one.
    #[serde(default)]
    #[schema(required)]
    pub is_reversed: bool,
    /// Why it was reversed.
    #[schema(required)]
    pub reason: Option<String>,
    /// When it was entered.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who entered it.
    pub created_by: PersonRef,
}

const KIND: Kind<labor_entry::Entity> = Kind {
    field: field::LABOR,
    what: "labor entry",
    parent: labor_entry::Column::DefectId,
    reverses: labor_entry::Column::ReversesId,
    reversed_by: |entry: &labor_entry::Model| entry.reverses_id,
};

/// Lists a record's labor entries.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<LaborView>> {
    actor.may_read()?;
    let kind = children::Kind::<labor_entry::Entity> {
        name: "labor-entries",
        id: labor_entry::Column::Id,
        parent: labor_entry::Column::DefectId,
        long: &[],
    };
    let page = page(system, under.into(), kind, draft, |entry| entry.id).await?;
    let db = system.db.reader();
    let names = Names::of(db, page.items.iter().flat_map(people_of)).await?;
    let reversed = KIND
        .reversed(db, page.items.iter().map(|entry| entry.id))
        .await?;
    page.try_map(|entry| view((system, actor), entry, &names, &reversed))
}

/// Reads an entry.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<LaborView> {
    actor.may_read()?;
    let db = system.db.reader();
    let entry = KIND.find(db, defect_id, id).await?;
    let names = Names::of(db, people_of(&entry)).await?;
    let reversed = KIND.reversed(db, [entry.id]).await?;
    view((system, actor), entry, &names, &reversed)
}

/// Everybody whom an entry names.
fn people_of(entry: &labor_entry::Model) -> impl Iterator<Item = i64> + use<> {
    [Some(entry.created_by), entry.worker_id]
        .into_iter()
        .flatten()
}

/// Adds an entry.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewLabor>,
    key: Option<&Idempotency>,
) -> Result<Written<LaborView>> {
    let input = (defect_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewLabor>)>,
) -> Result<Written<LaborView>> {
    let (defect_id, if_match, draft) = &*input;
    let record = Record::load(&unit, *defect_id).await?;
    record.require_right(field::LABOR)?;
    require_rate_right(&unit, draft)?;
    let record = KIND.open(record, if_match)?;
    let new = draft.check()?;
    KIND.require_room(&unit, *defect_id).await?;
    let mut errors = Vec::new();
    if new.work_date.0 > unit.system.settings.day(&unit.now) + chrono::TimeDelta::days(1) {
        let message = "must not lie in the future";
        errors.push(FieldError::new("work_date", "range", message));
    }
    let worker = new.worker_id.map(|id| id.0);
    References::default()
        .add("worker_id", worker.map(Reference::User))
        .resolve(unit.tx, &mut errors)
        .await?;
    let rate = rate_of(&unit, new, &mut errors);
    refuse_if_any(errors)?;
    let entry = labor_entry::ActiveModel {
        defect_id: Set(*defect_id),
        work_date: Set(new.work_date.0),
        minutes: Set(new.minutes.0),
        activity: Set(new.activity.word().to_owned()),
        note: Set(new.note.as_ref().map(|note| note.0.clone())),
        worker_id: Set(worker),
        rate: Set(rate),
        cost: Set(rate.map(|rate| cost_of(new.minutes.0, rate))),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    };
    Box::pin(write(&unit, record, entry)).await
}

/// Refuses (403) the rate of those who do not write cost.
fn require_rate_right(unit: &Unit<'_>, draft: &Draft<NewLabor>) -> Result<()> {
    let sends_rate = draft.sent().iter().any(|name| name == "rate");
    let rates = !matches!(draft.check(), Ok(NewLabor { rate: None, .. }));
    if !(sends_rate && rates) || writes_cost(unit.actor.roles) {
        return Ok(());
    }
    let message = "is written by those who write cost";
    Err(Error::Forbidden {
        detail: "your roles do not allow some of these fields".to_owned(),
        fields: vec![FieldError::new("rate", "forbidden", message)],
    })
}

/// The rate in minor units.
fn rate_of(unit: &Unit<'_>, new: &NewLabor, errors: &mut Vec<FieldError>) -> Option<i64> {
    match unit.system.settings.units(new.rate?) {
        Ok(rate) if rate <= HIGHEST_RATE => Some(rate),
        Ok(_) => {
            errors.push(FieldError::new("rate", "range", "is too high"));
            None
        }
        Err(problems) => {
            let named = problems
                .into_iter()
                .map(|problem| FieldError::new("rate", &problem.code, problem.message));
            errors.extend(named);
            None
        }
    }
}

/// So many minor units an hour at most, so that no sum of a record's entries leaves 64 bits.
const HIGHEST_RATE: i64 = 1_000_000_000_000;

/// Minutes at so many minor units an hour, rounded half away from nothing, so that a reversal takes back what it reverses.
fn cost_of(minutes: i64, rate: i64) -> i64 {
    let product = i128::from(minutes) * i128::from(rate);
    let half = if product < 0 { -30 } else { 30 };
    i64::try_from((product + half) / 60).unwrap_or(i64::MAX)
}

/// Reverses an entry.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` (a reversal, or reversed already), `Invalid`.
pub async fn reverse(
    system: &System,
    actor: &Actor,
    (defect_id, entry_id): (i64, i64),
    if_match: &IfMatch,
    draft: &Draft<Reversal>,
    key: Option<&Idempotency>,
) -> Result<Written<LaborView>> {
    let input = (defect_id, entry_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(reverse_in(unit, input))
        })
        .await
}

/// Refuses a reversal as [`reverse`] does, before a reason is asked for it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `WrongState`.
pub async fn may_reverse(system: &System, actor: &Actor, place: (i64, i64)) -> Result<()> {
    KIND.may_reverse(system.db.reader(), actor, place).await
}

/// Whether the caller may reverse an entry that he reads; `may` is what he may do with its record.
pub fn reversible(may: &PermissionsView, entry: &LaborView) -> bool {
    KIND.reversible(may, entry.reverses_id, entry.is_reversed)
}

async fn reverse_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<Reversal>)>,
) -> Result<Written<LaborView>> {
    let (defect_id, entry_id, if_match, draft) = &*input;
    let record = Record::load(&unit, *defect_id).await?;
    let entry = KIND.find(unit.tx, *defect_id, *entry_id).await?;
    let record = KIND.open(record, if_match)?;
    KIND.require_standing(unit.tx, entry.id, &entry).await?;
    let reason = &draft.check()?.reason;
    let reversal = labor_entry::ActiveModel {
        defect_id: Set(*defect_id),
        work_date: Set(entry.work_date),
        minutes: Set(-entry.minutes),
        activity: Set(entry.activity),
        note: Set(None),
        worker_id: Set(entry.worker_id),
        rate: Set(entry.rate),
        cost: Set(entry.cost.map(|cost| -cost)),
        reverses_id: Set(Some(entry.id)),
        reason: Set(Some(reason.0.clone())),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    };
    let record = record.because(Some(&reason.0));
    Box::pin(write(&unit, record, reversal)).await
}

async fn write(
    unit: &Unit<'_>,
    mut record: Record<'_>,
    entry: labor_entry::ActiveModel,
) -> Result<Written<LaborView>> {
    let entry = entry.insert(unit.tx).await?;
    if let Some(spent) = Spent::labor(&entry)? {
        record.beside.spent(spent);
    }
    let names = Names::of(unit.tx, people_of(&entry)).await?;
    let (id, content) = (entry.id, content(&unit.system.settings, &entry));
    let caller = (&unit.system, &unit.actor);
    let shown = view(caller, entry, &names, &HashSet::new())?;
    KIND.written(record, id, &content, shown).await
}

/// An entry as history names it.
pub(crate) fn path(id: i64) -> String {
    KIND.path(id)
}

/// What of an entry's history is money, and hidden with it.
pub(crate) const MONEY: &[&str] = &["rate", "cost"];

/// An entry as history keeps it.
pub(crate) fn content(settings: &Settings, entry: &labor_entry::Model) -> Json {
    let mut content = json!({
        "work_date": entry.work_date.to_string(),
        "minutes": entry.minutes,
        "activity": entry.activity,
        "note": entry.note,
        "reverses_id": entry.reverses_id,
    });
    // What came with later versions is there only where it is written.
    for (name, value) in [
        ("worker_id", json!(entry.worker_id)),
        ("rate", json!(entry.rate.map(|rate| settings.money(rate)))),
        ("cost", json!(entry.cost.map(|cost| settings.money(cost)))),
    ] {
        if !value.is_null() {
            content[name] = value;
        }
    }
    content
}

fn view(
    (system, actor): (&System, &Actor),
    entry: labor_entry::Model,
    names: &Names,
    reversed: &HashSet<i64>,
) -> Result<LaborView> {
    let money = |units: Option<i64>| units.map(|units| system.settings.money(units));
    let sees = sees_cost(actor.roles);
    Ok(LaborView {
        worker: entry.worker_id.map(|id| names.person(id)),
        rate: sees.then(|| money(entry.rate)),
        cost: sees.then(|| money(entry.cost)),
        is_reversed: reversed.contains(&entry.id),
        id: entry.id,
        work_date: entry.work_date.to_string(),
        minutes: entry.minutes,
        activity: Activity::stored(&entry.activity)?,
        note: entry.note,
        reverses_id: entry.reverses_id,
        reason: entry.reason,
        created_at: Instant::show(&entry.created_at),
        created_by: names.person(entry.created_by),
    })
}

#[cfg(test)]
mod tests {
    use super::cost_of;

    #[test]
    fn time_costs_what_its_reversal_takes_back() {
        assert_eq!(cost_of(90, 4_800), 7_200);
        for (minutes, rate, cost) in [(1, 29, 0), (1, 30, 1), (1, 90, 2), (7, 4_801, 560)] {
            assert_eq!(cost_of(minutes, rate), cost, "{minutes} at {rate}");
            assert_eq!(cost_of(-minutes, rate), -cost, "{minutes} at {rate}");
        }
    }
}
