//! The plant in one look: sums of the service's reports, and for each of them the list of the records behind it.

use chrono::{Datelike, Days, NaiveDate};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use service::report::{self, Bar, Dashboard, Figure, OldestOpen, ParetoQuery, Trend, TrendQuery};
use service::{Draft, Error, System};

use crate::web::typed::Typed;
use crate::web::visit::Visit;
use crate::web::wording::Words;

/// How many weeks are looked back, this one included.
const WEEKS: u64 = 12;

/// How many kinds of failure are shown by themselves.
const TOP: &str = "8";

/// The plant.
pub(super) struct Plant {
    /// What is open, overdue, reported, closed, and what it cost.
    pub(super) numbers: Vec<Number>,
    /// What is open, by state.
    pub(super) states: Vec<Number>,
    /// What has been open longest.
    pub(super) oldest: Option<OldestOpen>,
    /// The last weeks, the latest last.
    pub(super) weeks: Vec<Week>,
    /// The kinds of failure of these weeks, the most frequent first.
    pub(super) failures: Vec<Failure>,
}

/// A number, what it counts, and where that is listed.
pub(super) struct Number {
    pub(super) label: String,
    pub(super) figure: String,
    pub(super) address: String,
}

/// What was reported and closed in a week, and what was open at its end.
pub(super) struct Week {
    pub(super) name: String,
    pub(super) reported: i64,
    pub(super) closed: i64,
    pub(super) open: i64,
    /// Where what was reported is listed.
    pub(super) reported_list: String,
    /// Where what was closed is listed.
    pub(super) closed_list: String,
}

/// A kind of failure.
pub(super) struct Failure {
    pub(super) label: String,
    pub(super) figure: String,
    pub(super) share: String,
    /// Where its records are listed; the rest of all kinds has no such place.
    pub(super) list: Option<String>,
}

impl Plant {
    /// As it stands now.
    pub(super) async fn of(visit: &Visit) -> Result<Self, Error> {
        let (system, actor, words) = (&visit.system, &visit.actor, visit.words());
        let (_, summary) = report::dashboard(system, actor, &Draft::pairs(&[])).await?;
        let (_, trend) = report::trend(system, actor, &weekly(system)).await?;
        let (_, pareto) = report::pareto(system, actor, &failures(system)).await?;
        let first = first_week(system);
        let states = summary.open_by_state.iter().map(|state| Number {
            label: words.word("status", state.state.word()),
            figure: state.records.to_string(),
            address: format!("/defects?status={}", state.state),
        });
        let bars = pareto.bars.into_iter();
        Ok(Self {
            numbers: numbers(words, &summary, &system.settings.currency.code),
            states: states.collect(),
            oldest: summary.oldest_open,
            weeks: weeks(trend, first),
            failures: bars.map(|bar| Failure::of(words, bar, first)).collect(),
        })
    }
}

/// The trend of the last weeks.
pub(super) fn weekly(system: &System) -> Draft<TrendQuery> {
    let from = first_week(system).to_string();
    Typed::with([("interval", "week"), ("from", from.as_str())]).draft()
}

/// The kinds of failure of the last weeks.
pub(super) fn failures(system: &System) -> Draft<ParetoQuery> {
    let from = first_week(system).to_string();
    let asked = [
        ("by", "failure_code"),
        ("top", TOP),
        ("from", from.as_str()),
    ];
    Typed::with(asked).draft()
}

/// The Monday with which the first of these weeks begins.
fn first_week(system: &System) -> NaiveDate {
    let today = system.settings.today(&system.clock);
    let back = u64::from(today.weekday().num_days_from_monday()) + 7 * (WEEKS - 1);
    today.checked_sub_days(Days::new(back)).unwrap_or(today)
}

fn numbers(words: Words, summary: &Dashboard, currency: &str) -> Vec<Number> {
    let month = &summary.this_month;
    let number = |label: String, figure: String, address: String| Number {
        label,
        figure,
        address,
    };
    let more = if summary.overdue_is_minimum { "+" } else { "" };
    let mut numbers = vec![
        number(
            words.text("home-open"),
            summary.open.to_string(),
            "/defects?status=open".to_owned(),
        ),
        number(
            words.text("home-overdue"),
            format!("{}{more}", summary.overdue),
            "/defects?overdue=true".to_owned(),
        ),
        number(
            words.text("home-reported"),
            month.reported.to_string(),
            format!("/defects?reported_after={}-01&status=!void", month.period),
        ),
        number(
            words.text("home-closed"),
            month.closed.to_string(),
            format!("/defects?closed_after={}-01&status=closed", month.period),
        ),
    ];
    numbers.extend(month.cost.as_ref().map(|cost| {
        number(
            words.text("home-cost"),
            format!("{} {currency}", cost.total),
            "/reports".to_owned(),
        )
    }));
    numbers
}

/// The weeks of a trend that begins with `first`, a Monday.
fn weeks(trend: Trend, first: NaiveDate) -> Vec<Week> {
    let mut monday = first;
    let week = |point: report::TrendPoint| {
        let next = monday.checked_add_days(Days::new(7)).unwrap_or(monday);
        let within = |what: &str| format!("{what}_after={monday}&{what}_before={next}");
        let week = Week {
            reported_list: format!("/defects?{}&status=!void", within("reported")),
            closed_list: format!("/defects?{}&status=closed", within("closed")),
            name: point.period,
            reported: point.reported,
            closed: point.closed,
            open: point.open,
        };
        monday = next;
        week
    };
    trend.points.into_iter().map(week).collect()
}

impl Failure {
    fn of(words: Words, bar: Bar, since: NaiveDate) -> Self {
        let is_rest = bar.key.is_none() && bar.label == "other";
        let key = bar.key.as_deref().unwrap_or("none");
        let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
        let list = format!("/defects?failure_code={key}&reported_after={since}&status=!void");
        Self {
            list: (!is_rest).then_some(list),
            label: match (&bar.key, is_rest) {
                (Some(_), _) => bar.label,
                (None, true) => words.text("home-other"),
                (None, false) => words.text("none"),
            },
            figure: match bar.value {
                Figure::Count(count) => count.to_string(),
                Figure::Decimal(digits) => digits,
            },
            share: format!("{:.0} %", bar.share),
        }
    }
}
