//! Addresses of other programs that are told of events. `events` are their words, separated by commas; `secret` signs
//! what is sent, so it is kept as it is and not as a digest.

use crate::table::Table;

pub(super) const NAME: &str = "m0051_webhook";

pub(super) fn table() -> Table {
    Table::new("webhook", "webhook")
        .id()
        .text("url", 2000)
        .text("description", 500)
        .nullable()
        .code("events", 500)
        .code("secret", 100)
        .boolean("is_active")
        .audited()
}
