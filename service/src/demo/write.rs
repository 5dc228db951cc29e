//! Many records in one transaction.

use db::bulk::{Loader, Rows};
use entity::{
    audit_event, cost_entry, defect, defect_serial, disposition_line, labor_entry, signature,
};

use super::progress::Progress;
use crate::error::Result;

/// Records with all that belongs to them. Their ids are given, those of the history are not.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) defects: Vec<defect::Model>,
    pub(super) serials: Vec<defect_serial::Model>,
    pub(super) lines: Vec<disposition_line::Model>,
    pub(super) labor: Vec<labor_entry::Model>,
    pub(super) costs: Vec<cost_entry::Model>,
    pub(super) signatures: Vec<signature::Model>,
    pub(super) events: Vec<audit_event::Model>,
}

/// A batch as rows, ready to be written.
pub(super) struct Written {
    numbered: Vec<Rows>,
    events: Rows,
}

impl Batch {
    /// Makes rows of it.
    pub(super) fn into_rows(self) -> Written {
        Written {
            numbered: vec![
                Rows::of::<defect::Entity>(self.defects),
                Rows::of::<defect_serial::Entity>(self.serials),
                Rows::of::<disposition_line::Entity>(self.lines),
                Rows::of::<labor_entry::Entity>(self.labor),
                Rows::of::<cost_entry::Entity>(self.costs),
                Rows::of::<signature::Entity>(self.signatures),
            ],
            events: Rows::without_ids::<audit_event::Entity>(self.events),
        }
    }
}

impl Written {
    /// Writes all of it, or nothing; none where somebody else has gone on with the demo meanwhile.
    pub(super) async fn write(
        self,
        loader: &Loader,
        so_far: &Progress,
        told: u64,
    ) -> Result<Option<Progress>> {
        let (next, advance) = so_far.advance(told)?;
        let mut load = loader.begin().await?;
        // First of all: it holds up whoever else is at it.
        if load.update(&advance).await? == 0 {
            return Ok(None);
        }
        for rows in self.numbered {
            let (table, count) = (rows.table().to_owned(), rows.len());
            load.add(rows).await?;
            load.advance_ids(&table, count).await?;
        }
        load.add(self.events).await?;
        load.commit().await?;
        Ok(Some(next))
    }
}
