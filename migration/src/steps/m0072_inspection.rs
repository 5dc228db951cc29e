//! What was looked at, good or bad: a sample of a part at a place, and what was wrong with it.
//!
//! `guid` tells a row apart in every system that it is merged into: nothing else about an inspection is its own.
//! `is_failed` is what the other two counts say, kept so that the list finds failures in the order of an index.

use crate::table::Table;

pub(super) const NAME: &str = "m0072_inspection";

pub(super) fn table() -> Table {
    Table::new("inspection", "insp")
        .id()
        .code("guid", 32)
        .reference("part_id", "part")
        .reference("work_center_id", "work_center")
        .instant("inspected_at")
        .big("sample_size")
        .big("defective_units")
        .nullable()
        .big("defects_found")
        .nullable()
        .boolean("is_failed")
        .reference("defect_id", "defect")
        .nullable()
        .text("note", 2000)
        .nullable()
        .reference("created_by", "app_user")
        .instant("voided_at")
        .nullable()
        .reference("voided_by", "app_user")
        .nullable()
        .text("void_reason", 2000)
        .nullable()
        .audited()
        .unique(&["guid"])
        .index("inspected", &["inspected_at", "id"])
        .index("part", &["part_id", "inspected_at", "id"])
        .index("work_center", &["work_center_id", "inspected_at", "id"])
        .index("failed", &["is_failed", "inspected_at", "id"])
}
