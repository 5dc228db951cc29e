//! Every page in each language, on a phone, a tablet and a desk: nothing untranslated, nothing clipped, nothing to push
//! sideways, and a console without an error.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::driver::Browser;
use crate::furnished::{PLAIN, furnish};
use crate::pages::{Page, guest_pages, pages};

pub(crate) const LANGUAGES: [&str; 3] = ["en", "es", "zh"];

/// A phone, a tablet upright, a desk.
const WIDTHS: [u32; 3] = [360, 768, 1440];

on_both! {
    async fn every_page_speaks_each_language_and_fits_each_screen(site: Site) {
        let made = furnish(&site, &PLAIN).await;
        let (pages, ids) = (pages(&made), message_ids());
        let browser = site.everybody().await;
        let mut wrong = Vec::new();
        for language in LANGUAGES {
            browser.speak(language).await;
            for page in &pages {
                browser.open(&page.path).await;
                let found = judge(&browser, page.is_paper(), language, &ids).await;
                wrong.extend(found.into_iter().map(|what| format!("{language} {}: {what}", page.path)));
                wrong.extend(faults(&browser, page).await);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn pages_for_guests_speak_the_language_of_the_browser_and_fit_each_screen(site: Site) {
        let made = furnish(&site, &PLAIN).await;
        let (ids, bare) = (message_ids(), site.bare());
        let (guest, first) = (site.browser().await, bare.browser(&site).await);
        let mut wrong = Vec::new();
        for language in LANGUAGES {
            let visits = guest_pages(&made).into_iter().map(|path| (&guest, path));
            for (browser, path) in visits.chain([(&first, "/set-up".to_owned())]) {
                ask_for(browser, language).await;
                browser.open(&path).await;
                let found = judge(browser, false, language, &ids).await;
                wrong.extend(found.into_iter().map(|what| format!("{language} {path}: {what}")));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Says which language the browser's user reads.
pub(crate) async fn ask_for(browser: &Browser, language: &str) {
    browser.cdp("Network.enable", &json!({})).await;
    let headers = json!({"headers": {"Accept-Language": language}});
    browser.cdp("Network.setExtraHTTPHeaders", &headers).await;
}

/// The ids of messages, but for those that people write as well. A page shows an id where it lacks its message.
pub(crate) fn message_ids() -> BTreeSet<String> {
    let (mut ids, mut texts) = (BTreeSet::new(), String::from("set-up"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales/en");
    for file in fs::read_dir(folder).unwrap() {
        let file = fs::read_to_string(file.unwrap().path()).unwrap();
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            let (id, text) = match line.split_once(" = ") {
                Some((id, text)) if line.starts_with(|c: char| c.is_ascii_lowercase()) => {
                    (id, text)
                }
                _ => ("", line),
            };
            ids.insert(id.to_owned());
            texts.push(' ');
            texts.push_str(text);
        }
    }
    let written: BTreeSet<&str> = words(&texts).collect();
    ids.retain(|id| id.contains('-') && !written.contains(id.as_str()));
    assert!(ids.len() > 1000, "{}", ids.len());
    ids
}

/// What in a text may be an id.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.split(move |c: char| !is_part(c))
}

/// What is wrong with the page that is open, whichever the screen.
pub(crate) async fn judge(
    browser: &Browser,
    is_paper: bool,
    language: &str,
    ids: &BTreeSet<String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let said = browser.js(SAID, Vec::new()).await;
    if said["language"] != language {
        wrong.push(format!("it says that it is in {}", said["language"]));
    }
    let texts = said["texts"].as_str().unwrap_or_default();
    let untold: BTreeSet<_> = words(texts).filter(|word| ids.contains(*word)).collect();
    if !untold.is_empty() {
        wrong.push(format!("messages are missing: {untold:?}"));
    }
    for width in WIDTHS {
        browser.screen((width, 900), false).await;
        let laid_out = browser.js(LAID_OUT, vec![json!(is_paper)]).await;
        wrong.extend(misfits(&laid_out, width));
    }
    wrong
}

fn misfits(laid_out: &Json, width: u32) -> Vec<String> {
    let mut wrong = Vec::new();
    let across = laid_out["across"].as_u64().unwrap_or_default();
    if laid_out["width"] != width || across > u64::from(width) {
        let widest = &laid_out["widest"];
        wrong.push(format!("{across} wide on {width}: {widest}"));
    }
    let clipped = laid_out["clipped"].as_array().cloned().unwrap_or_default();
    if !clipped.is_empty() {
        wrong.push(format!("clipped on {width}: {}", Json::from(clipped)));
    }
    wrong
}

/// What the console has told; that a page is not there is no error of the page.
async fn faults(browser: &Browser, page: &Page) -> Vec<String> {
    let faults = browser.faults().await;
    let counts = page.status() == 200;
    let faults = faults.into_iter().filter(|_| counts);
    faults
        .map(|fault| format!("{}: {fault}", page.path))
        .collect()
}

/// The language, and all that can be read or heard, also what is folded away or kept for scripts.
const SAID: &str = "
const texts = [document.title];
const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (all.nextNode()) texts.push(all.currentNode.data);
for (const element of document.querySelectorAll('[aria-label], [alt], [title], [placeholder]'))
  texts.push(...['aria-label', 'alt', 'title', 'placeholder'].map((name) => element.getAttribute(name) ?? ''));
texts.push(...Object.values(document.getElementById('words')?.dataset ?? {}));
return { language: document.documentElement.lang, texts: texts.join('\\n') };";

/// How wide the page is, what is widest, and what people read whole that is cut off. Sheets of paper are cut to size.
const LAID_OUT: &str = "
const [isPaper] = arguments;
const inScroll = (element) => element.closest('.scroll, .drawing, .note, .fishbone, pre') !== null;
const past = (element) => element.getBoundingClientRect().right > innerWidth + 1 && !inScroll(element);
const widest = [...document.querySelectorAll('main *')].filter(past).slice(0, 3);
const isCut = (element) => {
  const { overflowX, overflowY } = getComputedStyle(element);
  return (overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1)
    || (overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1);
};
const labels = isPaper ? [] : [...document.querySelectorAll('label, button, .button, summary, legend, h1, h2, h3, th, dt, .tag, nav a')];
const isShown = (element) => element.getClientRects().length > 0 && !element.closest('.unseen, .skip');
const clipped = labels.filter((label) => isShown(label) && (isCut(label) || past(label)));
return {
  width: innerWidth,
  across: document.documentElement.scrollWidth,
  widest: widest.map((element) => element.outerHTML.slice(0, 120)),
  clipped: clipped.slice(0, 5).map((label) => label.outerHTML.slice(0, 120)),
};";
