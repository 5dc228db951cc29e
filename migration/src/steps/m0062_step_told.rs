//! The due date of a step of a corrective action request whose passing was told last.

use crate::table::Table;

pub(super) const NAME: &str = "m0062_step_told";

pub(super) fn columns() -> Table {
    Table::new("car_step", "cstep")
        .instant("overdue_told")
        .nullable()
        .index("due", &["due_at", "id"])
}
