//! What a record has to do with another one: it was caused by it, is the same as it, or is related to it.

use crate::table::Table;

pub(super) const NAME: &str = "m0040_defect_link";

pub(super) fn table() -> Table {
    Table::new("defect_link", "link")
        .id()
        .reference("defect_id", "defect")
        .reference("other_id", "defect")
        .code("kind", 20)
        .instant("created_at")
        .reference("created_by", "app_user")
        .unique(&["defect_id", "other_id", "kind"])
        .index("defect", &["defect_id", "id"])
        .index("other", &["other_id", "id"])
}
