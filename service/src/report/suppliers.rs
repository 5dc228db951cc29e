//! What comes from each supplier: records, quantities, parts per million, cost, and how fast he answers.
//!
//! Records are those reported in the period. Parts per million are of the records that say how many were inspected: the
//! defective ones of those for each million inspected. An answer is the first that a supplier writes with the link to a
//! corrective action request; these are his requests whose first link was given in the period, whatever else the filter
//! says. A supplier without a record is told of only where there is no filter.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};
use entity::{audit_event, car_link};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{mean, ratio};
use super::form::ReportForm;
use super::label;
use super::period::ReportPeriod;
use super::render::{Report, Table};
use super::source::Source;
use super::svg;
use crate::actor::Actor;
use crate::corrective;
use crate::defects::DefectFilter;
use crate::error::Result;
use crate::input::Draft;
use crate::rights::sees_cost;
use crate::sheet::Cell;
use crate::summary::read::Span;
use crate::summary::{Dimension, Sums, Topic, days};
use crate::system::System;
use crate::value::{Int, Quantity};
use crate::words::Language;

crate::input! {
    /// Which records, when, and of how many suppliers.
    pub struct SuppliersQuery {
        ..filter: DefectFilter,
        ..period: ReportPeriod,
        /// How many suppliers, those with the most records first; 100 unless said otherwise.
        top: optional Int<1, 1000>,
    }
}

const TOP: i64 = 100;

/// What comes from each supplier.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Suppliers {
    /// From this day on.
    #[schema(format = Date)]
    pub from: String,
    /// Up to and including this day.
    #[schema(format = Date)]
    pub to: String,
    /// Those with the most records first.
    pub suppliers: Vec<SupplierRow>,
}

/// A supplier.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SupplierRow {
    /// Id.
    pub id: i64,
    /// Code and name.
    pub label: String,
    /// How many records were reported.
    pub records: i64,
    /// How many pieces of his were wrong.
    #[schema(example = "10")]
    pub quantity_defective: String,
    /// How many of his were inspected, where a record says so.
    #[schema(example = "1200")]
    pub quantity_inspected: String,
    /// Defective parts for each million inspected; null where nothing was.
    #[schema(required, example = 8333)]
    pub ppm: Option<i64>,
    /// What the records have cost, less what came back; not there for those who do not see cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "12.50")]
    pub cost: Option<String>,
    /// How many requests he was given a link to.
    pub requests: i64,
    /// How many of those he has answered.
    pub answered: i64,
    /// After how many hours, in the mean, to two decimals.
    #[schema(required)]
    pub mean_response_hours: Option<f64>,
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) shows_cost: bool,
}

/// Draws up what comes from each supplier.
///
/// # Errors
/// `Invalid`.
pub async fn suppliers(
    system: &System,
    actor: &Actor,
    draft: &Draft<SuppliersQuery>,
) -> Result<(ReportForm, Suppliers)> {
    actor.may_read()?;
    let query = draft.check()?;
    let span = query.period.span(system)?;
    let source = Source::of(system, actor, &query.filter).await?;
    let shows_cost = sees_cost(actor.roles);
    let reported = of(&source, Topic::Reported, span).await?;
    let inspected = of(&source, Topic::Inspected, span).await?;
    let cost = match shows_cost {
        true => of(&source, Topic::Cost, span).await?,
        false => BTreeMap::new(),
    };
    let answers = answers(&source, span).await?;
    let mut ids: BTreeSet<i64> = reported.keys().copied().collect();
    if source.is_of_all() {
        // Who was only asked to answer has a row of his own, too.
        ids.extend(answers.keys());
    }
    let ids: Vec<i64> = ids.into_iter().filter(|id| *id != 0).collect();
    let language = actor.language;
    let names = label::named(source.db(), Dimension::Supplier, ids.clone(), language).await?;
    let row = |id: i64| {
        let sums = |sums: &BTreeMap<i64, Sums>| sums.get(&id).copied().unwrap_or_default();
        let (reported, inspected) = (sums(&reported), sums(&inspected));
        let answers = answers.get(&id).copied().unwrap_or_default();
        SupplierRow {
            id,
            label: names
                .get(&id)
                .map_or_else(|| id.to_string(), |named| named.label.clone()),
            records: reported.records,
            quantity_defective: Quantity::show(reported.quantity),
            quantity_inspected: Quantity::show(inspected.amount),
            ppm: mean(i128::from(inspected.quantity) * 1_000_000, inspected.amount),
            cost: shows_cost.then(|| system.settings.money(sums(&cost).amount)),
            requests: answers.requests,
            answered: answers.answered,
            mean_response_hours: (answers.answered > 0)
                .then(|| ratio(answers.seconds, answers.answered * 3_600)),
            shows_cost,
        }
    };
    let mut rows: Vec<SupplierRow> = ids.into_iter().map(row).collect();
    rows.sort_by(|a, b| (b.records, &a.label, a.id).cmp(&(a.records, &b.label, b.id)));
    rows.truncate(query.top.map_or(TOP, |top| top.0).unsigned_abs() as usize);
    let report = Suppliers {
        from: span.0.to_string(),
        to: span.1.to_string(),
        suppliers: rows,
    };
    Ok((query.period.form(), report))
}

async fn of(source: &Source<'_>, topic: Topic, span: Span) -> Result<BTreeMap<i64, Sums>> {
    let sums = source.sums(topic, Dimension::Supplier, span).await?;
    Ok(sums.into_iter().map(|((id, _), sums)| (id, sums)).collect())
}

/// How a supplier answered.
#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    requests: i64,
    answered: i64,
    /// From the first link to the first answer, all requests together.
    seconds: i64,
}

async fn answers(source: &Source<'_>, span: Span) -> Result<BTreeMap<i64, Answers>> {
    let mut found: BTreeMap<i64, Answers> = BTreeMap::new();
    for row in source.db().query_all(&links(source, span)).await? {
        let supplier: i64 = row.try_get_by_index(0)?;
        let asked: DateTime<FixedOffset> = row.try_get_by_index(1)?;
        let answered: Option<DateTime<FixedOffset>> = row.try_get_by_index(2)?;
        let answers = found.entry(supplier).or_default();
        answers.requests += 1;
        if let Some(at) = answered {
            answers.answered += 1;
            answers.seconds += Ord::max((at - asked).num_seconds(), 0);
        }
    }
    Ok(found)
}

/// Each request with its supplier, when he was first given a link, and when he first wrote on a step. Suppliers are in
/// the history without an id, and nobody else who is writes on steps. A request may have had another supplier before, or
/// have another one now: what was written while a link of his could be used is his.
fn links(source: &Source<'_>, span: Span) -> SelectStatement {
    let (from, to) = days::span(&source.system.settings, span);
    let wrote = format!(
        "e.entity = '{}' AND e.entity_id = l.car_id AND e.actor IS NULL AND e.field LIKE 'steps/%' \
         AND e.at >= l.created_at AND (l.revoked_at IS NULL OR e.at < l.revoked_at)",
        corrective::ENTITY
    );
    Query::select()
        .column(("l", car_link::Column::PartnerId))
        .expr_as(Expr::cust("MIN(l.created_at)"), "asked_at")
        .expr_as(Expr::cust("MIN(e.at)"), "answered_at")
        .from_as(car_link::Entity, "l")
        .join_as(
            JoinType::LeftJoin,
            audit_event::Entity,
            "e",
            Expr::cust(wrote),
        )
        .add_group_by([
            Expr::col(("l", car_link::Column::PartnerId)),
            Expr::col(("l", car_link::Column::CarId)),
        ])
        .and_having(Expr::cust("MIN(l.created_at)").gte(from))
        .and_having(Expr::cust("MIN(l.created_at)").lt(to))
        .to_owned()
}

impl Report for Suppliers {
    const NAME: &'static str = "suppliers";

    fn table(&self) -> Table {
        let shows_cost = self.suppliers.first().is_some_and(|row| row.shows_cost);
        let rows = self.suppliers.iter().map(|row| {
            let mut cells = vec![
                Cell::number(Some(row.id)),
                Cell::text(Some(&row.label)),
                Cell::number(Some(row.records)),
                Cell::number(Some(&row.quantity_defective)),
                Cell::number(Some(&row.quantity_inspected)),
                Cell::number(row.ppm),
                Cell::number(Some(row.requests)),
                Cell::number(Some(row.answered)),
                Cell::number(row.mean_response_hours.map(|hours| format!("{hours:.2}"))),
            ];
            cells.extend(row.cost.as_ref().map(|cost| Cell::number(Some(cost))));
            cells
        });
        let mut headings = vec![
            "id",
            "supplier",
            "records",
            "quantity_defective",
            "quantity_inspected",
            "ppm",
            "requests",
            "answered",
            "mean_response_hours",
        ];
        if shows_cost {
            headings.push("cost");
        }
        Table {
            headings,
            rows: rows.collect(),
        }
    }

    fn drawing(&self, language: Language) -> String {
        svg::suppliers(self, language)
    }
}
