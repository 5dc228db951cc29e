//! The end of a story: the record goes into a batch, with its history in full or in brief.

use serde_json::{Value as Json, json};

use super::Story;
use crate::defects::{cost, labor, lines, serials, signatures, told_new};
use crate::demo::plant::PEOPLE;
use crate::demo::write::Batch;
use crate::error::Result;
use crate::value::Instant;
use crate::words::Status;

impl Story<'_> {
    /// Puts the record and all that belongs to it into a batch.
    pub(in crate::demo) fn end(mut self, batch: &mut Batch) -> Result<()> {
        if self.is_brief {
            self.tell_briefly()?;
        }
        batch.events.extend(self.trail.into_rows());
        batch.defects.push(self.row);
        batch.lines.append(&mut self.lines);
        batch.labor.append(&mut self.labor);
        batch.costs.append(&mut self.costs);
        batch.signatures.append(&mut self.signatures);
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
            record[labor::path(entry.id)] = labor::content(entry);
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
    }
}

/// The reason that stands beside each row of a history that was left short.
const BRIEF: &str = "demo data: the steps in between were left out";
