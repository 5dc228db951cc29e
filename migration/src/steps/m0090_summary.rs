//! What reports are read from: the records added up by day, month or year and one dimension. Made of the records, and
//! made anew from them by `dmt reports rebuild`; `build` tells one making from another, so that a new one is ready
//! before it takes the place of the old one. The key is in the order in which reports read.

use crate::table::Table;

pub(super) const NAME: &str = "m0090_summary";

pub(super) fn table() -> Table {
    Table::new("summary", "summary")
        .big("build")
        .code("topic", 1)
        .code("dimension", 20)
        .code("grain", 1)
        .day("period")
        .big("key_id")
        .code("word", 20)
        .big("records")
        .big("quantity")
        .big("amount")
        .big("seconds")
        .primary_key(&[
            "build",
            "topic",
            "dimension",
            "grain",
            "period",
            "key_id",
            "word",
        ])
}
