//! Adding, changing and removing concessions.

use std::collections::BTreeSet;
use std::sync::Arc;

use entity::concession;
use sea_orm::EntityTrait;

use super::forms::{ConcessionPatch, ConcessionView, NewConcession};
use super::{record, used, viewed};
use crate::actor::Actor;
use crate::defects::reference::{Reference, References};
use crate::error::{FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::rights::CONCESSIONS;
use crate::system::{System, Unit};
use crate::value::Quantity;
use crate::version::IfMatch;

/// Adds a concession.
///
/// # Errors
/// `Forbidden`, `Invalid`, `Duplicate`.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewConcession>,
    key: Option<&Idempotency>,
) -> Result<ConcessionView> {
    actor.require(CONCESSIONS, "add concessions")?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

/// Adds a concession within a change.
pub(crate) async fn create_in(unit: Unit<'_>, new: Arc<NewConcession>) -> Result<ConcessionView> {
    let NewConcession {
        number,
        customer_id,
        reference,
        part_id,
        max_quantity,
        valid_until,
        is_active,
    } = &*new;
    let row = concession::Model {
        id: 0,
        concession_number: number.0.clone(),
        customer_id: customer_id.0,
        reference: reference.as_ref().map(|text| text.0.clone()),
        part_id: part_id.map(|id| id.0),
        max_quantity: max_quantity.0,
        valid_until: valid_until.0,
        is_active: is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    let mut errors = Vec::new();
    require_references(&unit, (Some(row.customer_id), row.part_id), &mut errors).await?;
    refuse_if_any(errors)?;
    let record = record(&row);
    let row = master::insert::<concession::Entity>(&unit, row, &record).await?;
    viewed(unit.tx, row).await
}

/// Changes a concession. What was approved under it stays approved.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `Invalid`, `Duplicate`.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<ConcessionPatch>,
) -> Result<ConcessionView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await
}

async fn change_in(unit: Unit<'_>, change: Arc<Change<ConcessionPatch>>) -> Result<ConcessionView> {
    let old = master::lock(&unit, concession::Entity::find_by_id(change.id)).await?;
    unit.actor.require(CONCESSIONS, "change concessions")?;
    change.if_match.check(old.version)?;
    let new = patched(&old, change.draft.check()?);
    let mut errors = Vec::new();
    // What stays as it is may have been retired since; only what is new has to be there.
    let customer = Some(new.customer_id).filter(|id| *id != old.customer_id);
    let part = new.part_id.filter(|_| new.part_id != old.part_id);
    require_references(&unit, (customer, part), &mut errors).await?;
    require_use(&unit, &old, &new, &mut errors).await?;
    refuse_if_any(errors)?;
    let records = (record(&old), record(&new));
    let row = master::save::<concession::Entity>(&unit, old, new, &records).await?;
    viewed(unit.tx, row).await
}

fn patched(old: &concession::Model, patch: &ConcessionPatch) -> concession::Model {
    let ConcessionPatch {
        number,
        customer_id,
        reference,
        part_id,
        max_quantity,
        valid_until,
        is_active,
    } = patch;
    let mut new = old.clone();
    if let Some(number) = number {
        new.concession_number.clone_from(&number.0);
    }
    if let Some(reference) = reference {
        new.reference = reference.as_ref().map(|text| text.0.clone());
    }
    if let Some(part) = part_id {
        new.part_id = part.map(|id| id.0);
    }
    new.customer_id = customer_id.map_or(old.customer_id, |id| id.0);
    new.max_quantity = max_quantity.map_or(old.max_quantity, |quantity| quantity.0);
    new.valid_until = valid_until.map_or(old.valid_until, |day| day.0);
    new.is_active = is_active.unwrap_or(old.is_active);
    new
}

async fn require_references(
    unit: &Unit<'_>,
    (customer, part): (Option<i64>, Option<i64>),
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    References::default()
        .add("customer_id", customer.map(Reference::Customer))
        .add("part_id", part.map(Reference::Part))
        .resolve(unit.tx, errors)
        .await?;
    Ok(())
}

/// What is used stays covered: by the customer, the part and the quantity that it was used under.
async fn require_use(
    unit: &Unit<'_>,
    old: &concession::Model,
    new: &concession::Model,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let used = used(unit.tx, &BTreeSet::from([old.id])).await?;
    let used = used.get(&old.id).copied().unwrap_or(0);
    if new.max_quantity < used {
        let message = format!("{} are used already", Quantity::show(used));
        errors.push(FieldError::new("max_quantity", "range", message));
    }
    let mut keep = |changes: bool, field: &str| {
        if used > 0 && changes {
            let message = "cannot be changed once some of it is used; retire it and add another";
            errors.push(FieldError::unmet(field, message));
        }
    };
    keep(new.customer_id != old.customer_id, "customer_id");
    let narrows = new.part_id.is_some() && new.part_id != old.part_id;
    keep(narrows, "part_id");
    Ok(())
}

/// Deletes a concession that no line refers to.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `InUse`.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    let input = (id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let row = master::lock(&unit, concession::Entity::find_by_id(input.0)).await?;
    unit.actor.require(CONCESSIONS, "delete concessions")?;
    input.1.check(row.version)?;
    master::delete::<concession::Entity>(&unit, &row, &record(&row)).await
}
