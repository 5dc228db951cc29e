//! The cost of poor quality (BS 6143-2, PAF model): what was entered in the period, by class, and what came back.
//!
//! Cost and labor entries count on the day on which they were entered, so that a month that is over stays as it is;
//! labor costs its minutes at its rate. Amounts that came back are told by themselves and lower the total only.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::form::ReportForm;
use super::label;
use super::period::{Interval, ReportPeriod};
use super::render::{Report, Table};
use super::source::Source;
use super::svg;
use crate::actor::Actor;
use crate::defects::DefectFilter;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::rights::{field, sees_cost};
use crate::setting::Settings;
use crate::sheet::Cell;
use crate::summary::read::Span;
use crate::summary::{Dimension, RECOVERED, Topic, days};
use crate::system::System;
use crate::words::{Language, QualityClass};

crate::choice! {
    /// By what the cost of poor quality is divided.
    pub enum CopqBy {
        /// By part.
        Part = "part",
        /// By supplier.
        Supplier = "supplier",
        /// By work center.
        WorkCenter = "work_center",
    }
}

crate::input! {
    /// Which records, when, and divided how.
    pub struct CopqQuery {
        ..filter: DefectFilter,
        ..period: ReportPeriod,
        /// How the period is divided; `month` unless said otherwise.
        interval: optional Interval,
        /// By what the whole period is divided besides.
        by: optional CopqBy,
    }
}

/// The cost of poor quality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Copq {
    /// How the period is divided.
    pub interval: Interval,
    /// From this day on.
    #[schema(format = Date)]
    pub from: String,
    /// Up to and including this day.
    #[schema(format = Date)]
    pub to: String,
    /// The whole period.
    pub total: Costs,
    /// One for each part of the period, the empty ones too.
    pub points: Vec<CopqPoint>,
    /// By what the whole period is divided besides.
    #[schema(required)]
    pub by: Option<CopqBy>,
    /// The dearest first; empty where nothing was said in `by`.
    pub groups: Vec<CopqGroup>,
}

/// A part of the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CopqPoint {
    /// A day (`2026-11-20`), a week (`2026-W47`) or a month (`2026-11`).
    #[schema(example = "2026-11")]
    pub period: String,
    /// What it cost.
    #[serde(flatten)]
    pub costs: Costs,
}

/// What a part, supplier or work center cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CopqGroup {
    /// Its id, as the filter takes it; null for records without one.
    #[schema(required)]
    pub key: Option<String>,
    /// For people; `none` for records without one.
    pub label: String,
    /// What it cost.
    #[serde(flatten)]
    pub costs: Costs,
}

/// Costs by class, in the system's currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Costs {
    /// It failed before it left the house.
    #[schema(example = "72.50")]
    pub internal: String,
    /// It failed at the customer.
    #[schema(example = "0.00")]
    pub external: String,
    /// Finding out whether it conforms.
    #[schema(example = "12.00")]
    pub appraisal: String,
    /// Keeping it from happening again.
    #[schema(example = "0.00")]
    pub prevention: String,
    /// What came back, above all from suppliers.
    #[schema(example = "20.00")]
    pub recovered: String,
    /// All four classes, less what came back.
    #[schema(example = "64.50")]
    pub total: String,
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) units: Units,
}

/// In minor units: internal, external, appraisal, prevention, recovered.
pub(super) type Units = [i64; 5];

/// Where a word of the sums has its place in [`Units`].
fn place(word: &str) -> Option<usize> {
    match QualityClass::of(word) {
        Some(QualityClass::InternalFailure) => Some(0),
        Some(QualityClass::ExternalFailure) => Some(1),
        Some(QualityClass::Appraisal) => Some(2),
        Some(QualityClass::Prevention) => Some(3),
        None => (word == RECOVERED).then_some(4),
    }
}

pub(super) fn add(units: &mut Units, word: &str, amount: i64) {
    if let Some(unit) = place(word).and_then(|place| units.get_mut(place)) {
        *unit += amount;
    }
}

fn net(units: &Units) -> i64 {
    let [internal, external, appraisal, prevention, recovered] = units;
    internal + external + appraisal + prevention - recovered
}

impl Costs {
    pub(super) fn of(settings: &Settings, units: Units) -> Self {
        let [internal, external, appraisal, prevention, recovered] =
            units.map(|amount| settings.money(amount));
        Self {
            internal,
            external,
            appraisal,
            prevention,
            recovered,
            total: settings.money(net(&units)),
            units,
        }
    }

    fn cells(&self) -> [Cell; 6] {
        [
            &self.internal,
            &self.external,
            &self.appraisal,
            &self.prevention,
            &self.recovered,
            &self.total,
        ]
        .map(|amount| Cell::number(Some(amount)))
    }
}

/// Draws up the cost of poor quality.
///
/// # Errors
/// `Forbidden` where the caller does not see cost, `Invalid`.
pub async fn copq(
    system: &System,
    actor: &Actor,
    draft: &Draft<CopqQuery>,
) -> Result<(ReportForm, Copq)> {
    actor.may_read()?;
    if !sees_cost(actor.roles) {
        return Err(Error::cost_is_hidden([field::COST]));
    }
    let query = draft.check()?;
    let span = query.period.span(system)?;
    let interval = query.interval.unwrap_or(Interval::Month);
    let parts = interval.parts(span)?;
    let source = Source::of(system, actor, &query.filter).await?;
    let mut by_part: BTreeMap<_, Units> = BTreeMap::new();
    let mut total = Units::default();
    for line in source.by_day(Topic::Spent, span).await? {
        let part = by_part.entry(interval.begin(days::of(line.day)));
        add(part.or_default(), &line.word, line.sums.amount);
        add(&mut total, &line.word, line.sums.amount);
    }
    let costs =
        |units: Option<&Units>| Costs::of(&system.settings, units.copied().unwrap_or_default());
    let points = parts.into_iter().map(|part| CopqPoint {
        period: interval.show(part),
        costs: costs(by_part.get(&part)),
    });
    let report = Copq {
        interval,
        from: span.0.to_string(),
        to: span.1.to_string(),
        total: costs(Some(&total)),
        points: points.collect(),
        by: query.by,
        groups: match query.by {
            Some(by) => groups(&source, by, span, actor).await?,
            None => Vec::new(),
        },
    };
    Ok((query.period.form(), report))
}

async fn groups(
    source: &Source<'_>,
    by: CopqBy,
    span: Span,
    actor: &Actor,
) -> Result<Vec<CopqGroup>> {
    let dimension = match by {
        CopqBy::Part => Dimension::Part,
        CopqBy::Supplier => Dimension::Supplier,
        CopqBy::WorkCenter => Dimension::WorkCenter,
    };
    let mut of: BTreeMap<i64, Units> = BTreeMap::new();
    for ((id, word), sums) in source.sums(Topic::Spent, dimension, span).await? {
        add(of.entry(id).or_default(), &word, sums.amount);
    }
    of.retain(|_, units| *units != Units::default());
    let names = label::named(source.db(), dimension, of.keys().copied(), actor.language).await?;
    let mut groups: Vec<(i64, CopqGroup)> = of
        .into_iter()
        .map(|(id, units)| {
            let key = (id != 0).then(|| id.to_string());
            let label = names.get(&id).map(|named| named.label.clone());
            let label = label.or_else(|| key.clone());
            let group = CopqGroup {
                key,
                label: label.unwrap_or_else(|| "none".to_owned()),
                costs: Costs::of(&source.system.settings, units),
            };
            (id, group)
        })
        .collect();
    groups.sort_by(|(id, a), (other, b)| {
        let order = |group: &CopqGroup| -net(&group.costs.units);
        (order(a), &a.label, id).cmp(&(order(b), &b.label, other))
    });
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

impl Report for Copq {
    const NAME: &'static str = "copq";

    fn table(&self) -> Table {
        let points = self.points.iter().map(|point| {
            let nothing = [Cell::Empty, Cell::Empty];
            let what = std::iter::once(Cell::text(Some(&point.period))).chain(nothing);
            what.chain(point.costs.cells()).collect()
        });
        let groups = self.groups.iter().map(|group| {
            let named = [
                Cell::text(group.key.as_ref()),
                Cell::text(Some(&group.label)),
            ];
            let what = std::iter::once(Cell::Empty).chain(named);
            what.chain(group.costs.cells()).collect()
        });
        Table {
            headings: vec![
                "period",
                "key",
                "label",
                "internal",
                "external",
                "appraisal",
                "prevention",
                "recovered",
                "total",
            ],
            rows: points.chain(groups).collect(),
        }
    }

    fn drawing(&self, language: Language) -> String {
        svg::copq(self, language)
    }
}
