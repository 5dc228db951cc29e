//! Where material is made or checked.

use crate::table::Table;

pub(super) const NAME: &str = "m0010_work_center";

pub(super) fn table() -> Table {
    Table::new("work_center", "wc")
        .id()
        .code("code", 40)
        .text("name", 200)
        .reference("area_id", "code_value")
        .nullable()
        .boolean("is_active")
        .audited()
        .unique(&["code"])
}
