//! The texts of defects as they are searched, derived from them: words divided and folded by `service`, and the index
//! that each engine has for words. The table is empty after this step; the server fills it in the background.

use db::search::Tokens;
use sea_orm_migration::prelude::*;

use crate::table::Table;

pub(super) const NAME: &str = "m0070_defect_search";

/// What names a record, and all that is searched of it.
const INDEX: Tokens = Tokens {
    table: "defect_search",
    key: "defect_id",
    columns: &["head", "body"],
    index: "defect_words",
};

pub(super) fn table() -> Table {
    Table::new(INDEX.table, "search")
        .reference(INDEX.key, "defect")
        .long_text("head")
        .long_text("body")
        .primary_key(&["defect_id"])
}

/// The table, and beside it what no description of tables knows.
pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().create(manager).await?;
        INDEX.make_index(manager.get_connection()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        INDEX.remove_index(manager.get_connection()).await?;
        table().remove(manager).await
    }
}
