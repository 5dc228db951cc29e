//! Inspections: what was looked at, good samples too, which is what control charts are made of.
//!
//! What was not counted is absent and not zero: a p or np chart takes only inspections with `defective_units`, a c or u
//! chart only those with `defects_found`, and one unit may have several defects or (where the standard asks for a unit
//! to be judged as a whole) be defective without a single one counted. So neither number bounds the other.
//! An inspection is entered once and never changed; one that is wrong is made void, with the reason, by whoever entered
//! it or by quality. Whoever enters a failed one may report a defect in the same transaction.

mod forms;
mod list;
pub(crate) mod view;
mod void;
mod write;

use entity::inspection;
use serde_json::{Value as Json, json};

use crate::master;
use crate::value::Instant;

pub use forms::{
    Found, InspectedDefect, InspectionDefect, InspectionQuery, InspectionRow, InspectionView,
    NewInspection, SampleSize, Sort, VoidInspection,
};
pub use list::list;
pub use view::show;
pub use void::{may_void, void};
pub use write::create;
pub(crate) use write::{Entry, add, guid};

master::master!(inspection, "inspection");

/// An inspection as its history keeps it.
pub(crate) fn record(row: &inspection::Model) -> Json {
    json!({
        "guid": row.guid,
        "part_id": row.part_id,
        "work_center_id": row.work_center_id,
        "inspected_at": Instant::show(&row.inspected_at),
        "sample_size": row.sample_size,
        "defective_units": row.defective_units,
        "defects_found": row.defects_found,
        "is_failed": row.is_failed,
        "defect_id": row.defect_id,
        "note": row.note,
        "created_by": row.created_by,
        "voided_at": row.voided_at.as_ref().map(Instant::show),
        "voided_by": row.voided_by,
        "void_reason": row.void_reason,
    })
}
