//! Answers kept for a day, so that a repeated POST is answered instead of done again.

use crate::table::Table;

pub(super) const NAME: &str = "m0006_idempotency_key";

pub(super) fn table() -> Table {
    Table::new("idempotency_key", "idem")
        .id()
        .reference("user_id", "app_user")
        .code("key_hash", 64)
        .code("request_hash", 64)
        .long_text("answer")
        .instant("created_at")
        .unique(&["user_id", "key_hash"])
        .index("created_at", &["created_at"])
}
