//! How old what is open is, and how long records are in each state.

use service::report::{Ageing, AgeingRow, Flow};
use service::rights::When;
use service::value::show_scaled;

use super::super::asked::Asked;
use super::super::links::Links;
use super::super::view::{Cell, Figures, Row};
use crate::web::page::Page;

/// How old what is open is.
pub(in crate::web::reports) fn ageing(page: &Page, report: &Ageing, asked: &Asked) -> Figures {
    let links = Links::of(asked, &report.from, &report.to);
    let is_there = report.open + report.closed != 0;
    let said = is_there.then(|| {
        let open = report.open.to_string();
        let open = page.with("report-ageing-said", &[("open", open.as_str())]);
        format!("{open} {}", closing(page, report))
    });
    let rows = report.buckets.iter().map(|bucket| {
        let mut cells: Vec<Cell> = in_states(bucket)
            .into_iter()
            .map(|(status, count)| Cell::count(count, links.aged(bucket.days, status)))
            .collect();
        cells.push(Cell::count(bucket.total, links.aged(bucket.days, "open")));
        Row::new(Cell::text(bucket.days), cells)
    });
    let mut headings = vec![page.t("report-age")];
    headings.extend(states().map(|state| page.word("status", state)));
    headings.push(page.t("report-total"));
    Figures::of(
        page,
        page.t("report-ageing"),
        headings,
        rows.collect(),
        said,
    )
}

/// How long it took to close what was closed.
fn closing(page: &Page, report: &Ageing) -> String {
    let (Some(median), Some(p90)) = (report.median_days, report.p90_days) else {
        return page.t("report-ageing-none-closed");
    };
    let [closed, median, p90] = [report.closed, median, p90].map(|days| days.to_string());
    page.with(
        "report-ageing-closed",
        &[
            ("closed", closed.as_str()),
            ("median", median.as_str()),
            ("most", p90.as_str()),
        ],
    )
}

/// The states in which a record is open.
fn states() -> impl Iterator<Item = &'static str> {
    When::Open.states().iter().map(|state| state.word())
}

fn in_states(bucket: &AgeingRow) -> [(&'static str, i64); 5] {
    [
        ("reported", bucket.reported),
        ("analysis", bucket.analysis),
        ("disposition", bucket.disposition),
        ("execution", bucket.execution),
        ("verification", bucket.verification),
    ]
}

/// How long records are in each state.
pub(in crate::web::reports) fn flow(page: &Page, report: &Flow, asked: &Asked) -> Figures {
    let links = Links::of(asked, &report.from, &report.to);
    let longest = report.states.iter().max_by_key(|row| row.mean_seconds);
    let longest = longest.and_then(|row| Some((row.state, row.mean_seconds?)));
    let said = longest.map(|(state, seconds)| {
        let (state, time) = (page.word("status", state.word()), lasting(page, seconds));
        page.with(
            "report-flow-said",
            &[("state", state.as_str()), ("time", time.as_str())],
        )
    });
    let rows = report.states.iter().map(|row| {
        let (state, total) = (row.state.word(), lasting(page, row.total_seconds));
        let mean = row.mean_seconds.map(|seconds| lasting(page, seconds));
        let cells = vec![
            Cell::text(row.stays.to_string()),
            Cell::count(row.current, links.reported(&[("status", state)])),
            Cell::text(mean.unwrap_or_else(|| "–".to_owned())),
            Cell::text(total),
        ];
        Row::new(Cell::text(page.word("status", state)), cells)
    });
    let headings = vec![
        page.field("status"),
        page.t("report-stays"),
        page.t("report-current"),
        page.t("report-mean-time"),
        page.t("report-total-time"),
    ];
    Figures::of(page, page.t("report-flow"), headings, rows.collect(), said)
}

/// So long, in the unit that says it best.
fn lasting(page: &Page, seconds: i64) -> String {
    let (id, count) = counted(seconds);
    page.with(id, &[("count", count.as_str())])
}

/// The message of the unit that says so many seconds best, and how many of it they are, rounded half up.
fn counted(seconds: i64) -> (&'static str, String) {
    let tenths = |unit| show_scaled(rounded(seconds.saturating_mul(10), unit), 1, false);
    match seconds {
        few if few < 7_200 => ("report-minutes", rounded(few, 60).to_string()),
        some if some < 172_800 => ("report-hours", tenths(3_600)),
        _ => ("report-days", tenths(86_400)),
    }
}

/// How many units there are in so many seconds, rounded half up.
fn rounded(seconds: i64, unit: i64) -> i64 {
    seconds.saturating_add(unit / 2).div_euclid(unit)
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_time_is_rounded_half_up_in_the_unit_that_says_it_best() {
        for (seconds, unit, count) in [
            (0, "minutes", "0"),
            (29, "minutes", "0"),
            (30, "minutes", "1"),
            (7_199, "minutes", "120"),
            (7_200, "hours", "2.0"),
            (7_379, "hours", "2.0"),
            (7_380, "hours", "2.1"),
            (172_799, "hours", "48.0"),
            (172_800, "days", "2.0"),
            (216_000, "days", "2.5"),
        ] {
            let told = (format!("report-{unit}"), count.to_owned());
            let (id, count) = counted(seconds);
            assert_eq!((id.to_owned(), count), told, "{seconds}");
        }
    }
}
