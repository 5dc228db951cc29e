//! Codes of a list from a file; parents may stand below their children.

use std::sync::Arc;

use entity::code_value::{Column, Entity};
use sea_orm::Select;
use sea_orm::prelude::async_trait::async_trait;

use super::{ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::code::{self, CodePatch, NewCode};
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::Change;
use crate::setting;
use crate::system::{System, Unit};
use crate::words::CodeList;

#[derive(Clone)]
struct Codes(CodeList);

#[async_trait]
impl Imported for Codes {
    type Table = Entity;
    type New = NewCode;
    type Patch = CodePatch;

    const ROWS: &'static str = "codes";
    const KEY: &'static [&'static str] = &["code"];
    const KEY_COLUMNS: &'static [Column] = &[Column::Code];
    const PARENT: Option<&'static str> = Some("parent");

    fn rows(&self) -> Select<Entity> {
        code::on(self.0)
    }

    /// Before any other row, as the lock of the tree demands.
    async fn begin(&self, unit: &Unit<'_>) -> Result<()> {
        setting::lock(unit.tx).await
    }

    async fn add(&self, unit: Unit<'_>, new: Arc<NewCode>) -> Result<()> {
        let input = Arc::new((self.0, NewCode::clone(&new)));
        code::create_in(unit, input).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, change: Change<CodePatch>) -> Result<i64> {
        let changed = code::change_in(unit, Arc::new((self.0, change))).await?;
        Ok(changed.version)
    }
}

/// Adds or changes codes of a list as a file says.
///
/// # Errors
/// `NotFound` for the list; `Forbidden`, `Unreadable`, `Invalid` with row and column.
pub async fn codes(
    system: &System,
    actor: &Actor,
    list: &str,
    query: &Draft<ImportQuery>,
    upload: Upload,
    key: Option<&Idempotency>,
) -> Result<ImportReport> {
    let list = Codes(code::list_named(list)?);
    super::run(list, system, actor, query, upload, key).await
}

/// An empty file for [`codes`].
///
/// # Errors
/// `NotFound` for the list; `Forbidden`.
pub fn codes_template(actor: &Actor, list: &str, query: &Draft<TemplateQuery>) -> Result<Upload> {
    code::list_named(list)?;
    super::template::<Codes>(actor, query)
}
