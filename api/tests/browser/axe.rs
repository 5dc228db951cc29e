//! axe-core on every page, in both colour schemes: no violation.

use std::fs;
use std::path::Path;

use crate::driver::Browser;
use crate::furnished::{PLAIN, furnish};
use crate::pages::{guest_pages, pages};

on_both! {
    async fn axe_finds_nothing_on_any_page_in_either_colour_scheme(site: Site) {
        let axe = source();
        let made = furnish(&site, &PLAIN).await;
        let (everybody, guest) = (site.everybody().await, site.browser().await);
        let bare = site.bare();
        let first = bare.browser(&site).await;
        let mut wrong = Vec::new();
        for page in pages(&made) {
            wrong.extend(violations(&everybody, &page.path, &axe).await);
        }
        for path in guest_pages(&made) {
            wrong.extend(violations(&guest, &path, &axe).await);
        }
        wrong.extend(violations(&first, "/set-up", &axe).await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// axe-core, as it is published.
pub(crate) fn source() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/browser/axe.min.js");
    fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!(
            "scripts/browser.sh fetches axe-core to {}, where it is not: {error}",
            file.display()
        )
    })
}

/// What axe finds on a page.
async fn violations(browser: &Browser, path: &str, axe: &str) -> Vec<String> {
    browser.open(path).await;
    violations_here(browser, path, axe).await
}

/// What axe finds on the page that is open, everything unfolded.
pub(crate) async fn violations_here(browser: &Browser, path: &str, axe: &str) -> Vec<String> {
    browser.js(UNFOLD, Vec::new()).await;
    browser.js(axe, Vec::new()).await;
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        browser.colours(scheme).await;
        let told = browser.later(RUN).await;
        let told = told.as_array().cloned().unwrap_or_default();
        found.extend(told.iter().map(|what| format!("{path} ({scheme}): {what}")));
    }
    found
}

pub(crate) const UNFOLD: &str =
    "for (const box of document.querySelectorAll('details')) box.open = true;";

const RUN: &str = "
const shown = ({ html, target }) => `${target.join(' ')} ${html.slice(0, 160)}`;
axe.run(document, { resultTypes: ['violations'] }).then(
  ({ violations }) => done(violations.map(({ id, help, nodes }) => `${id}, ${help}: ${nodes.slice(0, 3).map(shown).join(' | ')}`)),
  (error) => done([String(error)]),
);";
