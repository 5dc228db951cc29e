//! The floor on a phone: a report in six actions, nothing to push sideways, and scanners.

use serde_json::json;

use crate::chromium::PHONE;
use crate::driver::{Browser, told};

/// How many actions a report may take.
const MOST_ACTIONS: u32 = 6;

on_both! {
    async fn a_report_with_a_photo_takes_six_actions_on_a_phone(site: Site) {
        let phone = site.sign_in("inspector").await;
        phone.screen(PHONE, true).await;
        open(&phone).await;
        fits(&phone, "at first").await;
        let photo = told(phone.client.screenshot().await, "a picture");
        let photo = site.file("burr.png", &photo);
        let before = phone.actions();
        phone.fill("#part_id", "PN-101").await;
        phone.click("#parts .found a").await;
        phone.until("return !document.getElementById('chosen').hidden").await;
        fits(&phone, "with a part").await;
        phone.click("#tiles .tile").await;
        phone.click("[data-step='1']").await;
        phone.attach("#photo", &photo).await;
        phone.click("#report .send").await;
        let actions = phone.actions() - before;
        assert!(actions <= MOST_ACTIONS, "{actions} actions");

        let record = sent(&phone).await;
        fits(&phone, "when it is sent").await;
        // The photo follows its report.
        phone.until(NOTHING_WAITS).await;
        let viewer = site.person("viewer").await;
        let now = viewer.get(&record).await;
        assert_eq!((&now["quantity_defective"], &now["part"]["number"]), (&json!("2"), &json!("PN-101")), "{now}");
        let tile = now["title"].as_str().unwrap();
        assert!(tile.contains(": PN-101"), "title and text are made of the tile: {tile}");
        let attached = viewer.get(&format!("{record}/attachments")).await;
        assert_eq!(attached["items"].as_array().map(Vec::len), Some(1), "{attached}");
        phone.open(&format!("{record}/tag")).await;
        assert!(phone.has("svg.qr").await && phone.has("svg.bars").await);
    }

    async fn a_report_needs_no_script(site: Site) {
        let browser = site.sign_in("operator").await;
        browser.cdp("Emulation.setScriptExecutionDisabled", &json!({"value": true})).await;
        browser.open("/floor?part=PN-101").await;
        browser.click("#tiles .tile").await;
        browser.fill("#quantity_defective", "4").await;
        browser.click("#report .send").await;
        let number = browser.text_of(".floor.card .tag-number").await;
        assert!(number.starts_with("DMT-"), "{number}");
    }

    async fn a_comma_is_counted_on_from_where_it_is_clearly_a_point(site: Site) {
        let phone = site.sign_in("inspector").await;
        open(&phone).await;
        for (typed, counted) in [("2,5", "3.5"), ("0,125", "1.125"), ("1,000", "1,000"), ("1,000,000", "1,000,000")] {
            phone.fill("#quantity_defective", typed).await;
            phone.click("[data-step='1']").await;
            assert_eq!(phone.value_of("#quantity_defective").await, counted);
        }
    }
}

/// Opens the floor, and waits until its script is at work.
pub(crate) async fn open(browser: &Browser) {
    browser.open("/floor").await;
    is_ready(browser).await;
}

/// Waits until the script is at work: it can keep reports then, and photos.
pub(crate) async fn is_ready(browser: &Browser) {
    browser
        .until("return !document.getElementById('photo-field').hidden")
        .await;
}

/// Scans a code, as hardware does it: a burst of keys that ends with Enter, wherever the focus is.
pub(crate) async fn scan(browser: &Browser, code: &str) {
    browser.js(SCAN, vec![json!(code)]).await;
}

const SCAN: &str = "
for (const key of [...arguments[0], 'Enter'])
  document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));";

/// Waits until the report that was just made is on the server, and answers the address of its record.
pub(crate) async fn sent(browser: &Browser) -> String {
    let link = "document.querySelector('#sent [data-to=record]')";
    let is_there = format!("return !document.getElementById('sent').hidden && !{link}.hidden");
    browser.until(&is_there).await;
    let address = format!("return {link}.getAttribute('href')");
    let address = browser.js(&address, Vec::new()).await;
    address.as_str().unwrap().to_owned()
}

/// That every report of the queue has been sent, and its photo too: a row tells more while something waits.
const NOTHING_WAITS: &str = "
const rows = [...document.querySelectorAll('#queue li')];
return rows.length > 0 && rows.every((row) => row.querySelector('.tag.good') && row.querySelectorAll('p').length === 2);";

/// Nothing is wider than the phone: neither is the page laid out for more, nor can it be pushed sideways.
async fn fits(phone: &Browser, when: &str) {
    let widths = "return [innerWidth, document.documentElement.scrollWidth]";
    let widths = phone.js(widths, Vec::new()).await;
    assert_eq!(widths, json!([PHONE.0, PHONE.0]), "{when}");
}
