//! Customers and suppliers from a file, by code.

use std::sync::Arc;

use entity::partner::{Column, Entity};
use sea_orm::prelude::async_trait::async_trait;

use super::{ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::Change;
use crate::partner::{self, NewPartner, PartnerPatch};
use crate::system::{System, Unit};

#[derive(Clone)]
struct Partners;

#[async_trait]
impl Imported for Partners {
    type Table = Entity;
    type New = NewPartner;
    type Patch = PartnerPatch;

    const ROWS: &'static str = "partners";
    const KEY: &'static [&'static str] = &["code"];
    const KEY_COLUMNS: &'static [Column] = &[Column::Code];

    async fn add(&self, unit: Unit<'_>, new: Arc<NewPartner>) -> Result<()> {
        partner::create_in(unit, new).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, change: Change<PartnerPatch>) -> Result<i64> {
        let changed = partner::change_in(unit, Arc::new(change)).await?;
        Ok(changed.version)
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
    super::run(Partners, system, actor, query, upload, key).await
}

/// An empty file for [`partners`].
///
/// # Errors
/// `Forbidden`.
pub fn partners_template(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    super::template::<Partners>(actor, query)
}
