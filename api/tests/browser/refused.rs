//! Pages as they come back after something was refused: in every language and on every screen like all others, nothing for
//! axe to find in either colour scheme, and the focus on what is told.

use std::collections::BTreeSet;

use serde_json::json;

use crate::axe::{source, violations_here};
use crate::driver::Browser;
use crate::furnished::{PLAIN, furnish};
use crate::languages::{LANGUAGES, ask_for, judge, message_ids};

/// A form as it is sent: where it is, which one it is, and what is written into it.
type Sent = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// What is refused because of what was typed or left out, or because somebody else was faster (`_version`).
#[rustfmt::skip]
const SENT: &[Sent] = &[
    ("/floor?part_id={part}", "#report", &[("quantity_defective", "lots"), ("work_center_id", "")]),
    ("/defects/{reported}", "#report form", &[("title", ""), ("part_id", "No such part"), ("quantity_defective", "many")]),
    ("/defects/{reported}", "#report form", &[("_version", "0"), ("title", "Otherwise"), ("description", "Otherwise.")]),
    ("/defects/{reported}", "#hold form", &[("reason", "")]),
    ("/defects/{reported}/transitions/start_analysis", "main form", &[]),
    ("/defects/{record}/transitions/return_to_analysis", "main form", &[("reason", "")]),
    ("/defects/{closed}/transitions/reopen", "main form", &[("reason", ""), ("signature.password", "")]),
    ("/defects/{record}", "#lines details.adds form", &[("disposition", ""), ("quantity", "x"), ("justification", "")]),
    ("/defects/{record}", "#labor details.adds form", &[("minutes", ""), ("activity", "")]),
    ("/defects/{record}", "#cost details.adds form", &[("kind", ""), ("amount", "much")]),
    ("/defects/{record}", "#notes form", &[("body", "")]),
    ("/defects/{record}", "form[action$='/links']", &[("kind", ""), ("other_id", "DMT-999999")]),
    ("/defects/{record}/labor-entries/{labor}/reversal", "main form", &[("reason", "")]),
    ("/defects", "form[action='/defects/views']", &[("name", "")]),
    ("/corrective-actions/new?defect={record}", "main form", &[("title", ""), ("description", ""), ("defect_ids", "DMT-999999")]),
    ("/corrective-actions/{request}/head", "main form", &[("title", "")]),
    ("/corrective-actions/{request}/head", "main form", &[("_version", "0"), ("title", "Otherwise")]),
    ("/me", "form[action='/me/password']", &[("current_password", ""), ("new_password", "x")]),
    ("/me", "form[action='/me/tokens']", &[("name", "")]),
    ("/admin/users/{user}", "main form", &[("display_name", ""), ("email", "nowhere")]),
    ("/admin/users/new", "main form", &[("username", ""), ("display_name", ""), ("password", "x")]),
    ("/admin/parts/{part}", "main form", &[("number", ""), ("unit_cost", "much")]),
    ("/admin/parts/{part}", "main form", &[("_version", "0"), ("name", "Otherwise")]),
    ("/admin/work-centers/new", "main form", &[]), ("/admin/partners/new", "main form", &[]),
    ("/admin/codes/failure_code/new", "main form", &[]), ("/admin/approval-rules/new", "main form", &[]),
    ("/admin/due-rules/new", "main form", &[]), ("/admin/webhooks/new", "main form", &[("url", "ftp://x")]),
    ("/admin/imports/parts", "main form", &[]),
];

/// Questions that cannot be answered.
const ASKED: [&str; 5] = [
    "/defects?filter=status%3Aopen+sevrity%3Amajor&origin=moon",
    "/reports?from=2026-02-01&to=2026-01-01",
    "/reports/pareto?top=1000",
    "/reports/control-chart?chart=p&part_number=PN-0",
    "/admin/audit/check?entity=defect&id=99999999",
];

/// What nobody in particular sends.
const SENT_BY_GUESTS: &[Sent] = &[
    ("/sign-in", "main form", &[("username", "")]),
    (
        "/supplier/{token}",
        "main form",
        &[("_version", "0"), ("d7", "Otherwise.")],
    ),
];

/// What is sent to a server that nobody has set up.
const SET_UP: Sent = ("/set-up", "main form", &[("password", "x")]);

on_both! {
    async fn what_is_refused_comes_back_whole_in_every_language_and_colour_scheme(site: Site) {
        let mut made = furnish(&site, &PLAIN).await;
        made.note("reported", site.report("Burr on the flange").await);
        let (browser, guest, bare) = (site.everybody().await, site.browser().await, site.bare());
        let first = bare.browser(&site).await;
        let look = Look { axe: source(), ids: message_ids() };
        let mut wrong = Vec::new();
        for language in LANGUAGES {
            browser.speak(language).await;
            for (pattern, form, fields) in SENT {
                let path = made.address(pattern);
                send(&browser, &path, form, fields).await;
                wrong.extend(look.at(&browser, &path, language).await);
            }
            for path in ASKED {
                browser.open(path).await;
                wrong.extend(look.at(&browser, path, language).await);
            }
            let sent = SENT_BY_GUESTS.iter().map(|sent| (&guest, sent));
            for (browser, (pattern, form, fields)) in sent.chain([(&first, &SET_UP)]) {
                ask_for(browser, language).await;
                let path = made.address(pattern);
                send(browser, &path, form, fields).await;
                wrong.extend(look.at(browser, &path, language).await);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Sends a form past what the browser itself would stop, and past the scripts of its page.
async fn send(browser: &Browser, path: &str, form: &str, fields: &[(&str, &str)]) {
    browser.open(path).await;
    assert!(browser.has(form).await, "there is no {form} at {path}");
    browser.about_to_leave().await;
    browser.js(LEAVES, Vec::new()).await;
    browser.js(SEND, vec![json!(form), json!(fields)]).await;
    browser.arrived().await;
}

/// That a page is left without a question about what is unsaved on it.
pub(crate) const LEAVES: &str =
    "addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true);";

const SEND: &str = "
const [css, fields] = arguments;
const form = document.querySelector(css);
for (const [name, value] of fields) form.elements.namedItem(name).value = value;
HTMLFormElement.prototype.submit.call(form);";

/// That the focus is on what was refused, where the page tells of it at its top.
const IS_TOLD: &str = "
const told = document.querySelector('.refused[autofocus]');
return told === null || told.contains(document.activeElement);";

/// What a page is looked at with.
struct Look {
    axe: String,
    ids: BTreeSet<String>,
}

impl Look {
    /// What is wrong with a page that has come back; it is left without a question, and nothing of it is kept.
    async fn at(&self, browser: &Browser, path: &str, language: &str) -> Vec<String> {
        browser.js(LEAVES, Vec::new()).await;
        browser.js("sessionStorage.clear()", Vec::new()).await;
        let (status, place) = (browser.status().await, browser.path().await);
        let name = format!("{language} {path}, refused");
        if !matches!(status, 412 | 422) {
            return vec![format!("{name}: {status} at {place}")];
        }
        browser.until(IS_TOLD).await;
        let mut wrong = judge(browser, false, language, &self.ids).await;
        for what in &mut wrong {
            *what = format!("{name}: {what}");
        }
        // Colours do not depend on the language.
        if language == LANGUAGES[0] {
            wrong.extend(violations_here(browser, &name, &self.axe).await);
        }
        wrong
    }
}
