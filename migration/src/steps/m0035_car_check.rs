//! Effectiveness checks (ISO 9001:2015 10.2.1 d): what was to be seen, and whether it was.

use crate::table::Table;

pub(super) const NAME: &str = "m0035_car_check";

pub(super) fn table() -> Table {
    Table::new("car_check", "ccheck")
        .id()
        .reference("car_id", "corrective_action")
        .long_text("criterion")
        .code("outcome", 20)
        .long_text("note")
        .nullable()
        .big("attempt")
        .instant("checked_at")
        .reference("checked_by", "app_user")
        .index("car", &["car_id", "id"])
}
