//! Customers and suppliers from a file, by code.

use std::sync::Arc;

use entity::partner::{Column, Entity};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Existing, ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::partner::{self, NewPartner, PartnerPatch};
use crate::system::{System, Unit};
use crate::version::IfMatch;

#[derive(Clone)]
struct Partners;

#[async_trait]
impl Imported for Partners {
    type New = NewPartner;
    type Patch = PartnerPatch;

    const KEY: &'static [&'static str] = &["code"];
    const WHAT: &'static str = "partner";

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

    async fn add(&self, unit: Unit<'_>, new: Arc<NewPartner>) -> Result<()> {
        partner::create_in(unit, new).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, id: i64, patch: Draft<PartnerPatch>) -> Result<i64> {
        let change = Arc::new(Change::new(id, &IfMatch::Any, &patch));
        Ok(partner::change_in(unit, change).await?.version)
    }
}

/// Adds or changes partners as a file says.
///
/// # Errors
/// `Forbidden`, `Unreadable`, `Invalid` with row and column.
pub async fn partners(
    system: &System,
    actor: &Actor,
    query: &Draft<ImportQuery>,
    upload: Upload,
    key: Option<&Idempotency>,
) -> Result<ImportReport> {
    master::may_manage(actor, "add partners")?;
    super::run(Partners, system, actor, query, upload, key).await
}

/// An empty file for [`partners`].
///
/// # Errors
/// `Forbidden`.
pub fn partners_template(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    super::template::<Partners>(actor, "partners", query)
}
