//! Pareto: which few values bring most of it.
//!
//! Of the records reported in the period. By disposition a record is under each that it has a line of: counted once
//! under each, its quantities line by line, and its whole cost under each, so that the bars of costs may come to more
//! than the records cost. Values that come to nothing have no bar.

use serde::Serialize;
use utoipa::ToSchema;

use super::figures::percent;
use super::form::ReportForm;
use super::label::{self, Named};
use super::period::ReportPeriod;
use super::render::{Report, Table};
use super::source::Source;
use super::svg;
use crate::actor::Actor;
use crate::defects::DefectFilter;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::rights::sees_cost;
use crate::setting::Settings;
use crate::sheet::Cell;
use crate::summary::direct::By;
use crate::summary::{Dimension, NO_WORD, Topic};
use crate::system::System;
use crate::value::{Int, Quantity};
use crate::words::Language;

crate::choice! {
    /// By what a Pareto is drawn up.
    pub enum ParetoBy {
        /// By kind of failure.
        FailureCode = "failure_code",
        /// By part.
        Part = "part",
        /// By work center.
        WorkCenter = "work_center",
        /// By supplier.
        Supplier = "supplier",
        /// By cause.
        Cause = "cause",
        /// By what became of the material.
        Disposition = "disposition",
    }
}

crate::choice! {
    /// What a Pareto measures.
    pub enum Measure {
        /// How many records.
        Records = "records",
        /// The defective quantity.
        Quantity = "quantity",
        /// What the records have cost, less what came back; only for those who see cost.
        Cost = "cost",
    }
}

crate::input! {
    /// Which records, by what, and how many bars.
    pub struct ParetoQuery {
        ..filter: DefectFilter,
        ..period: ReportPeriod,
        /// By what.
        by: required ParetoBy,
        /// What is measured; `records` unless said otherwise.
        measure: optional Measure,
        /// How many bars; the rest is one bar `other`. All of them unless said.
        top: optional Int<1, 200>,
    }
}

/// A Pareto.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Pareto {
    /// By what.
    pub by: ParetoBy,
    /// What is measured.
    pub measure: Measure,
    /// From this day on.
    #[schema(format = Date)]
    pub from: String,
    /// Up to and including this day.
    #[schema(format = Date)]
    pub to: String,
    /// All bars together.
    pub total: Figure,
    /// The largest first; equal ones by their labels.
    pub bars: Vec<Bar>,
}

/// A bar of a Pareto.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Bar {
    /// What the filter of that name takes: a code, an id or a word; null for `none` and `other`.
    #[schema(required)]
    pub key: Option<String>,
    /// For people, of codes in the caller's language; `none` for records without a value, `other` for the rest behind
    /// `top`.
    pub label: String,
    /// How much.
    pub value: Figure,
    /// In percent of the total, to two decimals.
    #[schema(example = 31.33)]
    pub share: f64,
    /// This bar and those before it, in percent of the total, to two decimals.
    #[schema(example = 58.0)]
    pub cumulative: f64,
}

/// A count as a number; a quantity or an amount of money as decimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Figure {
    /// How many.
    Count(i64),
    /// How much.
    Decimal(String),
}

/// Draws up a Pareto.
///
/// # Errors
/// `Forbidden` for cost where the caller does not see it, `Invalid`.
pub async fn pareto(
    system: &System,
    actor: &Actor,
    draft: &Draft<ParetoQuery>,
) -> Result<(ReportForm, Pareto)> {
    actor.may_read()?;
    let read = draft.check();
    let wants_cost = matches!(&read, Ok(query) if query.measure == Some(Measure::Cost));
    if wants_cost && !sees_cost(actor.roles) {
        return Err(Error::cost_is_hidden(["measure"]));
    }
    let query = read?;
    let span = query.period.span(system)?;
    let (by, measure) = (query.by, query.measure.unwrap_or(Measure::Records));
    let source = Source::of(system, actor, &query.filter).await?;
    let mut values = match by.dimension() {
        Some(dimension) => by_dimension(&source, dimension, measure, span, actor).await?,
        None => by_disposition(&source, measure, span).await?,
    };
    values.retain(|value| value.2 != 0);
    values.sort_by(|a, b| (b.2, &a.0, a.1).cmp(&(a.2, &b.0, b.1)));
    let top = query.top.map(|top| top.0.unsigned_abs() as usize);
    let report = Pareto {
        by,
        measure,
        from: span.0.to_string(),
        to: span.1.to_string(),
        total: figure(
            measure,
            &system.settings,
            values.iter().map(|value| value.2).sum(),
        ),
        bars: bars(values, top, |units| {
            figure(measure, &system.settings, units)
        }),
    };
    Ok((query.period.form(), report))
}

impl ParetoBy {
    fn dimension(self) -> Option<Dimension> {
        match self {
            Self::FailureCode => Some(Dimension::FailureCode),
            Self::Part => Some(Dimension::Part),
            Self::WorkCenter => Some(Dimension::WorkCenter),
            Self::Supplier => Some(Dimension::Supplier),
            Self::Cause => Some(Dimension::Cause),
            Self::Disposition => None,
        }
    }
}

/// What a bar stands for, its id, and how much it is.
type Valued = (Option<Named>, i64, i64);

async fn by_dimension(
    source: &Source<'_>,
    dimension: Dimension,
    measure: Measure,
    span: crate::summary::read::Span,
    actor: &Actor,
) -> Result<Vec<Valued>> {
    let topic = match measure {
        Measure::Cost => Topic::Cost,
        Measure::Records | Measure::Quantity => Topic::Reported,
    };
    let sums = source.sums(topic, dimension, span).await?;
    let ids = sums.keys().map(|(id, _)| *id);
    let names = label::named(source.db(), dimension, ids, actor.language).await?;
    let values = sums.iter().map(|((id, _), sums)| {
        let value = match measure {
            Measure::Records => sums.records,
            Measure::Quantity => sums.quantity,
            Measure::Cost => sums.amount,
        };
        (named(*id, &names), *id, value)
    });
    Ok(values.collect())
}

/// What an id stands for; 0 is none.
fn named(id: i64, names: &std::collections::HashMap<i64, Named>) -> Option<Named> {
    (id != 0).then(|| {
        names.get(&id).cloned().unwrap_or_else(|| Named {
            label: id.to_string(),
            key: id.to_string(),
        })
    })
}

async fn by_disposition(
    source: &Source<'_>,
    measure: Measure,
    span: crate::summary::read::Span,
) -> Result<Vec<Valued>> {
    let mut values = std::collections::BTreeMap::<String, i64>::new();
    if measure == Measure::Cost {
        let asked = source.asked(Topic::Cost, By::Disposition, Some(span), false);
        for line in source.of_records(&asked).await? {
            *values.entry(line.word).or_default() += line.sums.amount;
        }
    } else {
        let sums = source.sums(Topic::Disposed, Dimension::All, span).await?;
        for ((_, word), sums) in sums {
            let value = match measure {
                Measure::Records => sums.records,
                Measure::Quantity | Measure::Cost => sums.quantity,
            };
            *values.entry(word).or_default() += value;
        }
    }
    let values = values.into_iter().map(|(word, value)| {
        let named = (word != NO_WORD).then(|| Named {
            label: word.clone(),
            key: word,
        });
        (named, 0, value)
    });
    Ok(values.collect())
}

fn bars(mut values: Vec<Valued>, top: Option<usize>, figure: impl Fn(i64) -> Figure) -> Vec<Bar> {
    let total = values.iter().map(|value| value.2).sum();
    let rest = top.filter(|top| *top < values.len()).map(|top| {
        let rest = values.split_off(top);
        rest.iter().map(|value| value.2).sum::<i64>()
    });
    let mut sum = 0;
    let mut bar = |named: Option<Named>, word: &str, units: i64| {
        sum += units;
        let (key, label) = match named {
            Some(named) => (Some(named.key), named.label),
            None => (None, word.to_owned()),
        };
        Bar {
            key,
            label,
            value: figure(units),
            share: percent(units, total),
            cumulative: percent(sum, total),
        }
    };
    let mut bars: Vec<Bar> = values
        .into_iter()
        .map(|(named, _, units)| bar(named, "none", units))
        .collect();
    bars.extend(rest.map(|units| bar(None, "other", units)));
    bars
}

fn figure(measure: Measure, settings: &Settings, units: i64) -> Figure {
    match measure {
        Measure::Records => Figure::Count(units),
        Measure::Quantity => Figure::Decimal(Quantity::show(units)),
        Measure::Cost => Figure::Decimal(settings.money(units)),
    }
}

impl Figure {
    /// As it is shown.
    pub(super) fn show(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Decimal(digits) => digits.clone(),
        }
    }
}

impl Report for Pareto {
    const NAME: &'static str = "pareto";

    fn table(&self) -> Table {
        let rows = self.bars.iter().map(|bar| {
            vec![
                Cell::text(bar.key.as_ref()),
                Cell::text(Some(&bar.label)),
                Cell::number(Some(bar.value.show())),
                Cell::number(Some(format!("{:.2}", bar.share))),
                Cell::number(Some(format!("{:.2}", bar.cumulative))),
            ]
        });
        Table {
            headings: vec!["key", "label", self.measure.word(), "share", "cumulative"],
            rows: rows.collect(),
        }
    }

    fn drawing(&self, language: Language) -> String {
        svg::pareto(self, language)
    }
}
