//! Filters of the list of defects that people keep under a name: for themselves, for a role, or for everybody.

use crate::table::Table;

pub(super) const NAME: &str = "m0076_saved_view";

pub(super) fn table() -> Table {
    Table::new("saved_view", "sview")
        .id()
        .reference("owner_id", "app_user")
        .code("name", 100)
        .code("shared_with", 20)
        .nullable()
        .long_text("query")
        .big("version")
        .instant("created_at")
        .instant("updated_at")
        .unique(&["owner_id", "name"])
        .index("name", &["name"])
}
