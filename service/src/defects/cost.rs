//! Cost entries: money spent on a record, or recovered. Corrected by a reversing entry, never by edit.
//!
//! Callers who do not see cost get 403 for the whole collection; entries do not move the record's version.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use entity::{cost_entry, partner};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{self, Names, Under, page, require_defect};
use super::entries::{Kind, Reversal};
use super::record::Record;
use super::reference::{Reference, References};
use super::{ChildQuery, PermissionsView, Written};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::reference::{PartnerRef, PersonRef};
use crate::rights::{field, sees_cost};
use crate::setting::Settings;
use crate::summary::Spent;
use crate::system::{System, Unit};
use crate::value::{Amount, Id, Instant, Text};
use crate::version::IfMatch;
use crate::words::{CostKind, QualityClass};

crate::input! {
    /// Money spent on a record, or recovered.
    pub struct NewCost {
        /// What for.
        kind: required CostKind,
        /// How much, in the system's currency.
        amount: required Amount,
        /// What kind of cost of quality it is; unless said a customer's claim is an external failure, all else an internal one.
        quality_class: optional QualityClass,
        /// The customer or supplier who is charged with it.
        charged_to_id: optional Id,
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
    /// What kind of cost of quality it is.
    pub quality_class: QualityClass,
    /// Who is charged with it.
    #[serde(default)]
    #[schema(required)]
    pub charged_to: Option<PartnerRef>,
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

const KIND: Kind<cost_entry::Entity> = Kind {
    field: field::COST,
    what: "cost entry",
    parent: cost_entry::Column::DefectId,
    reverses: cost_entry::Column::ReversesId,
    reversed_by: |entry: &cost_entry::Model| entry.reverses_id,
};

/// Lists a record's cost entries.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<CostView>> {
    actor.may_read()?;
    let db = system.db.reader();
    let under: Under = under.into();
    let under = under.found(db).await?;
    require_sight(actor)?;
    let kind = children::Kind::<cost_entry::Entity> {
        name: "cost-entries",
        id: cost_entry::Column::Id,
        parent: cost_entry::Column::DefectId,
        long: &[],
    };
    let page = page(system, under, kind, draft, |entry| entry.id).await?;
    let named = Named::of(db, &page.items).await?;
    let reversed = KIND
        .reversed(db, page.items.iter().map(|entry| entry.id))
        .await?;
    page.try_map(|entry| view(system, entry, &named, &reversed))
}

/// Reads an entry.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<CostView> {
    actor.may_read()?;
    let db = system.db.reader();
    require_defect(db, defect_id).await?;
    require_sight(actor)?;
    let entry = KIND.find(db, defect_id, id).await?;
    let named = Named::of(db, std::slice::from_ref(&entry)).await?;
    let reversed = KIND.reversed(db, [entry.id]).await?;
    view(system, entry, &named, &reversed)
}

/// Refuses (403) whoever does not see cost.
fn require_sight(actor: &Actor) -> Result<()> {
    if sees_cost(actor.roles) {
        return Ok(());
    }
    Err(Error::forbidden("your roles do not see cost"))
}

/// Whom entries name.
struct Named {
    people: Names,
    partners: HashMap<i64, PartnerRef>,
}

impl Named {
    async fn of(db: &impl ConnectionTrait, entries: &[cost_entry::Model]) -> Result<Self> {
        let people = entries.iter().map(|entry| entry.created_by);
        let partners = entries.iter().filter_map(|entry| entry.charged_to_id);
        Ok(Self {
            people: Names::of(db, people).await?,
            partners: partners_of(db, partners.collect()).await?,
        })
    }
}

/// Partners by their ids.
pub(super) async fn partners_of(
    db: &impl ConnectionTrait,
    ids: BTreeSet<i64>,
) -> Result<HashMap<i64, PartnerRef>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = partner::Entity::find()
        .filter(partner::Column::Id.is_in(ids))
        .all(db)
        .await?;
    let partners = rows.into_iter().map(|row| {
        let (id, code, name) = (row.id, row.code, row.name);
        (id, PartnerRef { id, code, name })
    });
    Ok(partners.collect())
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
    let charged_to = new.charged_to_id.map(|id| id.0);
    let mut errors = Vec::new();
    References::default()
        .add("charged_to_id", charged_to.map(Reference::Partner))
        .resolve(unit.tx, &mut errors)
        .await?;
    let amount = minor_units(&unit, new.amount, &mut errors);
    refuse_if_any(errors)?;
    let class = new.quality_class.unwrap_or(new.kind.quality_class());
    let entry = cost_entry::ActiveModel {
        defect_id: Set(*defect_id),
        kind: Set(new.kind.word().to_owned()),
        amount: Set(amount),
        quality_class: Set(Some(class.word().to_owned())),
        charged_to_id: Set(charged_to),
        note: Set(new.note.as_ref().map(|note| note.0.clone())),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    };
    Box::pin(write(&unit, record, entry)).await
}

/// An amount in the currency's minor units.
fn minor_units(unit: &Unit<'_>, amount: Amount, errors: &mut Vec<FieldError>) -> i64 {
    unit.system
        .settings
        .units(amount)
        .unwrap_or_else(|problems| {
            let named = problems
                .into_iter()
                .map(|problem| FieldError::new("amount", &problem.code, problem.message));
            errors.extend(named);
            0
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

/// Refuses a reversal as [`reverse`] does, before a reason is asked for it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `WrongState`.
pub async fn may_reverse(system: &System, actor: &Actor, place: (i64, i64)) -> Result<()> {
    let db = system.db.reader();
    actor.may_read()?;
    require_defect(db, place.0).await?;
    require_sight(actor)?;
    KIND.may_reverse(db, actor, place).await
}

/// Whether the caller may reverse an entry that he reads; `may` is what he may do with its record.
pub fn reversible(may: &PermissionsView, entry: &CostView) -> bool {
    KIND.reversible(may, entry.reverses_id, entry.is_reversed)
}

async fn reverse_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<Reversal>)>,
) -> Result<Written<CostView>> {
    let (defect_id, entry_id, if_match, draft) = &*input;
    let record = Record::load(&unit, *defect_id).await?;
    // Whoever does not see cost learns nothing of which entries there are.
    require_sight(&unit.actor)?;
    let entry = KIND.find(unit.tx, *defect_id, *entry_id).await?;
    let record = KIND.open(record, if_match)?;
    KIND.require_standing(unit.tx, entry.id, &entry).await?;
    let reason = &draft.check()?.reason;
    let reversal = cost_entry::ActiveModel {
        defect_id: Set(*defect_id),
        kind: Set(entry.kind),
        amount: Set(-entry.amount),
        quality_class: Set(entry.quality_class),
        charged_to_id: Set(entry.charged_to_id),
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
    mut record: Record<'_>,
    entry: cost_entry::ActiveModel,
) -> Result<Written<CostView>> {
    let entry = entry.insert(unit.tx).await?;
    record.beside.spent(Spent::cost(&entry)?);
    let named = Named::of(unit.tx, std::slice::from_ref(&entry)).await?;
    let content = content(&unit.system.settings, &entry);
    let id = entry.id;
    let shown = view(&unit.system, entry, &named, &HashSet::new())?;
    KIND.written(record, id, &content, shown).await
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
        "quality_class": entry.quality_class,
        "charged_to_id": entry.charged_to_id,
        "note": entry.note,
        "reverses_id": entry.reverses_id,
    })
}

/// What kind of cost of quality an entry is; of earlier versions, by what it was for.
pub(super) fn class_of(entry: &cost_entry::Model) -> Result<QualityClass> {
    match &entry.quality_class {
        Some(class) => QualityClass::stored(class),
        None => Ok(CostKind::stored(&entry.kind)?.quality_class()),
    }
}

fn view(
    system: &System,
    entry: cost_entry::Model,
    named: &Named,
    reversed: &HashSet<i64>,
) -> Result<CostView> {
    let charged_to = entry.charged_to_id;
    Ok(CostView {
        is_reversed: reversed.contains(&entry.id),
        id: entry.id,
        kind: CostKind::stored(&entry.kind)?,
        quality_class: class_of(&entry)?,
        charged_to: charged_to.and_then(|id| named.partners.get(&id).cloned()),
        amount: system.settings.money(entry.amount),
        note: entry.note,
        reverses_id: entry.reverses_id,
        reason: entry.reason,
        created_at: Instant::show(&entry.created_at),
        created_by: named.people.person(entry.created_by),
    })
}
