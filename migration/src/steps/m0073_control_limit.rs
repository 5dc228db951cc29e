//! Limits of a control chart, frozen: what they were computed from as whole numbers, from which they follow exactly.

use crate::table::Table;

pub(super) const NAME: &str = "m0073_control_limit";

pub(super) fn table() -> Table {
    Table::new("control_limit", "limit")
        .id()
        .code("guid", 32)
        .text("name", 200)
        .nullable()
        .code("chart", 4)
        .reference("part_id", "part")
        .nullable()
        .reference("work_center_id", "work_center")
        .nullable()
        .code("subgroup", 10)
        .day("from_day")
        .day("to_day")
        .code("excluded", 500)
        .nullable()
        .big("base_points")
        .big("base_units")
        .big("base_count")
        .code("status", 20)
        .reference("created_by", "app_user")
        .reference("approved_by", "app_user")
        .nullable()
        .instant("approved_at")
        .nullable()
        .reference("retired_by", "app_user")
        .nullable()
        .instant("retired_at")
        .nullable()
        .text("retire_reason", 2000)
        .nullable()
        .audited()
        .unique(&["guid"])
}
