//! Every page as every role, and as nobody: what it shows and what it refuses.

use serde_json::{Value as Json, json};

use crate::driver::Browser;
use crate::furnished::{COST, PLAIN, furnish};
use crate::pages::{Page, menu, pages, sees_cost};
use crate::site::PEOPLE;

on_both! {
    async fn every_page_shows_and_refuses_each_role_as_the_table_says(site: Site) {
        let pages = pages(&furnish(&site, &PLAIN).await);
        let mut wrong = Vec::new();
        for name in PEOPLE {
            let browser = site.sign_in(name).await;
            for page in &pages {
                let found = look(&browser, &page.path).await;
                wrong.extend(judge(page, name, &found).map(|what| format!("{name}, {}: {what}", page.path)));
            }
            browser.open("/").await;
            let shown = browser.js(MENU, Vec::new()).await;
            assert_eq!(shown, json!(menu(name)), "the menu of {name}");
            browser.leave().await;
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn who_is_not_signed_in_is_asked_to_do_so_on_every_page(site: Site) {
        let pages = pages(&furnish(&site, &PLAIN).await);
        let guest = site.browser().await;
        for page in pages.iter().filter(|page| page.status() == 200) {
            guest.open(&page.path).await;
            assert_eq!(guest.path().await, "/sign-in", "{}", page.path);
        }
        guest.open("/nothing-here").await;
        assert_eq!(guest.status().await, 404);
    }
}

/// Which of the places that not everybody has are in the menu.
const MENU: &str = "
const places = [...document.querySelectorAll('nav.menu a')].map((link) => link.getAttribute('href'));
return places.filter((place) => ['/floor', '/admin'].includes(place));";

const LOOK: &str = "
return {
  status: performance.getEntriesByType('navigation')[0].responseStatus,
  headings: [...document.querySelectorAll('h1')].map((heading) => heading.textContent.trim()),
  cost: document.documentElement.outerHTML.includes(arguments[0]),
};";

async fn look(browser: &Browser, path: &str) -> Json {
    browser.open(path).await;
    browser.js(LOOK, vec![json!(COST)]).await
}

/// What is wrong with what somebody found at a page.
fn judge(page: &Page, name: &str, found: &Json) -> Option<String> {
    let (wanted, heading) = match page.is_seen_by(name) {
        true => (page.status(), None),
        false if page.refusal(name) == 409 => (409, Some("This is not possible now")),
        false => (403, Some("You may not do this")),
    };
    if found["status"] != wanted {
        return Some(format!("{} and not {wanted}", found["status"]));
    }
    let headings = found["headings"].as_array().map_or(0, Vec::len);
    if headings != 1 || heading.is_some_and(|heading| found["headings"][0] != heading) {
        return Some(format!("its headings are {}", found["headings"]));
    }
    if found["cost"] == true && !sees_cost(name) {
        return Some("it tells what it cost".to_owned());
    }
    None
}
