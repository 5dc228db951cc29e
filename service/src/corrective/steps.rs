//! The nine steps of a request: rows that are made with it, and read and written with it.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use entity::car_step;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde_json::{Value as Json, json};

use super::forms::NewStep;
use super::record::{Record, instant};
use crate::error::{Error, Result};
use crate::system::Unit;
use crate::words::Step;

/// The steps of a request, by their names.
pub(super) struct Steps(BTreeMap<Step, car_step::Model>);

impl Steps {
    /// Makes the steps of a new request, as they were agreed on; the rules say until when where that was left open.
    pub(super) async fn begin(
        unit: &Unit<'_>,
        car_id: i64,
        agreed: [Option<&NewStep>; 9],
        ruled: &BTreeMap<Step, DateTime<FixedOffset>>,
    ) -> Result<Self> {
        let mut steps = BTreeMap::new();
        for (step, agreed) in Step::ALL.iter().zip(agreed) {
            let given = agreed.and_then(|agreed| agreed.due_at);
            let due_at = given.map(|at| at.0).or_else(|| ruled.get(step).copied());
            let owner_id = agreed.and_then(|agreed| agreed.owner_id);
            let row = car_step::ActiveModel {
                car_id: Set(car_id),
                step: Set(step.word().to_owned()),
                owner_id: Set(owner_id.map(|id| id.0)),
                due_at: Set(due_at),
                ..Default::default()
            };
            steps.insert(*step, row.insert(unit.tx).await?);
        }
        Ok(Self(steps))
    }

    /// Reads them.
    pub(super) async fn of(db: &impl ConnectionTrait, car_id: i64) -> Result<Self> {
        let rows = car_step::Entity::find()
            .filter(car_step::Column::CarId.eq(car_id))
            .all(db)
            .await?;
        let named = rows
            .into_iter()
            .map(|row| Ok((Step::stored(&row.step)?, row)));
        Ok(Self(named.collect::<Result<_>>()?))
    }

    /// One of them; every request has all nine.
    pub(super) fn get(&self, step: Step) -> Result<&car_step::Model> {
        let missing = || Error::internal(format!("a request has no step {step}"));
        self.0.get(&step).ok_or_else(missing)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &car_step::Model> {
        self.0.values()
    }

    /// What people wrote on them, as a signature keeps it.
    pub(super) fn written(&self) -> Vec<Json> {
        self.iter().map(content).collect()
    }
}

/// Changes a step, with its history.
pub(super) async fn update(
    record: &mut Record<'_>,
    before: &car_step::Model,
    after: car_step::Model,
) -> Result<()> {
    let (old, new) = (content(before), content(&after));
    if old == new {
        return Ok(());
    }
    record.note_child(&path(before.id), &old, &new)?;
    let mut set = after.into_active_model();
    set.owner_id.reset();
    set.content.reset();
    set.supplier_content.reset();
    set.due_at.reset();
    set.done_at.reset();
    set.done_by.reset();
    set.update(record.unit.tx).await?;
    Ok(())
}

/// A step as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("steps/{id}")
}

/// A step as history and signatures keep it.
pub(crate) fn content(row: &car_step::Model) -> Json {
    json!({
        "step": row.step,
        "text": row.content,
        "supplier_text": row.supplier_content,
        "owner_id": row.owner_id,
        "due_at": instant(row.due_at.as_ref()),
        "done_at": instant(row.done_at.as_ref()),
        "done_by": row.done_by,
    })
}
