//! Root causes: why it happened, why it was not found, why the system let it. `whys` is the chain of answers to "why?",
//! first to last, as a JSON array of texts: it is read and written as a whole.

use crate::table::Table;

pub(super) const NAME: &str = "m0033_car_cause";

pub(super) fn table() -> Table {
    Table::new("car_cause", "ccause")
        .id()
        .reference("car_id", "corrective_action")
        .code("kind", 20)
        .reference("cause_id", "code_value")
        .nullable()
        .long_text("content")
        .long_text("whys")
        .nullable()
        .boolean("from_supplier")
        .instant("verified_at")
        .nullable()
        .reference("verified_by", "app_user")
        .nullable()
        .instant("created_at")
        .reference("created_by", "app_user")
        .nullable()
        .instant("updated_at")
        .reference("updated_by", "app_user")
        .nullable()
        .index("car", &["car_id", "id"])
}
