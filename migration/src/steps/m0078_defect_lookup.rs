//! Indexes for what people look records up by: a lot, a work order.

use crate::table::Table;

pub(super) const NAME: &str = "m0078_defect_lookup";

pub(super) fn columns() -> Table {
    Table::new("defect", "defect")
        .index("lot", &["lot_number", "reported_at", "id"])
        .index("work_order", &["work_order", "reported_at", "id"])
}
