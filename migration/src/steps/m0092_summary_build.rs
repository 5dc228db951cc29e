//! Which making of the summaries is read (0: none yet), which one is being made, and when whoever makes it last gave a
//! sign of life. One row, which is also locked by whoever folds.

use crate::table::Table;

pub(super) const NAME: &str = "m0092_summary_build";

pub(super) fn table() -> Table {
    Table::new("summary_build", "sbuild")
        .big("id")
        .big("live_build")
        .big("open_build")
        .big("last_build")
        .instant("beat_at")
        .primary_key(&["id"])
}
