//! The points of a control chart and its signals, in words.

use service::chart::{ChartView, Rule, figure};

use super::view::{Cell, Grid, Row};
use crate::web::page::Page;

/// A point of a control chart, with its figures as they are shown.
pub(super) struct Point {
    pub(super) number: i64,
    pub(super) label: String,
    pub(super) units: i64,
    pub(super) count: i64,
    pub(super) value: String,
    /// The lower limit; a point that does not count has none.
    pub(super) lower: String,
    /// The upper limit.
    pub(super) upper: String,
    /// The rules that it completes.
    pub(super) rules: String,
    pub(super) is_excluded: bool,
}

/// A rule that points complete, and which ones.
pub(super) struct Signal {
    pub(super) title: String,
    pub(super) means: String,
    pub(super) points: String,
}

/// All points in the order of time, those that do not count too.
pub(super) fn points(view: &ChartView) -> Vec<Point> {
    let counted = view.points.iter().map(|point| Point {
        number: point.number,
        label: point.label.clone(),
        units: point.n,
        count: point.count,
        value: figure(point.value),
        lower: figure(point.lcl),
        upper: figure(point.ucl),
        rules: joined(point.signals.iter().map(u8::to_string)),
        is_excluded: false,
    });
    let excluded = view.excluded.iter().map(|point| Point {
        number: point.number,
        label: point.label.clone(),
        units: point.n,
        count: point.count,
        value: figure(point.value),
        lower: "–".to_owned(),
        upper: "–".to_owned(),
        rules: String::new(),
        is_excluded: true,
    });
    let mut points: Vec<Point> = counted.chain(excluded).collect();
    points.sort_by_key(|point| point.number);
    points
}

/// What each rule that points complete means, and at which points.
pub(super) fn signals(page: &Page, view: &ChartView) -> Vec<Signal> {
    let of = |rule: &Rule| {
        let number = rule.number();
        let points = view.points.iter();
        let points = points.filter(|point| point.signals.contains(&number));
        let points = joined(points.map(|point| format!("{} ({})", point.number, point.label)));
        (!points.is_empty()).then(|| Signal {
            title: page.word("report-rule", rule.word()),
            means: page.word("report-rule-means", rule.word()),
            points,
        })
    };
    Rule::ALL.iter().filter_map(of).collect()
}

/// The numbers of the points that are signals; nothing, where none is.
pub(super) fn numbers(view: &ChartView) -> String {
    let points = view.points.iter();
    let signals = points.filter(|point| !point.signals.is_empty());
    joined(signals.map(|point| point.number.to_string()))
}

/// The points as a table.
pub(super) fn grid(page: &Page, view: &ChartView, title: String) -> Grid {
    let rows = points(view).into_iter().map(|point| {
        let cells = [
            point.units.to_string(),
            point.count.to_string(),
            point.value,
            point.lower,
            point.upper,
            point.rules,
        ];
        let cells = cells.into_iter().map(Cell::text).collect();
        Row::new(Cell::text(point.label), cells)
    });
    Grid {
        title,
        headings: vec![
            page.word("subgroup", view.subgroup.word()),
            page.t("report-units"),
            page.t("report-count"),
            page.t("report-value"),
            page.t("report-lower"),
            page.t("report-upper"),
            page.t("report-signals"),
        ],
        rows: rows.collect(),
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}
