//! Reading the sums of some days: whole years, whole months, and the days at both ends, which are kept by day for all
//! records together, and are asked of the records themselves where they are not.
//!
//! It is one statement, so that what is folded while it is read is counted once: the sums, what waits to be folded, and
//! the records of the days at the ends, all as of one moment.

use chrono::{Months, NaiveDate};
use db::dialect;
use entity::{summary, summary_delta};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, DbBackend};

use super::direct::{self, Asked, By, Line, whole};
use super::{Dimension, Grain, days};
use crate::error::Result;

/// From a day to a day, both included.
pub(crate) type Span = (NaiveDate, NaiveDate);

/// A span as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cover {
    /// Periods of a grain, from the first to the last one, each by its first day.
    pub(crate) kept: Vec<(Grain, Span)>,
    /// Days that are in none of them.
    pub(crate) rest: Vec<Span>,
}

/// How a span is kept: with rows of days, or by month and year alone.
pub(crate) fn cover((from, to): Span, by_day: bool) -> Cover {
    let mut cover = Cover::default();
    let months = full((from, to), Grain::Month, 1);
    let (mut ends, mut month_ends) = (Vec::new(), Vec::new());
    match months {
        None => ends.push((from, to)),
        Some((first, behind)) => {
            around((from, to), (first, behind), &mut ends);
            let last = before(behind);
            match full((first, last), Grain::Year, 12) {
                None => month_ends.push((first, last)),
                Some((january, next_january)) => {
                    around((first, last), (january, next_january), &mut month_ends);
                    let year = Grain::Year.begin(before(next_january));
                    cover.kept.push((Grain::Year, (january, year)));
                }
            }
        }
    }
    for (first, last) in month_ends {
        let last = Grain::Month.begin(last);
        cover.kept.push((Grain::Month, (first, last)));
    }
    if by_day {
        cover
            .kept
            .extend(ends.into_iter().map(|end| (Grain::Day, end)));
    } else {
        cover.rest = ends;
    }
    cover
}

/// The whole months or years in a span: the first day of the first one, and the first day behind the last one.
fn full((from, to): Span, grain: Grain, months: u32) -> Option<Span> {
    let begin = grain.begin(from);
    let first = if begin == from {
        from
    } else {
        begin.checked_add_months(Months::new(months))?
    };
    let behind = grain.begin(to.succ_opt()?);
    (first < behind).then_some((first, behind))
}

/// What of a span lies before and behind another one in it.
fn around((from, to): Span, (first, behind): Span, ends: &mut Vec<Span>) {
    if from < first {
        ends.push((from, before(first)));
    }
    if behind <= to {
        ends.push((behind, to));
    }
}

fn before(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day)
}

/// What is asked of the sums.
pub(crate) struct Wanted<'a> {
    /// The same, of the records.
    pub(crate) asked: Asked<'a>,
    pub(crate) dimension: Dimension,
    /// Only these ids of the dimension.
    pub(crate) ids: Option<&'a [i64]>,
    pub(crate) span: Span,
}

/// Stands as the word of the row that says which build was live when the sums were read.
const BUILD: &str = "(build)";

/// Reads the sums of a span; none where they have just been given up, as when an archive was merged.
pub(crate) async fn sums(
    db: &impl ConnectionTrait,
    wanted: &Wanted<'_>,
) -> Result<Option<Vec<Line>>> {
    let Some(select) = statement(db.get_database_backend(), wanted) else {
        return Ok(Some(Vec::new()));
    };
    let rows = db.query_all(&select).await?;
    let mut lines = rows
        .iter()
        .map(direct::line)
        .collect::<Result<Vec<Line>>>()?;
    let mut is_live = true;
    lines.retain(|line| {
        let is_build = line.word == BUILD;
        is_live &= !is_build || line.sums.records > 0;
        !is_build
    });
    Ok(is_live.then_some(lines))
}

/// The statement that does.
pub(crate) fn statement(family: DbBackend, wanted: &Wanted<'_>) -> Option<SelectStatement> {
    let by_day = wanted.asked.by_day;
    let cover = if by_day {
        Cover {
            kept: vec![(Grain::Day, wanted.span)],
            rest: Vec::new(),
        }
    } else {
        cover(wanted.span, wanted.dimension.is_by_day())
    };
    let mut selects: Vec<SelectStatement> = Vec::new();
    for (grain, span) in &cover.kept {
        selects.push(kept(family, wanted, *grain, *span));
    }
    if !cover.kept.is_empty() {
        selects.push(waiting(family, wanted, &cover.kept));
        selects.push(build(family));
    }
    for span in &cover.rest {
        let asked = Asked {
            span: Some(days::span(wanted.asked.settings, *span)),
            by: By::Dimension(wanted.dimension),
            ..wanted.asked
        };
        selects.extend(direct::statements(family, &asked));
    }
    let mut selects = selects.into_iter();
    let mut all = selects.next()?;
    for more in selects {
        all.union(UnionType::All, more);
    }
    Some(all)
}

/// Which build is live, 0 for none, in the place of a sum of records.
fn build(family: DbBackend) -> SelectStatement {
    let live = format!("COALESCE(({LIVE}), 0)");
    let mut select = Query::select();
    select
        .expr_as(whole(family, "0"), "on_day")
        .expr_as(whole(family, "0"), "key_id")
        .expr_as(Expr::cust(format!("'{BUILD}'")), "word")
        .expr_as(whole(family, &live), "records");
    for name in ["quantity", "amount", "seconds"] {
        select.expr_as(whole(family, "0"), name);
    }
    select
}

const LIVE: &str = "SELECT b.live_build FROM summary_build b WHERE b.id = 1";

/// The rows of `summary` of a grain.
fn kept(family: DbBackend, wanted: &Wanted<'_>, grain: Grain, (from, to): Span) -> SelectStatement {
    let mut select = columns(family, wanted, "period", "s.key_id");
    select
        .from_as(summary::Entity, "s")
        .and_where(Expr::cust(format!("s.build = ({LIVE})")))
        .and_where(Expr::col(("s", summary::Column::Topic)).eq(wanted.asked.topic.word()))
        .and_where(Expr::col(("s", summary::Column::Dimension)).eq(wanted.dimension.word()))
        .and_where(Expr::col(("s", summary::Column::Grain)).eq(grain.word()))
        .and_where(Expr::col(("s", summary::Column::Period)).gte(from))
        .and_where(Expr::col(("s", summary::Column::Period)).lte(to));
    if let Some(ids) = wanted.ids {
        select.and_where(Expr::col(("s", summary::Column::KeyId)).is_in(ids.iter().copied()));
    }
    select
}

/// What waits to be folded into such rows.
fn waiting(family: DbBackend, wanted: &Wanted<'_>, kept: &[(Grain, Span)]) -> SelectStatement {
    use summary_delta::Column;
    let id = match wanted.dimension {
        Dimension::All => "0",
        Dimension::Part => "s.part_id",
        Dimension::WorkCenter => "s.work_center_id",
        Dimension::Supplier => "COALESCE(s.supplier_id, 0)",
        Dimension::FailureCode => "COALESCE(s.failure_code_id, 0)",
        Dimension::Cause => "COALESCE(s.cause_id, 0)",
        Dimension::Days => "s.days",
    };
    let mut select = columns(family, wanted, "day", id);
    let mut days = Condition::any();
    for (grain, (from, to)) in kept {
        let day = || Expr::col(("s", Column::Day));
        let last = last_day(*grain, *to);
        days = days.add(day().gte(*from).and(day().lte(last)));
    }
    select
        .from_as(summary_delta::Entity, "s")
        .and_where(Expr::col(("s", Column::Topic)).eq(wanted.asked.topic.word()))
        .cond_where(days);
    if wanted.dimension == Dimension::Days {
        select.and_where(Expr::col(("s", Column::Days)).is_not_null());
    }
    if let Some(ids) = wanted.ids {
        select.and_where(Expr::cust(id).is_in(ids.iter().copied()));
    }
    select
}

/// The last day of a period.
fn last_day(grain: Grain, begin: NaiveDate) -> NaiveDate {
    let months = match grain {
        Grain::Day => return begin,
        Grain::Month => 1,
        Grain::Year => 12,
    };
    let next = begin.checked_add_months(Months::new(months));
    next.map_or(begin, before)
}

/// Days, ids, words and sums of a table `s`.
fn columns(family: DbBackend, wanted: &Wanted<'_>, day: &str, id: &str) -> SelectStatement {
    let mut select = Query::select();
    let day = if wanted.asked.by_day {
        dialect::day_number(family, &format!("s.{day}"))
    } else {
        "0".to_owned()
    };
    select
        .expr_as(whole(family, &day), "on_day")
        .expr_as(whole(family, id), "key_id")
        .expr_as(Expr::cust("s.word"), "word");
    for name in ["records", "quantity", "amount", "seconds"] {
        select.expr_as(whole(family, &format!("SUM(s.{name})")), name);
    }
    select.add_group_by([1, 2, 3].map(|place| Expr::cust(place.to_string())));
    select
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn told(from: &str, to: &str, by_day: bool) -> String {
        let cover = cover((from.parse().unwrap(), to.parse().unwrap()), by_day);
        let kept = cover.kept.iter();
        let kept = kept.map(|(grain, (from, to))| format!("{grain} {from} {to}"));
        let rest = cover.rest.iter().map(|(from, to)| format!("- {from} {to}"));
        kept.chain(rest).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_span_is_whole_years_whole_months_and_days_at_the_ends() {
        assert_eq!(
            told("2023-11-20", "2026-02-10", true),
            "y 2024-01-01 2025-01-01; m 2023-12-01 2023-12-01; m 2026-01-01 2026-01-01; \
             d 2023-11-20 2023-11-30; d 2026-02-01 2026-02-10"
        );
        assert_eq!(
            told("2025-11-20", "2026-02-10", false),
            "m 2025-12-01 2026-01-01; - 2025-11-20 2025-11-30; - 2026-02-01 2026-02-10"
        );
        assert_eq!(
            told("2025-01-01", "2025-12-31", false),
            "y 2025-01-01 2025-01-01"
        );
        assert_eq!(
            told("2025-02-01", "2025-02-28", false),
            "m 2025-02-01 2025-02-01"
        );
        assert_eq!(
            told("2025-02-01", "2025-02-27", false),
            "- 2025-02-01 2025-02-27"
        );
        assert_eq!(
            told("2025-02-03", "2025-02-03", true),
            "d 2025-02-03 2025-02-03"
        );
        assert_eq!(
            told("2025-01-31", "2025-03-01", true),
            "m 2025-02-01 2025-02-01; d 2025-01-31 2025-01-31; d 2025-03-01 2025-03-01"
        );
    }

    #[test]
    fn every_day_of_a_span_is_in_it_once() {
        let first: NaiveDate = "2023-12-28".parse().unwrap();
        for (begins, long) in [(0, 900), (3, 1), (4, 31), (5, 32), (40, 400), (64, 700)] {
            let from = first + chrono::Days::new(begins);
            let to = from + chrono::Days::new(long);
            let cover = cover((from, to), false);
            for day in first.iter_days().take(2_000) {
                let kept = cover.kept.iter();
                let kept = kept.filter(|(grain, (first, last))| {
                    *first <= day && day <= last_day(*grain, *last)
                });
                let rest = cover
                    .rest
                    .iter()
                    .filter(|(first, last)| *first <= day && day <= *last);
                let times = kept.count() + rest.count();
                assert_eq!(
                    times,
                    usize::from(from <= day && day <= to),
                    "{day} of {from} to {to}"
                );
            }
        }
    }
}
