//! Which votes a proposal waits for, and whether the caller may give one: for whoever shows a form to vote with.

use entity::defect;
use sea_orm::EntityTrait;

use super::of_this_round;
use crate::actor::Actor;
use crate::defects::WHAT;
use crate::defects::guards::lines_of;
use crate::defects::proposal::Proposal;
use crate::error::{Error, Result};
use crate::role::Role;
use crate::system::System;
use crate::words::Status;

/// What the approval rules ask of a record's proposal now, and what the caller has to do with it; nothing where the
/// record is not in `disposition`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WantedVotes {
    /// The votes, one for each role.
    pub votes: Vec<WantedVote>,
    /// Whether votes are signed.
    pub is_signed: bool,
    /// Whether the caller has voted in this round.
    pub has_voted: bool,
    /// Whether the caller wrote any of the proposal, and so does not vote on it.
    pub is_own: bool,
}

/// Why somebody whose roles vote does not vote now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoVote {
    /// He has voted in this round.
    Given,
    /// He wrote any of the proposal.
    Own,
}

impl WantedVotes {
    /// What keeps the caller from voting, besides his roles and the record's state.
    pub fn hindrance(&self) -> Option<NoVote> {
        match (self.has_voted, self.is_own) {
            (true, _) => Some(NoVote::Given),
            (_, true) => Some(NoVote::Own),
            (false, false) => None,
        }
    }
}

/// A vote that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedVote {
    /// Whose.
    pub role: Role,
    /// The approval rules that ask for it.
    pub rules: Vec<String>,
    /// Whether nobody has given it.
    pub is_missing: bool,
}

/// Which votes a record's proposal waits for.
///
/// # Errors
/// `NotFound`.
pub async fn wanted(system: &System, actor: &Actor, defect_id: i64) -> Result<WantedVotes> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = defect::Entity::find_by_id(defect_id).one(db).await?;
    let row = row.ok_or(Error::NotFound(WHAT))?;
    if Status::stored(&row.status)? != Status::Disposition {
        return Ok(WantedVotes::default());
    }
    let lines = lines_of(db, row.id).await?;
    let proposal = Proposal::load(db, system, &row, &lines).await?;
    let round = of_this_round(db, row.id).await?;
    let votes = proposal.wanted_votes().into_iter();
    Ok(WantedVotes {
        votes: votes
            .map(|(role, rules, is_missing)| WantedVote {
                role,
                rules,
                is_missing,
            })
            .collect(),
        is_signed: proposal.asked.signature,
        has_voted: round.iter().any(|vote| Some(vote.approver_id) == actor.id),
        is_own: lines.iter().any(|line| line.is_by(actor.id)),
    })
}
