//! Money spent or recovered on a record, in minor units; corrected by a reversing row, never by edit.

use crate::table::Table;

pub(super) const NAME: &str = "m0016_cost_entry";

pub(super) fn table() -> Table {
    Table::new("cost_entry", "cost")
        .id()
        .reference("defect_id", "defect")
        .code("kind", 20)
        .big("amount")
        .text("note", 2000)
        .nullable()
        .reference("reverses_id", "cost_entry")
        .nullable()
        .text("reason", 2000)
        .nullable()
        .instant("created_at")
        .reference("created_by", "app_user")
        .unique(&["reverses_id"])
        .index("defect", &["defect_id", "id"])
}
