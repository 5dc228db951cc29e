//! Inspections as they are shown, with what they refer to.

use std::collections::{BTreeSet, HashMap};

use entity::{app_user, defect, inspection, part, work_center};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::forms::{InspectedDefect, InspectionView};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::reference::{PartRef, PersonRef, WorkCenterRef};
use crate::system::System;
use crate::value::Instant;

/// Shows an inspection.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<InspectionView> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = inspection::Entity::find_by_id(id).one(db).await?;
    of(db, row.ok_or(Error::NotFound("inspection"))?).await
}

/// An inspection as it is shown.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    row: inspection::Model,
) -> Result<InspectionView> {
    let shown = Shown::of(db, std::slice::from_ref(&row)).await?;
    shown.view(row)
}

/// What inspections are shown with.
#[derive(Default)]
pub(super) struct Shown {
    parts: HashMap<i64, PartRef>,
    work_centers: HashMap<i64, WorkCenterRef>,
    people: HashMap<i64, PersonRef>,
    tags: HashMap<i64, String>,
}

impl Shown {
    pub(super) async fn of(db: &impl ConnectionTrait, rows: &[inspection::Model]) -> Result<Self> {
        if rows.is_empty() {
            return Ok(Self::default());
        }
        let ids = |of: fn(&inspection::Model) -> Option<i64>| -> BTreeSet<i64> {
            rows.iter().filter_map(of).collect()
        };
        let mut people = ids(|row| Some(row.created_by));
        people.extend(ids(|row| row.voided_by));
        Ok(Self {
            parts: parts(db, ids(|row| Some(row.part_id))).await?,
            work_centers: work_centers(db, ids(|row| Some(row.work_center_id))).await?,
            people: self::people(db, people).await?,
            tags: tags(db, ids(|row| row.defect_id)).await?,
        })
    }

    pub(super) fn view(&self, row: inspection::Model) -> Result<InspectionView> {
        let defect = match row.defect_id {
            Some(id) => Some(InspectedDefect {
                id,
                tag_number: known(&self.tags, id, "defect")?,
            }),
            None => None,
        };
        let voided_by = row
            .voided_by
            .map(|id| known(&self.people, id, "user"))
            .transpose()?;
        Ok(InspectionView {
            id: row.id,
            guid: row.guid,
            part: known(&self.parts, row.part_id, "part")?,
            work_center: known(&self.work_centers, row.work_center_id, "work center")?,
            inspected_at: Instant::show(&row.inspected_at),
            sample_size: row.sample_size,
            defective_units: row.defective_units,
            defects_found: row.defects_found,
            failed: row.is_failed,
            defect,
            note: row.note,
            created_at: Instant::show(&row.created_at),
            created_by: known(&self.people, row.created_by, "user")?,
            voided_at: row.voided_at.as_ref().map(Instant::show),
            voided_by,
            void_reason: row.void_reason,
            version: row.version,
            updated_at: Instant::show(&row.updated_at),
        })
    }
}

/// What was found under an id; that there is nothing, a foreign key forbids.
pub(crate) fn known<T: Clone>(all: &HashMap<i64, T>, id: i64, what: &str) -> Result<T> {
    let found = all.get(&id).cloned();
    found.ok_or_else(|| Error::internal(format!("there is no {what} {id}")))
}

/// Parts as others show them.
pub(crate) async fn parts(
    db: &impl ConnectionTrait,
    ids: BTreeSet<i64>,
) -> Result<HashMap<i64, PartRef>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = part::Entity::find().filter(part::Column::Id.is_in(ids));
    let rows = rows.all(db).await?.into_iter();
    let named = rows.map(|row| {
        let part = PartRef {
            id: row.id,
            number: row.part_number,
            revision: row.revision,
            name: row.name,
        };
        (row.id, part)
    });
    Ok(named.collect())
}

/// Work centers as others show them.
pub(crate) async fn work_centers(
    db: &impl ConnectionTrait,
    ids: BTreeSet<i64>,
) -> Result<HashMap<i64, WorkCenterRef>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = work_center::Entity::find().filter(work_center::Column::Id.is_in(ids));
    let rows = rows.all(db).await?.into_iter();
    let named = rows.map(|row| {
        let (id, code, name) = (row.id, row.code, row.name);
        (id, WorkCenterRef { id, code, name })
    });
    Ok(named.collect())
}

/// People as others see them.
pub(crate) async fn people(
    db: &impl ConnectionTrait,
    ids: BTreeSet<i64>,
) -> Result<HashMap<i64, PersonRef>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String)> = app_user::Entity::find()
        .select_only()
        .column(app_user::Column::Id)
        .column(app_user::Column::DisplayName)
        .filter(app_user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(id, name)| (id, PersonRef { id, name }))
        .collect())
}

async fn tags(db: &impl ConnectionTrait, ids: BTreeSet<i64>) -> Result<HashMap<i64, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String)> = defect::Entity::find()
        .select_only()
        .column(defect::Column::Id)
        .column(defect::Column::TagNumber)
        .filter(defect::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
