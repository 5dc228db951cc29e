//! What is made or bought: a number at a revision. The list has an index in its order: by number, then as they came.

use crate::table::Table;

pub(super) const NAME: &str = "m0007_part";

pub(super) fn table() -> Table {
    Table::new("part", "part")
        .id()
        .code("part_number", 100)
        .code("revision", 20)
        .text("name", 200)
        .big("unit_cost")
        .nullable()
        .boolean("is_active")
        .audited()
        .unique(&["part_number", "revision"])
        .index("number", &["part_number", "id"])
}
