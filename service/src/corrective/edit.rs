//! Editing a corrective action request: a merge patch of the request and its steps, each field under its own right.

use std::sync::Arc;

use entity::car_step;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::forms::{CorrectivePatch, OWNERS, StepPatch};
use super::record::{Record, instant};
use super::steps::{self, Steps};
use super::view::{CorrectiveView, view};
use crate::actor::Actor;
use crate::defects::reference::{Reference, References};
use crate::error::{Result, refuse_if_any};
use crate::input::Draft;
use crate::system::{System, Unit};
use crate::version::IfMatch;
use crate::words::Step;

/// Changes a request.
///
/// # Errors
/// `NotFound`, `Forbidden` naming the fields, `VersionMissing`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<CorrectivePatch>,
) -> Result<CorrectiveView> {
    let input = (id, if_match.clone(), draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(change_in(unit, input))
        })
        .await
}

async fn change_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<CorrectivePatch>)>,
) -> Result<CorrectiveView> {
    let (id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *id).await?;
    record.require_rights(draft.sent().iter().map(String::as_str), false)?;
    if_match.demand(record.row.version)?;
    record.require_open()?;
    let patch = draft.check()?;
    require_references(&record, patch).await?;
    let steps = apply(&mut record, patch)?;
    apply_to_steps(&mut record, steps).await?;
    record.save().await?;
    view(unit.tx, *id).await
}

async fn require_references(record: &Record<'_>, patch: &CorrectivePatch) -> Result<()> {
    let mut errors = Vec::new();
    let supplier = patch.supplier_id.flatten();
    let mut references = References::default()
        .add("supplier_id", supplier.map(|id| Reference::Supplier(id.0)))
        .add("owner_id", patch.owner_id.map(|id| Reference::User(id.0)));
    for (field, step) in OWNERS.into_iter().zip(patch.steps()) {
        let owner = step.and_then(|step| step.owner_id.flatten());
        references = references.add(field, owner.map(|id| Reference::User(id.0)));
    }
    references.resolve(record.unit.tx, &mut errors).await?;
    refuse_if_any(errors)
}

impl CorrectivePatch {
    /// The steps in their order.
    fn steps(&self) -> [Option<&StepPatch>; 9] {
        [
            &self.d0, &self.d1, &self.d2, &self.d3, &self.d4, &self.d5, &self.d6, &self.d7,
            &self.d8,
        ]
        .map(Option::as_ref)
    }
}

/// Sets what changes in the request itself, and answers what changes in its steps.
fn apply(record: &mut Record<'_>, patch: &CorrectivePatch) -> Result<Vec<(Step, StepPatch)>> {
    // Destructured whole: a new field does not compile until it has a place here.
    let CorrectivePatch {
        title,
        description,
        severity,
        supplier_id,
        owner_id,
        due_at,
        d0,
        d1,
        d2,
        d3,
        d4,
        d5,
        d6,
        d7,
        d8,
    } = patch.clone();
    let old = record.row.clone();
    if let Some(title) = title {
        record.note("title", &json!(old.title), &json!(title.0))?;
        record.set.title = Set(title.0);
    }
    if let Some(description) = description {
        record.note(
            "description",
            &json!(old.description),
            &json!(description.0),
        )?;
        record.set.description = Set(description.0);
    }
    if let Some(severity) = severity {
        let severity = severity.map(|word| word.word().to_owned());
        record.note("severity", &json!(old.severity), &json!(severity))?;
        record.set.severity = Set(severity);
    }
    if let Some(supplier) = supplier_id {
        let supplier = supplier.map(|id| id.0);
        record.note("supplier_id", &json!(old.supplier_id), &json!(supplier))?;
        record.set.supplier_id = Set(supplier);
    }
    if let Some(owner) = owner_id {
        record.note("owner_id", &json!(old.owner_id), &json!(owner.0))?;
        record.set.owner_id = Set(owner.0);
    }
    if let Some(due) = due_at {
        let due = due.map(|at| at.0);
        record.note(
            "due_at",
            &instant(old.due_at.as_ref()),
            &instant(due.as_ref()),
        )?;
        record.set.due_at = Set(due);
    }
    let steps = Step::ALL.iter().zip([d0, d1, d2, d3, d4, d5, d6, d7, d8]);
    Ok(steps
        .filter_map(|(step, patch)| Some((*step, patch?)))
        .collect())
}

async fn apply_to_steps(record: &mut Record<'_>, patches: Vec<(Step, StepPatch)>) -> Result<()> {
    if patches.is_empty() {
        return Ok(());
    }
    let steps = Steps::of(record.unit.tx, record.row.id).await?;
    for (step, patch) in patches {
        let before = steps.get(step)?;
        steps::update(record, before, patched(before.clone(), patch)).await?;
    }
    Ok(())
}

fn patched(mut step: car_step::Model, patch: StepPatch) -> car_step::Model {
    let StepPatch {
        text,
        owner_id,
        due_at,
    } = patch;
    if let Some(text) = text {
        step.content = text.map(|text| text.0);
    }
    if let Some(owner) = owner_id {
        step.owner_id = owner.map(|id| id.0);
    }
    if let Some(due) = due_at {
        step.due_at = due.map(|at| at.0);
    }
    step
}
