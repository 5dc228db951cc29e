//! How a record goes from state to state, signed where it must be.

use chrono::{DateTime, FixedOffset};
use entity::{disposition_line, signature};
use serde_json::{Value as Json, json};

use super::{Story, next};
use crate::defects::guards::Facts;
use crate::defects::{content_hash, signatures};
use crate::error::{Error, Result};
use crate::lifecycle::{Action, Transition};
use crate::value::Instant;
use crate::words::{Disposition, LineStatus, Meaning, Status};

impl Story<'_> {
    /// Takes an action: the table of transitions and its guards must allow it.
    pub(in crate::demo) fn take(&mut self, action: Action, reason: Option<&str>) -> Result<()> {
        let transition = Transition::of(action);
        self.require_transition(transition)?;
        self.trail.set_reason(reason);
        for place in 0..self.lines.len() {
            if action == Action::ApproveDisposition {
                let disposition = Disposition::stored(&self.lines[place].disposition)?;
                let nothing_to_do = disposition.needs_no_execution();
                let status = if nothing_to_do {
                    LineStatus::Done
                } else {
                    LineStatus::Approved
                };
                let result = self.lines[place].reinspection_result.clone();
                self.move_line(place, status, result)?;
            } else if transition.to == Status::Disposition && self.status != Status::Analysis {
                self.move_line(place, LineStatus::Proposed, None)?;
            }
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
        self.changed();
        self.trail.set_reason(None);
        Ok(())
    }

    fn require_transition(&self, transition: &Transition) -> Result<()> {
        let own = self.author.id == Some(self.row.reported_by);
        let as_reporter =
            transition.reporter_while_reported && own && self.status == Status::Reported;
        let begins = transition.from.contains(&self.status);
        let facts = Facts {
            row: &self.row,
            lines: &self.lines,
            has_labor: !self.labor.is_empty(),
            actor: self.author.id,
        };
        let unmet = facts.unmet(transition.guards)?;
        if begins && (self.roles.has_any(transition.who) || as_reporter) && unmet.is_empty() {
            return Ok(());
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
        let meaning = if closes {
            Meaning::Closure
        } else {
            Meaning::Responsibility
        };
        let row = signature::Model {
            id: next(&mut self.ids.signature),
            defect_id: self.row.id,
            action: action.word().to_owned(),
            meaning: meaning.word().to_owned(),
            signer_id: self.author.id.unwrap_or_default(),
            signer_name: self.author.name.clone(),
            signed_at: self.author.at,
            record_version: self.row.version + 1,
            content_hash: content_hash(&self.row, self.failure_code, self.cause, &self.lines),
        };
        self.note(
            &format!("signatures/{}", row.id),
            &Json::Null,
            &signatures::content(&row),
        )?;
        self.signatures.push(row);
        Ok(())
    }
}
