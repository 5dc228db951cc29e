//! Whose votes a disposition needs. What is absent (severity, disposition, least amount) matches everything; `roles`
//! are words with commas between them.

use crate::table::Table;

pub(super) const NAME: &str = "m0021_approval_rule";

pub(super) fn table() -> Table {
    Table::new("approval_rule", "rule")
        .id()
        .code("code", 40)
        .text("name", 200)
        .code("severity", 20)
        .nullable()
        .code("disposition", 20)
        .nullable()
        .big("least_amount")
        .nullable()
        .code("roles", 200)
        .nullable()
        .boolean("customer_required")
        .boolean("signature_required")
        .boolean("is_active")
        .audited()
        .unique(&["code"])
}
