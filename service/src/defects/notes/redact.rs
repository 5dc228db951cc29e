//! Taking a note's text away for good. It is still in backups and archives that were made before, and for a day in the
//! answer kept for an Idempotency-Key.

use std::sync::Arc;

use entity::defect_note;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value as Json, json};

use super::{NoteView, find, path, view};
use crate::actor::Actor;
use crate::defects::Written;
use crate::defects::record::{Moves, Record};
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::rights::REDACTORS;
use crate::system::{System, Unit};
use crate::value::Text;
use crate::version::IfMatch;

crate::input! {
    /// The redaction of a note.
    pub struct Redaction {
        /// Why.
        reason: required Text<2000>,
    }
}

/// Redacts a note, on a closed record too.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` where it was redacted before, `Invalid`.
pub async fn redact(
    system: &System,
    actor: &Actor,
    (defect_id, note_id): (i64, i64),
    if_match: &IfMatch,
    draft: &Draft<Redaction>,
    key: Option<&Idempotency>,
) -> Result<Written<NoteView>> {
    let input = (defect_id, note_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(redact_in(unit, input))
        })
        .await
}

/// Whether the caller may redact a note that he reads.
pub fn redactable(actor: &Actor, note: &NoteView) -> bool {
    require_redactor(actor).is_ok() && require_text(note.redacted_at.is_some()).is_ok()
}

/// Refuses a redaction as [`redact`] does, before a reason is asked for it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `WrongState`.
pub async fn may_redact(
    system: &System,
    actor: &Actor,
    (defect_id, note_id): (i64, i64),
) -> Result<()> {
    actor.may_read()?;
    let note = find(system.db.reader(), defect_id, note_id).await?;
    require_redactor(actor)?;
    require_text(note.redacted_at.is_some())
}

/// 403.
fn require_redactor(actor: &Actor) -> Result<()> {
    actor.require(REDACTORS, "redact a note")
}

/// 409.
fn require_text(is_redacted: bool) -> Result<()> {
    if !is_redacted {
        return Ok(());
    }
    let what = "this note has been redacted already";
    Err(Error::WrongState(what.to_owned()))
}

async fn redact_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<Redaction>)>,
) -> Result<Written<NoteView>> {
    let (defect_id, note_id, if_match, draft) = &*input;
    let record = Record::load(&unit, *defect_id).await?;
    let note = find(unit.tx, *defect_id, *note_id).await?;
    require_redactor(&unit.actor)?;
    if_match.check(record.row.version)?;
    require_text(note.redacted_at.is_some())?;
    let reason = &draft.check()?.reason.0;
    let redacted = defect_note::ActiveModel {
        id: Set(note.id),
        body: Set(None),
        body_salt: Set(None),
        redacted_at: Set(Some(unit.now)),
        redacted_by: Set(Some(unit.actor.user_id()?)),
        redaction_reason: Set(Some(reason.clone())),
        ..Default::default()
    };
    let note = redacted.update(unit.tx).await?;
    let mut record = record.because(Some(reason));
    let field = format!("{}.is_redacted", path(note.id));
    record.note(&field, &Json::Null, &json!(true))?;
    let version = record.save(Moves::Nothing).await?;
    let item = view(unit.tx, note).await?;
    Ok(Written { item, version })
}
