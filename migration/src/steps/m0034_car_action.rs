//! The actions of a corrective action request: containment, corrective, preventive; done by one, verified by another.

use crate::table::Table;

pub(super) const NAME: &str = "m0034_car_action";

pub(super) fn table() -> Table {
    Table::new("car_action", "cact")
        .id()
        .reference("car_id", "corrective_action")
        .code("kind", 20)
        .long_text("content")
        .reference("owner_id", "app_user")
        .instant("due_at")
        .nullable()
        .big("attempt")
        .long_text("outcome")
        .nullable()
        .instant("done_at")
        .nullable()
        .reference("done_by", "app_user")
        .nullable()
        .instant("verified_at")
        .nullable()
        .reference("verified_by", "app_user")
        .nullable()
        .instant("created_at")
        .reference("created_by", "app_user")
        .instant("updated_at")
        .reference("updated_by", "app_user")
        .index("car", &["car_id", "id"])
}
