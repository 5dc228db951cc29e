//! Making void what was attached in error: by whoever attached it, or by quality. It stays there, marked.

use std::sync::Arc;

use entity::attachment;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value as Json, json};

use super::{AttachmentView, find, path, view_of};
use crate::actor::Actor;
use crate::defects::caller::Caller;
use crate::defects::record::{Moves, Record};
use crate::defects::{PermissionsView, Written};
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::rights::{VOIDERS, field};
use crate::system::{System, Unit};
use crate::value::Text;
use crate::version::IfMatch;

crate::input! {
    /// Why an attachment is void.
    pub struct VoidAttachment {
        /// Why.
        reason: required Text<2000>,
    }
}

/// Makes an attachment void.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` also where it is void already, `Invalid`.
pub async fn void(
    system: &System,
    actor: &Actor,
    (defect_id, attachment_id): (i64, i64),
    if_match: &IfMatch,
    draft: &Draft<VoidAttachment>,
    key: Option<&Idempotency>,
) -> Result<Written<AttachmentView>> {
    let input = (defect_id, attachment_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(void_in(unit, input))
        })
        .await
}

/// Whether the caller may make an attachment void; `may` is what he may do with its record.
pub fn voidable(actor: &Actor, may: &PermissionsView, file: &AttachmentView) -> bool {
    may.writes(field::ATTACHMENTS)
        && require_voider(actor, file.created_by.id).is_ok()
        && require_standing(file.voided_at.is_some()).is_ok()
}

/// Refuses as [`void`] does, before a reason is asked for it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `WrongState`.
pub async fn may_void(
    system: &System,
    actor: &Actor,
    (defect_id, attachment_id): (i64, i64),
) -> Result<()> {
    let db = system.db.reader();
    let caller = Caller::of(db, actor, defect_id).await?;
    let row = find(db, defect_id, attachment_id).await?;
    caller.require_right(field::ATTACHMENTS)?;
    require_voider(actor, row.created_by)?;
    caller.require_state([field::ATTACHMENTS])?;
    require_standing(row.voided_at.is_some())
}

/// 403: who attached it, and quality.
fn require_voider(actor: &Actor, attached_by: i64) -> Result<()> {
    if actor.id == Some(attached_by) {
        return Ok(());
    }
    actor.require(VOIDERS, "make void what somebody else has attached")
}

/// 409.
fn require_standing(is_void: bool) -> Result<()> {
    if !is_void {
        return Ok(());
    }
    let what = "this attachment is void already";
    Err(Error::WrongState(what.to_owned()))
}

async fn void_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<VoidAttachment>)>,
) -> Result<Written<AttachmentView>> {
    let (defect_id, attachment_id, if_match, draft) = &*input;
    let record = Record::load(&unit, *defect_id).await?;
    let row = find(unit.tx, *defect_id, *attachment_id).await?;
    record.require_right(field::ATTACHMENTS)?;
    require_voider(&unit.actor, row.created_by)?;
    if_match.check(record.row.version)?;
    record.require_state([field::ATTACHMENTS])?;
    require_standing(row.voided_at.is_some())?;
    let reason = &draft.check()?.reason.0;
    let voided = attachment::ActiveModel {
        id: Set(row.id),
        voided_at: Set(Some(unit.now)),
        voided_by: Set(Some(unit.actor.user_id()?)),
        void_reason: Set(Some(reason.clone())),
        ..Default::default()
    };
    let row = voided.update(unit.tx).await?;
    let mut record = record.because(Some(reason));
    let field = format!("{}.is_void", path(row.id));
    record.note(&field, &Json::Null, &json!(true))?;
    let version = record.save(Moves::Nothing).await?;
    let item = view_of(unit.tx, row).await?;
    Ok(Written { item, version })
}
