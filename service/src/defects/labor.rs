//! Labor entries: time spent on a record. Corrected by a reversing entry, never by edit; they do not move the version.

use std::sync::Arc;

use entity::labor_entry;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{self, Names, page};
use super::entries::{Kind, Reversal};
use super::record::Record;
use super::{ChildQuery, Written};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Day, Instant, Int, Text};
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
    /// Anything worth saying.
    #[schema(required)]
    pub note: Option<String>,
    /// The entry that this one reverses.
    #[schema(required)]
    pub reverses_id: Option<i64>,
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
};

/// Lists a record's labor entries.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<LaborView>> {
    actor.may_read()?;
    let kind = children::Kind::<labor_entry::Entity> {
        name: "labor-entries",
        id: labor_entry::Column::Id,
        parent: labor_entry::Column::DefectId,
        long: &[],
    };
    let page = page(system, defect_id, kind, draft, |entry| entry.id).await?;
    let names = Names::of(
        system.db.reader(),
        page.items.iter().map(|entry| entry.created_by),
    )
    .await?;
    page.try_map(|entry| view(entry, &names))
}

/// Reads an entry.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<LaborView> {
    actor.may_read()?;
    let db = system.db.reader();
    let entry = KIND.find(db, defect_id, id).await?;
    let names = Names::of(db, [entry.created_by]).await?;
    view(entry, &names)
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
    let record = KIND.open(Record::load(&unit, *defect_id).await?, if_match)?;
    let new = draft.check()?;
    KIND.require_room(&unit, *defect_id).await?;
    if new.work_date.0 > unit.system.settings.day(&unit.now) + chrono::TimeDelta::days(1) {
        return Err(Error::field(
            "work_date",
            "range",
            "must not lie in the future",
        ));
    }
    let entry = labor_entry::ActiveModel {
        defect_id: Set(*defect_id),
        work_date: Set(new.work_date.0),
        minutes: Set(new.minutes.0),
        activity: Set(new.activity.word().to_owned()),
        note: Set(new.note.as_ref().map(|note| note.0.clone())),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    };
    Box::pin(write(&unit, record, entry)).await
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

async fn reverse_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<Reversal>)>,
) -> Result<Written<LaborView>> {
    let (defect_id, entry_id, if_match, draft) = &*input;
    let record = Record::load(&unit, *defect_id).await?;
    let entry = KIND.find(unit.tx, *defect_id, *entry_id).await?;
    let record = KIND.open(record, if_match)?;
    KIND.require_standing(&unit, entry.id, entry.reverses_id)
        .await?;
    let reason = &draft.check()?.reason;
    let reversal = labor_entry::ActiveModel {
        defect_id: Set(*defect_id),
        work_date: Set(entry.work_date),
        minutes: Set(-entry.minutes),
        activity: Set(entry.activity),
        note: Set(None),
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
    record: Record<'_>,
    entry: labor_entry::ActiveModel,
) -> Result<Written<LaborView>> {
    let entry = entry.insert(unit.tx).await?;
    let names = Names::of(unit.tx, [entry.created_by]).await?;
    let (id, content) = (entry.id, content(&entry));
    KIND.written(record, id, &content, view(entry, &names)?)
        .await
}

/// An entry as history names it.
pub(crate) fn path(id: i64) -> String {
    KIND.path(id)
}

/// An entry as history keeps it.
pub(crate) fn content(entry: &labor_entry::Model) -> Json {
    json!({
        "work_date": entry.work_date.to_string(),
        "minutes": entry.minutes,
        "activity": entry.activity,
        "note": entry.note,
        "reverses_id": entry.reverses_id,
    })
}

fn view(entry: labor_entry::Model, names: &Names) -> Result<LaborView> {
    Ok(LaborView {
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
