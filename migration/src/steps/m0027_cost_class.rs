//! What kind of cost of quality an entry is, and to whom it is charged.

use crate::table::Table;

pub(super) const NAME: &str = "m0027_cost_class";

pub(super) fn columns() -> Table {
    Table::new("cost_entry", "cost")
        .reference("charged_to_id", "partner")
        .nullable()
        .code("quality_class", 20)
        .nullable()
}
