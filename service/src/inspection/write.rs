//! Entering an inspection, alone or together with the defect that it found.

use std::sync::Arc;

use entity::inspection;

use super::forms::{Found, InspectionView, NewInspection};
use super::{record, view};
use crate::actor::Actor;
use crate::defects::reference::{Reference, References};
use crate::defects::{not_in_future, report_in, require_field_rights};
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::lifecycle::REPORTERS;
use crate::master;
use crate::rights::INSPECTORS;
use crate::system::{System, Unit};
use crate::value::Instant;

/// The field that holds the tag of a defect.
const DEFECT: &str = "defect";

/// Enters an inspection, and reports a defect from it where one is sent along.
///
/// # Errors
/// `Forbidden` also for fields of the defect that the caller's roles may not write, `Invalid`, `Duplicate` (the defect's
/// external id).
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewInspection>,
    key: Option<&Idempotency>,
) -> Result<InspectionView> {
    actor.require(INSPECTORS, "enter inspections")?;
    if draft.sent().iter().any(|field| field == DEFECT) {
        actor.require(REPORTERS, "report a defect")?;
        require_field_rights(actor, draft.sent_within(DEFECT)).map_err(of_the_defect)?;
    }
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

async fn create_in(unit: Unit<'_>, new: Arc<NewInspection>) -> Result<InspectionView> {
    let mut errors = Vec::new();
    let tag = new.defect.as_ref().map(|defect| defect.tag(&new));
    let entry = Entry {
        part_id: new.part_id.0,
        work_center_id: new.work_center_id.0,
        inspected_at: new.inspected_at,
        sample_size: new.sample_size.0,
        defective_units: new.defective_units,
        defects_found: new.defects_found,
        note: new.note.as_ref().map(|note| note.0.clone()),
        defect_id: None,
    };
    entry.check(&unit, &mut errors);
    References::default()
        .add("part_id", Some(Reference::Part(entry.part_id)))
        .add(
            "work_center_id",
            Some(Reference::WorkCenter(entry.work_center_id)),
        )
        .resolve(unit.tx, &mut errors)
        .await?;
    if tag.is_some() && !entry.is_failed() {
        let message = "can be sent only where defective_units or defects_found is more than 0";
        errors.push(FieldError::unmet(DEFECT, message));
    } else if matches!(tag, Some(None)) {
        let message = "is required where defective_units does not say how many are wrong";
        let field = format!("{DEFECT}.quantity_defective");
        errors.push(FieldError::new(field, "required", message));
    }
    refuse_if_any(errors)?;
    let defect_id = match tag.flatten() {
        Some(tag) => {
            let reported = Box::pin(report_in(unit.clone(), Arc::new(tag))).await;
            Some(reported.map_err(of_the_defect)?.item.id)
        }
        None => None,
    };
    let row = add(&unit, Entry { defect_id, ..entry }, guid()).await?;
    view::of(unit.tx, row).await
}

/// What is entered, its references found.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) part_id: i64,
    pub(crate) work_center_id: i64,
    pub(crate) inspected_at: Instant,
    pub(crate) sample_size: i64,
    pub(crate) defective_units: Option<Found>,
    pub(crate) defects_found: Option<Found>,
    pub(crate) note: Option<String>,
    pub(crate) defect_id: Option<i64>,
}

impl Entry {
    /// What must hold between the fields, in a request as in a file.
    pub(crate) fn check(&self, unit: &Unit<'_>, errors: &mut Vec<FieldError>) {
        not_in_future(unit, errors, "inspected_at", self.inspected_at);
        if self.defective_units.is_none() && self.defects_found.is_none() {
            let message = "is required unless defects_found is given: one of them was counted";
            errors.push(FieldError::new("defective_units", "required", message));
        }
        if self
            .defective_units
            .is_some_and(|units| units.0 > self.sample_size)
        {
            let message = "must be at most sample_size";
            errors.push(FieldError::new("defective_units", "range", message));
        }
    }

    fn is_failed(&self) -> bool {
        let some = |count: Option<Found>| count.is_some_and(|count| count.0 > 0);
        some(self.defective_units) || some(self.defects_found)
    }
}

/// A name that no other inspection or baseline of any system has.
pub(crate) fn guid() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Adds an inspection that has been checked.
pub(crate) async fn add(unit: &Unit<'_>, entry: Entry, guid: String) -> Result<inspection::Model> {
    let is_failed = entry.is_failed();
    let row = inspection::Model {
        id: 0,
        guid,
        part_id: entry.part_id,
        work_center_id: entry.work_center_id,
        inspected_at: entry.inspected_at.0,
        sample_size: entry.sample_size,
        defective_units: entry.defective_units.map(|count| count.0),
        defects_found: entry.defects_found.map(|count| count.0),
        is_failed,
        defect_id: entry.defect_id,
        note: entry.note,
        created_by: unit.actor.user_id()?,
        voided_at: None,
        voided_by: None,
        void_reason: None,
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    let record = record(&row);
    master::insert::<inspection::Entity>(unit, row, &record).await
}

/// What is wrong with the defect stands under the field that holds it.
fn of_the_defect(error: Error) -> Error {
    let within = |fields: Vec<FieldError>| {
        let named = fields.into_iter().map(|mut field| {
            field.field = format!("{DEFECT}.{}", field.field);
            field
        });
        named.collect()
    };
    match error {
        Error::Invalid(fields) => Error::Invalid(within(fields)),
        Error::Duplicate(fields) => Error::Duplicate(within(fields)),
        Error::Forbidden { detail, fields } => Error::Forbidden {
            detail,
            fields: within(fields),
        },
        error => error,
    }
}
