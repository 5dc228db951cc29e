//! Moving a record: one walk through the table in [`crate::lifecycle`] for every action.

use std::sync::Arc;

use entity::{defect, disposition_line};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::due;
use super::guards::Line;
use super::judge::{Judged, judge, require_taker};
use super::record::{Moves, Record, instant};
use super::view::{DefectView, view};
use super::{WHAT, approvals, close, proposal};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::lifecycle::{Action, Transition};
use crate::notice::{self, Event, Notice};
use crate::sign_in::proof::{LOOKS, Proof, overtaken};
use crate::system::{System, Unit};
use crate::value::{Secret, Text};
use crate::version::IfMatch;
use crate::words::{Disposition, LineStatus, Meaning, Status};

crate::input! {
    /// A signature: the signer's password again, and what the signature stands for.
    pub struct SignatureRequest {
        /// The signer's password.
        password: required Secret,
        /// What the signature stands for.
        meaning: required Meaning,
    }
}

crate::input! {
    /// An action on a record.
    pub struct TransitionRequest {
        /// What is done.
        action: required Action,
        /// Why, where the action asks for it.
        reason: optional Text<2000>,
        /// The signature, where the action asks for it.
        signature: optional SignatureRequest,
    }
}

/// Moves a record.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid` with every unmet guard at once, and last
/// `SignatureRefused`.
pub async fn act(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<TransitionRequest>,
    key: Option<&Idempotency>,
) -> Result<DefectView> {
    for _ in 0..LOOKS {
        let proof = prove(system, actor, id, if_match, draft).await?;
        let input = (id, if_match.clone(), draft.clone(), proof);
        let done = system
            .change(actor, key, input, |unit, input| {
                Box::pin(act_in(unit, input))
            })
            .await;
        if let Some(view) = proof
            .settle(done, close::note_refusal(system, actor, id))
            .await?
        {
            return Ok(view);
        }
    }
    Err(overtaken())
}

/// Refuses an action as [`act`] does, before a reason or a signature is asked for it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `WrongState`.
pub async fn may_act(system: &System, actor: &Actor, id: i64, action: Action) -> Result<()> {
    actor.may_read()?;
    let row = defect::Entity::find_by_id(id)
        .one(system.db.reader())
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    require_taker(actor, &row, Transition::of(action))
}

async fn prove(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<TransitionRequest>,
) -> Result<Proof> {
    let signature = match draft.check() {
        Ok(TransitionRequest {
            action,
            signature: Some(signature),
            ..
        }) if action.signed().is_some() && !system.read_only => signature,
        _ => return Ok(Proof::NotAsked),
    };
    let db = system.db.reader();
    let Some(row) = defect::Entity::find_by_id(id).one(db).await? else {
        return Ok(Proof::NotAsked);
    };
    let may = judge(db, system, actor, &row, if_match, draft).await;
    Proof::of(system, actor, &signature.password.0, may).await
}

type Input = (i64, IfMatch, Draft<TransitionRequest>, Proof);

async fn act_in(unit: Unit<'_>, input: Arc<Input>) -> Result<DefectView> {
    let (id, if_match, draft, proof) = &*input;
    let mut record = Record::load(&unit, *id).await?;
    if record.status == Status::Disposition {
        proposal::lock_concessions(&unit, *id).await?;
    }
    let Judged {
        transition,
        request,
        lines,
        is_signed,
    } = judge(
        unit.tx,
        &unit.system,
        &unit.actor,
        &record.row,
        if_match,
        draft,
    )
    .await?;
    if is_signed {
        proof.demand()?;
    }
    record = record.because(request.reason.as_ref().map(|reason| reason.0.as_str()));
    if record.status == Status::Disposition {
        approvals::end_round(&mut record).await?;
    }
    let before = record.status;
    let lines = move_lines(&mut record, transition, lines).await?;
    move_record(&mut record, transition, &lines)?;
    due::follow(&mut record).await?;
    approvals::ask(&mut record).await?;
    let signed_version = record.row.version + 1;
    if let (Some(signature), Some(signed)) = (&request.signature, transition.action.signed()) {
        close::sign(&mut record, signed, signature.meaning, signed_version).await?;
    }
    notice::tell(&unit, told_of(&record.row, transition, before)).await?;
    let version = record.save(Moves::Version).await?;
    debug_assert_eq!(version, signed_version);
    view(unit.tx, &unit.system, &unit.actor, *id).await
}

/// What others are told of a move.
fn told_of(row: &defect::Model, transition: &Transition, before: Status) -> Vec<Notice> {
    let event = match transition.action {
        Action::Close => Event::Closed,
        Action::Reopen => Event::Reopened,
        Action::Void => Event::Void,
        _ => Event::Moved,
    };
    let about = |event| Notice::about(event, row).with("from", before);
    let signed = transition.needs_signature.then(|| about(Event::Signed));
    [about(event)].into_iter().chain(signed).collect()
}

/// What becomes of the lines: approved with the disposition, and back to proposed whenever it is decided anew.
async fn move_lines(
    record: &mut Record<'_>,
    transition: &Transition,
    lines: Vec<Line>,
) -> Result<Vec<Line>> {
    let mut moved = Vec::with_capacity(lines.len());
    for line in lines {
        let mut after = line.clone();
        if transition.action == Action::ApproveDisposition {
            let nothing_to_do = Disposition::stored(&line.disposition)?.needs_no_execution();
            let status = if nothing_to_do {
                LineStatus::Done
            } else {
                LineStatus::Approved
            };
            after.status = status.word().to_owned();
            after.decided_by = Some(record.unit.actor.user_id()?);
            after.decided_at = Some(record.unit.now);
        } else if transition.to == Status::Disposition && record.status != Status::Analysis {
            after.status = LineStatus::Proposed.word().to_owned();
            after.reinspection_result = None;
            (after.decided_by, after.decided_at) = (None, None);
        }
        if after != line {
            update_line(record, &line, &after).await?;
        }
        moved.push(after);
    }
    Ok(moved)
}

async fn update_line(record: &mut Record<'_>, before: &Line, after: &Line) -> Result<()> {
    let field = |name: &str| format!("disposition_lines/{}.{name}", before.id);
    record.note(
        &field("decided_by"),
        &json!(before.decided_by),
        &json!(after.decided_by),
    )?;
    record.note(
        &field("decided_at"),
        &instant(before.decided_at),
        &instant(after.decided_at),
    )?;
    record.note(
        &field("status"),
        &json!(before.status),
        &json!(after.status),
    )?;
    record.note(
        &field("reinspection_result"),
        &json!(before.reinspection_result),
        &json!(after.reinspection_result),
    )?;
    disposition_line::Entity::update_many()
        .set(disposition_line::ActiveModel {
            status: Set(after.status.clone()),
            reinspection_result: Set(after.reinspection_result.clone()),
            decided_by: Set(after.decided_by),
            decided_at: Set(after.decided_at),
            updated_at: Set(record.unit.now),
            updated_by: Set(record.unit.actor.user_id()?),
            ..Default::default()
        })
        .filter(disposition_line::Column::Id.eq(before.id))
        .filter(disposition_line::Column::DefectId.eq(record.row.id))
        .exec(record.unit.tx)
        .await?;
    Ok(())
}

fn move_record(record: &mut Record<'_>, transition: &Transition, lines: &[Line]) -> Result<()> {
    let to = match transition.action {
        Action::ApproveDisposition
            if lines
                .iter()
                .all(|line| line.status == LineStatus::Done.word()) =>
        {
            Status::Verification
        }
        _ => transition.to,
    };
    let before = record.status;
    record.note("status", &json!(before), &json!(to))?;
    record.status = to;
    record.row.status = to.word().to_owned();
    record.set.status = Set(record.row.status.clone());
    match transition.action {
        Action::Close => close::stamp(record),
        Action::Reopen => close::unstamp(record),
        _ => Ok(()),
    }
}
