//! The whole life of a defect, by four people in four browsers, each doing what is his by the forms of the pages.

use serde_json::Value as Json;

use crate::driver::Browser;
use crate::floor;

on_both! {
    async fn a_defect_goes_from_the_floor_to_a_signed_closure_by_four_people(site: Site) {
        let (inspector, engineer) = (site.sign_in("inspector").await, site.sign_in("engineer").await);
        let (quality, operator) = (site.sign_in("quality").await, site.sign_in("operator").await);
        let record = report(&inspector).await;
        analyse(&engineer, &record).await;
        dispose(&quality, &record).await;
        carry_out(&operator, &record).await;
        close(&quality, &record).await;

        let viewer = site.person("viewer").await;
        let now = viewer.get(&record).await;
        assert_eq!((&now["status"], &now["labor_minutes"]), (&Json::from("closed"), &Json::from(45)), "{now}");
        let history = viewer.get(&format!("{record}/history?limit=200")).await.to_string();
        for name in ["Inspector", "Engineer", "Quality", "Operator"] {
            assert!(history.contains(&format!("\"name\":\"{name}\"")), "{name}: {history}");
        }
        let signatures = viewer.get(&format!("{record}/signatures")).await;
        assert_eq!(signatures["items"].as_array().map(Vec::len), Some(1), "{signatures}");
        tag_leads_to_the_record(&operator, &record, &now).await;
    }
}

/// The inspector reports three pieces; answers the address of the record.
async fn report(inspector: &Browser) -> String {
    floor::open(inspector).await;
    floor::scan(inspector, "PN-101").await;
    inspector
        .until("return document.getElementById('chosen').textContent.startsWith('PN-101')")
        .await;
    inspector.click("#tiles .tile").await;
    for _ in 0..2 {
        inspector.click("[data-step='1']").await;
    }
    inspector.click("#report .send").await;
    floor::sent(inspector).await
}

/// The engineer grades it, and says what happened and why; what it cost, too.
async fn analyse(engineer: &Browser, record: &str) {
    engineer.open(record).await;
    engineer.choose("#triage-severity", "major").await;
    engineer
        .choose("#triage-failure_code", "SURFACE-BURR")
        .await;
    engineer.press("#triage form button").await;
    take(engineer, "start_analysis").await;

    let findings = "Within tolerance after deburring.";
    engineer
        .fill("#analysis-process_analysis", "The reamer was worn.")
        .await;
    engineer
        .fill("#engineering-engineering_findings", findings)
        .await;
    engineer.press("#analysis form button").await;
    let kept = engineer.value_of("#engineering-engineering_findings").await;
    assert_eq!(kept, findings, "saving one section keeps another's text");
    engineer
        .fill("#engineering-root_cause", "No limit of tool life.")
        .await;
    engineer.press("#engineering form button").await;

    engineer.click("#cost details.adds > summary").await;
    engineer.choose("#cost-kind", "material").await;
    engineer.fill("#cost-amount", "12.50").await;
    engineer.press("#cost details.adds form button").await;
    take(engineer, "submit_analysis").await;
}

/// Quality proposes what becomes of the three pieces, and approves it.
async fn dispose(quality: &Browser, record: &str) {
    quality.open(record).await;
    let proposed = [
        ("scrap", "1", "Bore scored."),
        ("rework", "2", "The burr can be removed."),
    ];
    for (disposition, quantity, why) in proposed {
        quality.click("#lines details.adds > summary").await;
        quality.choose("#line-disposition", disposition).await;
        quality.fill("#line-quantity", quantity).await;
        quality.fill("#line-justification", why).await;
        quality.press("#lines details.adds form button").await;
    }
    take(quality, "approve_disposition").await;
}

/// The operator carries it out, and says how long that took.
async fn carry_out(operator: &Browser, record: &str) {
    operator.open(record).await;
    assert!(!operator.has("#cost").await, "he sees no cost");
    operator.click("#labor details.adds > summary").await;
    operator.fill("#labor-minutes", "45").await;
    operator.choose("#labor-activity", "rework").await;
    operator.press("#labor details.adds form button").await;
    for _ in 0..2 {
        let finish = "#lines form:has(input[name=status][value=done]) button";
        operator.press(finish).await;
    }
    take(operator, "complete_execution").await;
}

/// Quality looks at it again, signs and closes.
async fn close(quality: &Browser, record: &str) {
    quality.open(record).await;
    quality.press("#lines a[href$='#inspection']").await;
    quality
        .choose("#inspection-reinspection_result", "pass")
        .await;
    quality.press("#inspection form button").await;
    quality.press("#next a[href$='/transitions/close']").await;
    quality
        .fill("[name='signature.password']", "quality-demo")
        .await;
    quality.press("main form button").await;
    let head = quality.text_of(".record-head").await;
    assert!(head.contains("Closed"), "{head}");
    let signed = quality.text_of("#signatures").await;
    assert!(
        signed.contains("Quality") && signed.contains("Closure"),
        "{signed}"
    );
    assert!(!quality.has("form[action*='/sections/']").await);
}

/// Takes an action that asks for nothing.
async fn take(browser: &Browser, action: &str) {
    let button = format!("#next form:has(input[value={action}]) button");
    browser.press(&button).await;
    let path = browser.path().await;
    assert_eq!(browser.status().await, 200, "{action} at {path}");
}

/// What is printed on the tag opens the record, scanned anywhere on the floor.
async fn tag_leads_to_the_record(operator: &Browser, record: &str, now: &Json) {
    floor::open(operator).await;
    floor::scan(operator, now["tag_number"].as_str().unwrap()).await;
    let arrived = format!("return location.pathname === '{record}'");
    operator.until(&arrived).await;
}
