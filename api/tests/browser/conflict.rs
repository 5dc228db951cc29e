//! Two people on one record: nobody overwrites anybody unseen.

use serde_json::json;

use crate::driver::Browser;
use crate::refused::LEAVES;

on_both! {
    async fn of_two_people_on_a_record_the_second_sees_both_texts_and_chooses(site: Site) {
        let id = site.report("Burr on the flange").await;
        let record = format!("/defects/{id}");
        let (anna, ben) = (site.sign_in("manager").await, site.sign_in("quality").await);
        anna.open(&record).await;
        ben.open(&record).await;
        anna.fill("#report-title", "Said by Anna").await;
        anna.press("#report form button").await;

        ben.fill("#report-title", "Said by Ben").await;
        ben.fill("#report-work_order", "WO-9").await;
        ben.press("#report form button").await;
        assert_eq!(ben.status().await, 412);
        let both = ben.text_of("main").await;
        assert!(both.contains("Said by Anna") && both.contains("Said by Ben"), "{both}");
        // What only he has changed is taken as it stands; what both have, he has to say.
        let chosen = ben.js(CHOSEN, Vec::new()).await;
        assert_eq!(chosen, json!(["work_order-typed"]), "{both}");
        ben.click("#title-now").await;
        ben.press("main form button").await;

        assert_eq!((ben.status().await, ben.path().await), (200, record.clone()));
        assert_eq!(ben.value_of("#report-title").await, "Said by Anna");
        assert_eq!(ben.value_of("#report-work_order").await, "WO-9");
        let now = site.person("viewer").await.get(&record).await;
        assert_eq!((&now["title"], &now["work_order"]), (&json!("Said by Anna"), &json!("WO-9")));
    }

    async fn who_insists_is_heard_and_what_was_there_stays_in_the_history(site: Site) {
        let id = site.report("Burr on the flange").await;
        let record = format!("/defects/{id}");
        let (anna, ben) = (site.sign_in("manager").await, site.sign_in("quality").await);
        anna.open(&record).await;
        ben.open(&record).await;
        anna.fill("#report-description", "Anna's words").await;
        anna.press("#report form button").await;
        ben.fill("#report-description", "Ben's words").await;
        ben.press("#report form button").await;
        ben.click("#description-typed").await;
        ben.fill("textarea[name=description]", "Anna's words, and Ben's").await;
        ben.press("main form button").await;
        let viewer = site.person("viewer").await;
        assert_eq!(viewer.get(&record).await["description"], "Anna's words, and Ben's");
        let history = viewer.get(&format!("{record}/history?limit=200")).await.to_string();
        assert!(history.contains("\"Anna's words\""), "{history}");
    }

    async fn what_one_has_typed_and_not_sent_does_not_come_back_to_the_next_at_the_terminal(site: Site) {
        let record = format!("/defects/{}", site.report("Burr on the flange").await);
        let terminal = site.sign_in("manager").await;
        terminal.open(&record).await;
        terminal.fill("#report-work_order", "WO-9").await;
        sign_out(&terminal).await;
        terminal.sign_in("manager", "manager-demo").await;
        terminal.open(&record).await;
        assert_eq!(terminal.value_of("#report-work_order").await, "WO-9", "it waits for whoever has typed it");
        sign_out(&terminal).await;
        terminal.sign_in("quality", "quality-demo").await;
        terminal.open(&record).await;
        assert_eq!(terminal.value_of("#report-work_order").await, "");
        let kept = terminal.js("return JSON.stringify(sessionStorage)", Vec::new()).await;
        assert!(!kept.to_string().contains("WO-9"), "{kept}");
    }
}

/// Signs out, and leaves behind what is unsaved without being asked about it.
async fn sign_out(browser: &Browser) {
    browser.js(LEAVES, Vec::new()).await;
    browser.press(".who button").await;
}

const CHOSEN: &str =
    "return [...document.querySelectorAll('input[type=radio]:checked')].map((box) => box.id);";
