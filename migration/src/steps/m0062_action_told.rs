//! The due date of an action of a corrective action request whose passing was told last.

use crate::table::Table;

pub(super) const NAME: &str = "m0062_action_told";

pub(super) fn columns() -> Table {
    Table::new("car_action", "cact")
        .instant("overdue_told")
        .nullable()
        .index("due", &["due_at", "id"])
}
