//! The due date of a corrective action request whose passing was told last; it belongs to whoever tells, and not to the
//! request.

use crate::table::Table;

pub(super) const NAME: &str = "m0062_car_told";

pub(super) fn columns() -> Table {
    Table::new("corrective_action", "car")
        .instant("overdue_told")
        .nullable()
        .index("due", &["due_at", "id"])
}
