//! Of which events a person wants to be told by mail, and whether at once or once a day.

use crate::table::Table;

pub(super) const NAME: &str = "m0052_subscription";

pub(super) fn table() -> Table {
    Table::new("subscription", "sub")
        .reference("user_id", "app_user")
        .code("event", 30)
        .code("delivery", 10)
        .primary_key(&["user_id", "event"])
        .index("event", &["event"])
}
