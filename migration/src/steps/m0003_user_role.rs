//! The roles of a user; several add up.

use crate::table::Table;

pub(super) const NAME: &str = "m0003_user_role";

pub(super) fn table() -> Table {
    Table::new("user_role", "user_role")
        .reference("user_id", "app_user")
        .code("role", 20)
        .primary_key(&["user_id", "role"])
}
