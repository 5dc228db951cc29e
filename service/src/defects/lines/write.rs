//! Adding, changing and removing disposition lines.

use std::sync::Arc;

use entity::disposition_line;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value as Json;

use super::forms::{LinePatch, LineView, NewLine};
use super::patch::{differ_in_proposal, engineer, named_as_sent, note_changes, patched, rights_of};
use super::progress::require_proposed;
use super::{content, evidence, find, path, people_of, split, view};
use crate::actor::Actor;
use crate::defects::children::{Names, require_room};
use crate::defects::record::{Moves, Record};
use crate::defects::{Written, approvals, proposal};
use crate::error::{Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::version::IfMatch;
use crate::words::{Authority, Disposition, LineStatus};

/// How many lines a record holds.
const MOST_LINES: u64 = 200;

/// Adds a line.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewLine>,
    key: Option<&Idempotency>,
) -> Result<Written<LineView>> {
    let input = (defect_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewLine>)>,
) -> Result<Written<LineView>> {
    let (defect_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    record.require_right(field::LINES)?;
    if_match.check(record.row.version)?;
    record.require_state([field::LINES])?;
    let new = draft.check()?;
    require_one_more(&unit, *defect_id).await?;
    let mut errors = Vec::new();
    let used = (new.concession_id.map(|id| id.0), new.disposition);
    proposal::require_concession(&record, used, new.quantity.0, &mut errors).await?;
    refuse_if_any(errors)?;
    let authority = new.authority.unwrap_or(Authority::Quality);
    let user = unit.actor.user_id()?;
    let line = disposition_line::ActiveModel {
        defect_id: Set(*defect_id),
        disposition: Set(new.disposition.word().to_owned()),
        quantity: Set(new.quantity.0),
        justification: Set(new.justification.0.clone()),
        instructions: Set(new.instructions.as_ref().map(|text| text.0.clone())),
        authority: Set(authority.word().to_owned()),
        engineered_by: Set(engineer(&unit.actor, authority)),
        concession_id: Set(new.concession_id.map(|id| id.0)),
        proposed_by: Set(Some(user)),
        status: Set(LineStatus::Proposed.word().to_owned()),
        created_at: Set(unit.now),
        created_by: Set(user),
        updated_at: Set(unit.now),
        updated_by: Set(user),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(&path(line.id), &Json::Null, &content(&line))?;
    record.beside.line_added(&line);
    approvals::end_round(&mut record).await?;
    approvals::ask(&mut record).await?;
    let version = record.save(Moves::Version).await?;
    written(&unit, line, version).await
}

/// Refuses one line more than a record holds.
async fn require_one_more(unit: &Unit<'_>, defect_id: i64) -> Result<()> {
    let (parent, room) = (
        disposition_line::Column::DefectId,
        (MOST_LINES, "disposition lines"),
    );
    require_room::<disposition_line::Entity>(unit.tx, parent, defect_id, room).await
}

/// Changes a line.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionMissing`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn change(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    line_id: i64,
    if_match: &IfMatch,
    draft: &Draft<LinePatch>,
) -> Result<Written<LineView>> {
    let input = (defect_id, line_id, if_match.clone(), draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(change_in(unit, input))
        })
        .await
}

async fn change_in(
    unit: Unit<'_>,
    input: Arc<(i64, i64, IfMatch, Draft<LinePatch>)>,
) -> Result<Written<LineView>> {
    let (defect_id, line_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    let before = find(unit.tx, *defect_id, *line_id).await?;
    let fields = rights_of(draft.sent());
    record
        .require_rights(fields.iter().copied())
        .map_err(|error| named_as_sent(error, draft.sent()))?;
    if_match.demand(record.row.version)?;
    record.require_state(fields.iter().copied())?;
    let patch = draft.check()?;
    let mut after = patched(&unit, &before, patch)?;
    let mut errors = Vec::new();
    evidence::complete(&unit, patch, &before, &mut after, &mut errors).await?;
    let rest = split::rest(patch, &mut after, &mut errors)?;
    if (after.concession_id, after.quantity) != (before.concession_id, before.quantity)
        || after.disposition != before.disposition
    {
        let used = (
            after.concession_id,
            Disposition::stored(&after.disposition)?,
        );
        proposal::require_concession(&record, used, after.quantity, &mut errors).await?;
    }
    refuse_if_any(errors)?;
    note_changes(&mut record, &before, &after)?;
    if after != before {
        after.updated_at = unit.now;
        save(&unit, &after).await?;
        record.beside.line_changed(&before, &after);
    }
    if let Some(rest) = rest {
        require_one_more(&unit, *defect_id).await?;
        split::add(&mut record, rest).await?;
    }
    if differ_in_proposal(&before, &after) {
        approvals::end_round(&mut record).await?;
        approvals::ask(&mut record).await?;
    }
    let version = record.save(Moves::Version).await?;
    written(&unit, after, version).await
}

/// Removes a line that is still proposed; answers the record's version afterwards.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionMissing`, `VersionStale`, `WrongState`.
pub async fn remove(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    line_id: i64,
    if_match: &IfMatch,
) -> Result<i64> {
    let input = (defect_id, line_id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(remove_in(unit, input))
        })
        .await
}

async fn remove_in(unit: Unit<'_>, input: Arc<(i64, i64, IfMatch)>) -> Result<i64> {
    let (defect_id, line_id, if_match) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    let line = find(unit.tx, *defect_id, *line_id).await?;
    record.require_right(field::LINES)?;
    if_match.demand(record.row.version)?;
    record.require_state([field::LINES])?;
    require_proposed(LineStatus::stored(&line.status)?)?;
    disposition_line::Entity::delete_many()
        .filter(disposition_line::Column::Id.eq(*line_id))
        .filter(disposition_line::Column::DefectId.eq(*defect_id))
        .exec(unit.tx)
        .await?;
    record.note(&path(line.id), &content(&line), &Json::Null)?;
    record.beside.line_removed(&line);
    approvals::end_round(&mut record).await?;
    approvals::ask(&mut record).await?;
    record.save(Moves::Version).await
}

async fn save(unit: &Unit<'_>, line: &disposition_line::Model) -> Result<()> {
    disposition_line::Entity::update_many()
        .set(disposition_line::ActiveModel {
            disposition: Set(line.disposition.clone()),
            quantity: Set(line.quantity),
            justification: Set(line.justification.clone()),
            instructions: Set(line.instructions.clone()),
            authority: Set(line.authority.clone()),
            engineered_by: Set(line.engineered_by),
            concession_id: Set(line.concession_id),
            proposed_by: Set(line.proposed_by),
            status: Set(line.status.clone()),
            rendered_unusable_by: Set(line.rendered_unusable_by),
            rendered_unusable_at: Set(line.rendered_unusable_at),
            return_number: Set(line.return_number.clone()),
            reinspection_result: Set(line.reinspection_result.clone()),
            updated_at: Set(line.updated_at),
            updated_by: Set(unit.actor.user_id()?),
            ..Default::default()
        })
        .filter(disposition_line::Column::Id.eq(line.id))
        .filter(disposition_line::Column::DefectId.eq(line.defect_id))
        .exec(unit.tx)
        .await?;
    Ok(())
}

async fn written(
    unit: &Unit<'_>,
    line: disposition_line::Model,
    version: i64,
) -> Result<Written<LineView>> {
    let names = Names::of(unit.tx, people_of(&line)).await?;
    Ok(Written {
        item: view(line, &names)?,
        version,
    })
}
