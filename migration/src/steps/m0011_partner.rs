//! Customers and suppliers.

use crate::table::Table;

pub(super) const NAME: &str = "m0011_partner";

pub(super) fn table() -> Table {
    Table::new("partner", "partner")
        .id()
        .code("code", 40)
        .text("name", 200)
        .boolean("is_customer")
        .boolean("is_supplier")
        .boolean("is_active")
        .audited()
        .unique(&["code"])
}
