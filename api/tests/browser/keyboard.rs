//! Without a mouse: the main path by keys alone, and every page walked by Tab.
//!
//! What keys do depends on no database, so that these are tried on SQLite.

use testkit::Engine;

use crate::axe::UNFOLD;
use crate::driver::Browser;
use crate::floor;
use crate::furnished::{PLAIN, furnish};
use crate::keys::{DOWN, ENTER, ESCAPE, Keyboard, SPACE, TAB};
use crate::pages::{guest_pages, pages};
use crate::site::{self, Site};

#[test]
fn the_main_path_needs_nothing_but_keys() {
    site::run(Engine::Sqlite, main_path);
}

#[test]
fn every_page_is_walked_by_tab_and_shows_where_one_is() {
    site::run(Engine::Sqlite, walk);
}

#[test]
fn a_part_that_was_chosen_by_keys_leads_on_to_what_is_wrong_with_it() {
    site::run(Engine::Sqlite, choice_of_a_part);
}

async fn choice_of_a_part(site: Site) {
    let browser = site.sign_in("inspector").await;
    let keys = Keyboard::of(&browser).await;
    floor::open(&browser).await;
    keys.fill("#part_id", "PN-101").await;
    keys.reach("#parts .found a").await;
    keys.press([ENTER]).await;
    browser.until(IS_LED_ON).await;
}

/// That a screen reader is told the part, and that the focus is on the first tile.
const IS_LED_ON: &str = "
const told = document.querySelector('[role=status] #chosen');
const [first] = document.querySelectorAll('#tiles input');
return told !== null && told.textContent.startsWith('PN-101') && document.activeElement === first;";

async fn main_path(site: Site) {
    let browser = site.browser().await;
    let keys = Keyboard::of(&browser).await;
    sign_in(&keys).await;
    let (record, tag_number) = report(&keys).await;
    use_the_keys_of_the_list(&keys).await;
    find(&keys, &tag_number).await;
    assert_eq!(browser.path().await, record);
    analyse(&keys).await;
    let viewer = site.person("viewer").await;
    let now = viewer.get(&record).await;
    for (field, said) in [
        ("quantity_defective", "3"),
        ("severity", "minor"),
        ("status", "analysis"),
        ("process_analysis", "The reamer was worn."),
    ] {
        assert_eq!(now[field], said, "{now}");
    }
    let reopened = reopen(&keys).await;
    let now = viewer.get(&reopened).await;
    assert_eq!(now["status"], "disposition", "{now}");
    keys.reach(".who button").await;
    keys.follow().await;
    assert_eq!(browser.path().await, "/sign-in");
    browser.open("/").await;
    assert_eq!(browser.path().await, "/sign-in", "signed out is out");
}

async fn sign_in(keys: &Keyboard<'_>) {
    keys.browser.open("/sign-in").await;
    keys.fill("#username", "manager").await;
    keys.fill("#password", "manager-demo").await;
    keys.follow().await;
    assert_eq!(keys.browser.path().await, "/");
}

/// Reports three pieces on the floor; answers the address of the record and its tag number.
async fn report(keys: &Keyboard<'_>) -> (String, String) {
    let browser = keys.browser;
    keys.reach("nav.menu a[href='/floor']").await;
    keys.follow().await;
    floor::is_ready(browser).await;
    keys.fill("#part_id", "PN-101").await;
    // The tiles are put in the order of the part: none of the old ones must be ticked.
    let mark = "document.querySelector('#tiles .tiles').id = 'before'";
    browser.js(mark, Vec::new()).await;
    keys.press([ENTER]).await;
    browser.until(PART_IS_CHOSEN).await;
    keys.reach("#tiles input").await;
    keys.press([SPACE]).await;
    keys.fill("#quantity_defective", "3").await;
    // Who has reported nothing yet has no work center to begin with.
    keys.reach("#work_center_id").await;
    keys.press([DOWN]).await;
    keys.reach("#report .send").await;
    keys.press([ENTER]).await;
    let record = floor::sent(browser).await;
    (record, browser.text_of("#sent .tag-number").await)
}

const PART_IS_CHOSEN: &str = "
const { textContent } = document.getElementById('chosen');
return textContent.startsWith('PN-101') && document.getElementById('before') === null;";

/// `?` tells of the keys, `f` and `/` lead to the fields, `j` and `k` through the rows, and `x` ticks one.
async fn use_the_keys_of_the_list(keys: &Keyboard<'_>) {
    let browser = keys.browser;
    open_list(keys).await;
    keys.press(['?']).await;
    browser
        .until("return document.getElementById('keys').open")
        .await;
    keys.press([ESCAPE]).await;
    browser
        .until("return !document.getElementById('keys').open")
        .await;
    filter(keys, "status:reported").await;
    keys.press(['j', 'j']).await;
    assert!(keys.is_at("[data-row]:nth-child(2) th a").await, "j j");
    keys.press(['k']).await;
    assert!(keys.is_at("[data-row]:nth-child(1) th a").await, "k");
    let first = "[data-row]:nth-child(1) input[name=pick]:checked";
    keys.press(['x']).await;
    assert!(browser.has(first).await, "x");
    keys.press(['x']).await;
    assert!(!browser.has(first).await, "x x");
}

/// Goes to the list, and waits until its keys are at work.
async fn open_list(keys: &Keyboard<'_>) {
    keys.reach("nav.menu a[href='/defects']").await;
    keys.follow().await;
    listens(keys).await;
}

async fn listens(keys: &Keyboard<'_>) {
    let is_ready = "return !document.getElementById('keys-open').hidden";
    keys.browser.until(is_ready).await;
}

async fn filter(keys: &Keyboard<'_>, written: &str) {
    keys.press(['f']).await;
    assert!(keys.is_at("#filter").await, "f");
    keys.write(written).await;
    keys.follow().await;
    listens(keys).await;
}

/// Looks for a record by its number, and opens it.
async fn find(keys: &Keyboard<'_>, tag_number: &str) {
    keys.press(['/']).await;
    assert!(keys.is_at("#q").await, "/");
    keys.write(tag_number).await;
    keys.follow().await;
    listens(keys).await;
    keys.press(['j']).await;
    let found = keys.browser.text_of("[data-row] th a").await;
    assert_eq!(found, tag_number);
    keys.follow().await;
}

/// Skips the menu, grades the record, takes it on, and says what happened.
async fn analyse(keys: &Keyboard<'_>) {
    let browser = keys.browser;
    keys.press([TAB]).await;
    assert!(
        keys.is_at(".skip").await,
        "the first stop leads past the menu"
    );
    keys.press([ENTER]).await;
    browser
        .until("return document.activeElement.id === 'main'")
        .await;
    keys.choose("#triage-severity", "minor").await;
    keys.reach("#triage form button").await;
    keys.follow().await;
    keys.reach("#next form:has(input[value=start_analysis]) button")
        .await;
    keys.follow().await;
    keys.fill("#analysis-process_analysis", "The reamer was worn.")
        .await;
    keys.reach("#analysis form button").await;
    keys.follow().await;
}

/// Opens a closed record again, with a reason and a signature; answers its address.
async fn reopen(keys: &Keyboard<'_>) -> String {
    let browser = keys.browser;
    open_list(keys).await;
    filter(keys, "status:closed").await;
    keys.press(['j']).await;
    keys.follow().await;
    let record = browser.path().await;
    keys.reach("#next a[href$='/transitions/reopen']").await;
    keys.follow().await;
    keys.fill("#reason", "The customer has found another one.")
        .await;
    keys.fill("[name='signature.password']", "manager-demo")
        .await;
    keys.reach("main form button").await;
    keys.follow().await;
    assert_eq!(
        (browser.status().await, browser.path().await),
        (200, record.clone())
    );
    record
}

async fn walk(site: Site) {
    let made = furnish(&site, &PLAIN).await;
    let (everybody, guest) = (site.everybody().await, site.browser().await);
    let mut wrong = Vec::new();
    let keys = Keyboard::of(&everybody).await;
    for page in pages(&made) {
        wrong.extend(walked(&keys, &page.path).await);
    }
    let keys = Keyboard::of(&guest).await;
    for path in guest_pages(&made) {
        wrong.extend(walked(&keys, &path).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How often Tab is pressed before it is looked where that has led, once all should have been reached.
const STRIDE: usize = 20;

/// After so many more strides the focus is caught somewhere.
const MOST_STRIDES: usize = 40;

/// What is wrong with a page for whoever has no mouse, everything unfolded.
async fn walked(keys: &Keyboard<'_>, path: &str) -> Vec<String> {
    let browser = keys.browser;
    browser.open(path).await;
    browser.js(UNFOLD, Vec::new()).await;
    let stops = browser.js(BEGIN, Vec::new()).await.as_u64();
    let stops = usize::try_from(stops.unwrap_or_default()).unwrap();
    let mut stride = stops + 1;
    for _ in 0..MOST_STRIDES {
        keys.press(std::iter::repeat_n(TAB, stride)).await;
        if browser.js(IS_ROUND, Vec::new()).await == true {
            return found(browser, path).await;
        }
        stride = STRIDE;
    }
    let caught = browser.js(CAUGHT, Vec::new()).await;
    vec![format!("{path}: the focus does not get away from {caught}")]
}

async fn found(browser: &Browser, path: &str) -> Vec<String> {
    let found = browser.js(FOUND, Vec::new()).await;
    let mut wrong = Vec::new();
    for what in ["unreached", "unmarked"] {
        let all = found[what].as_array().cloned().unwrap_or_default();
        wrong.extend(all.iter().map(|one| format!("{path}: {what}: {one}")));
    }
    wrong
}

/// Puts the focus before everything, and writes down where it comes from now on; answers how many stops there are.
const BEGIN: &str = "
const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
window.isStop = (element) => element.isConnected && element.tabIndex >= 0 && !element.matches(':disabled') && isShown(element);
window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(isStop);
window.walked = [];
const isMarked = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    if (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) return true;
  }
  return false;
};
const start = document.createElement('span');
start.tabIndex = -1;
document.body.prepend(start);
start.focus();
addEventListener('focusin', ({ target }) => walked.push({ target, isMarked: isMarked(target) }));
return stops.length;";

/// Whether the focus has left the page at its end, or is where it came from.
const IS_ROUND: &str = "
if (document.activeElement === document.body) return true;
return walked.filter(({ target }) => target === walked[0]?.target).length > 1;";

const CAUGHT: &str = "return document.activeElement.outerHTML.slice(0, 160);";

/// The stops at which the focus never was, and those that do not show it. Of radio buttons one is a stop for all.
const FOUND: &str = "
const told = (elements) => [...new Set(elements)].slice(0, 5).map((element) => element.outerHTML.slice(0, 160));
const visited = new Set(walked.map(({ target }) => target));
const isOfOne = (one, other) => other.type === 'radio' && other.name === one.name && other.form === one.form;
const isReached = (stop) => visited.has(stop) || (stop.type === 'radio' && stops.some((other) => isOfOne(stop, other) && visited.has(other)));
return {
  unreached: told(stops.filter((stop) => isStop(stop) && !isReached(stop))),
  unmarked: told(walked.filter(({ isMarked }) => !isMarked).map(({ target }) => target)),
};";
