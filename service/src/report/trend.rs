//! The trend: what was reported and closed in each part of a period, and how much was open at its end.
//!
//! A record is open from its report to its latest closure; one that was reopened counts as if it had never been closed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::defect;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use serde::Serialize;
use utoipa::ToSchema;

use super::form::ReportForm;
use super::period::{Interval, ReportPeriod};
use super::render::{Report, Table};
use super::source::Source;
use super::svg;
use crate::actor::Actor;
use crate::asked;
use crate::defects::{D, DefectFilter};
use crate::error::Result;
use crate::input::Draft;
use crate::rights::When;
use crate::sheet::Cell;
use crate::summary::direct::{Line, whole};
use crate::summary::read::Span;
use crate::summary::{Dimension, Topic, days};
use crate::system::System;
use crate::words::{Language, Status};

crate::input! {
    /// Which records, when, and divided how.
    pub struct TrendQuery {
        ..filter: DefectFilter,
        ..period: ReportPeriod,
        /// How the period is divided; `month` unless said otherwise.
        interval: optional Interval,
    }
}

/// A trend.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Trend {
    /// How the period is divided.
    pub interval: Interval,
    /// From this day on.
    #[schema(format = Date)]
    pub from: String,
    /// Up to and including this day.
    #[schema(format = Date)]
    pub to: String,
    /// One for each part of the period, the empty ones too; the first and the last may be cut short by the period.
    pub points: Vec<TrendPoint>,
}

/// A part of the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrendPoint {
    /// A day (`2026-11-20`), a week (`2026-W47`) or a month (`2026-11`).
    #[schema(example = "2026-11")]
    pub period: String,
    /// How many records were reported.
    pub reported: i64,
    /// How many were closed.
    pub closed: i64,
    /// How many were open at its end.
    pub open: i64,
}

/// Draws up a trend.
///
/// # Errors
/// `Invalid`.
pub async fn trend(
    system: &System,
    actor: &Actor,
    draft: &Draft<TrendQuery>,
) -> Result<(ReportForm, Trend)> {
    actor.may_read()?;
    let query = draft.check()?;
    let span = query.period.span(system)?;
    let interval = query.interval.unwrap_or(Interval::Month);
    let parts = interval.parts(span)?;
    let source = Source::of(system, actor, &query.filter).await?;
    let reported = by_part(&source.by_day(Topic::Reported, span).await?, interval);
    let closed = by_part(&source.by_day(Topic::Closed, span).await?, interval);
    let mut open = open_before(&source, span.0).await?;
    let points = parts.into_iter().map(|part| {
        let of = |counts: &BTreeMap<NaiveDate, i64>| counts.get(&part).copied().unwrap_or(0);
        let (reported, closed) = (of(&reported), of(&closed));
        open += reported - closed;
        TrendPoint {
            period: interval.show(part),
            reported,
            closed,
            open,
        }
    });
    let report = Trend {
        interval,
        from: span.0.to_string(),
        to: span.1.to_string(),
        points: points.collect(),
    };
    Ok((query.period.form(), report))
}

fn by_part(lines: &[Line], interval: Interval) -> BTreeMap<NaiveDate, i64> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts
            .entry(interval.begin(days::of(line.day)))
            .or_default() += line.sums.records;
    }
    counts
}

/// How many records were open when a day began.
async fn open_before(source: &Source<'_>, day: NaiveDate) -> Result<i64> {
    let is_kept = |topic| source.is_kept(topic, Dimension::All);
    if is_kept(Topic::Reported) && is_kept(Topic::Closed) {
        let Some(span) = everything_before(day) else {
            return Ok(0);
        };
        let mut open = 0;
        for (topic, sign) in [(Topic::Reported, 1), (Topic::Closed, -1)] {
            let sums = source.sums(topic, Dimension::All, span).await?;
            open += sign * sums.values().map(|sums| sums.records).sum::<i64>();
        }
        return Ok(open);
    }
    let mut open = 0;
    for select in open_statements(source, day) {
        asked::note(source.db(), &select);
        let row = source.db().query_one(&select).await?;
        open += row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?;
    }
    Ok(open)
}

/// All days before one.
fn everything_before(day: NaiveDate) -> Option<Span> {
    let last = day.pred_opt()?;
    let first = days::of(0);
    (first <= last).then_some((first, last))
}

/// What is open now and was reported before, and what was reported before and closed since: no more is looked at.
fn open_statements(source: &Source<'_>, day: NaiveDate) -> [SelectStatement; 2] {
    use sea_orm::sea_query::ExprTrait;
    let begin = source.system.settings.start_of_day(day);
    let family = source.system.db.engine().family();
    let before = || {
        let mut select = Query::select();
        select
            .expr_as(whole(family, "COUNT(*)"), "records")
            .from_as(defect::Entity, D)
            .cond_where(source.wanted.clone())
            .and_where(Expr::col((D, defect::Column::ReportedAt)).lt(begin));
        select
    };
    let open = When::Open.states().iter().map(|state| format!("'{state}'"));
    let open = open.collect::<Vec<_>>().join(", ");
    let mut still = before();
    still.and_where(Expr::cust(format!("d.status IN ({open})")));
    let mut since = before();
    since
        .and_where(Expr::cust(format!("d.status = '{}'", Status::Closed)))
        .and_where(Expr::col((D, defect::Column::ClosedAt)).gte(begin));
    [still, since]
}

impl Report for Trend {
    const NAME: &'static str = "trend";

    fn table(&self) -> Table {
        let rows = self.points.iter().map(|point| {
            vec![
                Cell::text(Some(&point.period)),
                Cell::number(Some(point.reported)),
                Cell::number(Some(point.closed)),
                Cell::number(Some(point.open)),
            ]
        });
        Table {
            headings: vec!["period", "reported", "closed", "open"],
            rows: rows.collect(),
        }
    }

    fn drawing(&self, language: Language) -> String {
        svg::trend(self, language)
    }
}
