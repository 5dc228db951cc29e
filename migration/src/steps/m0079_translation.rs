//! Texts of a record in another language. A translation knows the text that it is of by its SHA-256, so that one of an
//! older text is not taken for one of this. A machine's has nobody who wrote it.

use crate::table::Table;

pub(super) const NAME: &str = "m0079_translation";

pub(super) fn table() -> Table {
    Table::new("translation", "trans")
        .id()
        .reference("defect_id", "defect")
        .code("field", 30)
        .code("language", 2)
        .long_text("content")
        .code("origin", 10)
        .code("source_language", 2)
        .code("source_digest", 64)
        .code("translator", 30)
        .nullable()
        .instant("created_at")
        .reference("created_by", "app_user")
        .nullable()
        .instant("updated_at")
        .reference("updated_by", "app_user")
        .nullable()
        .unique(&["defect_id", "field", "language"])
}
