//! Reports ask what was closed in some days.

use crate::table::Table;

pub(super) const NAME: &str = "m0093_defect_closed";

pub(super) fn columns() -> Table {
    Table::new("defect", "defect").index("closed", &["closed_at", "id"])
}
