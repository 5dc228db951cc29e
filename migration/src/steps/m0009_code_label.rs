//! How a code reads in a language.

use crate::table::Table;

pub(super) const NAME: &str = "m0009_code_label";

pub(super) fn table() -> Table {
    Table::new("code_label", "label")
        .reference("code_id", "code_value")
        .code("locale", 10)
        .text("label", 200)
        .primary_key(&["code_id", "locale"])
}
