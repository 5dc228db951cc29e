//! What each report comes to: a sentence, and tables whose figures lead to the records behind them.

mod money;
mod states;

use service::report::{Bar, Figure, Pareto, ParetoBy, Trend, TrendPoint};

use super::asked::Asked;
use super::links::Links;
use super::view::{Cell, Figures, Grid, Row};
use crate::web::page::Page;

pub(super) use money::{copq, suppliers};
pub(super) use states::{ageing, flow};

/// A Pareto.
pub(super) fn pareto(page: &Page, report: &Pareto, asked: &Asked) -> Figures {
    let links = Links::of(asked, &report.from, &report.to);
    let measure = page.word("report-measure", report.measure.word());
    let by = page.field(report.by.word());
    let title = page.with(
        "report-pareto-of",
        &[("measure", measure.as_str()), ("by", by.as_str())],
    );
    let said = report.bars.first().map(|bar| {
        let (label, share) = (bar_label(page, report.by, bar), percent(bar.share));
        let (value, total) = (figure(&bar.value), figure(&report.total));
        page.with(
            "report-pareto-said",
            &[
                ("label", label.as_str()),
                ("value", value.as_str()),
                ("total", total.as_str()),
                ("share", share.as_str()),
            ],
        )
    });
    let rows = report.bars.iter().map(|bar| {
        let label = bar_label(page, report.by, bar);
        let cells = vec![
            Cell::text(figure(&bar.value)),
            Cell::text(percent(bar.share)),
            Cell::text(percent(bar.cumulative)),
        ];
        Row::new(
            Cell::linked(label, behind_bar(report.by, bar, &links)),
            cells,
        )
    });
    let headings = vec![
        by,
        measure,
        page.t("report-share"),
        page.t("report-cumulative"),
    ];
    Figures::of(page, title, headings, rows.collect(), said)
}

impl Figures {
    /// One table under the report's own title; without a sentence, nothing is there.
    fn of(
        page: &Page,
        title: String,
        headings: Vec<String>,
        rows: Vec<Row>,
        said: Option<String>,
    ) -> Self {
        let grid = Grid {
            title: title.clone(),
            headings,
            rows,
        };
        Self {
            title,
            is_empty: said.is_none(),
            said: said.unwrap_or_else(|| page.t("report-empty")),
            grids: vec![grid],
        }
    }
}

/// What a bar is called; what stands for no value is named by the page.
fn bar_label(page: &Page, by: ParetoBy, bar: &Bar) -> String {
    match &bar.key {
        None => page.word("report-bar", &bar.label),
        Some(key) if by == ParetoBy::Disposition => page.word("disposition", key),
        Some(_) => bar.label.clone(),
    }
}

/// The records of a bar: what was decided is no filter, and what is behind the last bar has none of its own.
fn behind_bar(by: ParetoBy, bar: &Bar, links: &Links) -> Option<String> {
    let name = match by {
        ParetoBy::FailureCode => "failure_code",
        ParetoBy::Part => "part_id",
        ParetoBy::WorkCenter => "work_center_id",
        ParetoBy::Supplier => "supplier_id",
        ParetoBy::Cause => "cause",
        ParetoBy::Disposition => return None,
    };
    let none = (bar.label == "none").then_some("none");
    let value = bar.key.as_deref().or(none)?;
    links.reported(&[(name, value)])
}

fn figure(figure: &Figure) -> String {
    match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Decimal(digits) => digits.clone(),
    }
}

fn percent(share: f64) -> String {
    format!("{share:.2} %")
}

/// A trend.
pub(super) fn trend(page: &Page, report: &Trend, asked: &Asked) -> Figures {
    let links = Links::of(asked, &report.from, &report.to);
    let sum = |of: fn(&TrendPoint) -> i64| -> i64 { report.points.iter().map(of).sum() };
    let (reported, closed) = (sum(|point| point.reported), sum(|point| point.closed));
    let open = report.points.last().map_or(0, |point| point.open);
    let is_there = report.points.iter().any(|point| point.open != 0) || reported + closed != 0;
    let said = is_there.then(|| {
        let [reported, closed, open] = [reported, closed, open].map(|count| count.to_string());
        page.with(
            "report-trend-said",
            &[
                ("reported", reported.as_str()),
                ("closed", closed.as_str()),
                ("open", open.as_str()),
            ],
        )
    });
    let last = report.points.len().saturating_sub(1);
    let rows = report.points.iter().enumerate().map(|(place, point)| {
        // What was open at another day no filter says.
        let is_now = place == last && asked.reaches_today(&report.to);
        let open = is_now.then(|| links.records(&[("status", "open")]));
        let reported = links.happened("reported", &point.period, &[]);
        let closed = links.happened("closed", &point.period, &[("status", "closed")]);
        let cells = vec![
            Cell::count(point.reported, reported),
            Cell::count(point.closed, closed),
            Cell::count(point.open, open.flatten()),
        ];
        Row::new(Cell::text(&point.period), cells)
    });
    let headings = vec![
        page.word("report-interval", report.interval.word()),
        page.t("report-reported"),
        page.t("report-closed"),
        page.t("report-open"),
    ];
    Figures::of(page, page.t("report-trend"), headings, rows.collect(), said)
}

#[cfg(test)]
mod tests {
    use service::words::Language;

    use crate::web::wording::Words;

    #[test]
    fn every_word_of_a_report_is_there() {
        let all: [(&str, &[&str]); 10] = [
            (
                "report",
                &["pareto", "trend", "ageing", "flow", "copq", "suppliers"],
            ),
            ("report-bar", &["none", "other"]),
            ("report-chart", &["p", "np", "c", "u"]),
            (
                "report-cost",
                &[
                    "internal",
                    "external",
                    "appraisal",
                    "prevention",
                    "recovered",
                ],
            ),
            ("report-interval", &["day", "week", "month"]),
            ("report-measure", &["records", "quantity", "cost"]),
            ("report-period", &["month", "quarter", "year"]),
            ("report-rule", &["1", "2", "3", "4"]),
            ("report-rule-means", &["1", "2", "3", "4"]),
            ("limit-status", &["draft", "approved", "retired"]),
        ];
        for language in Language::ALL {
            let words = Words::of(*language);
            for (kind, known) in all {
                for word in known {
                    let id = format!("{kind}-{word}");
                    assert!(words.maybe(&id).is_some(), "{language}: {id}");
                }
            }
        }
    }
}
