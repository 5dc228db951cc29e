//! Raising a corrective action request, from defects or on its own.

use std::sync::Arc;

use entity::corrective_action;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::forms::{NewCorrective, OWNERS};
use super::lifecycle::ENGINEERS;
use super::record::told;
use super::steps::{self, Steps};
use super::view::{CorrectiveView, view};
use super::{ENTITY, defects, due, number};
use crate::actor::Actor;
use crate::audit::{GENESIS, Trail};
use crate::defects::reference::{Reference, References};
use crate::error::{Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::system::{System, Unit};
use crate::words::CorrectiveStatus;

/// Refuses whoever does not raise requests.
///
/// # Errors
/// `Forbidden`.
pub fn may_raise(actor: &Actor) -> Result<()> {
    actor.require(ENGINEERS, "raise a corrective action request")
}

/// Raises a request: engineers and quality.
///
/// # Errors
/// `Forbidden`, `Invalid`.
pub async fn raise(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewCorrective>,
    key: Option<&Idempotency>,
) -> Result<CorrectiveView> {
    may_raise(actor)?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(raise_in(unit, new)))
        .await
}

async fn raise_in(unit: Unit<'_>, new: Arc<NewCorrective>) -> Result<CorrectiveView> {
    let mut row = prepare(&unit, &new).await?;
    let wanted = new.defect_ids.iter().flat_map(|list| &list.0);
    let wanted: Vec<i64> = wanted.map(|id| id.0).collect();
    defects::require_all(unit.tx, &wanted, "defect_ids").await?;
    let mut first: corrective_action::ActiveModel = row.clone().into();
    first.id = sea_orm::ActiveValue::NotSet;
    // The number is made of the id, which is known once the row is there.
    first.car_number = Set(format!("~{:032x}", rand::random::<u128>()));
    row.id = corrective_action::Entity::insert(first)
        .exec(unit.tx)
        .await?
        .last_insert_id;
    row.car_number = number(row.id);
    let mut record = told(&row);
    let ruled = due::ruled(&unit, &row, &wanted).await?;
    let steps = Steps::begin(&unit, row.id, new.steps(), &ruled).await?;
    for step in steps.iter() {
        record[steps::path(step.id)] = steps::content(step);
    }
    for defect_id in wanted {
        let link = defects::insert(&unit, row.id, defect_id).await?;
        record[defects::path(link.id)] = defects::content(&link);
    }
    let mut trail = Trail::begin(ENTITY, row.id);
    trail.created(&unit, &record)?;
    corrective_action::Entity::update_many()
        .set(corrective_action::ActiveModel {
            car_number: Set(row.car_number),
            audit_seq: Set(trail.seq()),
            audit_head: Set(trail.head().to_owned()),
            ..Default::default()
        })
        .filter(corrective_action::Column::Id.eq(row.id))
        .exec(unit.tx)
        .await?;
    trail.save(&unit).await?;
    view(unit.tx, row.id).await
}

/// The row of a new request, after all that only the database can tell was checked.
async fn prepare(unit: &Unit<'_>, new: &NewCorrective) -> Result<corrective_action::Model> {
    let mut errors = Vec::new();
    let supplier = new.supplier_id.map(|id| Reference::Supplier(id.0));
    let mut references = References::default()
        .add("supplier_id", supplier)
        .add("owner_id", new.owner_id.map(|id| Reference::User(id.0)));
    for (field, step) in OWNERS.into_iter().zip(new.steps()) {
        let owner = step.and_then(|step| step.owner_id);
        references = references.add(field, owner.map(|id| Reference::User(id.0)));
    }
    references.resolve(unit.tx, &mut errors).await?;
    refuse_if_any(errors)?;
    let raiser = unit.actor.user_id()?;
    Ok(corrective_action::Model {
        id: 0,
        car_number: String::new(),
        status: CorrectiveStatus::D0.word().to_owned(),
        title: new.title.0.clone(),
        description: new.description.0.clone(),
        severity: new.severity.map(|severity| severity.word().to_owned()),
        supplier_id: new.supplier_id.map(|id| id.0),
        owner_id: new.owner_id.map_or(raiser, |id| id.0),
        due_at: new.due_at.map(|at| at.0),
        overdue_told: None,
        attempt: 1,
        closed_at: None,
        closed_by: None,
        version: 1,
        audit_seq: 0,
        audit_head: GENESIS.to_owned(),
        created_at: unit.now,
        updated_at: unit.now,
        created_by: raiser,
        updated_by: Some(raiser),
    })
}
