//! A chart as a table: a row for each point, those that do not count included, in the order of time.

use serde_json::Value as Json;

use super::view::{ChartView, ExcludedView, PointView};
use crate::sheet::Cell;
use crate::value::{Instant, Value as _};

/// The headings.
const HEADINGS: &[&str] = &[
    "number", "label", "at", "n", "count", "value", "center", "lcl", "ucl", "signals", "excluded",
];

/// The headings and the rows.
pub fn table(chart: &ChartView) -> (&'static [&'static str], Vec<Vec<Cell>>) {
    let points = chart.points.iter();
    let points = points.map(|point| (point.number, of_point(chart, point)));
    let excluded = chart.excluded.iter();
    let excluded = excluded.map(|point| (point.number, of_excluded(point)));
    let mut rows: Vec<(i64, Vec<Cell>)> = points.chain(excluded).collect();
    rows.sort_by_key(|(number, _)| *number);
    (HEADINGS, rows.into_iter().map(|(_, row)| row).collect())
}

fn of_point(chart: &ChartView, point: &PointView) -> Vec<Cell> {
    let signals = point.signals.iter().map(u8::to_string);
    let signals: Vec<String> = signals.collect();
    let signals = Some(signals.join(" ")).filter(|text| !text.is_empty());
    vec![
        Cell::number(Some(point.number)),
        Cell::Text(point.label.clone()),
        instant(&point.at),
        Cell::number(Some(point.n)),
        Cell::number(Some(point.count)),
        Cell::number(Some(point.value)),
        Cell::number(chart.center),
        Cell::number(Some(point.lcl)),
        Cell::number(Some(point.ucl)),
        Cell::text(signals),
        Cell::Flag(false),
    ]
}

/// An instant as an instant, which a spreadsheet reckons with.
fn instant(shown: &str) -> Cell {
    let read = Instant::from_json(&Json::from(shown));
    read.map_or(Cell::Empty, |at| Cell::Instant(at.0))
}

fn of_excluded(point: &ExcludedView) -> Vec<Cell> {
    vec![
        Cell::number(Some(point.number)),
        Cell::Text(point.label.clone()),
        instant(&point.at),
        Cell::number(Some(point.n)),
        Cell::number(Some(point.count)),
        Cell::number(Some(point.value)),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Flag(true),
    ]
}
