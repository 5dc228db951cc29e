//! Reports ask what work cost in some days.

use crate::table::Table;

pub(super) const NAME: &str = "m0095_labor_created";

pub(super) fn columns() -> Table {
    Table::new("labor_entry", "labor").index("created", &["created_at", "id"])
}
