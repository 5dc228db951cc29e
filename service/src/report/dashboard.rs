//! All at a glance: what a dashboard shows, in one call that takes as long with two million records as with a few.
//!
//! Sums come from the summaries; what is overdue is counted no further than [`MOST_COUNTED`]; the oldest open record is
//! the first of each open state in the order of an index.

use entity::defect;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use serde::Serialize;
use utoipa::ToSchema;

use super::ageing::open;
use super::copq::{Costs, Units, add};
use super::form::ReportForm;
use super::label;
use super::period::Interval;
use super::render::{Report, Table};
use super::source::Source;
use super::svg;
use crate::actor::Actor;
use crate::asked;
use crate::defects::overdue;
use crate::defects::{D, DefectFilter};
use crate::error::Result;
use crate::input::Draft;
use crate::rights::{When, sees_cost};
use crate::sheet::Cell;
use crate::summary::direct::whole;
use crate::summary::read::Span;
use crate::summary::{Dimension, Grain, Topic, days};
use crate::system::System;
use crate::value::Instant;
use crate::words::{Language, Status};

crate::input! {
    /// Which records, and in which form.
    pub struct DashboardQuery {
        ..filter: DefectFilter,
        /// The form; `json` unless said otherwise.
        format: optional ReportForm,
    }
}

/// How many overdue records are counted.
pub(super) const MOST_COUNTED: u64 = 1_000;

/// How many codes and parts are shown.
const TOP: usize = 5;

/// All at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dashboard {
    /// How many records are open.
    pub open: i64,
    /// The open ones by state, in the order of a record's life.
    pub open_by_state: Vec<InState>,
    /// How many are overdue, exact to 1,000.
    pub overdue: i64,
    /// Whether there are more overdue ones than were counted.
    pub overdue_is_minimum: bool,
    /// This month so far.
    pub this_month: Month,
    /// The month before.
    pub last_month: Month,
    /// The kinds of failure that were reported most often in these two months.
    pub top_failure_codes: Vec<Top>,
    /// The parts that were reported most often in these two months.
    pub top_parts: Vec<Top>,
    /// What has been open longest.
    #[schema(required)]
    pub oldest_open: Option<OldestOpen>,
}

/// How many records are in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct InState {
    /// The state.
    pub state: Status,
    /// How many.
    pub records: i64,
}

/// A month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Month {
    /// Which one.
    #[schema(example = "2026-11")]
    pub period: String,
    /// How many records were reported.
    pub reported: i64,
    /// How many were closed.
    pub closed: i64,
    /// What was entered as cost; not there for those who do not see cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Costs>,
}

/// What was reported often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Top {
    /// As the filter takes it.
    pub key: String,
    /// For people, of codes in the caller's language.
    pub label: String,
    /// How many records.
    pub records: i64,
}

/// What has been open longest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OldestOpen {
    /// Id.
    pub id: i64,
    /// Number on the tag.
    #[schema(example = "DMT-001042")]
    pub tag_number: String,
    /// What is wrong, in a line.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// When it was reported.
    #[schema(format = DateTime)]
    pub reported_at: String,
    /// How many days ago.
    pub days: i64,
}

/// Draws up all at a glance.
///
/// # Errors
/// `Invalid`.
pub async fn dashboard(
    system: &System,
    actor: &Actor,
    draft: &Draft<DashboardQuery>,
) -> Result<(ReportForm, Dashboard)> {
    actor.may_read()?;
    let query = draft.check()?;
    let source = Source::of(system, actor, &query.filter).await?;
    let open = open(&source, None).await?;
    let today = system.settings.today(&system.clock);
    let this = Grain::Month.begin(today);
    let last = Grain::Month.begin(this.pred_opt().unwrap_or(this));
    // To the end of the month, which is kept as a whole: nothing is reported tomorrow.
    let next = this
        .checked_add_months(chrono::Months::new(1))
        .unwrap_or(this);
    let both = (last, next.pred_opt().unwrap_or(this));
    let (overdue, overdue_is_minimum) = overdue_of(&source).await?;
    let (mut this_month, mut last_month) = (Month::of(this), Month::of(last));
    for (topic, counts) in [
        (
            Topic::Reported,
            Month::reported as fn(&mut Month) -> &mut i64,
        ),
        (Topic::Closed, Month::closed as fn(&mut Month) -> &mut i64),
    ] {
        for line in source.by_day(topic, both).await? {
            let is_this = days::of(line.day) >= this;
            let month = if is_this {
                &mut this_month
            } else {
                &mut last_month
            };
            *counts(month) += line.sums.records;
        }
    }
    if sees_cost(actor.roles) {
        let mut units = [Units::default(); 2];
        for line in source.by_day(Topic::Spent, both).await? {
            let [of_this, of_last] = &mut units;
            let units = if days::of(line.day) >= this {
                of_this
            } else {
                of_last
            };
            add(units, &line.word, line.sums.amount);
        }
        let [of_this, of_last] = units.map(|units| Costs::of(&system.settings, units));
        this_month.cost = Some(of_this);
        last_month.cost = Some(of_last);
    }
    let states = When::Open.states().iter().map(|state| InState {
        state: *state,
        records: open.get(state).copied().unwrap_or(0),
    });
    let report = Dashboard {
        open: open.values().sum(),
        open_by_state: states.collect(),
        overdue,
        overdue_is_minimum,
        this_month,
        last_month,
        top_failure_codes: top(&source, Dimension::FailureCode, both, actor).await?,
        top_parts: top(&source, Dimension::Part, both, actor).await?,
        oldest_open: oldest(&source).await?,
    };
    Ok((query.format.unwrap_or(ReportForm::Json), report))
}

impl Month {
    fn of(month: chrono::NaiveDate) -> Self {
        Self {
            period: Interval::Month.show(month),
            reported: 0,
            closed: 0,
            cost: None,
        }
    }

    fn reported(&mut self) -> &mut i64 {
        &mut self.reported
    }

    fn closed(&mut self) -> &mut i64 {
        &mut self.closed
    }
}

/// How many are overdue, and whether there are more.
async fn overdue_of(source: &Source<'_>) -> Result<(i64, bool)> {
    let family = source.system.db.engine().family();
    let ids = Query::select()
        .column((D, defect::Column::Id))
        .from_as(defect::Entity, D)
        .cond_where(source.wanted.clone())
        .cond_where(overdue::condition(true, source.system.clock.now()))
        .limit(MOST_COUNTED + 1)
        .to_owned();
    let count = Query::select()
        .expr_as(whole(family, "COUNT(*)"), "records")
        .from_subquery(ids, "counted")
        .to_owned();
    asked::note(source.db(), &count);
    let row = source.db().query_one(&count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    let most = MOST_COUNTED.cast_signed();
    Ok((Ord::min(count, most), count > most))
}

async fn top(
    source: &Source<'_>,
    dimension: Dimension,
    span: Span,
    actor: &Actor,
) -> Result<Vec<Top>> {
    let sums = source.sums(Topic::Reported, dimension, span).await?;
    let mut counts: Vec<(i64, i64)> = sums
        .into_iter()
        .map(|((id, _), sums)| (id, sums.records))
        .filter(|(id, records)| *id != 0 && *records > 0)
        .collect();
    counts.sort_by_key(|(id, records)| (-records, *id));
    // Those that are as often as the last one shown may come before it by their labels.
    if let Some(least) = counts.get(TOP - 1).map(|(_, records)| *records) {
        counts.retain(|(_, records)| *records >= least);
        counts.truncate(1_000);
    }
    let ids = counts.iter().map(|(id, _)| *id);
    let names = label::named(source.db(), dimension, ids, actor.language).await?;
    let mut top: Vec<Top> = counts
        .into_iter()
        .map(|(id, records)| {
            let named = names.get(&id);
            let word = |of: fn(&label::Named) -> &String| {
                named.map_or_else(|| id.to_string(), |named| of(named).clone())
            };
            Top {
                key: word(|named| &named.key),
                label: word(|named| &named.label),
                records,
            }
        })
        .collect();
    top.sort_by(|a, b| (b.records, &a.label, &a.key).cmp(&(a.records, &b.label, &b.key)));
    top.truncate(TOP);
    Ok(top)
}

async fn oldest(source: &Source<'_>) -> Result<Option<OldestOpen>> {
    let mut found: Vec<(chrono::DateTime<chrono::FixedOffset>, OldestOpen)> = Vec::new();
    let system = source.system;
    let today = system.settings.today(&system.clock);
    for state in When::Open.states() {
        let select = oldest_in(source, *state);
        asked::note(source.db(), &select);
        let Some(row) = source.db().query_one(&select).await? else {
            continue;
        };
        let at = row.try_get_by_index(3)?;
        let oldest = OldestOpen {
            id: row.try_get_by_index(0)?,
            tag_number: row.try_get_by_index(1)?,
            title: row.try_get_by_index(2)?,
            status: *state,
            reported_at: Instant::show(&at),
            days: (today - system.settings.day(&at)).num_days(),
        };
        found.push((at, oldest));
    }
    let oldest = found
        .into_iter()
        .min_by_key(|(at, oldest)| (*at, oldest.id));
    Ok(oldest.map(|(_, oldest)| oldest))
}

fn oldest_in(source: &Source<'_>, state: Status) -> SelectStatement {
    Query::select()
        .columns([
            (D, defect::Column::Id),
            (D, defect::Column::TagNumber),
            (D, defect::Column::Title),
            (D, defect::Column::ReportedAt),
        ])
        .from_as(defect::Entity, D)
        .cond_where(source.wanted.clone())
        .and_where(Expr::col((D, defect::Column::Status)).eq(state.word()))
        .order_by((D, defect::Column::ReportedAt), Order::Asc)
        .order_by((D, defect::Column::Id), Order::Asc)
        .limit(1)
        .to_owned()
}

impl Report for Dashboard {
    const NAME: &'static str = "summary";

    fn table(&self) -> Table {
        let mut rows = Vec::new();
        let mut row = |what: &str, label: &str, value: Cell| {
            rows.push(vec![Cell::text(Some(what)), Cell::text(Some(label)), value]);
        };
        for state in &self.open_by_state {
            row(
                "open",
                state.state.word(),
                Cell::number(Some(state.records)),
            );
        }
        row("overdue", "all", Cell::number(Some(self.overdue)));
        for month in [&self.this_month, &self.last_month] {
            row(
                "reported",
                &month.period,
                Cell::number(Some(month.reported)),
            );
            row("closed", &month.period, Cell::number(Some(month.closed)));
            if let Some(cost) = &month.cost {
                row("cost", &month.period, Cell::number(Some(&cost.total)));
            }
        }
        for top in &self.top_failure_codes {
            row("failure_code", &top.label, Cell::number(Some(top.records)));
        }
        for top in &self.top_parts {
            row("part", &top.label, Cell::number(Some(top.records)));
        }
        if let Some(oldest) = &self.oldest_open {
            row(
                "oldest_open_days",
                &oldest.tag_number,
                Cell::number(Some(oldest.days)),
            );
        }
        Table {
            headings: vec!["what", "label", "value"],
            rows,
        }
    }

    fn drawing(&self, language: Language) -> String {
        svg::dashboard(self, language)
    }
}
