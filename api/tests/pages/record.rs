//! A record's page: what it shows to whom, saving a section, two people at once, actions and the clock.

use serde_json::json;
use service::Draft;
use service::defects::{self, DefectView, translations};
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use testkit::{PASSWORD, defect, each_db};

use crate::client::{Browser, Shown, Site};

/// The record as the service has it.
async fn stored(site: &Site, id: i64) -> DefectView {
    let viewer = site.system.member(Role::Viewer).await;
    defects::show(&site.system, &viewer, id).await.unwrap()
}

/// A form that was made from a page that somebody has opened before.
async fn send(browser: &Browser<'_>, page: &Shown, to: &str, fields: &[(&str, &str)]) -> Shown {
    let own = ["_proof", "_version", "_base"].map(|name| (name, page.hidden(name)));
    let mut all: Vec<(&str, &str)> = own
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    all.extend(fields);
    browser.post(to, &all).await
}

/// Sends translations from a page that was opened before.
async fn translate(
    browser: &Browser<'_>,
    page: &Shown,
    to: &str,
    fields: &[(&str, &str)],
) -> Shown {
    let own = ["_proof", "_version", "_was-title", "_was-description"];
    let own = own.map(|name| (name, page.hidden(name)));
    let own = own.iter().map(|(name, value)| (*name, value.as_str()));
    let all: Vec<(&str, &str)> = own.chain(fields.iter().copied()).collect();
    browser.post(to, &all).await
}

/// The translations of a record: of which text, what they say, and who wrote them last.
async fn translated(site: &Site, id: i64) -> Vec<(String, String, Option<i64>)> {
    let viewer = site.system.member(Role::Viewer).await;
    let all = translations::list(&site.system, &viewer, id, &Draft::json(&json!({}))).await;
    let all = all.unwrap().items.into_iter();
    let told = all.map(|one| {
        (
            one.field.word().to_owned(),
            one.content,
            one.updated_by.map(|who| who.id),
        )
    });
    told.collect()
}

each_db! {
    async fn the_page_tells_what_may_be_done_and_what_is_missing(site: Site) {
        let record = site.system.bring_to(Status::Analysis).await.item;
        let engineer = site.sign_in(Role::TechEngineer).await;
        let path = format!("/defects/{}", record.id);
        let page = engineer.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.says(&record.tag_number) && page.says(&record.part.number), "{}", page.text);
        assert!(page.says("<a href=\"#analysis\">Write the process analysis</a>"), "{}", page.text);
        assert!(page.says("name=\"process_analysis\"") && page.says(&format!("href=\"{path}/tag\"")));
        site.system.make_ready(record.id).await;
        assert!(engineer.get(&path).await.says("value=\"submit_analysis\""));
        let to = format!("{path}/transitions");
        let done = engineer.submit(&path, &to, &[("action", "submit_analysis")]).await;
        assert_eq!(done.location(), format!("{path}?done=submit-analysis"), "{}", done.text);
        assert!(engineer.get(done.location()).await.says("The analysis is submitted."));
        assert_eq!(stored(&site, record.id).await.item.status, Status::Disposition);
    }

    async fn who_may_not_write_reads_who_may(site: Site) {
        let record = site.system.bring_to(Status::Execution).await.item;
        let path = format!("/defects/{}", record.id);
        let viewer = site.sign_in(Role::Viewer).await;
        let page = viewer.get(&path).await;
        assert!(page.says("The drill was worn.") && page.says("class=\"lock\""), "{}", page.text);
        assert!(page.says("Written by: Operator, Technical engineer, Quality manager, Administrator"), "{}", page.text);
        assert!(page.says("Nobody may write this in the state “Execution”"), "{}", page.text);
        assert!(!page.says("/sections/") && !page.says("value=\"complete_execution\""), "{}", page.text);
        assert!(page.says("Next: Complete execution, by: Operator,"), "{}", page.text);
        let refused = viewer.submit(&path, &format!("{path}/sections/triage"), &[("_version", "1"), ("severity", "minor")]).await;
        assert!(matches!(refused.status, 412 | 422), "{}", refused.text);
        for action in ["close", "complete_execution", "void"] {
            let refused = viewer.get(&format!("{path}/transitions/{action}")).await;
            assert!(refused.status == 403 && refused.says("<h1>You may not do this</h1>"), "{action}: {}", refused.text);
        }
        let quality = site.sign_in(Role::QualityEngineer).await;
        let early = quality.get(&format!("{path}/transitions/close")).await;
        assert!(early.status == 409 && early.says("<h1>This is not possible now</h1>"), "{}", early.text);
        assert_eq!(viewer.get("/defects/999999999").await.status, 404);
        // What the operator may, in this state: the analysis, and not the findings.
        let page = site.sign_in(Role::Operator).await.get(&path).await;
        assert!(page.says("name=\"process_analysis\"") && !page.says("name=\"engineering_findings\""), "{}", page.text);
    }

    async fn a_section_is_saved_and_its_errors_are_told(site: Site) {
        let record = site.system.bring_to(Status::Reported).await.item;
        let path = format!("/defects/{}", record.id);
        let to = format!("{path}/sections/report");
        let manager = site.sign_in(Role::QualityManager).await;
        let (page, center) = (manager.get(&path).await, site.system.work_center().await);
        let form = [
            ("title", "Burr, deep"), ("work_center_id", center.code.as_str()), ("detected_at", "2026-11-20T07:30"),
            ("description", "First line\r\nsecond line"),
        ];
        let done = send(&manager, &page, &to, &form).await;
        assert_eq!(done.location(), format!("{path}?saved=report&done=saved#report"), "{}", done.text);
        let now = stored(&site, record.id).await;
        assert_eq!((now.item.title.as_str(), now.item.work_center.id), ("Burr, deep", center.id));
        assert_eq!(now.item.detected_at, "2026-11-20T07:30:00.000000Z");
        assert_eq!(now.description, "First line\nsecond line");
        assert_eq!(now.item.lot_number, record.lot_number);

        let page = manager.get(&path).await;
        let form = [("title", ""), ("work_center_id", "NO-SUCH"), ("description", "Kept <b>")];
        let refused = send(&manager, &page, &to, &form).await;
        assert_eq!(refused.status, 422);
        assert!(refused.says("href=\"#report-work_center_id\"") && refused.says("Kept &#60;b&#62;"), "{}", refused.text);
        let refused = send(&manager, &page, &to, &[("title", "")]).await;
        assert!(refused.status == 422 && refused.says("href=\"#report-title\""), "{}", refused.text);
        assert_eq!(stored(&site, record.id).await.item.version, now.item.version);
    }

    async fn a_text_that_begins_with_a_line_break_keeps_it(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let tag = defect().with("description", "\n  0.3 mm\n");
        let record = site.system.report(&inspector, tag).await.item;
        let (path, to) = (format!("/defects/{}", record.id), format!("/defects/{}/sections/report", record.id));
        let manager = site.sign_in(Role::QualityManager).await;
        let page = manager.get(&path).await;
        // The first of the two is HTML's.
        assert!(page.says(">\n\n  0.3 mm\n</textarea>"), "{}", page.text);
        assert_eq!(send(&manager, &page, &to, &[("description", "\r\n  0.3 mm\r\n")]).await.status, 303);
        assert_eq!(stored(&site, record.id).await.item.version, record.version, "nothing was changed");
    }

    async fn a_box_can_be_unticked_and_a_person_named(site: Site) {
        let record = site.system.bring_to(Status::Reported).await.item;
        let path = format!("/defects/{}", record.id);
        let manager = site.sign_in(Role::QualityManager).await;
        for (sent, is_contained) in [(vec!["false", "true"], true), (vec!["false"], false)] {
            let page = manager.get(&path).await;
            let form: Vec<_> = sent.iter().map(|value| ("is_contained", *value)).collect();
            let done = send(&manager, &page, &format!("{path}/sections/containment"), &form).await;
            assert_eq!(done.status, 303, "{}", done.text);
            assert_eq!(stored(&site, record.id).await.item.is_contained, is_contained);
        }
        let engineer = site.system.user(Role::TechEngineer).await;
        let page = manager.get(&path).await;
        let form = [("assignee_id", engineer.name.as_str()), ("due_at", "2026-12-01")];
        let done = send(&manager, &page, &format!("{path}/sections/triage"), &form).await;
        assert_eq!(done.status, 303, "{}", done.text);
        let now = stored(&site, record.id).await.item;
        assert_eq!(now.assignee.map(|person| person.id), engineer.id);
        assert_eq!(now.due_at.as_deref(), Some("2026-12-01T23:59:59.000000Z"));
    }

    async fn of_two_people_at_once_the_second_sees_both_and_chooses(site: Site) {
        let record = site.system.bring_to(Status::Reported).await.item;
        let path = format!("/defects/{}", record.id);
        let to = format!("{path}/sections/report");
        let (anna, ben) = (site.sign_in(Role::QualityManager).await, site.sign_in(Role::QualityManager).await);
        let (hers, his) = (anna.get(&path).await, ben.get(&path).await);
        assert_eq!(send(&anna, &hers, &to, &[("title", "Said by Anna")]).await.status, 303);
        let form = [("title", "Said by Ben"), ("work_order", "WO-9")];
        let both = send(&ben, &his, &to, &form).await;
        assert_eq!(both.status, 412, "{}", both.text);
        assert!(both.says("Said by Anna") && both.says("value=\"Said by Ben\"") && both.says("Changed by both"), "{}", both.text);
        assert!(both.says("id=\"work_order-typed\" name=\"_take-work_order\" value=\"typed\" required checked"), "{}", both.text);
        let chosen = [
            ("title", "Said by Ben"), ("_take-title", "now"), ("work_order", "WO-9"), ("_take-work_order", "typed"),
        ];
        let done = send(&ben, &both, &to, &chosen).await;
        assert_eq!(done.status, 303, "{}", done.text);
        let now = stored(&site, record.id).await.item;
        assert_eq!((now.title.as_str(), now.work_order.as_deref()), ("Said by Anna", Some("WO-9")));
        // The same once more is saved already.
        assert_eq!(send(&ben, &both, &to, &[("work_order", "WO-9")]).await.status, 303);
        assert_eq!(stored(&site, record.id).await.item.version, now.version);
    }

    async fn closing_is_signed_and_done_once(site: Site) {
        let id = site.system.bring_to(Status::Verification).await.item.id;
        site.system.make_ready(id).await;
        let (path, to) = (format!("/defects/{id}"), format!("/defects/{id}/transitions"));
        let quality = site.sign_in(Role::QualityEngineer).await;
        let page = quality.get(&format!("{to}/close")).await;
        assert!(page.status == 200 && page.says("type=\"password\""), "{}", page.text);
        let (proof, key) = (page.hidden("_proof"), page.hidden("_key"));
        let signed = |password: &'static str| {
            [("action", "close"), ("signature.password", password), ("signature.meaning", "closure")]
        };
        let own = [("_proof", proof.as_str())];
        let refused = quality.post(&to, &[&own[..], &signed("quite wrong")].concat()).await;
        assert!(refused.status == 422 && refused.says("The signature was refused"), "{}", refused.text);
        assert!(!refused.says("quite wrong"), "{}", refused.text);
        let unsigned = quality.post(&to, &[&own[..], &[("action", "close"), ("signature.password", "")]].concat()).await;
        assert!(unsigned.status == 422 && unsigned.says("href=\"#signature.password\""), "{}", unsigned.text);
        let own = [("_proof", proof.as_str()), ("_key", key.as_str())];
        for _ in 0..2 {
            let done = quality.post(&to, &[&own[..], &signed(PASSWORD)].concat()).await;
            assert_eq!((done.status, done.location()), (303, format!("{path}?done=close").as_str()), "{}", done.text);
        }
        assert_eq!(stored(&site, id).await.item.status, Status::Closed);
        assert!(!quality.get(&path).await.says("/sections/"));
    }

    async fn a_reason_is_asked_for_where_one_is_due(site: Site) {
        let id = site.system.bring_to(Status::Disposition).await.item.id;
        let (path, to) = (format!("/defects/{id}"), format!("/defects/{id}/transitions"));
        let quality = site.sign_in(Role::QualityEngineer).await;
        let page = quality.get(&path).await;
        assert!(page.says(&format!("href=\"{to}/return_to_analysis\"")), "{}", page.text);
        assert!(page.says("<a href=\"#part-lines\">The disposition lines must add up"), "{}", page.text);
        let ask = format!("{to}/return_to_analysis");
        let refused = quality.submit(&ask, &to, &[("action", "return_to_analysis")]).await;
        assert!(refused.status == 422 && refused.says("href=\"#reason\""), "{}", refused.text);
        let early = quality.submit(&ask, &to, &[("action", "approve_disposition")]).await;
        assert!(early.status == 422 && early.says(&format!("href=\"{path}#part-lines\"")), "{}", early.text);
        let form = [("action", "return_to_analysis"), ("reason", "No root cause"), ("_version", "1")];
        let stale = quality.submit(&ask, &to, &form).await;
        assert!(stale.status == 422 && stale.says("No root cause") && stale.says("Somebody has changed"), "{}", stale.text);
        let done = quality.submit(&ask, &to, &form[..2]).await;
        assert_eq!(done.location(), format!("{path}?done=return-to-analysis"), "{}", done.text);
    }

    async fn a_reason_that_was_typed_while_the_record_moved_on_is_not_lost(site: Site) {
        let id = site.system.bring_to(Status::Disposition).await.item.id;
        let (path, to) = (format!("/defects/{id}"), format!("/defects/{id}/transitions"));
        let quality = site.sign_in(Role::QualityEngineer).await;
        let open = quality.get(&format!("{to}/return_to_analysis")).await;
        site.system.act(Role::QualityManager, id, Action::ReturnToAnalysis).await;
        let (proof, version) = (open.hidden("_proof"), open.hidden("_version"));
        let typed = [("action", "return_to_analysis"), ("reason", "No <root> cause")];
        for own in [&[("_proof", proof.as_str()), ("_version", version.as_str())][..], &[("_proof", proof.as_str())]] {
            let late = quality.post(&to, &[own, &typed].concat()).await;
            assert_eq!(late.status, 422, "{}", late.text);
            assert!(late.says("<dd>No &#60;root&#62; cause</dd>") && late.says("role=\"alert\""), "{}", late.text);
        }

        let open = quality.get(&path).await;
        let held = quality.submit(&path, &format!("{path}/hold"), &[("reason", "Waits for the customer")]).await;
        assert_eq!(held.status, 303, "{}", held.text);
        let mine = [("reason", "Waits for a gauge"), ("until", "2026-12-24T08:00")];
        let late = send(&quality, &open, &format!("{path}/hold"), &mine).await;
        assert!(late.status == 422 && late.says("<dd>Waits for a gauge</dd>") && late.says("<dd>2026-12-24T08:00</dd>"), "{}", late.text);
        let open = quality.get(&path).await;
        assert_eq!(quality.submit(&path, &format!("{path}/release"), &[]).await.status, 303);
        let late = send(&quality, &open, &format!("{path}/release"), &[("reason", "It is there")]).await;
        assert!(late.status == 422 && late.says("<dd>It is there</dd>"), "{}", late.text);
    }

    async fn a_record_waits_and_goes_on(site: Site) {
        let id = site.system.bring_to(Status::Analysis).await.item.id;
        let path = format!("/defects/{id}");
        let engineer = site.sign_in(Role::TechEngineer).await;
        assert!(engineer.get(&path).await.says("id=\"hold-until-hint\">Time of UTC<"), "a moment is typed in the plant's time");
        let past = [("reason", "Waits for the customer"), ("until", "2020-01-01T08:00")];
        let refused = engineer.submit(&path, &format!("{path}/hold"), &past).await;
        assert!(refused.status == 422 && refused.says("href=\"#hold-until\""), "{}", refused.text);
        assert!(refused.says("value=\"Waits for the customer\"") && refused.says("/hold\" data-refused>"), "{}", refused.text);
        let held = engineer.submit(&path, &format!("{path}/hold"), &past[..1]).await;
        assert_eq!(held.location(), format!("{path}?done=held#hold"), "{}", held.text);
        let viewer = site.sign_in(Role::Viewer).await.get(&path).await;
        assert!(viewer.says("Waits for the customer") && !viewer.says(&format!("{path}/release")), "{}", viewer.text);
        let released = engineer.submit(&path, &format!("{path}/release"), &[("reason", "")]).await;
        assert_eq!(released.status, 303, "{}", released.text);
        assert!(!stored(&site, id).await.item.on_hold);
    }

    async fn a_translation_is_offered_beside_the_text(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let record = site.system.report(&inspector, defect()).await.item;
        let draft = Draft::json(&json!({"title": "Rebaba en el taladro"}));
        let at = (record.id, "es");
        translations::put(&site.system, &inspector, at, &IfMatch::Any, &draft).await.unwrap();
        let manager = site.sign_in(Role::QualityManager).await;
        let path = format!("/defects/{}", record.id);
        let english = manager.get(&path).await;
        let before_history = english.text.split("id=\"part-history\"").next().unwrap();
        assert!(!before_history.contains("Rebaba"), "{before_history}");
        manager.submit("/me", "/me/language", &[("locale", "es")]).await;
        let page = manager.get(&path).await;
        assert!(page.says("Leer traducido") && page.says("Rebaba en el taladro"), "{}", page.text);
        assert!(page.says(&format!("value=\"{}\"", record.title)), "{}", page.text);
    }

    async fn a_person_translates_what_he_touches_and_nothing_else(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let record = site.system.report(&inspector, defect()).await.item;
        let draft = Draft::json(&json!({"title": "Rebaba"}));
        translations::put(&site.system, &inspector, (record.id, "es"), &IfMatch::Any, &draft).await.unwrap();
        let (anna, ben) = (site.sign_in(Role::Operator).await, site.sign_in(Role::TechEngineer).await);
        let path = format!("/defects/{}", record.id);
        let page = format!("{path}/translations/es");
        assert!(anna.get(&path).await.says(&format!("href=\"{page}\"")));
        let (hers, his) = (anna.get(&page).await, ben.get(&page).await);
        assert!(hers.says("value=\"Rebaba\"") && hers.says("Translated by a person") && hers.says("Not translated"), "{}", hers.text);
        assert!(!hers.says("name=\"root_cause\""), "there is no such text: {}", hers.text);
        let done = translate(&anna, &hers, &page, &[("title", "Rebaba"), ("description", "Una rebaba de 0.3 mm.")]).await;
        assert_eq!(done.location(), format!("{path}?done=translated"), "{}", done.text);
        let by = translated(&site, record.id).await;
        assert_eq!(by[0], ("title".to_owned(), "Rebaba".to_owned(), inspector.id));
        assert!(by[1].1 == "Una rebaba de 0.3 mm." && by[1].2 != inspector.id, "{by:?}");

        let late = translate(&ben, &his, &page, &[("title", "Rebaba"), ("description", "Otra")]).await;
        assert_eq!(late.status, 422, "{}", late.text);
        assert!(late.says("Somebody else has written this in the meantime"), "{}", late.text);
        assert!(late.says("\nOtra</textarea>") && late.says("Una rebaba de 0.3 mm."), "{}", late.text);
        let done = translate(&ben, &late, &page, &[("title", "Rebaba"), ("description", "Otra")]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        assert_eq!(translated(&site, record.id).await[1].1, "Otra");

        let shown = anna.get(&page).await;
        let manager = site.system.member(Role::QualityManager).await;
        let changed = Draft::json(&json!({"title": "Burr, deep"}));
        defects::change(&site.system, &manager, record.id, &IfMatch::Any, &changed).await.unwrap();
        let stale = translate(&anna, &shown, &page, &[("title", "Rebaba, ancha")]).await;
        assert!(stale.status == 422 && stale.says("changed the record in the meantime"), "{}", stale.text);
        assert!(stale.says("Burr, deep") && stale.says("value=\"Rebaba, ancha\""), "{}", stale.text);
        assert!(stale.says("Translation of an earlier text"), "{}", stale.text);
        let done = translate(&anna, &stale, &page, &[("title", "Rebaba honda"), ("description", "")]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        let now = translated(&site, record.id).await;
        assert_eq!(now.len(), 1, "what is emptied is taken back: {now:?}");
        assert_eq!(now[0].1, "Rebaba honda");
    }

    async fn who_may_not_translate_reads_and_no_language_but_another_is_an_address(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let id = site.system.report(&inspector, defect()).await.item.id;
        let path = format!("/defects/{id}");
        let page = format!("{path}/translations/zh");
        let viewer = site.sign_in(Role::Viewer).await;
        assert!(!viewer.get(&path).await.says("/translations/"));
        let shown = viewer.get(&page).await;
        assert!(shown.status == 200 && !shown.says("name=\"title\""), "{}", shown.text);
        let refused = viewer.submit(&page, &page, &[("_version", "1"), ("title", "毛刺")]).await;
        assert!(refused.status == 422 && refused.says("role=\"alert\""), "{}", refused.text);
        assert_eq!(viewer.post(&page, &[("title", "毛刺")]).await.status, 403, "without a proof");
        for language in ["en", "xx", "ES"] {
            assert_eq!(viewer.get(&format!("{path}/translations/{language}")).await.status, 404, "{language}");
        }
        assert!(translated(&site, id).await.is_empty());
    }
}
