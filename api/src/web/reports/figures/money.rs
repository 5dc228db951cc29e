//! What poor quality costs, and what comes from each supplier.

use service::report::{Copq, Costs, Suppliers};

use super::super::asked::Asked;
use super::super::links::Links;
use super::super::view::{Cell, Figures, Grid, Row};
use crate::web::page::Page;

/// The cost of poor quality.
pub(in crate::web::reports) fn copq(page: &Page, report: &Copq, currency: &str) -> Figures {
    let is_there = amounts(&report.total)
        .iter()
        .any(|amount| !is_nothing(amount))
        || report
            .points
            .iter()
            .any(|point| !is_nothing(&point.costs.total));
    let total = &report.total;
    let said = is_there.then(|| {
        page.with(
            "report-copq-said",
            &[
                ("currency", currency),
                ("total", total.total.as_str()),
                ("internal", total.internal.as_str()),
                ("external", total.external.as_str()),
                ("recovered", total.recovered.as_str()),
            ],
        )
    });
    let points = report.points.iter();
    let points = points.map(|point| Row::new(Cell::text(&point.period), costs(&point.costs)));
    let mut rows: Vec<Row> = points.collect();
    rows.push(Row::total(page.t("report-total"), costs(total)));
    let interval = page.word("report-interval", report.interval.word());
    let above = headings(page, interval, currency);
    let mut figures = Figures::of(page, page.t("report-copq"), above, rows, said);
    if let Some(by) = report.by {
        let groups = report.groups.iter().map(|group| {
            let label = match &group.key {
                None => page.word("report-bar", "none"),
                Some(_) => group.label.clone(),
            };
            Row::new(Cell::text(label), costs(&group.costs))
        });
        let by = page.field(by.word());
        figures.grids.push(Grid {
            title: page.with("report-copq-by", &[("by", by.as_str())]),
            headings: headings(page, by, currency),
            rows: groups.collect(),
        });
    }
    figures
}

/// What stands above costs by class.
fn headings(page: &Page, what: String, currency: &str) -> Vec<String> {
    let classes = [
        "internal",
        "external",
        "appraisal",
        "prevention",
        "recovered",
    ];
    let classes = classes.map(|class| page.word("report-cost", class));
    let all = format!("{} ({currency})", page.t("report-total"));
    [what].into_iter().chain(classes).chain([all]).collect()
}

fn amounts(costs: &Costs) -> [&String; 6] {
    [
        &costs.internal,
        &costs.external,
        &costs.appraisal,
        &costs.prevention,
        &costs.recovered,
        &costs.total,
    ]
}

fn costs(costs: &Costs) -> Vec<Cell> {
    amounts(costs).into_iter().map(Cell::text).collect()
}

fn is_nothing(amount: &str) -> bool {
    !amount.bytes().any(|digit| (b'1'..=b'9').contains(&digit))
}

/// What comes from each supplier.
pub(in crate::web::reports) fn suppliers(
    page: &Page,
    report: &Suppliers,
    asked: &Asked,
) -> Figures {
    let links = Links::of(asked, &report.from, &report.to);
    let shows_cost = report.suppliers.iter().any(|row| row.cost.is_some());
    let said = report.suppliers.first().map(|row| {
        let records = row.records.to_string();
        let pairs = [("label", row.label.as_str()), ("records", records.as_str())];
        page.with("report-suppliers-said", &pairs)
    });
    let rows = report.suppliers.iter().map(|row| {
        let id = row.id.to_string();
        let none = || "–".to_owned();
        let mut cells = vec![
            Cell::count(row.records, links.reported(&[("supplier_id", id.as_str())])),
            Cell::text(&row.quantity_defective),
            Cell::text(&row.quantity_inspected),
            Cell::text(row.ppm.map_or_else(none, |ppm| ppm.to_string())),
        ];
        cells.extend(row.cost.as_ref().map(Cell::text));
        let hours = row.mean_response_hours.map(|hours| format!("{hours:.1}"));
        cells.push(Cell::text(row.requests.to_string()));
        cells.push(Cell::text(row.answered.to_string()));
        cells.push(Cell::text(hours.unwrap_or_else(none)));
        Row::new(Cell::text(&row.label), cells)
    });
    let mut headings = vec![
        page.field("supplier"),
        page.word("report-measure", "records"),
        page.field("quantity_defective"),
        page.field("quantity_inspected"),
        page.t("report-ppm"),
    ];
    headings.extend(shows_cost.then(|| page.word("report-measure", "cost")));
    headings.push(page.t("report-requests"));
    headings.push(page.t("report-answered"));
    headings.push(page.t("report-answer-hours"));
    Figures::of(
        page,
        page.t("report-suppliers"),
        headings,
        rows.collect(),
        said,
    )
}

#[cfg(test)]
mod tests {
    use super::is_nothing;

    #[test]
    fn nothing_is_nothing_in_every_currency() {
        assert!(is_nothing("0.00") && is_nothing("0") && is_nothing("-0.000"));
        assert!(!is_nothing("0.05") && !is_nothing("-12.00"));
    }
}
