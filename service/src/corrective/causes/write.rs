//! Adding, changing and taking back root causes.

use std::sync::Arc;

use entity::car_cause;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde_json::{Value as Json, json};

use super::{NewRootCause, RootCausePatch, RootCauseView, content, find, one, path};
use crate::actor::Actor;
use crate::code;
use crate::corrective::MOST_CHILDREN;
use crate::corrective::record::Record;
use crate::defects::Written;
use crate::defects::children::require_room;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Code, List, Text};
use crate::version::IfMatch;
use crate::words::{CodeList, RootCauseKind};

/// Adds a root cause.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    car_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewRootCause>,
    key: Option<&Idempotency>,
) -> Result<Written<RootCauseView>> {
    let input = (car_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewRootCause>)>,
) -> Result<Written<RootCauseView>> {
    let (car_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    record.require_right(field::ROOT_CAUSES)?;
    if_match.check(record.row.version)?;
    record.require_open()?;
    let new = draft.check()?;
    let category = category(&unit, new.cause.as_ref()).await?;
    let row = car_cause::ActiveModel {
        kind: Set(new.kind.word().to_owned()),
        cause_id: Set(category),
        content: Set(new.text.0.clone()),
        whys: Set(new.whys.as_ref().map(stored)),
        from_supplier: Set(false),
        created_by: Set(Some(unit.actor.user_id()?)),
        updated_by: Set(unit.actor.id),
        ..Default::default()
    };
    let cause = insert(&mut record, row, new.cause.as_ref()).await?;
    let version = record.save().await?;
    let item = one(unit.tx, cause).await?;
    Ok(Written { item, version })
}

async fn insert(
    record: &mut Record<'_>,
    mut row: car_cause::ActiveModel,
    category: Option<&Code<40>>,
) -> Result<car_cause::Model> {
    let (unit, car_id) = (record.unit, record.row.id);
    let room = (MOST_CHILDREN, "root causes");
    require_room::<car_cause::Entity>(unit.tx, car_cause::Column::CarId, car_id, room).await?;
    row.car_id = Set(car_id);
    row.created_at = Set(unit.now);
    row.updated_at = Set(unit.now);
    let cause = row.insert(unit.tx).await?;
    let word = category.map(|code| code.0.as_str());
    record.note(&path(cause.id), &Json::Null, &content(&cause, word))?;
    Ok(cause)
}

/// Changes a root cause.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionMissing`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn change(
    system: &System,
    actor: &Actor,
    (car_id, id): (i64, i64),
    if_match: &IfMatch,
    draft: &Draft<RootCausePatch>,
) -> Result<Written<RootCauseView>> {
    let input = (car_id, id, if_match.clone(), draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(change_in(unit, input))
        })
        .await
}

async fn change_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<RootCausePatch>)>,
) -> Result<Written<RootCauseView>> {
    let (car_id, id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    let before = find(unit.tx, *car_id, *id).await?;
    record.require_right(field::ROOT_CAUSES)?;
    if_match.demand(record.row.version)?;
    record.require_open()?;
    let patch = draft.check()?;
    refuse_foreign_words(&before, patch)?;
    let old_word = code_of(&unit, before.cause_id).await?;
    let new_id = match &patch.cause {
        Some(code) => category(&unit, code.as_ref()).await?,
        None => before.cause_id,
    };
    let after = patched(&unit, &before, patch, new_id)?;
    let new_word = code_of(&unit, after.cause_id).await?;
    let (old, new) = (
        content(&before, old_word.as_deref()),
        content(&after, new_word.as_deref()),
    );
    if old != new {
        record.note_child(&path(*id), &old, &new)?;
        update(&unit, after.clone()).await?;
    }
    let version = record.save().await?;
    let item = one(unit.tx, find(unit.tx, *car_id, *id).await?).await?;
    Ok(Written { item, version })
}

/// Whether the plant may change the words of a cause: what the supplier wrote stays his.
pub fn may_reword(cause: &RootCauseView) -> bool {
    !cause.from_supplier
}

fn refuse_foreign_words(before: &car_cause::Model, patch: &RootCausePatch) -> Result<()> {
    let message = "these are the supplier's words; add a root cause of your own instead";
    let sent = [
        ("text", patch.text.is_some()),
        ("whys", patch.whys.is_some()),
    ];
    let refused = sent
        .into_iter()
        .filter(|(_, is_sent)| *is_sent && before.from_supplier)
        .map(|(field, _)| FieldError::new(field, "foreign", message));
    refuse_if_any(refused.collect())
}

fn patched(
    unit: &Unit<'_>,
    before: &car_cause::Model,
    patch: &RootCausePatch,
    category: Option<i64>,
) -> Result<car_cause::Model> {
    // Destructured whole: a new field does not compile until it has a place here.
    let RootCausePatch {
        kind,
        cause: _,
        text,
        whys,
        is_verified,
    } = patch.clone();
    let mut row = before.clone();
    row.cause_id = category;
    if let Some(kind) = kind {
        kind.word().clone_into(&mut row.kind);
    }
    if let Some(text) = text {
        row.content = text.0;
    }
    if let Some(whys) = whys {
        row.whys = whys.as_ref().map(stored);
    }
    let says_otherwise =
        (&row.kind, &row.content, &row.whys) != (&before.kind, &before.content, &before.whys);
    let is_verified = is_verified.unwrap_or(before.verified_at.is_some() && !says_otherwise);
    if !is_verified {
        (row.verified_at, row.verified_by) = (None, None);
    } else if row.verified_at.is_none() {
        row.verified_at = Some(unit.now);
        row.verified_by = Some(unit.actor.user_id()?);
    }
    Ok(row)
}

async fn update(unit: &Unit<'_>, row: car_cause::Model) -> Result<()> {
    let mut set = row.into_active_model();
    set.kind.reset();
    set.cause_id.reset();
    set.content.reset();
    set.whys.reset();
    set.verified_at.reset();
    set.verified_by.reset();
    set.updated_at = Set(unit.now);
    set.updated_by = Set(unit.actor.id);
    set.update(unit.tx).await?;
    Ok(())
}

/// Takes a root cause back; the history keeps it.
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
    let cause = find(unit.tx, *car_id, *id).await?;
    record.require_right(field::ROOT_CAUSES)?;
    if_match.demand(record.row.version)?;
    record.require_open()?;
    let word = code_of(&unit, cause.cause_id).await?;
    let gone = content(&cause, word.as_deref());
    record.note(&path(cause.id), &gone, &Json::Null)?;
    car_cause::Entity::delete_by_id(cause.id)
        .exec(unit.tx)
        .await?;
    record.save().await
}

/// What the supplier gives as the cause of a kind, in place of what he gave before; it is to be verified anew.
pub(in crate::corrective) async fn of_supplier(
    record: &mut Record<'_>,
    kind: RootCauseKind,
    text: &str,
) -> Result<()> {
    let unit = record.unit;
    let before = car_cause::Entity::find()
        .filter(car_cause::Column::CarId.eq(record.row.id))
        .filter(car_cause::Column::Kind.eq(kind.word()))
        .filter(car_cause::Column::FromSupplier.eq(true))
        .order_by_asc(car_cause::Column::Id)
        .one(unit.tx)
        .await?;
    let Some(before) = before else {
        let row = car_cause::ActiveModel {
            kind: Set(kind.word().to_owned()),
            cause_id: Set(None),
            content: Set(text.to_owned()),
            whys: Set(None),
            from_supplier: Set(true),
            ..Default::default()
        };
        insert(record, row, None).await?;
        return Ok(());
    };
    if before.content == text {
        return Ok(());
    }
    let mut after = before.clone();
    text.clone_into(&mut after.content);
    (after.verified_at, after.verified_by) = (None, None);
    let word = code_of(unit, before.cause_id).await?;
    let word = word.as_deref();
    record.note_child(
        &path(before.id),
        &content(&before, word),
        &content(&after, word),
    )?;
    update(unit, after).await
}

/// The causes that were verified have not held: each is to be verified anew.
pub(in crate::corrective) async fn disprove(record: &mut Record<'_>) -> Result<()> {
    let unit = record.unit;
    let verified = car_cause::Entity::find()
        .filter(car_cause::Column::CarId.eq(record.row.id))
        .filter(car_cause::Column::VerifiedAt.is_not_null())
        .order_by_asc(car_cause::Column::Id)
        .all(unit.tx)
        .await?;
    for before in verified {
        let mut after = before.clone();
        (after.verified_at, after.verified_by) = (None, None);
        // The word of its category stays, whatever it is.
        record.note_child(
            &path(before.id),
            &content(&before, None),
            &content(&after, None),
        )?;
        update(unit, after).await?;
    }
    Ok(())
}

fn stored(whys: &List<Text<2000>>) -> String {
    let whys: Vec<&str> = whys.0.iter().map(|why| why.0.as_str()).collect();
    json!(whys).to_string()
}

/// The id of a category.
async fn category(unit: &Unit<'_>, code: Option<&Code<40>>) -> Result<Option<i64>> {
    let Some(code) = code else {
        return Ok(None);
    };
    let mut errors = Vec::new();
    let id = code::find_active(unit.tx, CodeList::Cause, &code.0, "cause", &mut errors).await?;
    refuse_if_any(errors)?;
    Ok(id)
}

async fn code_of(unit: &Unit<'_>, id: Option<i64>) -> Result<Option<String>> {
    let Some(id) = id else {
        return Ok(None);
    };
    let mut words = code::words_of(unit.tx, [id]).await?;
    words
        .remove(&id)
        .map(Some)
        .ok_or_else(|| Error::internal(format!("there is no code {id}")))
}
