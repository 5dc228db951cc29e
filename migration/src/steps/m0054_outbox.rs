//! What is to be sent, one row for each receiver. Whoever sends a row moves its `due_at` and puts himself down as
//! `holder`: so it is his until then, and due again if he dies.

use crate::table::Table;

pub(super) const NAME: &str = "m0054_outbox";

pub(super) fn table() -> Table {
    Table::new("outbox", "outbox")
        .id()
        .code("message_id", 40)
        .code("channel", 10)
        .code("event", 30)
        .nullable()
        .reference("webhook_id", "webhook")
        .nullable()
        .reference("user_id", "app_user")
        .nullable()
        .long_text("content")
        .code("status", 10)
        .big("attempts")
        .instant("due_at")
        .code("holder", 32)
        .nullable()
        .big("answer")
        .nullable()
        .long_text("error")
        .nullable()
        .instant("created_at")
        .instant("finished_at")
        .nullable()
        .unique(&["message_id"])
        .index("due", &["status", "due_at"])
        .index("holder", &["holder"])
        .index("webhook", &["webhook_id", "id"])
}
