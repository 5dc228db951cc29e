//! Inspections from a file. They have no key by which one could be known again, so they are only ever added; a repeated
//! import is told by its Idempotency-Key.

use std::sync::Arc;

use entity::inspection::{Column, Entity};
use entity::{part, work_center};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::inspection::{self, Entry, InspectionRow};
use crate::master::{Change, refuse_reference};
use crate::rights::INSPECTORS;
use crate::role::Role;
use crate::system::{System, Unit};

#[derive(Clone)]
struct Inspections;

#[async_trait]
impl Imported for Inspections {
    type Table = Entity;
    type New = InspectionRow;
    type Patch = InspectionRow;

    const ROWS: &'static str = "inspections";
    const WRITERS: &'static [Role] = INSPECTORS;
    const KEY: &'static [&'static str] = &[];
    const KEY_COLUMNS: &'static [Column] = &[];

    async fn add(&self, unit: Unit<'_>, new: Arc<InspectionRow>) -> Result<()> {
        let mut errors = Vec::new();
        let part_id = part_of(&unit, &new, &mut errors).await?;
        let work_center_id = place_of(&unit, &new, &mut errors).await?;
        let entry = Entry {
            part_id: part_id.unwrap_or_default(),
            work_center_id: work_center_id.unwrap_or_default(),
            inspected_at: new.inspected_at,
            sample_size: new.sample_size.0,
            defective_units: new.defective_units,
            defects_found: new.defects_found,
            note: new.note.as_ref().map(|note| note.0.clone()),
            defect_id: None,
        };
        entry.check(&unit, &mut errors);
        refuse_if_any(errors)?;
        inspection::add(&unit, entry, inspection::guid())
            .await
            .map(drop)
    }

    async fn change(&self, _unit: Unit<'_>, _change: Change<InspectionRow>) -> Result<i64> {
        Err(Error::internal("an inspection is never changed by a file"))
    }
}

/// The active part of a row's number and revision.
async fn part_of(
    unit: &Unit<'_>,
    row: &InspectionRow,
    errors: &mut Vec<FieldError>,
) -> Result<Option<i64>> {
    let found: Option<(i64, bool)> = part::Entity::find()
        .select_only()
        .column(part::Column::Id)
        .column(part::Column::IsActive)
        .filter(part::Column::PartNumber.eq(row.part_number.0.as_str()))
        .filter(part::Column::Revision.eq(row.part_revision.0.as_str()))
        .into_tuple()
        .one(unit.tx)
        .await?;
    let is_active = found.map(|(_, is_active)| is_active);
    refuse_reference(errors, "part_number", "part", is_active);
    Ok(found.map(|(id, _)| id))
}

/// The active work center of a row's code.
async fn place_of(
    unit: &Unit<'_>,
    row: &InspectionRow,
    errors: &mut Vec<FieldError>,
) -> Result<Option<i64>> {
    let found: Option<(i64, bool)> = work_center::Entity::find()
        .select_only()
        .column(work_center::Column::Id)
        .column(work_center::Column::IsActive)
        .filter(work_center::Column::Code.eq(row.work_center.0.as_str()))
        .into_tuple()
        .one(unit.tx)
        .await?;
    let is_active = found.map(|(_, is_active)| is_active);
    refuse_reference(errors, "work_center", "work center", is_active);
    Ok(found.map(|(id, _)| id))
}

/// Enters inspections as a file says.
///
/// # Errors
/// `Forbidden`, `Unreadable`, `Invalid` with row and column.
pub async fn inspections(
    system: &System,
    actor: &Actor,
    query: &Draft<ImportQuery>,
    upload: Upload,
    key: Option<&Idempotency>,
) -> Result<ImportReport> {
    super::run(Inspections, system, actor, query, upload, key).await
}

/// An empty file for [`inspections`].
///
/// # Errors
/// `Forbidden`.
pub fn inspections_template(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    super::template::<Inspections>(actor, query)
}
