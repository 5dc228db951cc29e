//! What a page weighs, and whom it asks.

use serde_json::Value as Json;

use crate::driver::Browser;
use crate::furnished::{PLAIN, furnish};
use crate::pages::{guest_pages, pages};

/// HTML, as it is read.
const MOST_HTML: u64 = 100_000;

/// Styles, scripts and drawings, as they are sent.
const MOST_ASSETS: u64 = 60_000;

on_both! {
    async fn pages_are_light_and_ask_nobody_else(site: Site) {
        let made = furnish(&site, &PLAIN).await;
        let (everybody, guest) = (site.everybody().await, site.browser().await);
        let mut wrong = Vec::new();
        for page in pages(&made) {
            wrong.extend(weigh(&everybody, &page.path).await);
        }
        for path in guest_pages(&made) {
            wrong.extend(weigh(&guest, &path).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What is wrong with what was loaded for a page, pictures that wait to be seen included.
async fn weigh(browser: &Browser, path: &str) -> Vec<String> {
    browser.open(path).await;
    browser.js(LOAD_ALL, Vec::new()).await;
    browser.until(ALL_IS_LOADED).await;
    let loaded = browser.js(LOADED, Vec::new()).await;
    let number = |name: &str| loaded[name].as_u64().unwrap_or(u64::MAX);
    let (html, assets) = (number("html"), number("assets"));
    let mut wrong = Vec::new();
    if html > MOST_HTML {
        wrong.push(format!("{path}: {html} bytes of HTML"));
    }
    if assets > MOST_ASSETS {
        wrong.push(format!("{path}: {assets} bytes of assets"));
    }
    if loaded["elsewhere"] != Json::Array(Vec::new()) {
        wrong.push(format!("{path}: asks {}", loaded["elsewhere"]));
    }
    wrong
}

const LOAD_ALL: &str = "for (const picture of document.images) picture.loading = 'eager';";

const ALL_IS_LOADED: &str = "return [...document.images].every((picture) => picture.complete);";

/// Attachments are content and no assets; what is in the page itself was not asked for.
const LOADED: &str = "
const [page] = performance.getEntriesByType('navigation');
const asked = performance.getEntriesByType('resource').filter(({ name }) => /^https?:/.test(name));
const assets = asked.filter(({ name }) => !new URL(name).pathname.includes('/attachments/'));
return {
  html: page.decodedBodySize,
  assets: assets.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  elsewhere: asked.map(({ name }) => new URL(name).origin).filter((origin) => origin !== location.origin),
};";
