//! A disposition line on its page and on the record's: only what was changed is sent, authority is given by its button alone,
//! and what is tapped twice is done once.

use serde_json::json;
use service::concession;
use service::defects::lines::{self, LineView};
use service::defects::{links, serials};
use service::role::Role;
use service::version::IfMatch;
use service::words::{Disposition, Status};
use service::{Draft, defects};
use testkit::{defect, each_db};

use crate::client::{Browser, Shown, Site};
use crate::record_parts::line;

const WORDS: [&str; 6] = [
    "disposition",
    "quantity",
    "justification",
    "instructions",
    "authority",
    "concession_id",
];

/// Sends the words of a line from a page that was opened before, as a browser does: all fields, of which some were changed.
async fn save(browser: &Browser<'_>, page: &Shown, place: &str, changed: &[(&str, &str)]) -> Shown {
    let own = ["_proof", "_version"].map(|name| (name.to_owned(), page.hidden(name)));
    let mut form = Vec::from(own);
    form.push(("_form".to_owned(), "words".to_owned()));
    for name in WORDS {
        let was = page.hidden(&format!("_was_{name}"));
        let typed = changed.iter().find(|(of, _)| *of == name);
        let typed = typed.map_or_else(|| was.clone(), |(_, value)| (*value).to_owned());
        form.extend([(format!("_was_{name}"), was), (name.to_owned(), typed)]);
    }
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(place, &form).await
}

async fn stored(site: &Site, record: i64, line: i64) -> LineView {
    let viewer = site.system.member(Role::Viewer).await;
    lines::show(&site.system, &viewer, record, line)
        .await
        .unwrap()
}

each_db! {
    async fn a_typo_that_is_mended_gives_no_authority_and_the_button_does(site: Site) {
        let record = site.system.bring_to(Status::Disposition).await.item.id;
        let quality = site.system.member(Role::QualityEngineer).await;
        let new = Draft::json(&json!({
            "disposition": "use_as_is", "quantity": "10", "justification": "It fitz.", "authority": "engineering",
        }));
        let id = lines::add(&site.system, &quality, record, &IfMatch::Any, &new, None).await.unwrap().item.id;
        let (page, place) = (format!("/defects/{record}"), format!("/defects/{record}/disposition-lines/{id}"));
        let engineer = site.sign_in(Role::TechEngineer).await;
        let open = engineer.get(&place).await;
        let saved = save(&engineer, &open, &place, &[("justification", "It fits.")]).await;
        assert_eq!(saved.location(), format!("{page}?done=line-changed#lines"), "{}", saved.text);
        let now = stored(&site, record, id).await;
        assert_eq!((now.justification.as_str(), now.engineered_by), ("It fits.", None));

        let button = "name=\"authority\" value=\"engineering\"><button";
        let shown = engineer.get(&page).await;
        assert!(shown.says(button) && engineer.get(&place).await.says(button), "{}", shown.text);
        assert!(!site.sign_in(Role::QualityManager).await.get(&page).await.says(button), "quality gives no such authority");
        let version = shown.hidden("_version");
        let give = [("_version", version.as_str()), ("_form", "authority"), ("authority", "engineering")];
        let stale = engineer.submit(&page, &place, &[("_version", "1"), give[1], give[2]]).await;
        assert!(stale.status == 422 && stale.says("changed the record in the meantime"), "{}", stale.text);
        assert_eq!(stored(&site, record, id).await.engineered_by, None, "that it asks for it is not that it has it");
        for _ in 0..2 {
            let given = engineer.submit(&page, &place, &give).await;
            assert_eq!(given.location(), format!("{page}?done=line-authorised#lines"), "{}", given.text);
        }
        assert!(stored(&site, record, id).await.engineered_by.is_some());
        assert!(!engineer.get(&page).await.says(button));
    }

    async fn a_concession_that_is_offered_no_more_stays_on_its_line(site: Site) {
        let t = &site.system;
        let (customer, inspector) = (t.customer().await.id, t.member(Role::Inspector).await);
        let record = t.report(&inspector, defect().major().with("customer_id", customer)).await.item.id;
        t.bring(record, Status::Disposition).await;
        let quality = t.member(Role::QualityEngineer).await;
        let granted = Draft::json(&json!({
            "number": "CON-1", "customer_id": customer, "max_quantity": "10", "valid_until": "2026-12-31",
        }));
        let granted = concession::create(t, &quality, &granted, None).await.unwrap().id;
        let new = Draft::json(&json!({
            "disposition": "use_as_is", "quantity": "10", "justification": "It fits.", "concession_id": granted,
        }));
        let id = lines::add(t, &quality, record, &IfMatch::Any, &new, None).await.unwrap().item.id;
        let retire = Draft::json(&json!({"is_active": false}));
        concession::change(t, &quality, granted, &IfMatch::Any, &retire).await.unwrap();
        let place = format!("/defects/{record}/disposition-lines/{id}");
        let browser = site.sign_in(Role::QualityEngineer).await;
        let open = browser.get(&place).await;
        assert!(open.says(&format!("<option value=\"{granted}\" selected>CON-1")), "{}", open.text);
        let saved = save(&browser, &open, &place, &[("instructions", "Mark it.")]).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
        let now = stored(&site, record, id).await;
        assert_eq!((now.concession_id, now.instructions.as_deref()), (Some(granted), Some("Mark it.")));
    }

    async fn who_edits_one_word_of_a_line_takes_back_no_other(site: Site) {
        let record = site.system.bring_to(Status::Disposition).await.item.id;
        let id = site.system.line(record, "rework", "5").await.id;
        let place = format!("/defects/{record}/disposition-lines/{id}");
        let (anna, ben) = (site.sign_in(Role::QualityEngineer).await, site.sign_in(Role::QualityManager).await);
        let (hers, his) = (anna.get(&place).await, ben.get(&place).await);
        assert_eq!(save(&anna, &hers, &place, &[("quantity", "3")]).await.status, 303);
        let both = save(&ben, &his, &place, &[("justification", "Deburr it.")]).await;
        assert!(both.status == 412 && both.says("Somebody has changed this"), "{}", both.text);
        assert!(both.says("name=\"quantity\" type=\"text\" value=\"3\"") && both.says("Deburr it.</textarea>"), "{}", both.text);
        assert_eq!(save(&ben, &both, &place, &[("justification", "Deburr it.")]).await.status, 303);
        let now = stored(&site, record, id).await;
        assert_eq!((now.quantity.as_str(), now.justification.as_str()), ("3", "Deburr it."));

        // Both the same field: what she has written stands beside what he has.
        let (hers, his) = (anna.get(&place).await, ben.get(&place).await);
        assert_eq!(save(&anna, &hers, &place, &[("disposition", "scrap")]).await.status, 303);
        let both = save(&ben, &his, &place, &[("disposition", "repair")]).await;
        assert!(both.status == 412 && both.says("<p class=\"text\">Scrap</p>"), "{}", both.text);
        assert!(both.says("<option value=\"repair\" selected>"), "{}", both.text);
        // And where she has written what he has, there is nothing left to do.
        let done = save(&ben, &his, &place, &[("disposition", "scrap")]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        // The record goes on: what was typed is not lost with the form.
        site.system.line(record, "scrap", "7").await;
        let open = ben.get(&place).await;
        site.system.bring(record, Status::Execution).await;
        let late = save(&ben, &open, &place, &[("justification", "Typed at length.")]).await;
        assert!(late.status == 422 && late.says("<dd>Typed at length.</dd>"), "{}", late.text);
    }

    async fn what_is_tapped_twice_is_done_once_and_tells_of_nobody(site: Site) {
        let record = site.system.bring_to(Status::Execution).await.item.id;
        let page = format!("/defects/{record}");
        let operator = site.sign_in(Role::Operator).await;
        for disposition in [Disposition::Rework, Disposition::Scrap] {
            let id = line(&site, record, disposition).await.id;
            let (place, version) = (format!("{page}/disposition-lines/{id}"), operator.get(&page).await.hidden("_version"));
            let end = [("_version", version.as_str()), ("_form", "progress"), ("status", "done")];
            for _ in 0..2 {
                let done = operator.submit(&page, &place, &end).await;
                assert_eq!(done.location(), format!("{page}?done=line-changed#lines"), "{}", done.text);
            }
            let back = [("_version", version.as_str()), ("_form", "progress"), ("status", "in_execution")];
            assert_eq!(operator.submit(&page, &place, &back).await.status, 422, "the line says something else");
        }
        let quality = site.sign_in(Role::QualityEngineer).await;
        site.system.bring(record, Status::Verification).await;
        let id = line(&site, record, Disposition::Rework).await.id;
        let (place, version) = (format!("{page}/disposition-lines/{id}"), quality.get(&page).await.hidden("_version"));
        let found = [
            ("_version", version.as_str()), ("_form", "inspection"), ("reinspection_result", "pass"),
            ("reinspection_quantity", "5"),
        ];
        for _ in 0..2 {
            let done = quality.submit(&place, &place, &found).await;
            assert_eq!(done.location(), format!("{page}?done=line-changed#lines"), "{}", done.text);
        }
        assert_eq!(stored(&site, record, id).await.quantity, "5");
    }

    async fn what_is_removed_twice_is_gone(site: Site) {
        let t = &site.system;
        let record = t.bring_to(Status::Disposition).await.item.id;
        let (engineer, inspector) = (t.member(Role::TechEngineer).await, t.member(Role::Inspector).await);
        let other = t.report(&inspector, defect()).await.item.id;
        let serial = Draft::json(&json!({"serial_number": "SN-1"}));
        let serial = serials::add(t, &engineer, record, &IfMatch::Any, &serial, None).await.unwrap().item.id;
        let link = Draft::json(&json!({"kind": "relates_to", "other_id": other}));
        let link = links::add(t, &engineer, record, &IfMatch::Any, &link, None).await.unwrap().item.id;
        let id = t.line(record, "scrap", "3").await.id;
        let page = format!("/defects/{record}");
        let browser = site.sign_in(Role::TechEngineer).await;
        let version = browser.get(&page).await.hidden("_version");
        for (noun, child, done) in [
            ("disposition-lines", id, "line-removed#lines"),
            ("serials", serial, "serial-removed#serials"),
            ("links", link, "link-removed#links"),
        ] {
            let action = format!("{page}/{noun}/{child}/removal");
            let form: &[(&str, &str)] = match noun {
                "disposition-lines" => &[("_version", version.as_str())],
                _ => &[],
            };
            for _ in 0..2 {
                let gone = browser.submit(&page, &action, form).await;
                assert_eq!(gone.location(), format!("{page}?done={done}"), "{}", gone.text);
            }
        }
        let nowhere = format!("/defects/{}/serials/{serial}/removal", other + 1000);
        assert_eq!(browser.submit(&page, &nowhere, &[]).await.status, 404, "no record, nothing removed");
        let shown = defects::show(t, &engineer, record).await.unwrap();
        let left = lines::list(t, &engineer, &shown, &Draft::json(&json!({}))).await.unwrap();
        assert!(left.items.is_empty());
    }

    async fn forms_begin_with_what_is_left_and_what_is_being_done(site: Site) {
        let record = site.system.bring_to(Status::Disposition).await.item.id;
        let page = format!("/defects/{record}");
        let quality = site.sign_in(Role::QualityEngineer).await;
        let begins = |left: &str| format!("id=\"line-quantity\" name=\"quantity\" type=\"text\" value=\"{left}\"");
        assert!(quality.get(&page).await.says(&begins("10")));
        site.system.line(record, "rework", "7.5").await;
        assert!(quality.get(&page).await.says(&begins("2.5")));
        let typed = [("disposition", "scrap"), ("quantity", "-4"), ("justification", "")];
        let refused = quality.submit(&page, &format!("{page}/disposition-lines"), &typed).await;
        assert!(refused.says(&begins("-4")), "what was typed stays: {}", refused.text);
        site.system.line(record, "scrap", "2.5").await;
        assert!(quality.get(&page).await.says(&begins("")));
        site.system.bring(record, Status::Execution).await;
        let operator = site.sign_in(Role::Operator).await.get(&page).await;
        assert!(operator.says("<option value=\"rework\" selected>"), "{}", operator.text);
    }
}
