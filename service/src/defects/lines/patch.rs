//! What a patch does to a disposition line: who may send which of its fields, and what follows from them.

use entity::disposition_line;

use super::forms::{LinePatch, LineView};
use super::progress::require_step;
use super::{FIELDS, PROPOSAL, content, path};
use crate::actor::Actor;
use crate::defects::record::Record;
use crate::error::{Error, FieldError, Result};
use crate::input::Input;
use crate::rights::field;
use crate::role::Role;
use crate::system::Unit;
use crate::words::{Authority, Disposition, LineStatus};

/// The right that governs a field of a patch.
fn right_of(sent: &str) -> &'static str {
    match sent {
        "status" | "rendered_unusable_by" | "rendered_unusable_at" | "return_number" => {
            field::LINE_STATUS
        }
        "reinspection_result" | "reinspection_quantity" => field::LINE_REINSPECTION,
        _ => field::LINES,
    }
}

/// A refusal that names the fields as they were sent, not the rows of the table that govern them.
pub(super) fn named_as_sent(error: Error, sent: &[String]) -> Error {
    let Error::Forbidden { detail, fields } = error else {
        return error;
    };
    let known = |name: &&String| LinePatch::FIELDS.contains(&name.as_str());
    let named = sent.iter().filter(known).filter_map(|name| {
        let refused = fields.iter().find(|one| one.field == right_of(name))?;
        Some(FieldError {
            field: name.clone(),
            ..refused.clone()
        })
    });
    Error::Forbidden {
        detail,
        fields: named.collect(),
    }
}

/// The rights that govern the fields of a patch.
pub(super) fn rights_of(sent: &[String]) -> Vec<&'static str> {
    let mut rights: Vec<&'static str> = sent.iter().map(|name| right_of(name)).collect();
    rights.sort_unstable();
    rights.dedup();
    rights
}

/// The line after the patch; what must be on record with it is in [`super::evidence`], and how much of it was inspected
/// in [`super::split`].
pub(super) fn patched(
    unit: &Unit<'_>,
    before: &disposition_line::Model,
    patch: &LinePatch,
) -> Result<disposition_line::Model> {
    // Destructured whole: a new field does not compile until it has a place here.
    let LinePatch {
        disposition,
        quantity,
        justification,
        instructions,
        authority,
        concession_id,
        status,
        rendered_unusable_by,
        rendered_unusable_at,
        return_number,
        reinspection_result,
        reinspection_quantity: _,
    } = patch.clone();
    let mut line = before.clone();
    if let Some(disposition) = disposition {
        line.disposition = disposition.word().to_owned();
    }
    if let Some(quantity) = quantity {
        line.quantity = quantity.0;
    }
    if let Some(justification) = justification {
        line.justification = justification.0;
    }
    if let Some(instructions) = instructions {
        line.instructions = instructions.map(|text| text.0);
    }
    if let Some(authority) = authority {
        line.authority = authority.word().to_owned();
    }
    if let Some(concession) = concession_id {
        line.concession_id = concession.map(|id| id.0);
    }
    // An engineer authorised that disposition of that quantity, so any of them changed by others asks anew.
    let changed = line.disposition != before.disposition
        || line.quantity != before.quantity
        || line.authority != before.authority;
    let given = engineer(&unit.actor, Authority::stored(&line.authority)?);
    if changed || (authority.is_some() && given.is_some()) {
        line.engineered_by = given;
    }
    if what_and_why(&line) != what_and_why(before) {
        line.proposed_by = unit.actor.id;
    }
    if line.disposition != before.disposition {
        // What was on record was about another end of the material.
        (line.rendered_unusable_by, line.rendered_unusable_at) = (None, None);
        line.return_number = None;
    }
    if let Some(status) = status {
        require_step(LineStatus::stored(&before.status)?, status)?;
        line.status = status.word().to_owned();
    }
    if let Some(by) = rendered_unusable_by {
        line.rendered_unusable_by = Some(by.0);
    }
    if let Some(at) = rendered_unusable_at {
        line.rendered_unusable_at = Some(at.0);
    }
    if let Some(number) = return_number {
        line.return_number = number.map(|text| text.0);
    }
    if let Some(result) = reinspection_result {
        if !Disposition::stored(&line.disposition)?.is_worked() {
            let message = "only rework and repair lines are inspected again";
            return Err(Error::field("reinspection_result", "unmet", message));
        }
        line.reinspection_result = Some(result.word().to_owned());
    }
    Ok(line)
}

/// What a line says but for on whose authority: whoever writes any of it proposes it.
fn what_and_why(line: &disposition_line::Model) -> impl PartialEq + use<> {
    (
        line.disposition.clone(),
        line.quantity,
        line.justification.clone(),
        line.instructions.clone(),
        line.concession_id,
    )
}

/// Whether two states of a line differ in what is voted on.
pub(super) fn differ_in_proposal(
    before: &disposition_line::Model,
    after: &disposition_line::Model,
) -> bool {
    let (old, new) = (content(before), content(after));
    PROPOSAL.iter().any(|name| old.get(name) != new.get(name))
}

/// Whether a line lacks the authority of engineering, and somebody is who may give it: it says engineering, or accepts
/// nonconforming material, and he is a technical engineer. Whether the state lets him write it is [`LineRights`] to say.
///
/// [`LineRights`]: super::LineRights
pub fn lacks_authority_of(actor: &Actor, line: &LineView) -> bool {
    let needs = line.authority == Authority::Engineering || line.disposition.needs_engineering();
    needs && line.engineered_by.is_none() && engineer(actor, Authority::Engineering).is_some()
}

/// Whoever gives the authority of engineering, if he is a technical engineer.
pub(super) fn engineer(actor: &Actor, authority: Authority) -> Option<i64> {
    actor
        .id
        .filter(|_| authority == Authority::Engineering && actor.roles.has(Role::TechEngineer))
}

/// Writes the history of what differs.
pub(super) fn note_changes(
    record: &mut Record<'_>,
    before: &disposition_line::Model,
    after: &disposition_line::Model,
) -> Result<()> {
    let (old, new) = (content(before), content(after));
    for name in FIELDS {
        record.note(
            &format!("{}.{name}", path(before.id)),
            &old[name],
            &new[name],
        )?;
    }
    Ok(())
}
