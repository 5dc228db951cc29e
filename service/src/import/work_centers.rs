//! Work centers from a file, by code.

use std::sync::Arc;

use entity::work_center::{Column, Entity};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Existing, ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::system::{System, Unit};
use crate::version::IfMatch;
use crate::work_center::{self, NewWorkCenter, WorkCenterPatch};

#[derive(Clone)]
struct WorkCenters;

#[async_trait]
impl Imported for WorkCenters {
    type New = NewWorkCenter;
    type Patch = WorkCenterPatch;

    const KEY: &'static [&'static str] = &["code"];
    const WHAT: &'static str = "work center";

    async fn existing(&self, unit: &Unit<'_>, keys: &[Vec<String>]) -> Result<Vec<Existing>> {
        let codes = keys.iter().filter_map(|key| key.first());
        let rows: Vec<(i64, String, i64)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Code, Column::Version])
            .filter(Column::Code.is_in(codes))
            .into_tuple()
            .all(unit.tx)
            .await?;
        Ok(rows.into_iter().map(Existing::by_code).collect())
    }

    async fn add(&self, unit: Unit<'_>, new: Arc<NewWorkCenter>) -> Result<()> {
        work_center::create_in(unit, new).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, id: i64, patch: Draft<WorkCenterPatch>) -> Result<i64> {
        let change = Arc::new(Change::new(id, &IfMatch::Any, &patch));
        Ok(work_center::change_in(unit, change).await?.version)
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
    master::may_manage(actor, "add work centers")?;
    super::run(WorkCenters, system, actor, query, upload, key).await
}

/// An empty file for [`work_centers`].
///
/// # Errors
/// `Forbidden`.
pub fn work_centers_template(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    super::template::<WorkCenters>(actor, "work centers", query)
}
