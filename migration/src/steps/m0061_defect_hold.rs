//! What stops a defect's clock, how long it has stood, and whether the due date is a rule's. `overdue_told` is the due
//! date whose passing was told last; it belongs to whoever tells, and not to the record.

use crate::table::Table;

pub(super) const NAME: &str = "m0061_defect_hold";

pub(super) fn columns() -> Table {
    Table::new("defect", "defect")
        .instant("held_at")
        .nullable()
        .instant("hold_until")
        .nullable()
        .text("hold_reason", 500)
        .nullable()
        .big("held_seconds")
        .nullable()
        .boolean("due_by_rule")
        .nullable()
        .instant("overdue_told")
        .nullable()
        .index("due", &["due_at", "id"])
}
