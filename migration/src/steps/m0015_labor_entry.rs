//! Minutes spent on a record; corrected by a reversing row, never by edit.

use crate::table::Table;

pub(super) const NAME: &str = "m0015_labor_entry";

pub(super) fn table() -> Table {
    Table::new("labor_entry", "labor")
        .id()
        .reference("defect_id", "defect")
        .day("work_date")
        .big("minutes")
        .code("activity", 20)
        .text("note", 2000)
        .nullable()
        .reference("reverses_id", "labor_entry")
        .nullable()
        .text("reason", 2000)
        .nullable()
        .instant("created_at")
        .reference("created_by", "app_user")
        .unique(&["reverses_id"])
        .index("defect", &["defect_id", "id"])
}
