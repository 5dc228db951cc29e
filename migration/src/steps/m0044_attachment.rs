//! What is attached to a record. The bytes are no row: they lie in the store under their SHA-256.

use crate::table::Table;

pub(super) const NAME: &str = "m0044_attachment";

pub(super) fn table() -> Table {
    Table::new("attachment", "attachment")
        .id()
        .reference("defect_id", "defect")
        .text("file_name", 255)
        .code("media_type", 100)
        .big("byte_count")
        .code("sha256", 64)
        .big("width")
        .nullable()
        .big("height")
        .nullable()
        .code("thumbnail_sha256", 64)
        .nullable()
        .instant("created_at")
        .reference("created_by", "app_user")
        .instant("voided_at")
        .nullable()
        .reference("voided_by", "app_user")
        .nullable()
        .text("void_reason", 2000)
        .nullable()
        .index("defect", &["defect_id", "id"])
        .index("sha256", &["sha256"])
        .index("thumbnail", &["thumbnail_sha256"])
}
