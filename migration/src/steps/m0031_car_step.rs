//! The nine steps of each corrective action request (D0 to D8), made with it: what the plant writes, what the supplier
//! writes, who sees to it and until when, and who completed it.

use crate::table::Table;

pub(super) const NAME: &str = "m0031_car_step";

pub(super) fn table() -> Table {
    Table::new("car_step", "cstep")
        .id()
        .reference("car_id", "corrective_action")
        .code("step", 2)
        .long_text("content")
        .nullable()
        .long_text("supplier_content")
        .nullable()
        .reference("owner_id", "app_user")
        .nullable()
        .instant("due_at")
        .nullable()
        .instant("done_at")
        .nullable()
        .reference("done_by", "app_user")
        .nullable()
        .unique(&["car_id", "step"])
}
