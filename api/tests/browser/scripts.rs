//! Stored scripts: what would run if a page took it for HTML stands in the texts of all main nouns, and nothing runs.
//!
//! The policy of the pages would stop most of it; so it is looked for in the page as well, where it must not have become
//! an element or an address.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};

use crate::driver::Browser;
use crate::floor;
use crate::furnished::{Words, furnish};
use crate::pages::{guest_pages, pages};

const HOSTILE: Words = Words {
    code: "\"><img/src=x/onerror=ran=1>",
    revision: "<svg/onload=ran=1>",
    line: "'\"><img src=x onerror=\"ran=1\"><script>ran=1</script></title></textarea>{{7*7}}",
    text: "\"><script>ran=1</script><svg onload=\"ran=1\"></svg></textarea></script><details open ontoggle=\"ran=1\">x</details>\n\n\
           <iframe srcdoc=\"<script>parent.ran=1</script>\"></iframe> <a href=\"javascript:ran=1\">a</a>\n\n\
           [b](javascript:ran=1) ![c](javascript:ran=1) <javascript:ran=1> `<img src=x onerror=ran=1>`",
};

/// Where what was asked for is told again.
const ECHOES: [&str; 7] = [
    "/defects?filter=",
    "/defects?q=",
    "/floor?part=",
    "/reports?part=",
    "/reports/control-chart?part_number=",
    "/corrective-actions?severity=",
    "/?done=",
];

on_both! {
    async fn nothing_that_was_stored_runs_on_any_page(site: Site) {
        let made = furnish(&site, &HOSTILE).await;
        let pages = pages(&made);
        let mut wrong = Vec::new();
        for name in ["admin", "inspector"] {
            let browser = site.sign_in(name).await;
            for page in pages.iter().filter(|page| page.is_seen_by(name)) {
                wrong.extend(visit(&browser, &page.path).await);
            }
            for line in [HOSTILE.line, "javascript:ran=1"] {
                let line = utf8_percent_encode(line, NON_ALPHANUMERIC).to_string();
                for echo in ECHOES {
                    wrong.extend(visit(&browser, &format!("{echo}{line}")).await);
                }
            }
            browser.leave().await;
        }
        let guest = site.browser().await;
        for path in guest_pages(&made) {
            wrong.extend(visit(&guest, &path).await);
        }
        wrong.extend(visit(&guest, "/sign-in?to=javascript:ran=1").await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn nothing_that_was_stored_runs_where_scripts_write_the_page(site: Site) {
        let made = furnish(&site, &HOSTILE).await;
        let browser = site.sign_in("inspector").await;
        browser.open(&made.address("/floor?part_id={part}")).await;
        floor::is_ready(&browser).await;
        // Suggested, chosen, kept and listed.
        browser.fill("#part_id", &HOSTILE.code[..8]).await;
        browser.click("#parts .found a").await;
        browser.until("return !document.getElementById('chosen').hidden").await;
        let tile = format!("#tiles input[value='{}']", HOSTILE.code);
        let taken = "document.querySelector(arguments[0]).checked = true";
        browser.js(taken, vec![json!(tile)]).await;
        browser.click("#report .send").await;
        floor::sent(&browser).await;
        assert_eq!(harm(&browser).await, Vec::<String>::new());
        // A text that waits in the tab while another form is sent.
        let record = site.report("Burr").await;
        browser.open(&format!("/defects/{record}")).await;
        browser.fill("#report-title", HOSTILE.line).await;
        browser.fill("#containment-hold_location", HOSTILE.line).await;
        browser.press("#containment form button").await;
        assert_eq!(browser.value_of("#report-title").await, HOSTILE.line);
        assert_eq!(harm(&browser).await, Vec::<String>::new());
    }
}

/// What ran on a page, or could have.
async fn visit(browser: &Browser, path: &str) -> Vec<String> {
    browser.open(path).await;
    let harm = harm(browser).await.into_iter();
    harm.map(|what| format!("{path}: {what}")).collect()
}

async fn harm(browser: &Browser) -> Vec<String> {
    let found = browser.js(HARM, Vec::new()).await;
    let found = found.as_array().cloned().unwrap_or_default();
    found.iter().map(Json::to_string).collect()
}

const HARM: &str = "
const found = [];
if (window.ran !== undefined) found.push('it ran');
const evil = 'script:not([src]), iframe, object, embed, base, [onerror], [onload], [ontoggle], [srcdoc], [style], ' +
  '[href^=\"javascript:\" i], [src^=\"javascript:\" i], [action^=\"javascript:\" i], [formaction]';
for (const element of document.querySelectorAll(evil)) found.push(element.outerHTML.slice(0, 160));
return found;";
