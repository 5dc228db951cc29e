//! Moving a request: one walk through the table in [`super::lifecycle`] for every move.

use std::sync::Arc;

use entity::corrective_action;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::guards::Facts;
use super::lifecycle::{CorrectiveMove, TRANSITIONS, Transition};
use super::record::Record;
use super::steps::{self, Steps};
use super::view::{CorrectiveView, view};
use super::{WHAT, causes, closure};
use crate::actor::Actor;
use crate::defects::transition::SignatureRequest;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::sign_in::proof::{LOOKS, Proof, overtaken};
use crate::system::{System, Unit};
use crate::value::Text;
use crate::version::IfMatch;
use crate::words::{CorrectiveStatus, Step};

crate::input! {
    /// A move of a corrective action request.
    pub struct CorrectiveMoveRequest {
        /// What is done.
        action: required CorrectiveMove,
        /// Why, where the move asks for it.
        reason: optional Text<2000>,
        /// The signature, where the move asks for it.
        signature: optional SignatureRequest,
    }
}

/// Moves a request.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid` with every unmet guard at once, and last
/// `SignatureRefused`.
pub async fn act(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<CorrectiveMoveRequest>,
    key: Option<&Idempotency>,
) -> Result<CorrectiveView> {
    for _ in 0..LOOKS {
        let proof = prove(system, actor, id, if_match, draft).await?;
        let input = (id, if_match.clone(), draft.clone(), proof);
        let done = system
            .change(actor, key, input, |unit, input| {
                Box::pin(act_in(unit, input))
            })
            .await;
        let noted = closure::note_refusal(system, actor, id);
        if let Some(view) = proof.settle(done, noted).await? {
            return Ok(view);
        }
    }
    Err(overtaken())
}

async fn prove(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<CorrectiveMoveRequest>,
) -> Result<Proof> {
    let signature = match draft.check() {
        Ok(CorrectiveMoveRequest {
            action,
            signature: Some(signature),
            ..
        }) if Transition::of(*action).needs_signature && !system.read_only => signature,
        _ => return Ok(Proof::NotAsked),
    };
    let db = system.db.reader();
    let Some(row) = corrective_action::Entity::find_by_id(id).one(db).await? else {
        return Ok(Proof::NotAsked);
    };
    let may = judge(db, actor, &row, if_match, draft).await;
    Proof::of(system, actor, &signature.password.0, may).await
}

type Input = (i64, IfMatch, Draft<CorrectiveMoveRequest>, Proof);

async fn act_in(unit: Unit<'_>, input: Arc<Input>) -> Result<CorrectiveView> {
    let (id, if_match, draft, proof) = &*input;
    let mut record = Record::load(&unit, *id).await?;
    let (transition, request) = judge(unit.tx, &unit.actor, &record.row, if_match, draft).await?;
    if transition.needs_signature {
        proof.demand()?;
    }
    record = record.because(request.reason.as_ref().map(|reason| reason.0.as_str()));
    if let Some(step) = transition.completes {
        complete(&mut record, step).await?;
    }
    match transition.to {
        CorrectiveStatus::D4 if transition.completes.is_none() => {
            back_to_causes(&mut record).await?;
        }
        to => record.go_to(to)?,
    }
    if let Some(signature) = &request.signature {
        closure::stamp(&mut record)?;
        closure::sign(&mut record, transition, signature.meaning).await?;
    }
    record.save().await?;
    view(unit.tx, *id).await
}

/// Puts who completed a step, and when, on it.
async fn complete(record: &mut Record<'_>, step: Step) -> Result<()> {
    let steps = Steps::of(record.unit.tx, record.row.id).await?;
    let before = steps.get(step)?;
    let mut after = before.clone();
    after.done_at = Some(record.unit.now);
    after.done_by = Some(record.unit.actor.user_id()?);
    steps::update(record, before, after).await
}

/// Back to D4: the steps from there on are to be completed again, and the causes, which were not the right ones, to be
/// verified again; what is written stays.
pub(super) async fn back_to_causes(record: &mut Record<'_>) -> Result<()> {
    let steps = Steps::of(record.unit.tx, record.row.id).await?;
    for step in Step::ALL.iter().filter(|step| **step >= Step::D4) {
        let before = steps.get(*step)?;
        let mut after = before.clone();
        (after.done_at, after.done_by) = (None, None);
        steps::update(record, before, after).await?;
    }
    causes::disprove(record).await?;
    record.go_to(CorrectiveStatus::D4)
}

/// Whether a move may be made now: role (403), version (412), state (409), guards and words (422), in this order.
async fn judge<'a>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    row: &corrective_action::Model,
    if_match: &IfMatch,
    draft: &'a Draft<CorrectiveMoveRequest>,
) -> Result<(&'static Transition, &'a CorrectiveMoveRequest)> {
    actor.may_write()?;
    let request = match draft.check() {
        Ok(request) => request,
        Err(error) => return Err(refuse_unread(actor, row, if_match, error)),
    };
    let transition = Transition::of(request.action);
    require_role(actor, transition)?;
    if_match.check(row.version)?;
    require_state(actor, row, transition)?;
    let facts = Facts::of(db, row, actor.id).await?;
    let mut errors = facts.unmet(transition);
    require_words(transition, request, &mut errors);
    refuse_if_any(errors)?;
    Ok((transition, request))
}

/// A request that could not be read is refused as such, after whoever may not move anything at all.
fn refuse_unread(
    actor: &Actor,
    row: &corrective_action::Model,
    if_match: &IfMatch,
    unread: Error,
) -> Error {
    let may = |transition: &Transition| actor.roles.has_any(transition.who);
    if !TRANSITIONS.iter().any(may) {
        return Error::forbidden(format!("your roles do not allow moving a {WHAT}"));
    }
    if_match.check(row.version).err().unwrap_or(unread)
}

/// 403: no role of the caller ever makes this move.
fn require_role(actor: &Actor, transition: &Transition) -> Result<()> {
    if actor.roles.has_any(transition.who) {
        return Ok(());
    }
    let who: Vec<_> = transition.who.iter().map(|role| role.word()).collect();
    Err(Error::forbidden(format!(
        "{} is for {}",
        transition.action,
        who.join(", ")
    )))
}

/// 409: the move does not begin where the request stands.
fn require_state(
    actor: &Actor,
    row: &corrective_action::Model,
    transition: &Transition,
) -> Result<()> {
    let status = CorrectiveStatus::stored(&row.status)?;
    if transition.from.contains(&status) {
        return Ok(());
    }
    let from: Vec<_> = transition.from.iter().map(|status| status.word()).collect();
    let now: Vec<_> = TRANSITIONS
        .iter()
        .filter(|other| other.from.contains(&status) && actor.roles.has_any(other.who))
        .map(|other| other.action.word())
        .collect();
    let now = if now.is_empty() {
        "your roles do not move it from there".to_owned()
    } else {
        format!("from there your roles can {}", now.join(", "))
    };
    Err(Error::WrongState(format!(
        "{} begins in {}; the request is in {status}; {now}",
        transition.action,
        from.join(", "),
    )))
}

/// 422: the reason and the signature that the move asks for.
fn require_words(
    transition: &Transition,
    request: &CorrectiveMoveRequest,
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
