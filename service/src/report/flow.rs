//! Flow: how long the records reported in the period have been in each state so far.
//!
//! Every stay counts, also one that goes on: up to now. A record that comes back into a state stays there once more.

use serde::Serialize;
use utoipa::ToSchema;

use super::figures::mean;
use super::form::ReportForm;
use super::period::ReportPeriod;
use super::render::{Report, Table};
use super::source::Source;
use super::svg;
use crate::actor::Actor;
use crate::defects::DefectFilter;
use crate::error::Result;
use crate::input::Draft;
use crate::rights::When;
use crate::sheet::Cell;
use crate::summary::{Dimension, Topic};
use crate::system::System;
use crate::words::{Language, Status};

crate::input! {
    /// Which records, and when they were reported.
    pub struct FlowQuery {
        ..filter: DefectFilter,
        ..period: ReportPeriod,
    }
}

/// Time in each state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Flow {
    /// From this day on.
    #[schema(format = Date)]
    pub from: String,
    /// Up to and including this day.
    #[schema(format = Date)]
    pub to: String,
    /// The states in the order of a record's life.
    pub states: Vec<FlowRow>,
}

/// Time in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlowRow {
    /// The state.
    pub state: Status,
    /// How often a record came into it.
    pub stays: i64,
    /// How many records are in it now.
    pub current: i64,
    /// How long all stays lasted together, in seconds.
    pub total_seconds: i64,
    /// How long one lasted in the mean, in seconds.
    #[schema(required)]
    pub mean_seconds: Option<i64>,
}

/// Draws up how long records are in each state.
///
/// # Errors
/// `Invalid`.
pub async fn flow(
    system: &System,
    actor: &Actor,
    draft: &Draft<FlowQuery>,
) -> Result<(ReportForm, Flow)> {
    actor.may_read()?;
    let query = draft.check()?;
    let span = query.period.span(system)?;
    // As of when it was asked, however long the database takes.
    let now = system.clock.now().timestamp();
    let source = Source::of(system, actor, &query.filter).await?;
    let sums = source.sums(Topic::State, Dimension::All, span).await?;
    let states = When::Open.states().iter().map(|state| {
        let sums = sums.get(&(0, state.word().to_owned())).copied();
        let sums = sums.unwrap_or_default();
        let total_seconds = sums.seconds + sums.records * now;
        FlowRow {
            state: *state,
            stays: sums.quantity,
            current: sums.records,
            total_seconds,
            mean_seconds: mean(total_seconds, sums.quantity),
        }
    });
    let report = Flow {
        from: span.0.to_string(),
        to: span.1.to_string(),
        states: states.collect(),
    };
    Ok((query.period.form(), report))
}

impl Report for Flow {
    const NAME: &'static str = "flow";

    fn table(&self) -> Table {
        let rows = self.states.iter().map(|row| {
            vec![
                Cell::text(Some(row.state.word())),
                Cell::number(Some(row.stays)),
                Cell::number(Some(row.current)),
                Cell::number(Some(row.total_seconds)),
                Cell::number(row.mean_seconds),
            ]
        });
        Table {
            headings: vec!["state", "stays", "current", "total_seconds", "mean_seconds"],
            rows: rows.collect(),
        }
    }

    fn drawing(&self, language: Language) -> String {
        svg::flow(self, language)
    }
}
