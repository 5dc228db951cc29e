//! From which day to which day a report goes, and how it is divided.

use chrono::{Datelike, Days, NaiveDate};

use super::form::ReportForm;
use crate::error::{Error, Result};
use crate::summary::read::Span;
use crate::system::System;
use crate::value::Day;

crate::input! {
    /// When, and in which form.
    pub struct ReportPeriod {
        /// From this day on, in the system's time zone; unless said, so that there are 365 days.
        from: optional Day,
        /// Up to and including this day; today unless said.
        to: optional Day,
        /// The form; `json` unless said otherwise.
        format: optional ReportForm,
    }
}

crate::choice! {
    /// How a period is divided.
    pub enum Interval {
        /// By day.
        Day = "day",
        /// By week, which begins on Monday (ISO 8601).
        Week = "week",
        /// By calendar month.
        Month = "month",
    }
}

/// How many days a period may have.
pub(super) const MOST_DAYS: i64 = 3_660;

/// How many days it has unless said.
const DAYS: u64 = 365;

/// How many points a report may have.
pub(super) const MOST_POINTS: usize = 1_000;

impl ReportPeriod {
    /// The form.
    pub(super) fn form(&self) -> ReportForm {
        self.format.unwrap_or(ReportForm::Json)
    }

    /// The days.
    ///
    /// # Errors
    /// `Invalid` where there is none, or where there are too many.
    pub(super) fn span(&self, system: &System) -> Result<Span> {
        let today = system.settings.today(&system.clock);
        let to = self.to.map_or(today, |day| day.0);
        let first = to.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(to);
        let from = self.from.map_or(first, |day| day.0);
        if from > to {
            let message = format!("the period is empty: {from} lies behind {to}");
            return Err(Error::field("from", "range", message));
        }
        if (to - from).num_days() >= MOST_DAYS {
            let message = format!("a period may have {MOST_DAYS} days at most");
            return Err(Error::field("from", "range", message));
        }
        Ok((from, to))
    }
}

impl Interval {
    /// The first day of the part that a day is in.
    pub(super) fn begin(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => {
                let back = u64::from(day.weekday().num_days_from_monday());
                day.checked_sub_days(Days::new(back)).unwrap_or(day)
            }
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }

    /// A part as it is shown, by any of its days: `2026-11-20`, `2026-W47`, `2026-11`.
    pub(super) fn show(self, day: NaiveDate) -> String {
        match self {
            Self::Day => day.to_string(),
            Self::Week => {
                let week = day.iso_week();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{:04}-{:02}", day.year(), day.month()),
        }
    }

    /// The parts of a span, by their first days, the empty ones too.
    ///
    /// # Errors
    /// `Invalid` where there are more than a report has points.
    pub(super) fn parts(self, (from, to): Span) -> Result<Vec<NaiveDate>> {
        let mut parts: Vec<NaiveDate> = Vec::new();
        for day in from.iter_days().take_while(|day| *day <= to) {
            let begin = self.begin(day);
            if parts.last() != Some(&begin) {
                parts.push(begin);
            }
        }
        if parts.len() > MOST_POINTS {
            let message = format!(
                "these are {} points, and a report has {MOST_POINTS} at most; take a longer interval or fewer days",
                parts.len()
            );
            return Err(Error::field("interval", "range", message));
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_period_has_every_part_the_empty_ones_too() {
        let span = ("2025-12-30".parse().unwrap(), "2026-02-01".parse().unwrap());
        let shown = |interval: Interval| -> Vec<String> {
            let parts = interval.parts(span).unwrap();
            parts.into_iter().map(|day| interval.show(day)).collect()
        };
        assert_eq!(shown(Interval::Month), ["2025-12", "2026-01", "2026-02"]);
        let weeks = ["2026-W01", "2026-W02", "2026-W03", "2026-W04", "2026-W05"];
        assert_eq!(shown(Interval::Week), weeks);
        assert_eq!(shown(Interval::Day).len(), 34);
        let long = ("2020-01-01".parse().unwrap(), "2026-01-01".parse().unwrap());
        assert!(Interval::Day.parts(long).is_err());
        assert!(Interval::Week.parts(long).is_ok());
    }
}
