//! From which repeat of a failure on a corrective action is proposed; no row where nobody has said so.

use crate::table::Table;

pub(super) const NAME: &str = "m0041_repeat_rule";

pub(super) fn table() -> Table {
    Table::new("repeat_rule", "repeat")
        .id()
        .code("name", 40)
        .big("repeats")
        .big("days")
        .audited()
        .unique(&["name"])
}
