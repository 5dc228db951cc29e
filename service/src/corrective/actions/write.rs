//! Adding, changing and taking back actions.

use std::sync::Arc;

use entity::car_action;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::Value as Json;

use super::{
    CorrectiveActionPatch, CorrectiveActionView, NewCorrectiveAction, content, find, one, path,
};
use crate::actor::Actor;
use crate::corrective::MOST_CHILDREN;
use crate::corrective::record::Record;
use crate::defects::Written;
use crate::defects::children::require_room;
use crate::defects::reference::{Reference, References};
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::{Draft, Input};
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::Id;
use crate::version::IfMatch;

/// Adds an action.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    car_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewCorrectiveAction>,
    key: Option<&Idempotency>,
) -> Result<Written<CorrectiveActionView>> {
    let input = (car_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewCorrectiveAction>)>,
) -> Result<Written<CorrectiveActionView>> {
    let (car_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    record.require_right(field::CAR_ACTIONS)?;
    if_match.check(record.row.version)?;
    record.require_open()?;
    let new = draft.check()?;
    let room = (MOST_CHILDREN, "actions");
    require_room::<car_action::Entity>(unit.tx, car_action::Column::CarId, *car_id, room).await?;
    require_owner(&unit, new.owner_id).await?;
    let user = unit.actor.user_id()?;
    let action = car_action::ActiveModel {
        car_id: Set(*car_id),
        kind: Set(new.kind.word().to_owned()),
        content: Set(new.text.0.clone()),
        owner_id: Set(new.owner_id.map_or(user, |id| id.0)),
        due_at: Set(new.due_at.map(|at| at.0)),
        attempt: Set(record.row.attempt),
        created_at: Set(unit.now),
        created_by: Set(user),
        updated_at: Set(unit.now),
        updated_by: Set(user),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(&path(action.id), &Json::Null, &content(&action))?;
    let version = record.save().await?;
    let item = one(unit.tx, action).await?;
    Ok(Written { item, version })
}

async fn require_owner(unit: &Unit<'_>, owner: Option<Id>) -> Result<()> {
    let mut errors = Vec::new();
    References::default()
        .add("owner_id", owner.map(|id| Reference::User(id.0)))
        .resolve(unit.tx, &mut errors)
        .await?;
    refuse_if_any(errors)
}

/// Changes an action; each field under its own right.
///
/// # Errors
/// `NotFound`, `Forbidden` naming the fields, `VersionMissing`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn change(
    system: &System,
    actor: &Actor,
    (car_id, id): (i64, i64),
    if_match: &IfMatch,
    draft: &Draft<CorrectiveActionPatch>,
) -> Result<Written<CorrectiveActionView>> {
    let input = (car_id, id, if_match.clone(), draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(change_in(unit, input))
        })
        .await
}

async fn change_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<CorrectiveActionPatch>)>,
) -> Result<Written<CorrectiveActionView>> {
    let (car_id, id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    let before = find(unit.tx, *car_id, *id).await?;
    require_rights(&record, &before, draft.sent())?;
    if_match.demand(record.row.version)?;
    record.require_open()?;
    let patch = draft.check()?;
    // Whoever it belongs to already may have been disabled since.
    let new_owner = patch.owner_id.filter(|id| id.0 != before.owner_id);
    require_owner(&unit, new_owner).await?;
    let after = patched(&unit, &before, patch)?;
    let (old, new) = (content(&before), content(&after));
    if old != new {
        record.note_child(&path(*id), &old, &new)?;
        update(&unit, after).await?;
    }
    let version = record.save().await?;
    let item = one(unit.tx, find(unit.tx, *car_id, *id).await?).await?;
    Ok(Written { item, version })
}

/// The right that governs a field of a patch.
fn right_of(sent: &str) -> &'static str {
    match sent {
        "is_done" | "outcome" => field::CAR_ACTION_DONE,
        "is_verified" => field::CAR_ACTION_VERIFIED,
        _ => field::CAR_ACTIONS,
    }
}

/// 403, naming the fields as they were sent. Whoever owns an action may say that it is done.
fn require_rights(record: &Record<'_>, before: &car_action::Model, sent: &[String]) -> Result<()> {
    let own = record.unit.actor.id == Some(before.owner_id);
    let rights = sent.iter().map(|name| right_of(name));
    let Err(Error::Forbidden { detail, fields }) = record.require_rights(rights, own) else {
        return record.unit.actor.may_write();
    };
    let known = |name: &&String| CorrectiveActionPatch::FIELDS.contains(&name.as_str());
    let named = sent.iter().filter(known).filter_map(|name| {
        let refused = fields.iter().find(|one| one.field == right_of(name))?;
        Some(FieldError {
            field: name.clone(),
            ..refused.clone()
        })
    });
    Err(Error::Forbidden {
        detail,
        fields: named.collect(),
    })
}

fn patched(
    unit: &Unit<'_>,
    before: &car_action::Model,
    patch: &CorrectiveActionPatch,
) -> Result<car_action::Model> {
    // Destructured whole: a new field does not compile until it has a place here.
    let CorrectiveActionPatch {
        kind,
        text,
        owner_id,
        due_at,
        outcome,
        is_done,
        is_verified,
    } = patch.clone();
    let mut row = before.clone();
    if let Some(kind) = kind {
        kind.word().clone_into(&mut row.kind);
    }
    if let Some(text) = text {
        row.content = text.0;
    }
    if let Some(owner) = owner_id {
        row.owner_id = owner.0;
    }
    if let Some(due) = due_at {
        row.due_at = due.map(|at| at.0);
    }
    if let Some(outcome) = outcome {
        row.outcome = outcome.map(|text| text.0);
    }
    let says_otherwise = (&row.kind, &row.content) != (&before.kind, &before.content);
    let is_done = is_done.unwrap_or(before.done_at.is_some() && !says_otherwise);
    settle_done(unit, &mut row, is_done)?;
    let is_verified = is_verified
        .unwrap_or(before.verified_at.is_some() && is_done && row.outcome == before.outcome);
    settle_verified(unit, &mut row, is_verified)?;
    Ok(row)
}

/// Done now, or not after all.
fn settle_done(unit: &Unit<'_>, row: &mut car_action::Model, is_done: bool) -> Result<()> {
    if !is_done {
        (row.done_at, row.done_by) = (None, None);
    } else if row.done_at.is_none() {
        row.done_at = Some(unit.now);
        row.done_by = Some(unit.actor.user_id()?);
    }
    Ok(())
}

/// Verified by somebody else than who did it, or not after all.
fn settle_verified(unit: &Unit<'_>, row: &mut car_action::Model, is_verified: bool) -> Result<()> {
    if !is_verified {
        (row.verified_at, row.verified_by) = (None, None);
        return Ok(());
    }
    let unmet = |message: &str| {
        Err(Error::Invalid(vec![FieldError::unmet(
            "is_verified",
            message,
        )]))
    };
    if row.done_at.is_none() {
        return unmet("what is not done cannot be verified");
    }
    if row.verified_at.is_none() {
        if row.done_by == unit.actor.id {
            return unmet("an action is verified by somebody else than who did it");
        }
        row.verified_at = Some(unit.now);
        row.verified_by = Some(unit.actor.user_id()?);
    }
    Ok(())
}

async fn update(unit: &Unit<'_>, row: car_action::Model) -> Result<()> {
    let mut set = row.into_active_model();
    set.kind.reset();
    set.content.reset();
    set.owner_id.reset();
    set.due_at.reset();
    set.outcome.reset();
    set.done_at.reset();
    set.done_by.reset();
    set.verified_at.reset();
    set.verified_by.reset();
    set.updated_at = Set(unit.now);
    set.updated_by = Set(unit.actor.user_id()?);
    set.update(unit.tx).await?;
    Ok(())
}

/// Takes an action back that is not done; the history keeps it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionMissing`, `VersionStale`, `WrongState`.
pub async fn remove(
    system: &System,
    actor: &Actor,
    (car_id, id): (i64, i64),
    if_match: &IfMatch,
) -> Result<i64> {
    let input = (car_id, id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(remove_in(unit, input))
        })
        .await
}

async fn remove_in(unit: Unit<'_>, input: Arc<(i64, i64, IfMatch)>) -> Result<i64> {
    let (car_id, id, if_match) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    let action = find(unit.tx, *car_id, *id).await?;
    record.require_right(field::CAR_ACTIONS)?;
    if_match.demand(record.row.version)?;
    record.require_open()?;
    if action.done_at.is_some() {
        let done = "the action is done; what was done is not taken back";
        return Err(Error::WrongState(done.to_owned()));
    }
    record.note(&path(action.id), &content(&action), &Json::Null)?;
    car_action::Entity::delete_by_id(action.id)
        .exec(unit.tx)
        .await?;
    record.save().await
}
