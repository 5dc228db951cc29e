//! What a disposition line was decided and done with: who last wrote what and why, who approved it and when, who
//! rendered its scrap unusable and when, and the number under which it went back to the supplier.

use crate::table::Table;

pub(super) const NAME: &str = "m0020_line_facts";

pub(super) fn columns() -> Table {
    Table::new("disposition_line", "line")
        .reference("rendered_unusable_by", "app_user")
        .nullable()
        .reference("proposed_by", "app_user")
        .nullable()
        .reference("decided_by", "app_user")
        .nullable()
        .instant("decided_at")
        .nullable()
        .instant("rendered_unusable_at")
        .nullable()
        .text("return_number", 100)
        .nullable()
}
