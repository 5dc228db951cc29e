//! Moving a record: one walk through the table in [`crate::lifecycle`] for every action.

use std::sync::Arc;

use entity::{defect, disposition_line};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::close;
use super::judge::{Judged, judge};
use super::record::{Moves, Record};
use super::view::{DefectView, view};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::lifecycle::{Action, Transition};
use crate::sign_in;
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
        match (done, proof) {
            // What kept the action from being taken has gone since the look; now the password counts.
            (Err(Error::SignatureRefused), Proof::NotAsked) => {}
            (Err(Error::SignatureRefused), _) => {
                close::note_refusal(system, actor, id).await?;
                return Err(Error::SignatureRefused);
            }
            (done, _) => return done,
        }
    }
    let changing = "the record changed each time between the look and the signature";
    let changing = DbErr::Custom(changing.to_owned());
    Err(Error::Database(db::Error::Contention(changing)))
}

/// How often a record is looked at before its signature is given up.
const LOOKS: u32 = 3;

/// What is known of a signature's password.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Not looked at: the action is not signed, or something else kept it from being taken.
    NotAsked,
    Right,
    Wrong,
}

/// Checks the password of a signature before the transaction begins, because hashing takes long; and only where
/// nothing else is wrong, because a wrong password is told last and counts toward the pause of the signer.
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
        }) if Transition::of(*action).needs_signature && !system.read_only => signature,
        _ => return Ok(Proof::NotAsked),
    };
    let db = system.db.reader();
    let Some(row) = defect::Entity::find_by_id(id).one(db).await? else {
        return Ok(Proof::NotAsked);
    };
    match judge(db, actor, &row, if_match, draft).await {
        Ok(_) if sign_in::confirm(system, actor, &signature.password.0).await? => Ok(Proof::Right),
        Ok(_) => Ok(Proof::Wrong),
        Err(error @ (Error::Database(_) | Error::Internal(_))) => Err(error),
        // The transaction says it, unless the request was answered before and is only repeated.
        Err(_) => Ok(Proof::NotAsked),
    }
}

type Input = (i64, IfMatch, Draft<TransitionRequest>, Proof);

async fn act_in(unit: Unit<'_>, input: Arc<Input>) -> Result<DefectView> {
    let (id, if_match, draft, proof) = &*input;
    let mut record = Record::load(&unit, *id).await?;
    let Judged {
        transition,
        request,
        lines,
    } = judge(unit.tx, &unit.actor, &record.row, if_match, draft).await?;
    if transition.needs_signature && *proof != Proof::Right {
        return Err(Error::SignatureRefused);
    }
    record = record.because(request.reason.as_ref().map(|reason| reason.0.as_str()));
    let lines = move_lines(&mut record, transition, lines).await?;
    move_record(&mut record, transition, &lines)?;
    let signature = match &request.signature {
        Some(signature) => close::sign(&mut record, transition, signature.meaning, &lines).await?,
        None => None,
    };
    let version = record.save(Moves::Version).await?;
    debug_assert!(signature.is_none_or(|signed| signed == version));
    view(unit.tx, &unit.system, &unit.actor, *id).await
}

/// What becomes of the lines: approved with the disposition, and back to proposed whenever it is decided anew.
async fn move_lines(
    record: &mut Record<'_>,
    transition: &Transition,
    lines: Vec<disposition_line::Model>,
) -> Result<Vec<disposition_line::Model>> {
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
        } else if transition.to == Status::Disposition && record.status != Status::Analysis {
            after.status = LineStatus::Proposed.word().to_owned();
            after.reinspection_result = None;
        }
        if after != line {
            update_line(record, &line, &mut after).await?;
        }
        moved.push(after);
    }
    Ok(moved)
}

async fn update_line(
    record: &mut Record<'_>,
    before: &disposition_line::Model,
    after: &mut disposition_line::Model,
) -> Result<()> {
    let field = |name: &str| format!("disposition_lines/{}.{name}", before.id);
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
    after.updated_at = record.unit.now;
    after.updated_by = record.unit.actor.user_id()?;
    disposition_line::Entity::update_many()
        .set(disposition_line::ActiveModel {
            status: Set(after.status.clone()),
            reinspection_result: Set(after.reinspection_result.clone()),
            updated_at: Set(after.updated_at),
            updated_by: Set(after.updated_by),
            ..Default::default()
        })
        .filter(disposition_line::Column::Id.eq(before.id))
        .filter(disposition_line::Column::DefectId.eq(before.defect_id))
        .exec(record.unit.tx)
        .await?;
    Ok(())
}

fn move_record(
    record: &mut Record<'_>,
    transition: &Transition,
    lines: &[disposition_line::Model],
) -> Result<()> {
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
