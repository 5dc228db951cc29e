//! The concession under which a line's material is used.

use crate::table::Table;

pub(super) const NAME: &str = "m0025_line_concession";

pub(super) fn columns() -> Table {
    Table::new("disposition_line", "line")
        .reference("concession_id", "concession")
        .nullable()
}
