//! How far a demo has come: kept beside its records and moved with them, so that one that was interrupted is finished
//! by the same command, and of several servers that make it at once each record is written by one.

use chrono::{DateTime, FixedOffset};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UpdateStatement};
use serde::{Deserialize, Serialize};

use super::ground::Ground;
use crate::error::{Error, Result};
use crate::setting;

/// What the mark says when all is told.
const FINISHED: &str = "yes";

/// A demo that is being made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Progress {
    records: u64,
    seed: u64,
    /// How many records are written.
    pub(super) told: u64,
    /// The end of the time that the records tell of.
    pub(super) now: DateTime<FixedOffset>,
    pub(super) ground: Ground,
}

impl Progress {
    /// A demo that begins, without a record yet.
    pub(super) fn begin(
        (records, seed): (u64, u64),
        now: DateTime<FixedOffset>,
        ground: Ground,
    ) -> Self {
        Self {
            records,
            seed,
            told: 0,
            now,
            ground,
        }
    }

    /// Reads a demo's mark; none where it is finished.
    pub(super) fn read(mark: &str) -> Result<Option<Self>> {
        if mark == FINISHED {
            return Ok(None);
        }
        serde_json::from_str(mark)
            .map(Some)
            .map_err(Error::internal)
    }

    /// The mark of the demo.
    pub(super) fn mark(&self) -> Result<String> {
        if self.told == self.records {
            return Ok(FINISHED.to_owned());
        }
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// Refuses to finish a demo of one size or seed as another.
    pub(super) fn require(&self, wanted: (u64, u64)) -> Result<()> {
        let (records, seed) = (self.records, self.seed);
        if (records, seed) == wanted {
            return Ok(());
        }
        Err(Error::SetUp(format!(
            "the demo data here is not finished ({} of {records} records); \
             finish it with: dmt demo --records {records} --seed {seed}",
            self.told
        )))
    }

    /// The demo with so many records written, and the statement that says so where it stands as far as here.
    pub(super) fn advance(&self, told: u64) -> Result<(Self, UpdateStatement)> {
        let next = Self {
            told,
            ..self.clone()
        };
        let update = Query::update()
            .table(entity::setting::Entity)
            .value(entity::setting::Column::Content, next.mark()?)
            .and_where(Expr::col(entity::setting::Column::Name).eq(setting::name::DEMO))
            .and_where(Expr::col(entity::setting::Column::Content).eq(self.mark()?))
            .to_owned();
        Ok((next, update))
    }
}
