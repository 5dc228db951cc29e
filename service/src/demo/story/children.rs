//! What hangs on a record: serial numbers, disposition lines, labor and cost.

use entity::{cost_entry, defect_serial, disposition_line, labor_entry};
use serde_json::{Value as Json, json};

use super::{Story, next};
use crate::defects::{cost, labor, lines};
use crate::error::Result;
use crate::rights::field;
use crate::words::{Activity, Authority, CostKind, Disposition, LineStatus, Reinspection};

impl Story<'_> {
    /// Adds a serial number.
    pub(in crate::demo) fn add_serial(&mut self, serial_number: String) -> Result<()> {
        self.require(field::SERIALS)?;
        let serial = defect_serial::Model {
            id: next(&mut self.ids.serial),
            defect_id: self.row.id,
            serial_number,
            created_at: self.author.at,
            created_by: self.author.id.unwrap_or_default(),
        };
        let path = format!("{}/{}", field::SERIALS, serial.id);
        self.note(&path, &Json::Null, &json!(serial.serial_number))?;
        self.serials.push(serial);
        self.changed();
        Ok(())
    }

    /// Adds a disposition line.
    pub(in crate::demo) fn add_line(
        &mut self,
        disposition: Disposition,
        quantity: i64,
        (justification, instructions): (&str, Option<&str>),
    ) -> Result<()> {
        self.require(field::LINES)?;
        let by = self.author.id.unwrap_or_default();
        let line = disposition_line::Model {
            id: next(&mut self.ids.line),
            defect_id: self.row.id,
            disposition: disposition.word().to_owned(),
            quantity,
            justification: justification.to_owned(),
            instructions: instructions.map(str::to_owned),
            authority: Authority::Quality.word().to_owned(),
            engineered_by: None,
            status: LineStatus::Proposed.word().to_owned(),
            reinspection_result: None,
            created_at: self.author.at,
            created_by: by,
            updated_at: self.author.at,
            updated_by: by,
            proposed_by: self.author.id,
            decided_by: None,
            decided_at: None,
            rendered_unusable_by: None,
            rendered_unusable_at: None,
            return_number: None,
            concession_id: None,
        };
        let path = format!("{}/{}", field::LINES, line.id);
        self.note(&path, &Json::Null, &lines::content(&line))?;
        self.lines.push(line);
        self.changed();
        Ok(())
    }

    /// Writes how far a line has come.
    pub(in crate::demo) fn put_line_status(
        &mut self,
        place: usize,
        status: LineStatus,
    ) -> Result<()> {
        self.require(field::LINE_STATUS)?;
        let mut after = self.lines[place].clone();
        status.word().clone_into(&mut after.status);
        if status == LineStatus::Done {
            let is = |disposition: Disposition| after.disposition == disposition.word();
            if is(Disposition::Scrap) {
                after.rendered_unusable_by = self.author.id;
                after.rendered_unusable_at = Some(self.author.at);
            } else if is(Disposition::ReturnToSupplier) {
                after.return_number = Some(format!("RMA-{:06}", after.id));
            }
        }
        self.change_line(place, after)?;
        self.changed();
        Ok(())
    }

    /// An engineer gives a line the authority of engineering.
    pub(in crate::demo) fn put_authority(&mut self, place: usize) -> Result<()> {
        self.require(field::LINES)?;
        let mut after = self.lines[place].clone();
        Authority::Engineering
            .word()
            .clone_into(&mut after.authority);
        after.engineered_by = self.author.id;
        self.change_line(place, after)?;
        self.changed();
        Ok(())
    }

    /// Writes what inspection found.
    pub(in crate::demo) fn put_reinspection(
        &mut self,
        place: usize,
        result: Reinspection,
    ) -> Result<()> {
        self.require(field::LINE_REINSPECTION)?;
        let mut after = self.lines[place].clone();
        after.reinspection_result = Some(result.word().to_owned());
        self.change_line(place, after)?;
        self.changed();
        Ok(())
    }

    pub(super) fn change_line(
        &mut self,
        place: usize,
        after: disposition_line::Model,
    ) -> Result<()> {
        let before = self.lines[place].clone();
        if after == before {
            return Ok(());
        }
        self.has_changed = true;
        if !self.is_brief {
            let (old, new) = (lines::content(&before), lines::content(&after));
            for name in lines::FIELDS {
                let path = format!("{}/{}.{name}", field::LINES, before.id);
                self.note(&path, &old[*name], &new[*name])?;
            }
        }
        self.lines[place] = disposition_line::Model {
            updated_at: self.author.at,
            updated_by: self.author.id.unwrap_or_default(),
            ..after
        };
        Ok(())
    }

    /// Adds time that was spent.
    pub(in crate::demo) fn add_labor(
        &mut self,
        activity: Activity,
        minutes: i64,
        note: Option<&str>,
    ) -> Result<()> {
        self.require(field::LABOR)?;
        let entry = labor_entry::Model {
            id: next(&mut self.ids.labor),
            defect_id: self.row.id,
            work_date: self.stage.settings.day(&self.author.at),
            minutes,
            activity: activity.word().to_owned(),
            note: note.map(str::to_owned),
            reverses_id: None,
            reason: None,
            created_at: self.author.at,
            created_by: self.author.id.unwrap_or_default(),
            worker_id: None,
            rate: None,
            cost: None,
        };
        self.note(
            &format!("{}/{}", field::LABOR, entry.id),
            &Json::Null,
            &labor::content(self.stage.settings, &entry),
        )?;
        self.labor.push(entry);
        self.added();
        Ok(())
    }

    /// Adds money that was spent or came back, in minor units.
    pub(in crate::demo) fn add_cost(
        &mut self,
        kind: CostKind,
        amount: i64,
        note: Option<&str>,
    ) -> Result<()> {
        self.require(field::COST)?;
        let entry = cost_entry::Model {
            id: next(&mut self.ids.cost),
            defect_id: self.row.id,
            kind: kind.word().to_owned(),
            amount,
            note: note.map(str::to_owned),
            reverses_id: None,
            reason: None,
            created_at: self.author.at,
            created_by: self.author.id.unwrap_or_default(),
            charged_to_id: self.row.supplier_id.filter(|_| kind == CostKind::Recovery),
            quality_class: Some(kind.quality_class().word().to_owned()),
        };
        let content = cost::content(self.stage.settings, &entry);
        self.note(
            &format!("{}/{}", field::COST, entry.id),
            &Json::Null,
            &content,
        )?;
        self.costs.push(entry);
        self.added();
        Ok(())
    }
}
