//! Closing and reopening: what they add to any other move, above all the signature; and what a signature stands under.
//!
//! A signature carries the signer's printed name, the instant, its meaning, and the SHA-256 of what was signed
//! (21 CFR 11.50 and 11.70), so that a later change of that content can be shown.

use entity::{defect, disposition_line, signature};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::record::{Record, code_of, instant, quantity, snapshot};
use super::signatures;
use crate::actor::Actor;
use crate::audit::erased::REFUSED;
use crate::error::Result;
use crate::system::System;
use crate::words::{Meaning, Signed};

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

/// Signs the record as it will be after the change, under the `version` that it will have; answers the signature's id.
pub(super) async fn sign(
    record: &mut Record<'_>,
    signed: Signed,
    meaning: Meaning,
    version: i64,
) -> Result<i64> {
    let unit = record.unit;
    let hash = Signable::load(unit.tx, &record.row).await?.hash(signed);
    let row = signature::ActiveModel {
        defect_id: Set(record.row.id),
        action: Set(signed.word().to_owned()),
        meaning: Set(meaning.word().to_owned()),
        signer_id: Set(unit.actor.user_id()?),
        signer_name: Set(unit.actor.name.clone()),
        signed_at: Set(unit.now),
        record_version: Set(version),
        content_hash: Set(hash),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(
        &signatures::path(row.id),
        &Json::Null,
        &signatures::content(&row),
    )?;
    Ok(row.id)
}

/// A record with all that signatures stand under.
pub(super) struct Signable<'a> {
    row: &'a defect::Model,
    failure_code: Option<String>,
    cause: Option<String>,
    lines: Vec<disposition_line::Model>,
}

impl<'a> Signable<'a> {
    /// Reads what there is of it beside its row.
    pub(super) async fn load(db: &impl ConnectionTrait, row: &'a defect::Model) -> Result<Self> {
        Ok(Self {
            row,
            failure_code: code_of(db, row.failure_code_id).await?,
            cause: code_of(db, row.cause_id).await?,
            lines: whole_lines(db, row.id).await?,
        })
    }

    /// The SHA-256 of what is signed.
    pub(super) fn hash(&self, signed: Signed) -> String {
        match signed {
            Signed::Vote | Signed::ApproveDisposition => proposal_hash(self.row, &self.lines),
            Signed::Close | Signed::Reopen => content_hash(
                self.row,
                self.failure_code.as_deref(),
                self.cause.as_deref(),
                &self.lines,
            ),
        }
    }
}

/// The disposition lines with all that is written on them, in the order in which they were added.
async fn whole_lines(
    db: &impl ConnectionTrait,
    defect_id: i64,
) -> Result<Vec<disposition_line::Model>> {
    let lines = disposition_line::Entity::find()
        .filter(disposition_line::Column::DefectId.eq(defect_id))
        .order_by_asc(disposition_line::Column::Id)
        .all(db)
        .await?;
    Ok(lines)
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

/// The SHA-256 of what a vote and an approval stand under: which material, how grave, and what the lines say is to become
/// of it; not how far they have come.
pub fn proposal_hash(row: &defect::Model, lines: &[disposition_line::Model]) -> String {
    let lines: Vec<Json> = lines
        .iter()
        .map(|line| {
            let whole = super::lines::content(line);
            let said = super::lines::PROPOSAL.iter();
            let said = said.map(|name| ((*name).to_owned(), whole[*name].clone()));
            let mut said: Map<String, Json> = said.collect();
            said.insert("id".to_owned(), json!(line.id));
            Json::Object(said)
        })
        .collect();
    let content = json!({
        "tag_number": row.tag_number,
        "part_id": row.part_id,
        "customer_id": row.customer_id,
        "severity": row.severity,
        "quantity_defective": quantity(Some(row.quantity_defective)),
        "disposition_lines": lines,
    });
    crate::hex::encode(&Sha256::digest(content.to_string().as_bytes()))
}

/// Keeps in the record's history that a signature was refused.
pub(super) async fn note_refusal(system: &System, actor: &Actor, id: i64) -> Result<()> {
    system
        .change(actor, None, id, |unit, id| {
            Box::pin(async move {
                let mut record = Record::load(&unit, *id).await?;
                record.note(REFUSED, &Json::Null, &json!(unit.actor.name))?;
                record.save(super::record::Moves::Nothing).await?;
                Ok(())
            })
        })
        .await
}
