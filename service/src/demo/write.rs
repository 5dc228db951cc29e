//! Many records in one transaction.

use db::bulk::{Loader, Rows};
use entity::{
    approval, audit_event, cost_entry, defect, defect_search, defect_serial, disposition_line,
    labor_entry, signature,
};

use super::progress::Progress;
use crate::error::Result;
use crate::summary::{self, Cells};

/// Records with all that belongs to them. Their ids are given, those of the history are not.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) defects: Vec<defect::Model>,
    pub(super) serials: Vec<defect_serial::Model>,
    pub(super) lines: Vec<disposition_line::Model>,
    pub(super) labor: Vec<labor_entry::Model>,
    pub(super) costs: Vec<cost_entry::Model>,
    pub(super) signatures: Vec<signature::Model>,
    pub(super) approvals: Vec<approval::Model>,
    pub(super) tokens: Vec<defect_search::Model>,
    pub(super) events: Vec<audit_event::Model>,
    /// What all records so far come to, those of earlier batches included.
    pub(super) cells: Cells,
}

/// A batch as rows, ready to be written.
pub(super) struct Written {
    numbered: Vec<Rows>,
    tokens: Rows,
    events: Rows,
    /// With the last batch: the sums of all records, and under which number.
    sums: Option<(i64, Rows)>,
}

impl Batch {
    /// Makes rows of it; with the last one, of the sums, under this number.
    pub(super) fn into_rows(self, build: Option<i64>) -> Written {
        let sums = build.map(|build| (build, summary::rows(build, &self.cells)));
        Written {
            sums,
            numbered: vec![
                Rows::of::<defect::Entity>(self.defects),
                Rows::of::<defect_serial::Entity>(self.serials),
                Rows::of::<disposition_line::Entity>(self.lines),
                Rows::of::<labor_entry::Entity>(self.labor),
                Rows::of::<cost_entry::Entity>(self.costs),
                Rows::of::<signature::Entity>(self.signatures),
                Rows::of::<approval::Entity>(self.approvals),
            ],
            tokens: Rows::of::<defect_search::Entity>(self.tokens),
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
        load.add(self.tokens).await?;
        load.add(self.events).await?;
        let mut is_summed_up = false;
        if let Some((build, sums)) = self.sums {
            // Where somebody else has made sums, or makes them, they are of other records than these.
            is_summed_up = load.update(&summary::take_over(build)).await? == 1;
            if is_summed_up {
                load.add(sums).await?;
            }
        }
        if !is_summed_up {
            load.run(summary::FORGET).await?;
        }
        load.commit().await?;
        Ok(Some(next))
    }
}
