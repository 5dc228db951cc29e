//! What becomes of a part of the quantity. `engineered_by` is the technical engineer who authorised it.
//!
//! A record's children are read in the order in which they came. Without an index that has both, servers walk through
//! the ids of all records until they have a page, and a record with few children costs the whole table.

use crate::table::Table;

pub(super) const NAME: &str = "m0014_disposition_line";

pub(super) fn table() -> Table {
    Table::new("disposition_line", "line")
        .id()
        .reference("defect_id", "defect")
        .code("disposition", 20)
        .big("quantity")
        .long_text("justification")
        .long_text("instructions")
        .nullable()
        .code("authority", 20)
        .reference("engineered_by", "app_user")
        .nullable()
        .code("status", 20)
        .code("reinspection_result", 10)
        .nullable()
        .instant("created_at")
        .reference("created_by", "app_user")
        .instant("updated_at")
        .reference("updated_by", "app_user")
        .index("defect", &["defect_id", "id"])
}
