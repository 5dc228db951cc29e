//! The tables, in Markdown.

use super::book::{Book, Case, Measure, Quantity};
use super::contender::Server;
use super::goals;
use crate::table::{self, thousands};

/// Prints all that the book holds.
pub(super) fn print(book: &Book) {
    let cases = book.cases();
    let (loads, starts): (Vec<Case>, Vec<Case>) = cases
        .into_iter()
        .partition(|case| case.measure != Measure::Start);
    let rows: Vec<_> = loads.iter().map(|case| load(book, *case)).collect();
    if !rows.is_empty() {
        println!("\nMedians; \"dmt ×\" is how many times as many requests a second dmt answers.\n");
        table::print(
            &[
                "database",
                "records",
                "request",
                "server",
                "requests/s",
                "p50 ms",
                "p99 ms",
                "CPU µs/request",
                "dmt ×",
                "runs",
            ],
            &rows,
        );
    }
    let rows: Vec<_> = starts.iter().map(|case| start(book, *case)).collect();
    if !rows.is_empty() {
        println!("\nStart and memory\n");
        table::print(
            &[
                "database",
                "records",
                "server",
                "start to ready ms",
                "memory after the load MB",
                "at most MB",
            ],
            &rows,
        );
    }
    goals(book, &loads);
}

fn load(book: &Book, case: Case) -> Vec<String> {
    let median = |quantity| book.median(case, quantity);
    let dmt = Case {
        server: Server::Dmt,
        ..case
    };
    let ratio = (case.server != Server::Dmt)
        .then(|| Some(book.median(dmt, Quantity::Rate)? / median(Quantity::Rate)?))
        .flatten();
    vec![
        case.engine.name().to_owned(),
        thousands(f64::from(case.records)),
        case.measure.title().to_owned(),
        case.server.name().to_owned(),
        median(Quantity::Rate).map_or_else(String::new, thousands),
        digits(median(Quantity::P50), 2),
        digits(median(Quantity::P99), 2),
        digits(median(Quantity::Cpu), 0),
        digits(ratio, 2),
        book.runs(case).to_string(),
    ]
}

fn start(book: &Book, case: Case) -> Vec<String> {
    vec![
        case.engine.name().to_owned(),
        thousands(f64::from(case.records)),
        case.server.name().to_owned(),
        digits(book.median(case, Quantity::Ready), 0),
        digits(book.largest(case, Quantity::Memory), 1),
        digits(book.largest(case, Quantity::Peak), 1),
    ]
}

/// The goals that something is known of; the sizes that are compared are the smallest and the largest.
fn goals(book: &Book, loads: &[Case]) {
    let sizes = |server| {
        let cases = loads.iter().filter(move |case| case.server == server);
        cases.map(|case| case.records)
    };
    // Only dmt is measured on several sizes; where there are peers, theirs is the one that is compared.
    let records = sizes(Server::ActixSqlx).chain(sizes(Server::Dmt)).next();
    let spread = sizes(Server::Dmt).min().zip(sizes(Server::Dmt).max());
    let spread = spread.filter(|(small, large)| small < large);
    let goals = goals::all(book, records.unwrap_or_default(), spread);
    let rows: Vec<_> = goals
        .iter()
        .filter(|goal| goal.measured.is_some())
        .map(goals::Goal::row)
        .collect();
    if !rows.is_empty() {
        println!("\nGoals\n");
        table::print(&goals::HEADINGS, &rows);
    }
}

fn digits(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(String::new, |number| format!("{number:.digits$}"))
}
