//! The end of a story: the record goes into a batch, with its history in full or in brief.

use serde_json::{Value as Json, json};

use super::Story;
use crate::defects::{approvals, cost, labor, lines, serials, signatures, told_new};
use crate::demo::plant::{PARTS, PEOPLE};
use crate::demo::write::Batch;
use crate::error::Result;
use crate::search;
use crate::summary::{Seen, Whole, all_of, spread};
use crate::value::Instant;
use crate::words::Status;

impl Story<'_> {
    /// Puts the record and all that belongs to it into a batch.
    pub(in crate::demo) fn end(mut self, batch: &mut Batch) -> Result<()> {
        if self.is_brief {
            self.tell_briefly()?;
        }
        let mut parts = self.stage.ground.parts.iter().zip(PARTS);
        let part = parts.find(|(id, _)| **id == self.row.part_id);
        let part_number = part.map(|(_, part)| part.number);
        let serials = self.serials.iter();
        let serials = serials.map(|serial| serial.serial_number.as_str());
        let tokens = search::row_of(&self.row, part_number.unwrap_or_default(), serials);
        batch.tokens.push(tokens);
        let events = self.trail.into_rows();
        let whole = Whole::of(&self.lines, &self.costs, &self.labor, &events)?;
        for delta in all_of(self.stage.settings, &Seen::of(&self.row), &whole) {
            spread(&delta, &mut batch.cells);
        }
        batch.events.extend(events);
        batch.defects.push(self.row);
        batch.lines.append(&mut self.lines);
        batch.labor.append(&mut self.labor);
        batch.costs.append(&mut self.costs);
        batch.signatures.append(&mut self.signatures);
        batch.approvals.append(&mut self.approvals);
        batch.serials.append(&mut self.serials);
        Ok(())
    }

    /// The record as it is now, as if reported so; its state; its closure.
    fn tell_briefly(&mut self) -> Result<()> {
        self.is_brief = false;
        self.trail.set_reason(Some(BRIEF));
        let last = self.author.clone();
        let by_reporter = |id: i64| {
            self.stage
                .ground
                .people
                .iter()
                .position(|person| *person == id)
        };
        self.author.id = Some(self.row.reported_by);
        self.author.at = self.row.reported_at;
        self.author.name = by_reporter(self.row.reported_by)
            .map_or("", |place| PEOPLE[place].display_name)
            .to_owned();
        let mut record = told_new(&self.row, self.failure_code, self.cause);
        self.add_children(&mut record);
        self.trail
            .push_by(self.stage.key, &self.author, None, (None, Some(&record)))?;
        self.author = last;
        self.note("status", &json!(Status::Reported), &json!(self.status))?;
        let closed_at = self.row.closed_at.as_ref().map(Instant::show);
        self.note("closed_at", &Json::Null, &json!(closed_at))?;
        self.note("closed_by", &Json::Null, &json!(self.row.closed_by))?;
        self.remember();
        self.row.version_seq = self.row.audit_seq;
        Ok(())
    }
}

impl Story<'_> {
    /// What hangs on the record, as if reported with it.
    fn add_children(&self, record: &mut Json) {
        for line in &self.lines {
            record[lines::path(line.id)] = lines::content(line);
        }
        for entry in &self.labor {
            record[labor::path(entry.id)] = labor::content(self.stage.settings, entry);
        }
        for entry in &self.costs {
            record[cost::path(entry.id)] = cost::content(self.stage.settings, entry);
        }
        for serial in &self.serials {
            record[serials::path(serial.id)] = serials::content(serial);
        }
        for signature in &self.signatures {
            record[signatures::path(signature.id)] = signatures::content(signature);
        }
        for vote in &self.approvals {
            record[approvals::path(vote.id)] = approvals::content(vote);
        }
    }
}

/// The reason that stands beside each row of a history that was left short.
const BRIEF: &str = "demo data: the steps in between were left out";
