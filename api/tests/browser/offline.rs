//! The floor without a network: what is reported waits in the browser, is told so, and is sent exactly once.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::chromium::PHONE;
use crate::driver::{Browser, told};
use crate::floor;

on_both! {
    async fn what_is_reported_without_a_network_is_sent_exactly_once(site: Site) {
        let title = "Said without a network";
        let phone = site.sign_in("inspector").await;
        phone.screen(PHONE, true).await;
        floor::open(&phone).await;
        network(&phone, false).await;
        phone.until("return !navigator.onLine").await;
        write(&phone, title).await;
        phone.until(&told_as("warn")).await;
        let panel = phone.text_of("#sent").await;
        assert!(panel.contains("PN-101") && !panel.contains("DMT-"), "{panel}");
        assert_eq!(states(&phone).await, json!(["pending"]));
        assert_eq!(site.count(title).await, 0);

        network(&phone, true).await;
        phone.until(&told_as("good")).await;
        assert_eq!(states(&phone).await, json!(["sent"]));
        assert_eq!(site.count(title).await, 1);
        ask_again(&phone).await;
        floor::open(&phone).await;
        ask_again(&phone).await;
        assert_eq!(site.count(title).await, 1, "it is sent once, however often the network comes back");
    }

    async fn the_floor_opens_and_keeps_reports_while_the_server_is_away(site: Site) {
        let mut site = site;
        let title = "Said while nobody listened";
        let phone = site.sign_in("inspector").await;
        phone.screen(PHONE, true).await;
        floor::open(&phone).await;
        is_kept(&phone).await;
        site.stop();
        reload(&phone).await;
        write(&phone, title).await;
        phone.until(&told_as("warn")).await;
        reload(&phone).await;
        phone.until(&told_as("warn")).await;
        assert_eq!(states(&phone).await, json!(["pending"]), "it outlives the page");

        site.start_again();
        ask_again(&phone).await;
        phone.until(&told_as("good")).await;
        assert_eq!(states(&phone).await, json!(["sent"]));
        assert_eq!(site.count(title).await, 1);
    }

    async fn a_report_that_was_refused_is_written_again_by_nobody_but_its_writer(site: Site) {
        let phone = site.sign_in("inspector").await;
        floor::open(&phone).await;
        phone.fill("#quantity_defective", "many").await;
        write(&phone, "Said by the inspector").await;
        phone.until(&told_as("bad")).await;
        for (name, is_his) in [("operator", false), ("inspector", true)] {
            phone.press(".who button").await;
            phone.sign_in(name, &format!("{name}-demo")).await;
            floor::open(&phone).await;
            phone.until(&told_as("bad")).await;
            assert_eq!(phone.has("#queue [data-do=correct]").await, is_his, "{name}");
        }
    }
}

/// Writes a report of a part that cannot be looked for now, in words of one's own, and sends it.
async fn write(phone: &Browser, title: &str) {
    phone.fill("#part_id", "PN-101").await;
    phone.click("#tiles .tile").await;
    phone.click("#further > summary").await;
    phone.fill("#title", title).await;
    phone.click("#report .send").await;
}

/// That the queue has one report, marked so.
fn told_as(tone: &str) -> String {
    format!(
        "return document.querySelectorAll('#queue li').length === 1 \
         && document.querySelector('#queue li .tag.{tone}') !== null"
    )
}

async fn network(phone: &Browser, is_there: bool) {
    phone.cdp("Network.enable", &json!({})).await;
    let conditions = json!({
        "offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
    });
    phone
        .cdp("Network.emulateNetworkConditions", &conditions)
        .await;
}

/// Waits until the page opens without the server.
async fn is_kept(phone: &Browser) {
    for _ in 0..300 {
        if phone.later(IS_KEPT).await == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the service worker has not kept the floor");
}

async fn reload(phone: &Browser) {
    told(phone.client.refresh().await, "the floor without a server");
    floor::is_ready(phone).await;
}

/// Tells the page several times that the network is back, and gives it the time to do something about it.
async fn ask_again(phone: &Browser) {
    let events =
        "for (let times = 0; times < 3; times += 1) window.dispatchEvent(new Event('online'))";
    phone.js(events, Vec::new()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// The states of the reports in the browser's database.
async fn states(phone: &Browser) -> Json {
    phone.later(STATES).await
}

const STATES: &str = "
const opening = indexedDB.open('dmt-floor', 1);
opening.onerror = () => done(null);
opening.onsuccess = () => {
  const all = opening.result.transaction('reports').objectStore('reports').getAll();
  all.onsuccess = () => {
    opening.result.close();
    done(all.result.map((entry) => entry.state));
  };
};";

/// Whether the service worker has kept the page, and answers for it.
const IS_KEPT: &str = "
const kept = caches.open('dmt-floor-1').then((pages) => pages.match('/floor', { ignoreVary: true }));
kept.then((page) => done(Boolean(page) && navigator.serviceWorker.controller !== null), () => done(false));";
