//! Corrective action requests (CAR, run as 8D): the record that nine steps, causes and actions hang on. `status` is the
//! step that is being worked on; `attempt` grows each time an effectiveness check sends the request back to its causes.

use crate::table::Table;

pub(super) const NAME: &str = "m0030_corrective_action";

pub(super) fn table() -> Table {
    Table::new("corrective_action", "car")
        .id()
        .code("car_number", 40)
        .code("status", 10)
        .text("title", 200)
        .long_text("description")
        .code("severity", 10)
        .nullable()
        .reference("supplier_id", "partner")
        .nullable()
        .reference("owner_id", "app_user")
        .instant("due_at")
        .nullable()
        .big("attempt")
        .instant("closed_at")
        .nullable()
        .reference("closed_by", "app_user")
        .nullable()
        .audited()
        .reference("created_by", "app_user")
        .reference("updated_by", "app_user")
        .nullable()
        .unique(&["car_number"])
        .index("created", &["created_at", "id"])
        .index("status", &["status", "created_at", "id"])
}
