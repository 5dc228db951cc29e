//! The dashboard counts what is overdue: open records by their due dates, without those on hold.

use crate::table::Table;

pub(super) const NAME: &str = "m0096_defect_overdue";

pub(super) fn columns() -> Table {
    Table::new("defect", "defect")
        .index("overdue", &["status", "due_at", "held_at", "overdue_told"])
}
