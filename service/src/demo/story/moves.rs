//! How a record goes from state to state, signed where it must be.

use chrono::{DateTime, FixedOffset};
use entity::{disposition_line, signature};
use serde_json::{Value as Json, json};

use super::{Story, next};
use crate::defects::guards::{Facts, Line};
use crate::defects::proposal::Proposal;
use crate::defects::{content_hash, proposal_hash, signatures};
use crate::error::{Error, Result};
use crate::lifecycle::{Action, Transition};
use crate::value::Instant;
use crate::words::{Disposition, LineStatus, Meaning, Signed, Status};

impl Story<'_> {
    /// Takes an action: the table of transitions and its guards must allow it.
    pub(in crate::demo) fn take(&mut self, action: Action, reason: Option<&str>) -> Result<()> {
        let transition = Transition::of(action);
        let is_signed = self.require_transition(transition)?;
        self.trail.set_reason(reason);
        if self.status == Status::Disposition {
            self.end_round()?;
        }
        for place in 0..self.lines.len() {
            let mut after = self.lines[place].clone();
            if action == Action::ApproveDisposition {
                let disposition = Disposition::stored(&after.disposition)?;
                let status = if disposition.needs_no_execution() {
                    LineStatus::Done
                } else {
                    LineStatus::Approved
                };
                status.word().clone_into(&mut after.status);
                after.decided_by = self.author.id;
                after.decided_at = Some(self.author.at);
            } else if transition.to == Status::Disposition && self.status != Status::Analysis {
                LineStatus::Proposed.word().clone_into(&mut after.status);
                after.reinspection_result = None;
                (after.decided_by, after.decided_at) = (None, None);
            }
            self.change_line(place, after)?;
        }
        let done = |line: &disposition_line::Model| line.status == LineStatus::Done.word();
        let to = match action {
            Action::ApproveDisposition if self.lines.iter().all(done) => Status::Verification,
            _ => transition.to,
        };
        self.note("status", &json!(self.status), &json!(to))?;
        self.status = to;
        self.row.status = to.word().to_owned();
        if transition.needs_signature {
            self.close_or_reopen(action)?;
        }
        if let (true, Some(signed)) = (is_signed, action.signed()) {
            self.sign(signed, meaning(action), self.row.version + 1)?;
        }
        self.changed();
        self.trail.set_reason(None);
        Ok(())
    }

    /// Refuses what the tables do not allow; answers whether it is signed.
    fn require_transition(&self, transition: &Transition) -> Result<bool> {
        let own = self.author.id == Some(self.row.reported_by);
        let as_reporter =
            transition.reporter_while_reported && own && self.status == Status::Reported;
        let begins = transition.from.contains(&self.status);
        let lines: Vec<Line> = self.lines.iter().map(Line::from).collect();
        let proposal = match transition.signed_by_rule {
            true => self.proposal(&lines)?,
            false => Proposal::default(),
        };
        let facts = Facts {
            row: &self.row,
            lines: &lines,
            has_labor: !self.labor.is_empty(),
            open_request: None,
            proposal: &proposal,
            actor: self.author.id,
        };
        let unmet = facts.unmet(transition.guards)?;
        if begins && (self.roles.has_any(transition.who) || as_reporter) && unmet.is_empty() {
            return Ok(transition.needs_signature || proposal.asked.signature);
        }
        let (action, who, status) = (transition.action, &self.author.name, self.status);
        Err(Error::internal(format!(
            "demo: {who} may not {action} in {status}: {unmet:?}"
        )))
    }

    fn close_or_reopen(&mut self, action: Action) -> Result<()> {
        let closes = action == Action::Close;
        let (at, by) = (
            closes.then_some(self.author.at),
            self.author.id.filter(|_| closes),
        );
        let old = (self.row.closed_at, self.row.closed_by);
        let shown = |at: Option<DateTime<FixedOffset>>| json!(at.as_ref().map(Instant::show));
        self.note("closed_at", &shown(old.0), &shown(at))?;
        self.note("closed_by", &json!(old.1), &json!(by))?;
        (self.row.closed_at, self.row.closed_by) = (at, by);
        Ok(())
    }

    /// Signs the record under the version that it will have; answers the signature's id.
    pub(super) fn sign(&mut self, signed: Signed, meaning: Meaning, version: i64) -> Result<i64> {
        let content_hash = match signed {
            Signed::Vote | Signed::ApproveDisposition => proposal_hash(&self.row, &self.lines),
            Signed::Close | Signed::Reopen => {
                content_hash(&self.row, self.failure_code, self.cause, &self.lines)
            }
        };
        let row = signature::Model {
            id: next(&mut self.ids.signature),
            defect_id: self.row.id,
            action: signed.word().to_owned(),
            meaning: meaning.word().to_owned(),
            signer_id: self.author.id.unwrap_or_default(),
            signer_name: self.author.name.clone(),
            signed_at: self.author.at,
            record_version: version,
            content_hash,
        };
        let id = row.id;
        self.note(
            &format!("signatures/{id}"),
            &Json::Null,
            &signatures::content(&row),
        )?;
        self.signatures.push(row);
        Ok(id)
    }
}

fn meaning(action: Action) -> Meaning {
    match action {
        Action::Close => Meaning::Closure,
        Action::Reopen => Meaning::Responsibility,
        _ => Meaning::Approval,
    }
}
