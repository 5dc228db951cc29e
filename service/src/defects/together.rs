//! What must hold between the fields of a record, whether it is new or changed.

use crate::error::FieldError;
use crate::system::Unit;
use crate::value::Instant;

/// Quantities that fit each other, and both halves of an external id.
pub(super) fn together(
    errors: &mut Vec<FieldError>,
    inspected: Option<i64>,
    defective: i64,
    has_system: bool,
    has_external_id: bool,
) {
    if inspected.is_some_and(|inspected| inspected < defective) {
        let message = "must be at least quantity_defective";
        errors.push(FieldError::new("quantity_inspected", "range", message));
    }
    if has_system != has_external_id {
        let missing = if has_system {
            "external_id"
        } else {
            "external_system"
        };
        let message = "external_system and external_id go together";
        errors.push(FieldError::new(missing, "required", message));
    }
}

/// Clocks differ by a little, so a day is let pass.
pub(crate) fn not_in_future(
    unit: &Unit<'_>,
    errors: &mut Vec<FieldError>,
    field: &str,
    at: Instant,
) {
    if at.0 > unit.now + chrono::TimeDelta::days(1) {
        errors.push(FieldError::new(
            field,
            "range",
            "must not lie in the future",
        ));
    }
}
