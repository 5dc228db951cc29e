//! Codes of a list from a file; parents may stand below their children.

use std::sync::Arc;

use entity::code_value::{Column, Entity};
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Existing, ImportQuery, ImportReport, Imported, TemplateQuery, Upload};
use crate::actor::Actor;
use crate::code::{self, CodePatch, NewCode};
use crate::error::Result;
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::setting;
use crate::system::{System, Unit};
use crate::version::IfMatch;
use crate::words::CodeList;

#[derive(Clone)]
struct Codes(CodeList);

#[async_trait]
impl Imported for Codes {
    type New = NewCode;
    type Patch = CodePatch;

    const KEY: &'static [&'static str] = &["code"];
    const PARENT: Option<&'static str> = Some("parent");
    const WHAT: &'static str = "code";

    /// Before any other row, as the lock of the tree demands.
    async fn begin(&self, unit: &Unit<'_>) -> Result<()> {
        setting::lock(unit.tx).await
    }

    async fn existing(&self, unit: &Unit<'_>, keys: &[Vec<String>]) -> Result<Vec<Existing>> {
        let codes = keys.iter().filter_map(|key| key.first());
        let rows: Vec<(i64, String, i64)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Code, Column::Version])
            .filter(Column::ListName.eq(self.0.word()))
            .filter(Column::Code.is_in(codes))
            .into_tuple()
            .all(unit.tx)
            .await?;
        Ok(rows.into_iter().map(Existing::by_code).collect())
    }

    async fn add(&self, unit: Unit<'_>, new: Arc<NewCode>) -> Result<()> {
        let input = Arc::new((self.0, NewCode::clone(&new)));
        code::create_in(unit, input).await.map(drop)
    }

    async fn change(&self, unit: Unit<'_>, id: i64, patch: Draft<CodePatch>) -> Result<i64> {
        let change = Change::new(id, &IfMatch::Any, &patch);
        let input = Arc::new((self.0, change));
        Ok(code::change_in(unit, input).await?.version)
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
    master::may_manage(actor, "add codes")?;
    super::run(list, system, actor, query, upload, key).await
}

/// An empty file for [`codes`].
///
/// # Errors
/// `NotFound` for the list; `Forbidden`.
pub fn codes_template(actor: &Actor, list: &str, query: &Draft<TemplateQuery>) -> Result<Upload> {
    code::list_named(list)?;
    super::template::<Codes>(actor, "codes", query)
}
