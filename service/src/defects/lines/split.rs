//! A part of a line that passed its re-inspection, and a part that failed: two lines, whose quantities are those of the
//! one. The other part is as old as the line itself and has the same authors; its history begins with the split.

use entity::disposition_line;
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{NotSet, Set};
use serde_json::Value as Json;

use super::forms::LinePatch;
use super::{content, path};
use crate::defects::record::Record;
use crate::error::{FieldError, Result};
use crate::value::Quantity;
use crate::words::Reinspection;

/// Leaves on the line what the result holds for, and answers the other part, where there is one.
pub(super) fn rest(
    patch: &LinePatch,
    line: &mut disposition_line::Model,
    errors: &mut Vec<FieldError>,
) -> Result<Option<disposition_line::Model>> {
    const FIELD: &str = "reinspection_quantity";
    let Some(Quantity(inspected)) = patch.reinspection_quantity else {
        return Ok(None);
    };
    let Some(result) = patch.reinspection_result else {
        let message = "say with it what inspection found, in reinspection_result";
        errors.push(FieldError::new("reinspection_result", "required", message));
        return Ok(None);
    };
    if inspected > line.quantity {
        let message = format!("the line has {}", Quantity::show(line.quantity));
        errors.push(FieldError::new(FIELD, "range", message));
    }
    if inspected >= line.quantity {
        return Ok(None);
    }
    let other = match result {
        Reinspection::Pass => Reinspection::Fail,
        Reinspection::Fail => Reinspection::Pass,
    };
    let rest = disposition_line::Model {
        quantity: line.quantity - inspected,
        reinspection_result: Some(other.word().to_owned()),
        ..line.clone()
    };
    line.quantity = inspected;
    Ok(Some(rest))
}

/// Adds the other part.
pub(super) async fn add(record: &mut Record<'_>, rest: disposition_line::Model) -> Result<()> {
    let unit = record.unit;
    let mut row = disposition_line::ActiveModel::from(rest).reset_all();
    row.id = NotSet;
    row.updated_at = Set(unit.now);
    row.updated_by = Set(unit.actor.user_id()?);
    let row = row.insert(unit.tx).await?;
    record.beside.line_added(&row);
    record.note(&path(row.id), &Json::Null, &content(&row))
}
