//! Inspections: listed, entered one by one or from a file, looked at, made void. A failed one reports its defect in the same
//! call.

mod enter;
mod import;
mod list;
mod one;

use actix_web::web;

use super::page::Page;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    // The inspection comes last: its address would take those of the others.
    for noun in [
        list::configure,
        enter::configure,
        import::configure,
        one::configure,
    ] {
        config.configure(noun);
    }
}

/// Their place in the menu.
const SECTION: &str = "inspections";

const PLACE: &str = "/inspections";

/// The way back to the list.
fn trail(page: &Page) -> Vec<(String, String)> {
    vec![(PLACE.to_owned(), page.t("menu-inspections"))]
}

/// A number that may not have been counted.
fn counted(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// What came of a sample: a word, and how good that is.
fn outcome(page: &Page, is_void: bool, failed: bool) -> (String, &'static str) {
    match (is_void, failed) {
        (true, _) => (page.t("inspection-void"), "warn"),
        (false, true) => (page.t("inspection-failed"), "bad"),
        (false, false) => (page.t("inspection-passed"), "good"),
    }
}
