//! Whether an action may be taken now: role (403), version (412), state (409), guards and words (422), in this order.
//!
//! Where an action is signed this is asked twice: before the password is looked at, so that only a password can be
//! wrong by then, and again in the transaction that acts.

use entity::defect;
use sea_orm::ConnectionTrait;

use super::guards::{Facts, Line, has_labor, lines_of, open_request};
use super::proposal::Proposal;
use super::transition::TransitionRequest;
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::input::Draft;
use crate::lifecycle::{REPORTERS, TRANSITIONS, Transition};
use crate::system::System;
use crate::version::IfMatch;
use crate::words::Status;

/// An action that may be taken.
pub(super) struct Judged<'a> {
    pub(super) transition: &'static Transition,
    pub(super) request: &'a TransitionRequest,
    /// The record's disposition lines.
    pub(super) lines: Vec<Line>,
    /// Whether it is signed.
    pub(super) is_signed: bool,
}

/// Judges a request; all but the password of its signature.
pub(super) async fn judge<'a>(
    db: &impl ConnectionTrait,
    system: &System,
    actor: &Actor,
    row: &defect::Model,
    if_match: &IfMatch,
    draft: &'a Draft<TransitionRequest>,
) -> Result<Judged<'a>> {
    actor.may_write()?;
    let Ok(request) = draft.check() else {
        return Err(refuse_unread(actor, row, if_match, draft));
    };
    let transition = Transition::of(request.action);
    require_role(actor, row, transition)?;
    if_match.check(row.version)?;
    require_state(actor, row, transition)?;
    let lines = lines_of(db, row.id).await?;
    let proposal = match transition.signed_by_rule {
        true => Proposal::load(db, system, row, &lines).await?,
        false => Proposal::default(),
    };
    let facts = Facts {
        row,
        lines: &lines,
        has_labor: has_labor(db, row.id).await?,
        open_request: open_request(db, row).await?,
        proposal: &proposal,
        actor: actor.id,
    };
    let is_signed = transition.needs_signature || proposal.asked.signature;
    let mut errors = facts.unmet(transition.guards)?;
    require_words(transition, request, is_signed, &mut errors);
    refuse_if_any(errors)?;
    Ok(Judged {
        transition,
        request,
        lines,
        is_signed,
    })
}

/// A request that could not be read is refused as such, after whoever may not act at all.
fn refuse_unread(
    actor: &Actor,
    row: &defect::Model,
    if_match: &IfMatch,
    draft: &Draft<TransitionRequest>,
) -> Error {
    let may_something = TRANSITIONS
        .iter()
        .any(|transition| actor.roles.has_any(transition.who));
    if !may_something && !actor.roles.has_any(REPORTERS) {
        return Error::forbidden("your roles do not allow moving a record");
    }
    if let Err(stale) = if_match.check(row.version) {
        return stale;
    }
    match draft.check() {
        Err(error) => error,
        Ok(_) => Error::internal("a readable request was refused as unreadable"),
    }
}

fn is_own(actor: &Actor, row: &defect::Model) -> bool {
    actor.id == Some(row.reported_by)
}

/// Whether the actor takes this action as somebody who reported the record himself.
fn as_reporter(transition: &Transition, actor: &Actor, own: bool) -> bool {
    transition.reporter_while_reported && own && actor.roles.has_any(REPORTERS)
}

/// Whether an action begins in this state, for this actor.
pub(super) fn may_take(transition: &Transition, actor: &Actor, status: Status, own: bool) -> bool {
    let by_role = actor.roles.has_any(transition.who) && transition.from.contains(&status);
    let as_reporter = status == Status::Reported && as_reporter(transition, actor, own);
    actor.may_write().is_ok() && (by_role || as_reporter)
}

/// Refuses an action for which nothing is filled in yet: 403 and 409.
pub(super) fn require_taker(
    actor: &Actor,
    row: &defect::Model,
    transition: &Transition,
) -> Result<()> {
    actor.may_write()?;
    require_role(actor, row, transition)?;
    require_state(actor, row, transition)
}

/// 403: no role of the caller ever takes this action (on a record of somebody else).
fn require_role(actor: &Actor, row: &defect::Model, transition: &Transition) -> Result<()> {
    if actor.roles.has_any(transition.who) || as_reporter(transition, actor, is_own(actor, row)) {
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
fn require_state(actor: &Actor, row: &defect::Model, transition: &Transition) -> Result<()> {
    let status = Status::stored(&row.status)?;
    let own = is_own(actor, row);
    if may_take(transition, actor, status, own) {
        return Ok(());
    }
    let from: Vec<_> = transition.from.iter().map(|status| status.word()).collect();
    let now: Vec<_> = TRANSITIONS
        .iter()
        .filter(|other| may_take(other, actor, status, own))
        .map(|other| other.action.word())
        .collect();
    let now = if now.is_empty() {
        "your roles do not move it from there".to_owned()
    } else {
        format!("from there your roles can {}", now.join(", "))
    };
    Err(Error::WrongState(format!(
        "{} begins in {}; the record is in state {status}; {now}",
        transition.action,
        from.join(", "),
    )))
}

/// 422: the reason and the signature that the action asks for.
fn require_words(
    transition: &Transition,
    request: &TransitionRequest,
    is_signed: bool,
    errors: &mut Vec<FieldError>,
) {
    if transition.needs_reason && request.reason.is_none() {
        errors.push(FieldError::new("reason", "required", "say why"));
    }
    if is_signed && request.signature.is_none() {
        let message = "is required: your password again and a meaning";
        errors.push(FieldError::new("signature", "required", message));
    }
    if !is_signed && request.signature.is_some() {
        let here = if transition.signed_by_rule {
            " unless an approval rule asks for it"
        } else {
            ""
        };
        let message = format!(
            "{} is not signed{here}; leave the signature out",
            transition.action
        );
        errors.push(FieldError::new("signature", "unexpected", message));
    }
}
