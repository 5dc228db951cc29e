//! The defects that a corrective action request is about.

use crate::table::Table;

pub(super) const NAME: &str = "m0032_car_defect";

pub(super) fn table() -> Table {
    Table::new("car_defect", "cdef")
        .id()
        .reference("car_id", "corrective_action")
        .reference("defect_id", "defect")
        .instant("created_at")
        .reference("created_by", "app_user")
        .unique(&["car_id", "defect_id"])
        .index("defect", &["defect_id", "car_id"])
}
