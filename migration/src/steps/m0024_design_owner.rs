//! The customer who owns a part's design, and so must agree to what departs from it.

use crate::table::Table;

pub(super) const NAME: &str = "m0024_design_owner";

pub(super) fn columns() -> Table {
    Table::new("part", "part")
        .reference("design_owner_id", "partner")
        .nullable()
}
