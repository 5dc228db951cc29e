//! Ageing: how old what is open is, state by state, and how many days it took to close what was closed in the period.
//!
//! Days are calendar days in the system's time zone: what was reported today is 0 days old. All open records count,
//! whenever they were reported; the period is that of the closures. Percentiles are by nearest rank: the smallest number
//! of days within which so many percent were closed.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::percentile;
use super::form::ReportForm;
use super::period::ReportPeriod;
use super::render::{Report, Table};
use super::source::Source;
use super::svg;
use crate::actor::Actor;
use crate::asked;
use crate::defects::DefectFilter;
use crate::error::Result;
use crate::input::Draft;
use crate::rights::When;
use crate::sheet::Cell;
use crate::summary::direct::{self, By};
use crate::summary::read::Span;
use crate::summary::{Dimension, Topic, days};
use crate::system::System;
use crate::words::{Language, Status};

crate::input! {
    /// Which records, and when they were closed.
    pub struct AgeingQuery {
        ..filter: DefectFilter,
        ..period: ReportPeriod,
    }
}

/// How old what is open is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ageing {
    /// From this day on.
    #[schema(format = Date)]
    pub from: String,
    /// Up to and including this day.
    #[schema(format = Date)]
    pub to: String,
    /// How many records are open.
    pub open: i64,
    /// The open records by age, the youngest first.
    pub buckets: Vec<AgeingRow>,
    /// How many records were closed in the period.
    pub closed: i64,
    /// Within how many days half of them were closed.
    #[schema(required)]
    pub median_days: Option<i64>,
    /// Within how many days nine of ten of them were closed.
    #[schema(required)]
    pub p90_days: Option<i64>,
}

/// Open records of an age.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgeingRow {
    /// How many days old.
    #[schema(example = "8-30")]
    pub days: &'static str,
    /// All of them.
    pub total: i64,
    /// In state `reported`.
    pub reported: i64,
    /// In state `analysis`.
    pub analysis: i64,
    /// In state `disposition`.
    pub disposition: i64,
    /// In state `execution`.
    pub execution: i64,
    /// In state `verification`.
    pub verification: i64,
}

/// Ages: their names, and from how many days to how many.
const AGES: [(&str, u64, Option<u64>); 5] = [
    ("0-7", 0, Some(7)),
    ("8-30", 8, Some(30)),
    ("31-90", 31, Some(90)),
    ("91-180", 91, Some(180)),
    (">180", 181, None),
];

/// Draws up how old what is open is.
///
/// # Errors
/// `Invalid`.
pub async fn ageing(
    system: &System,
    actor: &Actor,
    draft: &Draft<AgeingQuery>,
) -> Result<(ReportForm, Ageing)> {
    actor.may_read()?;
    let query = draft.check()?;
    let span = query.period.span(system)?;
    let source = Source::of(system, actor, &query.filter).await?;
    let today = system.settings.today(&system.clock);
    let mut buckets = Vec::new();
    for (name, youngest, oldest) in AGES {
        let span = reported(today, youngest, oldest);
        buckets.push(AgeingRow::of(name, &open(&source, Some(span)).await?));
    }
    let closed = source.sums(Topic::Closed, Dimension::Days, span).await?;
    let closed: Vec<(i64, i64)> = closed
        .iter()
        .map(|((days, _), sums)| (*days, sums.records))
        .collect();
    let report = Ageing {
        from: span.0.to_string(),
        to: span.1.to_string(),
        open: buckets.iter().map(|bucket| bucket.total).sum(),
        buckets,
        closed: closed.iter().map(|(_, records)| records).sum(),
        median_days: percentile(&closed, 50),
        p90_days: percentile(&closed, 90),
    };
    Ok((query.period.form(), report))
}

/// On which days a record of an age was reported.
fn reported(today: NaiveDate, youngest: u64, oldest: Option<u64>) -> Span {
    let back = |days: u64| today.checked_sub_days(Days::new(days));
    let first = oldest.and_then(back).unwrap_or(days::of(0));
    // Who is ahead of the clock reports today.
    let last = match youngest {
        0 => today.succ_opt(),
        days => back(days),
    };
    (first, last.unwrap_or(today))
}

/// Open records by state: those reported in a span, or all.
pub(super) async fn open(source: &Source<'_>, span: Option<Span>) -> Result<BTreeMap<Status, i64>> {
    let mut counts = BTreeMap::new();
    if source.is_kept(Topic::State, Dimension::All) {
        let today = source.system.settings.today(&source.system.clock);
        let always = (days::of(0), today.succ_opt().unwrap_or(today));
        let sums = source.sums(Topic::State, Dimension::All, span.unwrap_or(always));
        for ((_, word), sums) in sums.await? {
            *counts.entry(Status::stored(&word)?).or_default() += sums.records;
        }
    } else {
        let asked = source.asked(Topic::State, By::Dimension(Dimension::All), span, false);
        let select = direct::open_now(source.system.db.engine().family(), &asked);
        asked::note(source.db(), &select);
        for row in source.db().query_all(&select).await? {
            let line = direct::line(&row)?;
            *counts.entry(Status::stored(&line.word)?).or_default() += line.sums.records;
        }
    }
    counts.retain(|status, count| When::Open.states().contains(status) && *count != 0);
    Ok(counts)
}

impl AgeingRow {
    fn of(days: &'static str, counts: &BTreeMap<Status, i64>) -> Self {
        let of = |status| counts.get(&status).copied().unwrap_or(0);
        Self {
            days,
            total: counts.values().sum(),
            reported: of(Status::Reported),
            analysis: of(Status::Analysis),
            disposition: of(Status::Disposition),
            execution: of(Status::Execution),
            verification: of(Status::Verification),
        }
    }

    /// By state, in the order of a record's life.
    pub(super) fn states(&self) -> [i64; 5] {
        [
            self.reported,
            self.analysis,
            self.disposition,
            self.execution,
            self.verification,
        ]
    }
}

impl Report for Ageing {
    const NAME: &'static str = "ageing";

    fn table(&self) -> Table {
        let rows = self.buckets.iter().map(|bucket| {
            let counts = bucket.states().into_iter().chain([bucket.total]);
            let days = Cell::text(Some(bucket.days));
            std::iter::once(days)
                .chain(counts.map(|count| Cell::number(Some(count))))
                .collect()
        });
        let mut headings = vec!["days"];
        headings.extend(When::Open.states().iter().map(|state| state.word()));
        headings.push("total");
        Table {
            headings,
            rows: rows.collect(),
        }
    }

    fn drawing(&self, language: Language) -> String {
        svg::ageing(self, language)
    }
}
