//! Reports ask what was spent in some days.

use crate::table::Table;

pub(super) const NAME: &str = "m0094_cost_created";

pub(super) fn columns() -> Table {
    Table::new("cost_entry", "cost").index("created", &["created_at", "id"])
}
