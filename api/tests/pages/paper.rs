//! Sheets of paper: what stands on them, in which languages, and for whom.

use serde_json::json;
use service::Draft;
use service::corrective::causes;
use service::defects::{self, cost, translations};
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::{CodeList, CorrectiveStatus, Status};
use testkit::{defect, each_db};

use crate::client::{Shown, Site};

/// That a sheet says all of this, and none of that.
fn says(sheet: &Shown, all: &[&str], none: &[&str]) {
    assert_eq!(sheet.status, 200, "{}", sheet.text);
    for text in all {
        assert!(sheet.says(text), "{text} is not in {}", sheet.text);
    }
    for text in none {
        assert!(!sheet.says(text), "{text} is in {}", sheet.text);
    }
}

each_db! {
    async fn a_tag_says_in_the_languages_asked_for_what_hangs_there(site: Site) {
        let reporter = site.system.member(Role::Inspector).await;
        let tag = defect().critical().with("lot_number", "L-7 <b>").with("hold_location", "Cage 3");
        let item = site.system.report(&reporter, tag).await.item;
        let browser = site.sign_in(Role::Viewer).await;
        let address = format!("/defects/{}", item.id);
        let label = browser.get(&format!("{address}/tag?size=label&languages=es,zh")).await;
        let scanned = format!("://localhost:8080{address}</p>");
        says(
            &label,
            &[
                "<body class=\"label\">", "NO USAR", "禁止使用", "Cantidad defectuosa / 不合格品数量", "Crítica / 致命",
                "L-7 &#60;b&#62;", "Cage 3", &item.tag_number, &item.part.number, &item.work_center.code, &reporter.name,
                "Burr on flange bore", "class=\"bars\"", "class=\"qr\"", &scanned,
            ],
            &["DO NOT USE", "style=", "<script"],
        );
        let a6 = browser.get(&format!("{address}/tag")).await;
        says(&a6, &["<body class=\"a6\">", "DO NOT USE"], &["NO USAR"]);
    }

    async fn a_tag_forbids_the_use_of_what_is_open_or_scrap_alone(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        let tag = async |id: i64| browser.get(&format!("/defects/{id}/tag")).await;
        let reworked = site.system.bring_to(Status::Disposition).await.item.id;
        site.system.line(reworked, "rework", "10").await;
        says(&tag(reworked).await, &["<p class=\"stop\">", "DO NOT USE"], &["Rework"]);
        site.system.bring(reworked, Status::Closed).await;
        let closed = ["<p class=\"state\">", "<strong lang=\"en\">Closed</strong>", "<dt>Dispositions</dt><dd>Rework: 10</dd>"];
        says(&tag(reworked).await, &closed, &["DO NOT USE"]);
        let scrapped = site.system.bring_to(Status::Closed).await.item.id;
        says(&tag(scrapped).await, &["DO NOT USE", "Rework: 7; Scrap: 3"], &["<p class=\"state\">"]);
        let void = site.system.bring_to(Status::Void).await.item.id;
        says(&tag(void).await, &["<strong lang=\"en\">Void</strong>"], &["DO NOT USE", "Dispositions"]);
    }

    async fn a_form_prints_the_whole_record_with_its_translations(site: Site) {
        let record = site.system.bring_to(Status::Closed).await;
        let manager = site.system.member(Role::QualityManager).await;
        let spanish = Draft::json(&json!({"title": "Rebaba en el barreno"}));
        translations::put(&site.system, &manager, (record.item.id, "es"), &IfMatch::Any, &spanish)
            .await
            .unwrap();
        let browser = site.sign_in(Role::Viewer).await;
        let address = format!("/defects/{}/form", record.item.id);
        let form = browser.get(&format!("{address}?languages=en&languages=es&paper=letter")).await;
        says(
            &form,
            &[
                "<body class=\"letter\">", "Defective material report (DMT) / Reporte de material defectuoso (DMT)",
                "Burr on flange bore", "lang=\"es\">Rebaba en el barreno</p>", "translation / traducción",
                "The drill was worn.", "The tool life is set too high.", "Scrap / Desecho", "Cannot be used as it is.",
                "<td>90</td>", "BURR-", "Closure / Cierre", "What was signed is what the record says.",
            ],
            &["style=", "<script"],
        );
        let english = browser.get(&address).await;
        says(&english, &["<body class=\"a4\">", "Burr on flange bore"], &["Rebaba"]);
    }

    async fn a_signature_that_no_longer_matches_is_marked(site: Site) {
        let id = site.system.bring_to(Status::Closed).await.item.id;
        site.system.act(Role::QualityManager, id, Action::Reopen).await;
        let manager = site.system.member(Role::QualityManager).await;
        let other = Draft::json(&json!({"title": "Burr, and a crack"}));
        defects::change(&site.system, &manager, id, &IfMatch::Any, &other).await.unwrap();
        let form = site.sign_in(Role::Viewer).await.get(&format!("/defects/{id}/form")).await;
        says(&form, &["class=\"signature broken\"", "No longer matches"], &["class=\"signature stands\""]);
    }

    async fn cost_is_printed_for_who_sees_it_alone(site: Site) {
        let id = site.system.bring_to(Status::Disposition).await.item.id;
        let engineer = site.system.member(Role::TechEngineer).await;
        let spent = Draft::json(&json!({"kind": "freight", "amount": "12.50", "note": "Courier"}));
        cost::add(&site.system, &engineer, id, &IfMatch::Any, &spent, None).await.unwrap();
        let (sees, does_not) = (site.sign_in(Role::QualityEngineer).await, site.sign_in(Role::Inspector).await);
        for sheet in ["form", "mrb"] {
            let address = format!("/defects/{id}/{sheet}");
            says(&sees.get(&address).await, &["12.50 EUR", "Total of labor and cost"], &[]);
            says(&does_not.get(&address).await, &[], &["12.50", "EUR", "Courier", "Total of labor and cost"]);
        }
        says(&sees.get(&format!("/defects/{id}/form")).await, &["Courier", "Freight"], &[]);
    }

    async fn the_board_has_a_box_for_each_verdict_ticked_where_a_line_has_it(site: Site) {
        let id = site.system.bring_to(Status::Disposition).await.item.id;
        let browser = site.sign_in(Role::Viewer).await;
        let address = format!("/defects/{id}/mrb?languages=en");
        let before = browser.get(&address).await;
        says(&before, &["Use as is", "No defect found", "<tr><th scope=\"row\">MRB</th>"], &["class=\"ticked\""]);
        site.system.line(id, "scrap", "3").await;
        site.system.line(id, "rework", "7").await;
        let after = browser.get(&address).await;
        assert_eq!(after.text.matches("class=\"ticked\"").count(), 2, "{}", after.text);
        says(&after, &["Scrap: <b>3</b>", "Rework: <b>7</b>"], &[]);
    }

    async fn a_corrective_action_request_is_printed_as_8d(site: Site) {
        let id = site.system.request_at(CorrectiveStatus::D4).await.item.id;
        site.system.code(CodeList::Cause, "MACHINE").await;
        let engineer = site.system.member(Role::TechEngineer).await;
        for text in ["The drill was worn.", "Its guide was loose."] {
            let cause = Draft::json(&json!({"kind": "occurrence", "cause": "MACHINE", "text": text}));
            causes::add(&site.system, &engineer, id, &IfMatch::Any, &cause, None).await.unwrap();
        }
        let request = site.system.bring_request(id, CorrectiveStatus::Closed).await;
        let browser = site.sign_in(Role::Viewer).await;
        let address = format!("/corrective-actions/{}/form?languages=en,es,zh", request.item.id);
        let form = browser.get(&address).await;
        says(
            &form,
            &[
                &request.item.car_number, "Burrs on flange bores", "D0 Prepare", "D8 Close", "D4 Causa raíz",
                "Nobody counts the holes.", "Count the holes.", "No burr in 500 flanges.", "class=\"signature stands\"",
            ],
            &["style="],
        );
        assert_eq!(form.text.matches("MACHINE: MACHINE").count(), 2, "each cause has its category: {}", form.text);
    }

    async fn what_cannot_be_printed_is_refused(site: Site) {
        let reporter = site.system.member(Role::Inspector).await;
        let id = site.system.report(&reporter, defect()).await.item.id;
        let browser = site.sign_in(Role::Viewer).await;
        for (address, status) in [
            (format!("/defects/{id}/tag?languages=fr"), 422),
            (format!("/defects/{id}/tag?size=a4"), 422),
            (format!("/defects/{id}/form?paper=a3"), 422),
            (format!("/defects/{}/mrb", id + 1000), 404),
            ("/corrective-actions/999/form".to_owned(), 404),
        ] {
            assert_eq!(browser.get(&address).await.status, status, "{address}");
        }
        assert_eq!(site.browser().get(&format!("/defects/{id}/tag")).await.status, 303);
    }
}
