//! How many days after its report a defect of a severity has to be contained, decided on and closed.

use crate::table::Table;

pub(super) const NAME: &str = "m0060_due_rule";

pub(super) fn table() -> Table {
    Table::new("due_rule", "due_rule")
        .id()
        .code("code", 40)
        .code("severity", 20)
        .code("milestone", 20)
        .big("days")
        .boolean("is_active")
        .audited()
        .unique(&["code"])
}
