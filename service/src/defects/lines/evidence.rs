//! What must be on record before a line is done: that scrap was rendered unusable, by whom and when (AS9100 8.7.1), and
//! the number under which material went back to the supplier.
//!
//! Whoever says that scrap is done says that he rendered it unusable, now; another person and another moment may be
//! named instead, beforehand or with it.

use entity::disposition_line;

use super::forms::{LinePatch, LineProgress};
use crate::defects::reference::{Reference, References};
use crate::defects::together::not_in_future;
use crate::error::{FieldError, Result};
use crate::system::Unit;
use crate::words::{Disposition, LineStatus};

/// Completes what a patch says of a line's end, and refuses what does not belong to it or is missing.
pub(super) async fn complete(
    unit: &Unit<'_>,
    patch: &LinePatch,
    before: &disposition_line::Model,
    after: &mut disposition_line::Model,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let disposition = Disposition::stored(&after.disposition)?;
    refuse_what_does_not_belong(patch, disposition, errors);
    if let Some(at) = patch.rendered_unusable_at {
        not_in_future(unit, errors, "rendered_unusable_at", at);
    }
    let named = patch.rendered_unusable_by.map(|id| id.0);
    let new = named.filter(|id| Some(*id) != before.rendered_unusable_by);
    References::default()
        .add("rendered_unusable_by", new.map(Reference::User))
        .resolve(unit.tx, errors)
        .await?;
    let is_done = after.status == LineStatus::Done.word();
    match disposition {
        Disposition::Scrap => {
            let says = patch.status == Some(LineProgress::Done)
                || patch.rendered_unusable_by.is_some()
                || patch.rendered_unusable_at.is_some();
            if says {
                after.rendered_unusable_by = after.rendered_unusable_by.or(unit.actor.id);
                after.rendered_unusable_at = after.rendered_unusable_at.or(Some(unit.now));
            }
        }
        Disposition::ReturnToSupplier if is_done && after.return_number.is_none() => {
            let message = "say under which number it goes back before it is done";
            errors.push(FieldError::unmet("return_number", message));
        }
        _ => {}
    }
    Ok(())
}

fn refuse_what_does_not_belong(
    patch: &LinePatch,
    disposition: Disposition,
    errors: &mut Vec<FieldError>,
) {
    let sent = [
        (
            "rendered_unusable_by",
            patch.rendered_unusable_by.is_some(),
            Disposition::Scrap,
        ),
        (
            "rendered_unusable_at",
            patch.rendered_unusable_at.is_some(),
            Disposition::Scrap,
        ),
        (
            "return_number",
            matches!(patch.return_number, Some(Some(_))),
            Disposition::ReturnToSupplier,
        ),
    ];
    for (field, is_sent, of) in sent {
        if is_sent && disposition != of {
            let message = format!("belongs to {of} lines; this one is {disposition}");
            errors.push(FieldError::unmet(field, message));
        }
    }
}
