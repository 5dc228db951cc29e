//! Parts from a file, by number and revision.

use std::sync::Arc;

use entity::part::{Column, Entity};
use sea_orm::prelude::async_trait::async_trait;

use super::{ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::Change;
use crate::part::{self, NewPart, PartPatch};
use crate::system::{System, Unit};

#[derive(Clone)]
struct Parts;

#[async_trait]
impl Imported for Parts {
    type Table = Entity;
    type New = NewPart;
    type Patch = PartPatch;

    const ROWS: &'static str = "parts";
    const KEY: &'static [&'static str] = &["number", "revision"];
    const KEY_COLUMNS: &'static [Column] = &[Column::PartNumber, Column::Revision];

    async fn add(&self, unit: Unit<'_>, new: Arc<NewPart>) -> Result<()> {
        part::create_in(unit, new).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, change: Change<PartPatch>) -> Result<i64> {
        let changed = part::change_in(unit, Arc::new(change)).await?;
        Ok(changed.version)
    }
}

/// Adds or changes parts as a file says.
///
/// # Errors
/// `Forbidden`, `Unreadable`, `Invalid` with row and column.
pub async fn parts(
    system: &System,
    actor: &Actor,
    query: &Draft<ImportQuery>,
    upload: Upload,
    key: Option<&Idempotency>,
) -> Result<ImportReport> {
    super::run(Parts, system, actor, query, upload, key).await
}

/// An empty file for [`parts`].
///
/// # Errors
/// `Forbidden`.
pub fn parts_template(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    super::template::<Parts>(actor, query)
}
