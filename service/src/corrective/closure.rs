//! Closing a request: who closed it and when, and the signature under all that was written on it.
//!
//! The signature carries the signer's printed name, the instant, its meaning, and the SHA-256 of what was signed
//! (21 CFR 11.50 and 11.70): the request, its steps, defects, root causes, actions and checks.

use entity::{car_defect, car_signature, corrective_action};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::lifecycle::Transition;
use super::record::{Record, instant, written};
use super::steps::Steps;
use super::{actions, causes, checks, defects, signatures};
use crate::actor::Actor;
use crate::audit::erased::REFUSED;
use crate::error::Result;
use crate::system::System;
use crate::words::Meaning;

/// Puts who closed the request, and when, on it.
pub(super) fn stamp(record: &mut Record<'_>) -> Result<()> {
    let (now, closer) = (record.unit.now, record.unit.actor.user_id()?);
    record.note("closed_at", &Json::Null, &instant(Some(&now)))?;
    record.note("closed_by", &Json::Null, &json!(closer))?;
    record.set.closed_at = Set(Some(now));
    record.set.closed_by = Set(Some(closer));
    Ok(())
}

/// Signs the request as it is after the move.
pub(super) async fn sign(
    record: &mut Record<'_>,
    transition: &Transition,
    meaning: Meaning,
) -> Result<()> {
    let unit = record.unit;
    let row = car_signature::ActiveModel {
        car_id: Set(record.row.id),
        action: Set(transition.action.word().to_owned()),
        meaning: Set(meaning.word().to_owned()),
        signer_id: Set(unit.actor.user_id()?),
        signer_name: Set(unit.actor.name.clone()),
        signed_at: Set(unit.now),
        record_version: Set(record.row.version + 1),
        content_hash: Set(content_hash(unit.tx, &record.row).await?),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(
        &signatures::path(row.id),
        &Json::Null,
        &signatures::content(&row),
    )
}

/// The SHA-256 of what a signature stands under.
pub(super) async fn content_hash(
    db: &impl ConnectionTrait,
    row: &corrective_action::Model,
) -> Result<String> {
    let links = car_defect::Entity::find()
        .filter(car_defect::Column::CarId.eq(row.id))
        .order_by_asc(car_defect::Column::Id)
        .all(db)
        .await?;
    let links: Vec<Json> = links.iter().map(defects::content).collect();
    let content = json!({
        "record": written(row),
        "steps": Steps::of(db, row.id).await?.written(),
        "defects": links,
        "root_causes": causes::written(db, row.id).await?,
        "actions": actions::written(db, row.id).await?,
        "effectiveness_checks": checks::written(db, row.id).await?,
    });
    Ok(crate::hex::encode(&Sha256::digest(
        content.to_string().as_bytes(),
    )))
}

/// Keeps in the request's history that a signature was refused.
pub(super) async fn note_refusal(system: &System, actor: &Actor, id: i64) -> Result<()> {
    system
        .change(actor, None, id, |unit, id| {
            Box::pin(async move {
                let mut record = Record::load(&unit, *id).await?;
                record.note(REFUSED, &Json::Null, &json!(unit.actor.name))?;
                record.save().await?;
                Ok(())
            })
        })
        .await
}
