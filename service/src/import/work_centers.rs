//! Work centers from a file, by code.

use std::sync::Arc;

use entity::work_center::{Column, Entity};
use sea_orm::prelude::async_trait::async_trait;

use super::{ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::Change;
use crate::system::{System, Unit};
use crate::work_center::{self, NewWorkCenter, WorkCenterPatch};

#[derive(Clone)]
struct WorkCenters;

#[async_trait]
impl Imported for WorkCenters {
    type Table = Entity;
    type New = NewWorkCenter;
    type Patch = WorkCenterPatch;

    const ROWS: &'static str = "work centers";
    const KEY: &'static [&'static str] = &["code"];
    const KEY_COLUMNS: &'static [Column] = &[Column::Code];

    async fn add(&self, unit: Unit<'_>, new: Arc<NewWorkCenter>) -> Result<()> {
        work_center::create_in(unit, new).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, change: Change<WorkCenterPatch>) -> Result<i64> {
        let changed = work_center::change_in(unit, Arc::new(change)).await?;
        Ok(changed.version)
    }
}

/// Adds or changes work centers as a file says.
///
/// # Errors
/// `Forbidden`, `Unreadable`, `Invalid` with row and column.
pub async fn work_centers(
    system: &System,
    actor: &Actor,
    query: &Draft<ImportQuery>,
    upload: Upload,
    key: Option<&Idempotency>,
) -> Result<ImportReport> {
    super::run(WorkCenters, system, actor, query, upload, key).await
}

/// An empty file for [`work_centers`].
///
/// # Errors
/// `Forbidden`.
pub fn work_centers_template(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    super::template::<WorkCenters>(actor, query)
}
