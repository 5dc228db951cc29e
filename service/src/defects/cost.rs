//! Cost entries: money spent on a record, or recovered. Corrected by a reversing entry, never by edit.
//!
//! Callers who do not see cost get 403 for the whole collection; entries do not move the record's version.

use std::sync::Arc;

use entity::cost_entry;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{self, Names, page, require_defect};
use super::entries::{Kind, Reversal};
use super::record::Record;
use super::{ChildQuery, Written};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::{field, sees_cost};
use crate::setting::Settings;
use crate::system::{System, Unit};
use crate::value::{Amount, Instant, Text};
use crate::version::IfMatch;
use crate::words::CostKind;

crate::input! {
    /// Money spent on a record, or recovered.
    pub struct NewCost {
        /// What for.
        kind: required CostKind,
        /// How much, in the system's currency.
        amount: required Amount,
        /// Anything worth saying.
        note: optional Text<2000>,
    }
}

/// A cost entry; a reversal has a negative amount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostView {
    /// Id.
    pub id: i64,
    /// What for; a recovery lowers the record's cost.
    pub kind: CostKind,
    /// How much; negative in a reversal.
    #[schema(example = "12.50")]
    pub amount: String,
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

const KIND: Kind<cost_entry::Entity> = Kind {
    field: field::COST,
    what: "cost entry",
    parent: cost_entry::Column::DefectId,
    reverses: cost_entry::Column::ReversesId,
};

/// Lists a record's cost entries.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<CostView>> {
    actor.may_read()?;
    require_defect(system.db.reader(), defect_id).await?;
    if !sees_cost(actor.roles) {
        return Err(Error::forbidden("your roles do not see cost"));
    }
    let kind = children::Kind::<cost_entry::Entity> {
        name: "cost-entries",
        id: cost_entry::Column::Id,
        parent: cost_entry::Column::DefectId,
        long: &[],
    };
    let page = page(system, defect_id, kind, draft, |entry| entry.id).await?;
    let names = Names::of(
        system.db.reader(),
        page.items.iter().map(|entry| entry.created_by),
    )
    .await?;
    page.try_map(|entry| view(system, entry, &names))
}

/// Reads an entry.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<CostView> {
    actor.may_read()?;
    let db = system.db.reader();
    require_defect(db, defect_id).await?;
    if !sees_cost(actor.roles) {
        return Err(Error::forbidden("your roles do not see cost"));
    }
    let entry = KIND.find(db, defect_id, id).await?;
    let names = Names::of(db, [entry.created_by]).await?;
    view(system, entry, &names)
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
    draft: &Draft<NewCost>,
    key: Option<&Idempotency>,
) -> Result<Written<CostView>> {
    let input = (defect_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewCost>)>,
) -> Result<Written<CostView>> {
    let (defect_id, if_match, draft) = &*input;
    let record = KIND.open(Record::load(&unit, *defect_id).await?, if_match)?;
    let new = draft.check()?;
    KIND.require_room(&unit, *defect_id).await?;
    let entry = cost_entry::ActiveModel {
        defect_id: Set(*defect_id),
        kind: Set(new.kind.word().to_owned()),
        amount: Set(minor_units(&unit, new.amount)?),
        note: Set(new.note.as_ref().map(|note| note.0.clone())),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    };
    Box::pin(write(&unit, record, entry)).await
}

/// An amount in the currency's minor units.
fn minor_units(unit: &Unit<'_>, amount: Amount) -> Result<i64> {
    unit.system.settings.units(amount).map_err(|problems| {
        let named = problems
            .into_iter()
            .map(|problem| FieldError::new("amount", &problem.code, problem.message));
        Error::Invalid(named.collect())
    })
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
) -> Result<Written<CostView>> {
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
) -> Result<Written<CostView>> {
    let (defect_id, entry_id, if_match, draft) = &*input;
    let record = Record::load(&unit, *defect_id).await?;
    // Whoever does not see cost learns nothing of which entries there are.
    if !sees_cost(unit.actor.roles) {
        return Err(Error::forbidden("your roles do not see cost"));
    }
    let entry = KIND.find(unit.tx, *defect_id, *entry_id).await?;
    let record = KIND.open(record, if_match)?;
    KIND.require_standing(&unit, entry.id, entry.reverses_id)
        .await?;
    let reason = &draft.check()?.reason;
    let reversal = cost_entry::ActiveModel {
        defect_id: Set(*defect_id),
        kind: Set(entry.kind),
        amount: Set(-entry.amount),
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
    entry: cost_entry::ActiveModel,
) -> Result<Written<CostView>> {
    let entry = entry.insert(unit.tx).await?;
    let names = Names::of(unit.tx, [entry.created_by]).await?;
    let content = content(&unit.system.settings, &entry);
    let id = entry.id;
    KIND.written(record, id, &content, view(&unit.system, entry, &names)?)
        .await
}

/// An entry as history names it.
pub(crate) fn path(id: i64) -> String {
    KIND.path(id)
}

/// An entry as history keeps it.
pub(crate) fn content(settings: &Settings, entry: &cost_entry::Model) -> Json {
    json!({
        "kind": entry.kind,
        "amount": settings.money(entry.amount),
        "note": entry.note,
        "reverses_id": entry.reverses_id,
    })
}

fn view(system: &System, entry: cost_entry::Model, names: &Names) -> Result<CostView> {
    Ok(CostView {
        id: entry.id,
        kind: CostKind::stored(&entry.kind)?,
        amount: system.settings.money(entry.amount),
        note: entry.note,
        reverses_id: entry.reverses_id,
        reason: entry.reason,
        created_at: Instant::show(&entry.created_at),
        created_by: names.person(entry.created_by),
    })
}
