//! The one-time link that makes the first administrator; only its SHA-256 is stored.

use crate::table::Table;

pub(super) const NAME: &str = "m0005_setup_token";

pub(super) fn table() -> Table {
    Table::new("setup_token", "setup")
        .id()
        .code("token_hash", 64)
        .instant("created_at")
        .instant("expires_at")
        .instant("used_at")
        .nullable()
        .unique(&["token_hash"])
}
