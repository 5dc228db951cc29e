//! Lists that an administrator extends (failure codes, causes, areas); a list may be a tree.

use crate::table::Table;

pub(super) const NAME: &str = "m0008_code_value";

pub(super) fn table() -> Table {
    Table::new("code_value", "code")
        .id()
        .code("list_name", 30)
        .code("code", 40)
        .reference("parent_id", "code_value")
        .nullable()
        .big("sort_order")
        .boolean("is_active")
        .audited()
        .unique(&["list_name", "code"])
}
