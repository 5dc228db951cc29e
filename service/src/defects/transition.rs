//! Moving a record: one walk through the table in [`crate::lifecycle`] for every action.

use std::sync::Arc;

use entity::disposition_line;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::close;
use super::guards::{Facts, has_labor, lines_of};
use super::record::{Moves, Record};
use super::view::{DefectView, view};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::lifecycle::{Action, REPORTERS, TRANSITIONS, Transition};
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
    let proven = prove(system, actor, draft).await?;
    let input = (id, if_match.clone(), draft.clone(), proven);
    let done = system
        .change(actor, key, input, |unit, input| {
            Box::pin(act_in(unit, input))
        })
        .await;
    if let Err(Error::SignatureRefused) = done {
        close::note_refusal(system, actor, id).await?;
    }
    done
}

/// Checks the password of a signature before the transaction begins: hashing takes long. What it says counts last.
async fn prove(system: &System, actor: &Actor, draft: &Draft<TransitionRequest>) -> Result<bool> {
    match draft.check() {
        Ok(TransitionRequest {
            action,
            signature: Some(signature),
            ..
        }) if Transition::of(*action).needs_signature
            && actor.roles.has_any(Transition::of(*action).who) =>
        {
            sign_in::confirm(system, actor, &signature.password.0).await
        }
        _ => Ok(false),
    }
}

type Input = (i64, IfMatch, Draft<TransitionRequest>, bool);

async fn act_in(unit: Unit<'_>, input: Arc<Input>) -> Result<DefectView> {
    let (id, if_match, draft, proven) = &*input;
    let mut record = Record::load(&unit, *id).await?;
    let Ok(request) = draft.check() else {
        return Err(refuse_unread(&record, if_match, draft));
    };
    let transition = Transition::of(request.action);
    require_role(&record, transition)?;
    if_match.check(record.row.version)?;
    require_state(&record, transition)?;
    let lines = lines_of(unit.tx, *id).await?;
    let facts = Facts {
        row: &record.row,
        lines: &lines,
        has_labor: has_labor(unit.tx, *id).await?,
        actor: unit.actor.id,
    };
    let mut errors = facts.unmet(transition.guards)?;
    require_words(transition, request, &mut errors);
    refuse_if_any(errors)?;
    if transition.needs_signature && !proven {
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

/// A request that could not be read is refused as such, after whoever may not act at all.
fn refuse_unread(
    record: &Record<'_>,
    if_match: &IfMatch,
    draft: &Draft<TransitionRequest>,
) -> Error {
    let roles = record.unit.actor.roles;
    let may_something = TRANSITIONS
        .iter()
        .any(|transition| roles.has_any(transition.who));
    if !may_something && !roles.has_any(REPORTERS) {
        return Error::forbidden("your roles do not allow moving a record");
    }
    if let Err(stale) = if_match.check(record.row.version) {
        return stale;
    }
    match draft.check() {
        Err(error) => error,
        Ok(_) => Error::internal("a readable request was refused as unreadable"),
    }
}

/// 403: no role of the caller ever takes this action (on a record of somebody else).
fn require_role(record: &Record<'_>, transition: &Transition) -> Result<()> {
    let actor = &record.unit.actor;
    let as_reporter =
        transition.reporter_while_reported && actor.roles.has_any(REPORTERS) && record.is_own();
    if actor.roles.has_any(transition.who) || as_reporter {
        return Ok(());
    }
    let who: Vec<_> = transition.who.iter().map(|role| role.word()).collect();
    let reporter = if transition.reporter_while_reported {
        ", and the reporter while the record is reported"
    } else {
        ""
    };
    Err(Error::forbidden(format!(
        "{} is for {}{reporter}",
        transition.action,
        who.join(", ")
    )))
}

/// 409: the action does not begin in the record's state.
fn require_state(record: &Record<'_>, transition: &Transition) -> Result<()> {
    let by_role = record.unit.actor.roles.has_any(transition.who);
    let begins = if by_role {
        transition.from.contains(&record.status)
    } else {
        record.status == Status::Reported
    };
    if begins {
        return Ok(());
    }
    let from: Vec<_> = transition.from.iter().map(|status| status.word()).collect();
    Err(Error::WrongState(format!(
        "{} begins in {}; the record is in state {}",
        transition.action,
        from.join(", "),
        record.status
    )))
}

/// 422: the reason and the signature that the action asks for.
fn require_words(
    transition: &Transition,
    request: &TransitionRequest,
    errors: &mut Vec<FieldError>,
) {
    if transition.needs_reason && request.reason.is_none() {
        errors.push(FieldError::new("reason", "required", "say why"));
    }
    if transition.needs_signature && request.signature.is_none() {
        let message = "is required: your password again and a meaning";
        errors.push(FieldError::new("signature", "required", message));
    }
    if !transition.needs_signature && request.signature.is_some() {
        let message = format!(
            "{} is not signed; leave the signature out",
            transition.action
        );
        errors.push(FieldError::new("signature", "unexpected", message));
    }
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
