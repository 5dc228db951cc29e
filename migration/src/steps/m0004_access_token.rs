//! Sessions and API tokens alike; of a token only its SHA-256 is stored.

use crate::table::Table;

pub(super) const NAME: &str = "m0004_access_token";

pub(super) fn table() -> Table {
    Table::new("access_token", "token")
        .id()
        .reference("user_id", "app_user")
        .code("kind", 10)
        .text("name", 100)
        .nullable()
        .code("token_hash", 64)
        .code("scopes", 100)
        .nullable()
        .instant("created_at")
        .instant("expires_at")
        .nullable()
        .instant("last_used_at")
        .nullable()
        .instant("revoked_at")
        .nullable()
        .unique(&["token_hash"])
        .index("user", &["user_id", "id"])
}
