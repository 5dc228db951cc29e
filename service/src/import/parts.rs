//! Parts from a file, by number and revision.

use std::sync::Arc;

use entity::part::{Column, Entity};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Existing, ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::part::{self, NewPart, PartPatch};
use crate::system::{System, Unit};
use crate::version::IfMatch;

#[derive(Clone)]
struct Parts;

#[async_trait]
impl Imported for Parts {
    type New = NewPart;
    type Patch = PartPatch;

    const KEY: &'static [&'static str] = &["number", "revision"];
    const WHAT: &'static str = "part";

    async fn existing(&self, unit: &Unit<'_>, keys: &[Vec<String>]) -> Result<Vec<Existing>> {
        let numbers = keys.iter().filter_map(|key| key.first());
        let rows: Vec<(i64, String, String, i64)> = Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::PartNumber,
                Column::Revision,
                Column::Version,
            ])
            .filter(Column::PartNumber.is_in(numbers))
            .into_tuple()
            .all(unit.tx)
            .await?;
        let existing = |(id, number, revision, version)| Existing {
            key: vec![number, revision],
            id,
            version,
        };
        Ok(rows.into_iter().map(existing).collect())
    }

    async fn add(&self, unit: Unit<'_>, new: Arc<NewPart>) -> Result<()> {
        part::create_in(unit, new).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, id: i64, patch: Draft<PartPatch>) -> Result<i64> {
        let change = Arc::new(Change::new(id, &IfMatch::Any, &patch));
        Ok(part::change_in(unit, change).await?.version)
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
    master::may_manage(actor, "add parts")?;
    super::run(Parts, system, actor, query, upload, key).await
}

/// An empty file for [`parts`].
///
/// # Errors
/// `Forbidden`.
pub fn parts_template(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    super::template::<Parts>(actor, "parts", query)
}
