//! What changes have added to the sums and nobody has folded into `summary` yet: rows are only added, so that those who
//! change records never wait for each other. It refers to parts and codes without foreign keys: what a record has left
//! behind may be deleted.

use crate::table::Table;

pub(super) const NAME: &str = "m0091_summary_delta";

pub(super) fn table() -> Table {
    Table::new("summary_delta", "sdelta")
        .id()
        .day("day")
        .code("topic", 1)
        .big("part_id")
        .big("work_center_id")
        .big("supplier_id")
        .nullable()
        .big("failure_code_id")
        .nullable()
        .big("cause_id")
        .nullable()
        .code("word", 20)
        .big("days")
        .nullable()
        .big("records")
        .big("quantity")
        .big("amount")
        .big("seconds")
}
