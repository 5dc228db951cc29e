//! The hash-chained history. It refers to users without a foreign key: it outlives them.

use crate::table::Table;

pub(super) const NAME: &str = "m0018_audit_event";

pub(super) fn table() -> Table {
    Table::new("audit_event", "audit")
        .id()
        .code("entity", 30)
        .big("entity_id")
        .big("seq")
        .code("field", 100)
        .nullable()
        .long_text("old_value")
        .nullable()
        .long_text("new_value")
        .nullable()
        .big("actor")
        .nullable()
        .text("actor_name", 200)
        .instant("at")
        .text("reason", 2000)
        .nullable()
        .code("request_id", 64)
        .nullable()
        .code("prev_hash", 64)
        .code("hash", 64)
        .unique(&["entity", "entity_id", "seq"])
}
