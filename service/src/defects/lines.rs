//! Disposition lines: what becomes of how much of the material, why, and on whose authority.
//!
//! What and why are written while the disposition is open, the status while it is carried out, and the result of
//! the re-inspection in verification. Every change moves the record's version.

use std::sync::Arc;

use entity::disposition_line;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{Kind, Names, page, require_room};
use super::record::{Moves, Record};
use super::{ChildQuery, Written};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::{Draft, Input};
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::role::Role;
use crate::system::{System, Unit};
use crate::value::{Instant, LongText, Quantity};
use crate::version::IfMatch;
use crate::words::{Authority, Disposition, LineStatus, Reinspection};

crate::input! {
    /// A new disposition line.
    pub struct NewLine {
        /// What becomes of the material.
        disposition: required Disposition,
        /// Of how much.
        quantity: required Quantity,
        /// Why.
        justification: required LongText,
        /// What is to be done.
        instructions: optional LongText,
        /// On whose authority; `quality` unless said.
        authority: optional Authority,
    }
}

crate::choice! {
    /// What may be said of a line's progress; to what it was before, only actions set it.
    pub enum LineProgress {
        /// Somebody is at work on it.
        InExecution = "in_execution",
        /// It is carried out.
        Done = "done",
    }
}

crate::input! {
    /// What may be changed of a disposition line.
    pub struct LinePatch {
        /// What becomes of the material.
        disposition: change Disposition,
        /// Of how much.
        quantity: change Quantity,
        /// Why.
        justification: change LongText,
        /// What is to be done.
        instructions: clearable LongText,
        /// On whose authority.
        authority: change Authority,
        /// How far it has come: from approved to in_execution and done, or straight to done.
        status: change LineProgress,
        /// What inspection found after rework or repair.
        reinspection_result: change Reinspection,
    }
}

/// A disposition line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// Id.
    pub id: i64,
    /// What becomes of the material.
    pub disposition: Disposition,
    /// Of how much.
    #[schema(example = "7")]
    pub quantity: String,
    /// Why.
    pub justification: String,
    /// What is to be done.
    #[schema(required)]
    pub instructions: Option<String>,
    /// On whose authority.
    pub authority: Authority,
    /// The technical engineer who gave the authority of engineering.
    #[schema(required)]
    pub engineered_by: Option<PersonRef>,
    /// How far it has come.
    pub status: LineStatus,
    /// What inspection found after rework or repair.
    #[schema(required)]
    pub reinspection_result: Option<Reinspection>,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who added it.
    pub created_by: PersonRef,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// How many lines a record holds.
const MOST_LINES: u64 = 200;

/// What a missing line is called.
const WHAT_LINE: &str = "disposition line";

/// Lists a record's disposition lines.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<LineView>> {
    actor.may_read()?;
    let kind = Kind::<disposition_line::Entity> {
        name: "disposition-lines",
        id: disposition_line::Column::Id,
        parent: disposition_line::Column::DefectId,
        long: &[
            disposition_line::Column::Justification,
            disposition_line::Column::Instructions,
        ],
    };
    let page = page(system, defect_id, kind, draft, |line| line.id).await?;
    let people = page
        .items
        .iter()
        .flat_map(|line| [Some(line.created_by), line.engineered_by])
        .flatten();
    let names = Names::of(system.db.reader(), people).await?;
    page.try_map(|line| view(line, &names))
}

/// Reads a line.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<LineView> {
    actor.may_read()?;
    let db = system.db.reader();
    let line = find(db, defect_id, id).await?;
    let people = [Some(line.created_by), line.engineered_by];
    let names = Names::of(db, people.into_iter().flatten()).await?;
    view(line, &names)
}

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
    let room = (MOST_LINES, "disposition lines");
    require_room::<disposition_line::Entity>(
        unit.tx,
        disposition_line::Column::DefectId,
        *defect_id,
        room,
    )
    .await?;
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
    let version = record.save(Moves::Version).await?;
    written(&unit, line, version).await
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
    let mut after = patched(&unit, &before, draft.check()?)?;
    note_changes(&mut record, &before, &after)?;
    if after != before {
        after.updated_at = unit.now;
        save(&unit, &after).await?;
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
    if line.status != LineStatus::Proposed.word() {
        return Err(Error::WrongState(format!(
            "only proposed lines can be removed; this one is {}",
            line.status
        )));
    }
    disposition_line::Entity::delete_many()
        .filter(disposition_line::Column::Id.eq(*line_id))
        .filter(disposition_line::Column::DefectId.eq(*defect_id))
        .exec(unit.tx)
        .await?;
    record.note(&path(line.id), &content(&line), &Json::Null)?;
    record.save(Moves::Version).await
}

/// A line through its parent: under another record it is not found.
async fn find(
    db: &impl ConnectionTrait,
    defect_id: i64,
    line_id: i64,
) -> Result<disposition_line::Model> {
    disposition_line::Entity::find_by_id(line_id)
        .filter(disposition_line::Column::DefectId.eq(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT_LINE))
}

/// The right that governs a field of a patch.
fn right_of(sent: &str) -> &'static str {
    match sent {
        "status" => field::LINE_STATUS,
        "reinspection_result" => field::LINE_REINSPECTION,
        _ => field::LINES,
    }
}

/// A refusal that names the fields as they were sent, not the rows of the table that govern them.
fn named_as_sent(error: Error, sent: &[String]) -> Error {
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
fn rights_of(sent: &[String]) -> Vec<&'static str> {
    let mut rights: Vec<&'static str> = sent.iter().map(|name| right_of(name)).collect();
    rights.sort_unstable();
    rights.dedup();
    rights
}

fn patched(
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
        status,
        reinspection_result,
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
    // An engineer authorised that disposition of that quantity, so any of them changed by others asks anew.
    let changed = line.disposition != before.disposition
        || line.quantity != before.quantity
        || line.authority != before.authority;
    let given = engineer(&unit.actor, Authority::stored(&line.authority)?);
    if changed || (authority.is_some() && given.is_some()) {
        line.engineered_by = given;
    }
    if let Some(status) = status {
        line.status = next_status(before, status)?;
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

fn next_status(line: &disposition_line::Model, wanted: LineProgress) -> Result<String> {
    match (LineStatus::stored(&line.status)?, wanted) {
        (LineStatus::Approved | LineStatus::InExecution, _)
        | (LineStatus::Done, LineProgress::Done) => Ok(wanted.word().to_owned()),
        (now, _) => Err(Error::WrongState(format!(
            "a line goes from approved to in_execution and done; this one is {now}"
        ))),
    }
}

/// Whoever gives the authority of engineering, if he is a technical engineer.
fn engineer(actor: &Actor, authority: Authority) -> Option<i64> {
    actor
        .id
        .filter(|_| authority == Authority::Engineering && actor.roles.has(Role::TechEngineer))
}

fn note_changes(
    record: &mut Record<'_>,
    before: &disposition_line::Model,
    after: &disposition_line::Model,
) -> Result<()> {
    let (old, new) = (content(before), content(after));
    for name in [
        "disposition",
        "quantity",
        "justification",
        "instructions",
        "authority",
        "engineered_by",
        "status",
        "reinspection_result",
    ] {
        record.note(
            &format!("{}.{name}", path(before.id)),
            &old[name],
            &new[name],
        )?;
    }
    Ok(())
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
            status: Set(line.status.clone()),
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
    let people = [Some(line.created_by), line.engineered_by]
        .into_iter()
        .flatten();
    let names = Names::of(unit.tx, people).await?;
    Ok(Written {
        item: view(line, &names)?,
        version,
    })
}

fn view(line: disposition_line::Model, names: &Names) -> Result<LineView> {
    Ok(LineView {
        id: line.id,
        disposition: Disposition::stored(&line.disposition)?,
        quantity: Quantity::show(line.quantity),
        justification: line.justification,
        instructions: line.instructions,
        authority: Authority::stored(&line.authority)?,
        engineered_by: line.engineered_by.map(|id| names.person(id)),
        status: LineStatus::stored(&line.status)?,
        reinspection_result: line
            .reinspection_result
            .as_deref()
            .map(Reinspection::stored)
            .transpose()?,
        created_at: Instant::show(&line.created_at),
        created_by: names.person(line.created_by),
        updated_at: Instant::show(&line.updated_at),
    })
}

/// A line as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::LINES)
}

/// A line as history and signatures keep it.
pub(crate) fn content(line: &disposition_line::Model) -> Json {
    json!({
        "id": line.id,
        "disposition": line.disposition,
        "quantity": Quantity::show(line.quantity),
        "justification": line.justification,
        "instructions": line.instructions,
        "authority": line.authority,
        "engineered_by": line.engineered_by,
        "status": line.status,
        "reinspection_result": line.reinspection_result,
    })
}
