//! The sums that reports are read from, so that no report reads ten years of records for a page.
//!
//! | to … | look in |
//! |---|---|
//! | say what a change adds to the sums and takes from them | `change` |
//! | add that to the sums, from time to time | `fold` |
//! | read the sums of some days | `read`; the same straight from the records: `direct` |
//! | make all of them anew | `build`; hold them against the records: `check` |
//!
//! A change of a record adds rows to `summary_delta` in its own transaction and updates nothing that others update, so
//! that those who write never wait for each other. Whoever folds adds them to `summary`: by day, month and year for all
//! records together, by month and year for one dimension each. Whoever reads adds both, in one statement. Void records
//! are in none of the sums. Both tables are made of the records alone and can be made anew at any time.

mod build;
mod change;
mod check;
pub(crate) mod days;
pub(crate) mod direct;
mod fold;
mod months;
pub(crate) mod read;
mod whole;

use std::collections::BTreeMap;
use std::ops::{AddAssign, Neg};

use chrono::{Datelike, NaiveDate};

pub(crate) use build::{FORGET, forget, is_live, next_build, take_over};
pub use build::{Rebuilt, ensure, rebuild};
pub(crate) use change::{Beside, Seen, all_of, insert, told, told_new};
pub use check::verify;
pub use fold::fold;
pub(crate) use fold::rows;
pub(crate) use whole::{Spent, Whole};

crate::choice! {
    /// What is added up.
    pub enum Topic {
        /// Records, their defective quantities; by the day of the report.
        Reported = "r",
        /// Records that were inspected: their defective quantities, and as amount how many were inspected; by the day of
        /// the report.
        Inspected = "i",
        /// Records that are closed, by the day on which they were.
        Closed = "c",
        /// By state: as records how many are in it now, as quantity how often one came into it, as seconds the moments at
        /// which they left it less those at which they came; by the day of the report.
        State = "s",
        /// By disposition: records with such a line, and the quantities of these lines; by the day of the report.
        Disposed = "x",
        /// By class of cost, and what came back: amounts, by the day on which they were entered.
        Spent = "e",
        /// What records have cost, less what came back; by the day of the report.
        Cost = "m",
    }
}

crate::choice! {
    /// By what is added up.
    pub enum Dimension {
        /// All together.
        All = "all",
        /// By part.
        Part = "part",
        /// By work center.
        WorkCenter = "work_center",
        /// By supplier.
        Supplier = "supplier",
        /// By failure code.
        FailureCode = "failure_code",
        /// By cause.
        Cause = "cause",
        /// By how many days lie between the report and the closure.
        Days = "days",
    }
}

crate::choice! {
    /// Of how long a time a row of `summary` is.
    pub enum Grain {
        /// A day.
        Day = "d",
        /// A calendar month.
        Month = "m",
        /// A calendar year.
        Year = "y",
    }
}

/// The word of rows that have none.
pub(crate) const NO_WORD: &str = "-";

/// What came back, which is no class of cost.
pub(crate) const RECOVERED: &str = "recovery";

impl Topic {
    /// By what its sums are kept.
    pub(crate) fn dimensions(self) -> &'static [Dimension] {
        use Dimension::{All, Cause, Days, FailureCode, Part, Supplier, WorkCenter};
        match self {
            Self::Reported => &[All, Part, WorkCenter, Supplier, FailureCode, Cause],
            Self::Inspected => &[Supplier],
            Self::Closed => &[All, Days],
            Self::State | Self::Disposed => &[All],
            Self::Spent => &[All, Part, WorkCenter, Supplier],
            Self::Cost => &[Part, WorkCenter, Supplier, FailureCode, Cause],
        }
    }
}

impl Dimension {
    /// Whether its sums are kept by day, and not only by month: by day and everything would be as large as the records.
    pub(crate) fn is_by_day(self) -> bool {
        matches!(self, Self::All | Self::Days)
    }

    /// Of how long a time its rows are.
    pub(crate) fn grains(self) -> &'static [Grain] {
        if self.is_by_day() {
            Grain::ALL
        } else {
            &[Grain::Month, Grain::Year]
        }
    }
}

impl Grain {
    /// The first day of the time that a day is in.
    pub(crate) fn begin(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => Some(day),
            Self::Month => day.with_day(1),
            Self::Year => day.with_ordinal(1),
        }
        .unwrap_or(day)
    }
}

/// What is added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) records: i64,
    /// Thousandths, or how often.
    pub(crate) quantity: i64,
    /// Minor units of money, or thousandths of what was inspected.
    pub(crate) amount: i64,
    pub(crate) seconds: i64,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.quantity += other.quantity;
        self.amount += other.amount;
        self.seconds += other.seconds;
    }
}

impl Neg for Sums {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            records: -self.records,
            quantity: -self.quantity,
            amount: -self.amount,
            seconds: -self.seconds,
        }
    }
}

impl Sums {
    /// Whether there is nothing: as if there were no such row.
    pub(crate) fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// To what a record belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Dims {
    pub(crate) part: i64,
    pub(crate) work_center: i64,
    pub(crate) supplier: Option<i64>,
    pub(crate) failure_code: Option<i64>,
    pub(crate) cause: Option<i64>,
}

/// What a change adds to a day: a row of `summary_delta`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delta {
    pub(crate) of: Of,
    pub(crate) sums: Sums,
}

/// All by which a delta is told from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Of {
    pub(crate) day: NaiveDate,
    pub(crate) topic: Topic,
    pub(crate) dims: Dims,
    pub(crate) word: String,
    pub(crate) days: Option<i64>,
}

/// The key of a row of `summary`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) grain: Grain,
    pub(crate) period: NaiveDate,
    pub(crate) topic: Topic,
    pub(crate) dimension: Dimension,
    /// Of the part, work center, …; 0 where there is none.
    pub(crate) id: i64,
    pub(crate) word: String,
}

/// Rows of `summary`.
pub(crate) type Cells = BTreeMap<Key, Sums>;

impl Of {
    /// The id by which a row of a dimension has it; none where it does not belong there.
    fn id(&self, dimension: Dimension) -> Option<i64> {
        let dims = self.dims;
        match dimension {
            Dimension::All => Some(0),
            Dimension::Part => Some(dims.part),
            Dimension::WorkCenter => Some(dims.work_center),
            Dimension::Supplier => Some(dims.supplier.unwrap_or(0)),
            Dimension::FailureCode => Some(dims.failure_code.unwrap_or(0)),
            Dimension::Cause => Some(dims.cause.unwrap_or(0)),
            Dimension::Days => self.days,
        }
    }
}

/// Adds a delta to every row that it belongs to.
pub(crate) fn spread(delta: &Delta, cells: &mut Cells) {
    for dimension in delta.of.topic.dimensions() {
        let Some(id) = delta.of.id(*dimension) else {
            continue;
        };
        for grain in dimension.grains() {
            let key = Key {
                grain: *grain,
                period: grain.begin(delta.of.day),
                topic: delta.of.topic,
                dimension: *dimension,
                id,
                word: delta.of.word.clone(),
            };
            *cells.entry(key).or_default() += delta.sums;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_delta_is_in_all_sums_that_it_belongs_to() {
        let of = Of {
            day: "2026-11-20".parse().unwrap(),
            topic: Topic::Closed,
            dims: Dims {
                part: 7,
                work_center: 3,
                supplier: None,
                failure_code: None,
                cause: None,
            },
            word: NO_WORD.to_owned(),
            days: Some(12),
        };
        let sums = Sums {
            records: 1,
            ..Sums::default()
        };
        let mut cells = Cells::new();
        spread(&Delta { of, sums }, &mut cells);
        let told: Vec<_> = cells
            .keys()
            .map(|key| format!("{} {} {} {}", key.grain, key.period, key.dimension, key.id))
            .collect();
        assert_eq!(
            told,
            [
                "d 2026-11-20 all 0",
                "d 2026-11-20 days 12",
                "m 2026-11-01 all 0",
                "m 2026-11-01 days 12",
                "y 2026-01-01 all 0",
                "y 2026-01-01 days 12"
            ]
        );
    }
}
