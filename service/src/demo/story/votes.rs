//! Votes on what is to become of the material, as far as the rules of a new system ask for them.

use entity::approval;
use serde_json::{Value as Json, json};

use super::{Story, next};
use crate::approval_rule::{VOTERS, words, words_of};
use crate::defects::approvals;
use crate::defects::guards::Line;
use crate::defects::proposal::{Asked, Proposal, Vote};
use crate::error::Result;
use crate::rights::field;
use crate::value::Instant;
use crate::words::{Decision, Meaning, Severity, Signed};

impl Story<'_> {
    /// Whether anybody's vote is asked for.
    pub(in crate::demo) fn needs_votes(&self) -> Result<bool> {
        let lines: Vec<Line> = self.lines.iter().map(Line::from).collect();
        Ok(!self.asked(&lines)?.is_nothing())
    }

    /// Somebody votes for the proposal, signed.
    pub(in crate::demo) fn vote(&mut self) -> Result<()> {
        self.require(field::APPROVALS)?;
        let roles: Vec<_> = VOTERS
            .iter()
            .copied()
            .filter(|role| self.roles.has(*role))
            .collect();
        let signature = self.sign(Signed::Vote, Meaning::Approval, self.row.version)?;
        let is_over = |vote: &approval::Model| vote.ended_at.is_some();
        let last = self.approvals.last();
        let vote = approval::Model {
            id: next(&mut self.ids.approval),
            defect_id: self.row.id,
            round: last.map_or(1, |vote| vote.round + i64::from(is_over(vote))),
            approver_id: self.author.id.unwrap_or_default(),
            roles: words(&roles),
            decision: Decision::Approve.word().to_owned(),
            reason: None,
            signature_id: Some(signature),
            voted_at: self.author.at,
            ended_at: None,
        };
        let content = approvals::content(&vote);
        self.note(&approvals::path(vote.id), &Json::Null, &content)?;
        self.approvals.push(vote);
        self.added();
        Ok(())
    }

    pub(super) fn end_round(&mut self) -> Result<()> {
        let at = self.author.at;
        for place in 0..self.approvals.len() {
            if self.approvals[place].ended_at.is_some() {
                continue;
            }
            self.approvals[place].ended_at = Some(at);
            let path = format!("{}.ended_at", approvals::path(self.approvals[place].id));
            self.note(&path, &Json::Null, &json!(Instant::show(&at)))?;
        }
        Ok(())
    }

    pub(super) fn proposal(&self, lines: &[Line]) -> Result<Proposal> {
        let standing = self.approvals.iter();
        let standing = standing.filter(|vote| vote.ended_at.is_none());
        let votes = standing.map(|vote| {
            Ok(Vote {
                approver: vote.approver_id,
                roles: words_of(&vote.roles)?.into_iter().collect(),
                is_signed: vote.signature_id.is_some(),
            })
        });
        Ok(Proposal::told(
            self.asked(lines)?,
            votes.collect::<Result<_>>()?,
        ))
    }

    fn asked(&self, lines: &[Line]) -> Result<Asked> {
        let severity = self.row.severity.as_deref();
        let severity = severity.map(Severity::stored).transpose()?;
        Asked::of(self.stage.rules, severity, lines, None)
    }
}
