//! What has happened, written with the change itself; gone once it is known who is to be told (`outbox`). It refers to
//! records and people without foreign keys: it tells what was, whatever becomes of them.

use crate::table::Table;

pub(super) const NAME: &str = "m0053_notice";

pub(super) fn table() -> Table {
    Table::new("notice", "notice")
        .id()
        .code("event", 30)
        .long_text("content")
        .instant("created_at")
}
