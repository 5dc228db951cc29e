//! What a customer lets pass although it does not conform: how much of it, of which part, until when.

use crate::table::Table;

pub(super) const NAME: &str = "m0023_concession";

pub(super) fn table() -> Table {
    Table::new("concession", "conc")
        .id()
        .code("concession_number", 60)
        .reference("customer_id", "partner")
        .text("reference", 200)
        .nullable()
        .reference("part_id", "part")
        .nullable()
        .big("max_quantity")
        .day("valid_until")
        .boolean("is_active")
        .audited()
        .unique(&["concession_number"])
}
