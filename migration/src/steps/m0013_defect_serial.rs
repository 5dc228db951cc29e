//! Serial numbers of the pieces that a tag covers.

use crate::table::Table;

pub(super) const NAME: &str = "m0013_defect_serial";

pub(super) fn table() -> Table {
    Table::new("defect_serial", "serial")
        .id()
        .reference("defect_id", "defect")
        .code("serial_number", 100)
        .instant("created_at")
        .reference("created_by", "app_user")
        .unique(&["defect_id", "serial_number"])
        .index("defect", &["defect_id", "id"])
}
