//! Which roles were told that their votes on a defect's disposition are waited for, until something else is proposed; it
//! belongs to whoever tells, and not to the record.

use crate::table::Table;

pub(super) const NAME: &str = "m0063_votes_told";

pub(super) fn columns() -> Table {
    Table::new("defect", "defect")
        .code("votes_told", 100)
        .nullable()
}
