//! What is fixed for the life of a system: currency, tag prefix, time zone.

use crate::table::Table;

pub(super) const NAME: &str = "m0001_setting";

pub(super) fn table() -> Table {
    Table::new("setting", "setting")
        .code("name", 40)
        .text("content", 1000)
        .primary_key(&["name"])
}
