//! Closing and reopening: what they add to any other move, above all the signature.
//!
//! A signature carries the signer's printed name, the instant, its meaning, and the SHA-256 of what was signed
//! (21 CFR 11.50 and 11.70), so that a later change of that content can be shown.

use entity::{defect, disposition_line, signature};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::record::{Record, code_of, instant, snapshot};
use super::signatures;
use crate::actor::Actor;
use crate::error::Result;
use crate::lifecycle::Transition;
use crate::system::System;
use crate::words::Meaning;

/// Puts who closed the record, and when, on it.
pub(super) fn stamp(record: &mut Record<'_>) -> Result<()> {
    let (now, closer) = (record.unit.now, record.unit.actor.user_id()?);
    record.note(
        "closed_at",
        &instant(record.row.closed_at),
        &instant(Some(now)),
    )?;
    record.note("closed_by", &json!(record.row.closed_by), &json!(closer))?;
    record.set.closed_at = Set(Some(now));
    record.set.closed_by = Set(Some(closer));
    Ok(())
}

/// Takes both off again; the signature of the closure stays.
pub(super) fn unstamp(record: &mut Record<'_>) -> Result<()> {
    record.note("closed_at", &instant(record.row.closed_at), &Json::Null)?;
    record.note("closed_by", &json!(record.row.closed_by), &Json::Null)?;
    record.set.closed_at = Set(None);
    record.set.closed_by = Set(None);
    Ok(())
}

/// Signs the record as it will be after the move, and answers the version that the signature stands under.
pub(super) async fn sign(
    record: &mut Record<'_>,
    transition: &Transition,
    meaning: Meaning,
    lines: &[disposition_line::Model],
) -> Result<Option<i64>> {
    if !transition.needs_signature {
        return Ok(None);
    }
    let unit = record.unit;
    let failure_code = code_of(unit.tx, record.row.failure_code_id).await?;
    let cause = code_of(unit.tx, record.row.cause_id).await?;
    let version = record.row.version + 1;
    let row = signature::ActiveModel {
        defect_id: Set(record.row.id),
        action: Set(transition.action.word().to_owned()),
        meaning: Set(meaning.word().to_owned()),
        signer_id: Set(unit.actor.user_id()?),
        signer_name: Set(unit.actor.name.clone()),
        signed_at: Set(unit.now),
        record_version: Set(version),
        content_hash: Set(content_hash(
            &record.row,
            failure_code.as_deref(),
            cause.as_deref(),
            lines,
        )),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(
        &signatures::path(row.id),
        &Json::Null,
        &signatures::content(&row),
    )?;
    Ok(Some(version))
}

/// The SHA-256 of what a signature stands under: what people wrote on the record, and its disposition lines.
pub fn content_hash(
    row: &defect::Model,
    failure_code: Option<&str>,
    cause: Option<&str>,
    lines: &[disposition_line::Model],
) -> String {
    let lines: Vec<Json> = lines.iter().map(super::lines::content).collect();
    let content =
        json!({ "record": snapshot(row, failure_code, cause), "disposition_lines": lines });
    crate::hex::encode(&Sha256::digest(content.to_string().as_bytes()))
}

/// Keeps in the record's history that a signature was refused.
pub(super) async fn note_refusal(system: &System, actor: &Actor, id: i64) -> Result<()> {
    system
        .change(actor, None, id, |unit, id| {
            Box::pin(async move {
                let mut record = Record::load(&unit, *id).await?;
                record.note("signature_refused", &Json::Null, &json!(unit.actor.name))?;
                record.save(super::record::Moves::Nothing).await?;
                Ok(())
            })
        })
        .await
}
