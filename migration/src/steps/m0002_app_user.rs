//! People who sign in. `username_key` is the name in lower case, so that names differ by more than case.

use crate::table::Table;

pub(super) const NAME: &str = "m0002_app_user";

pub(super) fn table() -> Table {
    Table::new("app_user", "user")
        .id()
        .text("username", 100)
        .code("username_key", 300)
        .text("display_name", 200)
        .code("locale", 10)
        .boolean("is_active")
        .text("password_hash", 255)
        .big("failed_attempts")
        .instant("locked_until")
        .nullable()
        .instant("last_sign_in_at")
        .nullable()
        .audited()
        .unique(&["username_key"])
}
