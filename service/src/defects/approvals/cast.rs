//! Casting a vote: who may (403), on which version (412), in which state (409), on what (422), and last the password of
//! its signature (403). A vote for the proposal stands beside the record and does not move its version, so that two who
//! have looked at the same proposal may vote at the same moment; a vote against it sends the record back.

use std::sync::Arc;

use entity::{approval, defect};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Value as Json, json};

use super::{ApprovalView, content, end_round, of_this_round, path, view};
use crate::actor::Actor;
use crate::approval_rule::{VOTERS, words};
use crate::defects::children::{Names, require_room};
use crate::defects::guards::{Facts, Line, lines_of};
use crate::defects::proposal::Proposal;
use crate::defects::record::{Moves, Record};
use crate::defects::transition::SignatureRequest;
use crate::defects::{Written, close, due};
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::lifecycle::Guard;
use crate::notice::{self, Event, Notice};
use crate::role::Role;
use crate::sign_in::proof::{LOOKS, Proof, overtaken};
use crate::system::{System, Unit};
use crate::value::Text;
use crate::version::IfMatch;
use crate::words::{Decision, GoesBackTo, Meaning, Signed, Status};

crate::input! {
    /// A vote on what is to become of the material.
    pub struct NewApproval {
        /// Whether it is to become so.
        decision: required Decision,
        /// Why; needed for a rejection.
        reason: optional Text<2000>,
        /// Where a rejected record goes: back to `analysis`, or to be proposed anew in `disposition`; `analysis` unless said.
        goes_back_to: optional GoesBackTo,
        /// The signature, where an approval rule asks for it.
        signature: optional SignatureRequest,
    }
}

/// How many votes a record holds.
const MOST_VOTES: u64 = 1_000;

/// Votes.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` (also where the caller has voted in this round), `Invalid` with
/// all that is wrong, and last `SignatureRefused`.
pub async fn cast(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewApproval>,
    key: Option<&Idempotency>,
) -> Result<Written<ApprovalView>> {
    for _ in 0..LOOKS {
        let proof = prove(system, actor, defect_id, if_match, draft).await?;
        let input = (defect_id, if_match.clone(), draft.clone(), proof);
        let done = system
            .change(actor, key, input, |unit, input| {
                Box::pin(cast_in(unit, input))
            })
            .await;
        if let Some(written) = proof
            .settle(done, close::note_refusal(system, actor, defect_id))
            .await?
        {
            return Ok(written);
        }
    }
    Err(overtaken())
}

async fn prove(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewApproval>,
) -> Result<Proof> {
    let signature = match draft.check() {
        Ok(NewApproval {
            signature: Some(signature),
            ..
        }) if !system.read_only => signature,
        _ => return Ok(Proof::NotAsked),
    };
    let db = system.db.reader();
    let Some(row) = defect::Entity::find_by_id(id).one(db).await? else {
        return Ok(Proof::NotAsked);
    };
    let may = judge(db, system, actor, &row, if_match, draft).await;
    Proof::of(system, actor, &signature.password.0, may).await
}

/// A vote that may be cast.
struct Judged<'a> {
    new: &'a NewApproval,
    round: i64,
    roles: Vec<Role>,
}

/// Judges a vote; all but the password of its signature.
async fn judge<'a>(
    db: &impl ConnectionTrait,
    system: &System,
    actor: &Actor,
    row: &defect::Model,
    if_match: &IfMatch,
    draft: &'a Draft<NewApproval>,
) -> Result<Judged<'a>> {
    actor.require(VOTERS, "vote on a disposition")?;
    if_match.check(row.version)?;
    let status = Status::stored(&row.status)?;
    if status != Status::Disposition {
        return Err(Error::WrongState(format!(
            "votes are cast in {}; the record is in state {status}",
            Status::Disposition
        )));
    }
    let round = round_for(db, actor, row.id).await?;
    let new = draft.check()?;
    let lines = lines_of(db, row.id).await?;
    let proposal = Proposal::load(db, system, row, &lines).await?;
    let facts = Facts {
        row,
        lines: &lines,
        has_labor: false,
        open_request: None,
        actor: actor.id,
        proposal: &proposal,
    };
    let mut errors = match new.decision {
        Decision::Approve => facts.unmet(&[Guard::LinesAddUp])?,
        Decision::Reject if lines.is_empty() => {
            vec![FieldError::unmet(
                "disposition_lines",
                "nothing is proposed",
            )]
        }
        Decision::Reject => Vec::new(),
    };
    refuse_own(actor, &lines, &mut errors);
    require_words(new, proposal.asked.signature, &mut errors);
    refuse_if_any(errors)?;
    let roles = VOTERS.iter().copied();
    Ok(Judged {
        new,
        round,
        roles: roles.filter(|role| actor.roles.has(*role)).collect(),
    })
}

/// The round in which the caller may vote; 409 where he has.
async fn round_for(db: &impl ConnectionTrait, actor: &Actor, defect_id: i64) -> Result<i64> {
    let standing = of_this_round(db, defect_id).await?;
    if standing
        .iter()
        .any(|vote| Some(vote.approver_id) == actor.id)
    {
        let told = "you have voted on this proposal; you may again when it has changed";
        return Err(Error::WrongState(told.to_owned()));
    }
    if let Some(vote) = standing.first() {
        return Ok(vote.round);
    }
    let last = approval::Entity::find()
        .filter(approval::Column::DefectId.eq(defect_id))
        .order_by_desc(approval::Column::Id)
        .one(db)
        .await?;
    Ok(last.map_or(1, |vote| vote.round + 1))
}

/// Nobody votes on his own proposal.
fn refuse_own(actor: &Actor, lines: &[Line], errors: &mut Vec<FieldError>) {
    for line in lines.iter().filter(|line| line.is_by(actor.id)) {
        errors.push(FieldError::unmet(
            format!("disposition_lines[{}].proposed_by", line.id),
            "you wrote this line; somebody else votes on it",
        ));
    }
}

fn require_words(new: &NewApproval, is_signed: bool, errors: &mut Vec<FieldError>) {
    let rejects = new.decision == Decision::Reject;
    if rejects && new.reason.is_none() {
        errors.push(FieldError::new("reason", "required", "say why"));
    }
    if !rejects && new.goes_back_to.is_some() {
        let message = "only a rejected record goes back; leave it out";
        errors.push(FieldError::new("goes_back_to", "unexpected", message));
    }
    match (&new.signature, is_signed) {
        (None, true) => {
            let message = "is required by an approval rule: your password again and a meaning";
            errors.push(FieldError::new("signature", "required", message));
        }
        (Some(_), false) => {
            let message = "no approval rule asks for a signature; leave it out";
            errors.push(FieldError::new("signature", "unexpected", message));
        }
        _ => {}
    }
}

type Input = (i64, IfMatch, Draft<NewApproval>, Proof);

async fn cast_in(unit: Unit<'_>, input: Arc<Input>) -> Result<Written<ApprovalView>> {
    let (id, if_match, draft, proof) = &*input;
    let mut record = Record::load(&unit, *id).await?;
    let Judged { new, round, roles } = judge(
        unit.tx,
        &unit.system,
        &unit.actor,
        &record.row,
        if_match,
        draft,
    )
    .await?;
    if new.signature.is_some() {
        proof.demand()?;
    }
    let room = (MOST_VOTES, "votes");
    require_room::<approval::Entity>(unit.tx, approval::Column::DefectId, *id, room).await?;
    record = record.because(new.reason.as_ref().map(|reason| reason.0.as_str()));
    let rejects = new.decision == Decision::Reject;
    let meaning = new.signature.as_ref().map(|signature| signature.meaning);
    let signature_id = signed(&mut record, meaning, rejects).await?;
    let vote = approval::ActiveModel {
        defect_id: Set(*id),
        round: Set(round),
        approver_id: Set(unit.actor.user_id()?),
        roles: Set(words(&roles)),
        decision: Set(new.decision.word().to_owned()),
        reason: Set(new.reason.as_ref().map(|reason| reason.0.clone())),
        signature_id: Set(signature_id),
        voted_at: Set(unit.now),
        ..Default::default()
    };
    let mut vote = vote.insert(unit.tx).await?;
    record.note(&path(vote.id), &Json::Null, &content(&vote))?;
    let moves = if rejects {
        end_round(&mut record).await?;
        vote.ended_at = Some(unit.now);
        send_back(&mut record, new.goes_back_to).await?;
        Moves::Version
    } else {
        Moves::Nothing
    };
    let version = record.save(moves).await?;
    let names = Names::of(unit.tx, [vote.approver_id]).await?;
    Ok(Written {
        item: view(vote, &names)?,
        version,
    })
}

/// The signature under a vote, where it has one.
async fn signed(
    record: &mut Record<'_>,
    meaning: Option<Meaning>,
    moves: bool,
) -> Result<Option<i64>> {
    let Some(meaning) = meaning else {
        return Ok(None);
    };
    let version = record.row.version + i64::from(moves);
    let id = close::sign(record, Signed::Vote, meaning, version).await?;
    Ok(Some(id))
}

/// A rejected record goes back to where it is said.
async fn send_back(record: &mut Record<'_>, to: Option<GoesBackTo>) -> Result<()> {
    if to == Some(GoesBackTo::Disposition) {
        return Ok(());
    }
    let (from, to) = (record.status, Status::Analysis);
    record.note("status", &json!(from), &json!(to))?;
    record.status = to;
    record.row.status = to.word().to_owned();
    record.set.status = Set(record.row.status.clone());
    due::follow(record).await?;
    let moved = Notice::about(Event::Moved, &record.row).with("from", from);
    notice::tell(record.unit, vec![moved]).await
}
