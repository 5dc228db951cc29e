//! What people say about a record. A note that was redacted keeps its digest, and loses its text and its salt.

use crate::table::Table;

pub(super) const NAME: &str = "m0042_defect_note";

pub(super) fn table() -> Table {
    Table::new("defect_note", "note")
        .id()
        .reference("defect_id", "defect")
        .long_text("body")
        .nullable()
        .code("body_salt", 64)
        .nullable()
        .code("body_digest", 64)
        .instant("created_at")
        .reference("created_by", "app_user")
        .instant("redacted_at")
        .nullable()
        .reference("redacted_by", "app_user")
        .nullable()
        .text("redaction_reason", 2000)
        .nullable()
        .index("defect", &["defect_id", "id"])
}
