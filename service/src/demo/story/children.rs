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
        let engineering = disposition.needs_engineering();
        let authority = if engineering {
            Authority::Engineering
        } else {
            Authority::Quality
        };
        let line = disposition_line::Model {
            id: next(&mut self.ids.line),
            defect_id: self.row.id,
            disposition: disposition.word().to_owned(),
            quantity,
            justification: justification.to_owned(),
            instructions: instructions.map(str::to_owned),
            authority: authority.word().to_owned(),
            engineered_by: engineering.then_some(by),
            status: LineStatus::Proposed.word().to_owned(),
            reinspection_result: None,
            created_at: self.author.at,
            created_by: by,
            updated_at: self.author.at,
            updated_by: by,
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
        let result = self.lines[place].reinspection_result.clone();
        self.move_line(place, status, result)?;
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
        let status = LineStatus::stored(&self.lines[place].status)?;
        self.move_line(place, status, Some(result.word().to_owned()))?;
        self.changed();
        Ok(())
    }

    pub(super) fn move_line(
        &mut self,
        place: usize,
        status: LineStatus,
        result: Option<String>,
    ) -> Result<()> {
        let before = self.lines[place].clone();
        let after = disposition_line::Model {
            status: status.word().to_owned(),
            reinspection_result: result,
            ..before.clone()
        };
        if after == before {
            return Ok(());
        }
        let path = |name: &str| format!("{}/{}.{name}", field::LINES, before.id);
        self.note(&path("status"), &json!(before.status), &json!(after.status))?;
        let (old, new) = (
            json!(before.reinspection_result),
            json!(after.reinspection_result),
        );
        self.note(&path("reinspection_result"), &old, &new)?;
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
        };
        self.note(
            &format!("{}/{}", field::LABOR, entry.id),
            &Json::Null,
            &labor::content(&entry),
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
