//! Who did the work of a labor entry where it is not who entered it, what an hour of it costs, and what it cost.

use crate::table::Table;

pub(super) const NAME: &str = "m0026_labor_worker";

pub(super) fn columns() -> Table {
    Table::new("labor_entry", "labor")
        .reference("worker_id", "app_user")
        .nullable()
        .big("rate")
        .nullable()
        .big("cost")
        .nullable()
}
