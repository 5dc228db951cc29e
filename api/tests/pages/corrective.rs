//! Corrective action requests as pages: raised, worked on, moved, closed; and what a supplier does behind his link.

use serde_json::json;
use service::actor::Actor;
use service::corrective::defects;
use service::role::Role;
use service::version::IfMatch;
use service::words::{CodeList, CorrectiveStatus};
use service::{Draft, partner, user};
use testkit::{PASSWORD, defect, each_db};

use crate::client::{Browser, Shown, Site};

/// Opens a page, and sends a form from there with the version that stands in it.
async fn save(browser: &Browser<'_>, page: &str, action: &str, fields: &[(&str, &str)]) -> Shown {
    let shown = browser.get(page).await;
    assert_eq!(shown.status, 200, "{page}: {}", shown.text);
    post(browser, &shown, action, fields).await
}

/// The same from a page that is open already.
async fn post(
    browser: &Browser<'_>,
    shown: &Shown,
    action: &str,
    fields: &[(&str, &str)],
) -> Shown {
    let (proof, version) = (shown.hidden("_proof"), shown.hidden("_version"));
    let mut all = vec![("_proof", proof.as_str()), ("_version", version.as_str())];
    all.extend(fields);
    browser.post(action, &all).await
}

/// The path of the supplier's page that a page shows.
fn link_in(shown: &Shown) -> String {
    let rest = shown.text.split_once("/supplier/car_");
    let rest = rest
        .unwrap_or_else(|| panic!("no link in {}", shown.text))
        .1;
    format!("/supplier/car_{}", rest.split('<').next().unwrap())
}

each_db! {
    async fn a_request_is_raised_from_a_defect_and_its_steps_are_written(site: Site) {
        let reporter = site.system.member(Role::Inspector).await;
        let about = site.system.report(&reporter, defect().major()).await.item;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let ask = format!("/corrective-actions/new?defect={}", about.id);
        let form = quality.get(&ask).await;
        assert!(form.says(&about.tag_number) && form.says(&about.title), "{}", form.text);
        let fields = [("title", ""), ("description", "The third time."), ("defect_ids", "DMT-999999")];
        let refused = quality.submit(&ask, "/corrective-actions", &fields).await;
        assert!(refused.status == 422 && refused.says("href=\"#title\"") && refused.says("The third time."));
        let fields = [
            ("title", "Burrs <again>"), ("description", "The third time."), ("severity", "major"),
            ("defect_ids", about.tag_number.as_str()), ("due_at", "2026-12-01"),
        ];
        let raised = quality.submit(&ask, "/corrective-actions", &fields).await;
        assert_eq!(raised.status, 303, "{}", raised.text);
        let path = raised.location().split('?').next().unwrap().to_owned();
        let page = quality.get(&path).await;
        assert!(page.says("Burrs &#60;again&#62;") && page.says(&about.tag_number) && page.says("2026-12-01"));

        let step = format!("{path}/steps/d0");
        let saved = save(&quality, &step, &step, &[("text", "All stock is held."), ("owner_id", ""), ("due_at", "")]).await;
        assert_eq!(saved.location(), format!("{path}?done=saved#d0"), "{}", saved.text);
        assert!(quality.get(&path).await.says("All stock is held."));
        let history = quality.get(&format!("{path}/history")).await;
        assert!(history.says("D0 Prepare: Text") && history.says("All stock is held."), "{}", history.text);
    }

    async fn a_request_is_raised_about_several_defects_at_once(site: Site) {
        let reporter = site.system.member(Role::Inspector).await;
        let one = site.system.report(&reporter, defect().minor().with("title", "Burr")).await.item;
        let other = site.system.report(&reporter, defect().critical().with("title", "Crack")).await.item;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let ask = |ids: &[i64]| {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            format!("/corrective-actions/new?defect={}", ids.join(","))
        };
        let form = quality.get(&ask(&[other.id, one.id])).await;
        let both = format!("value=\"{}, {}\"", other.tag_number, one.tag_number);
        assert!(form.says(&both) && form.says("value=\"critical\" selected"), "{}", form.text);
        assert!(!form.says("Burr") && !form.says("Crack"), "the words are nobody's");
        assert_eq!(quality.get(&ask(&[one.id, 999_999])).await.status, 404);
        assert_eq!(quality.get(&ask(&vec![one.id; 101])).await.status, 422);

        let typed = format!("{} ;{}", one.tag_number.to_lowercase(), other.id);
        let fields = |tags| [("title", "Again"), ("description", "Both."), ("defect_ids", tags)];
        let new = "/corrective-actions/new";
        let raised = quality.submit(new, "/corrective-actions", &fields(typed.as_str())).await;
        assert_eq!(raised.status, 303, "{}", raised.text);
        let page = quality.get(raised.location().split('?').next().unwrap()).await;
        assert!(page.says(&one.tag_number) && page.says(&other.tag_number), "{}", page.text);
        let many = "DMT-000001 ".repeat(101);
        for tags in [many.as_str(), "none", "DMT-999999"] {
            let refused = quality.submit(new, "/corrective-actions", &fields(tags)).await;
            assert!(refused.status == 422 && refused.says("href=\"#defect_ids\"") && refused.says("Both."), "{tags}: {}", refused.text);
        }
    }

    async fn a_supplier_is_chosen_or_written_where_there_are_too_many(site: Site) {
        let (retired, one) = (site.system.supplier().await, site.system.supplier().await);
        let reporter = site.system.member(Role::Inspector).await;
        let mut ask = Vec::new();
        for supplier in [&retired, &one] {
            let about = site.system.report(&reporter, defect().with("supplier_id", supplier.id)).await.item.id;
            ask.push(format!("/corrective-actions/new?defect={about}"));
        }
        let off = Draft::json(&json!({"is_active": false}));
        partner::change(&site.system, &Actor::command_line(), retired.id, &IfMatch::Any, &off).await.unwrap();
        let quality = site.sign_in(Role::QualityEngineer).await;
        let chosen = |code: &str| format!("<option value=\"{code}\" selected>");
        let form = quality.get(&ask[0]).await;
        assert!(form.says(&chosen(&retired.code)), "who is on offer no more stands there all the same: {}", form.text);
        assert!(quality.get(&ask[1]).await.says(&chosen(&one.code)));

        let mut others = Vec::new();
        for _ in 0..100 {
            others.push(site.system.supplier().await);
        }
        let form = quality.get(&ask[1]).await;
        let written = format!("name=\"supplier_id\" type=\"text\" value=\"{}\"", one.code);
        assert!(form.says(&written), "{}", form.text);
        let fields = |supplier| [("title", "Again"), ("description", "Burrs."), ("supplier_id", supplier)];
        for supplier in ["P-", "nobody"] {
            let refused = quality.submit(&ask[1], "/corrective-actions", &fields(supplier)).await;
            let is_kept = refused.says("href=\"#supplier_id\"") && refused.says(&format!("value=\"{supplier}\""));
            assert!(refused.status == 422 && is_kept, "{supplier}: {}", refused.text);
        }
        let code = one.code.to_lowercase();
        let raised = quality.submit(&ask[1], "/corrective-actions", &fields(code.as_str())).await;
        assert_eq!(raised.status, 303, "{}", raised.text);
        let path = raised.location().split('?').next().unwrap().to_owned();
        let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
        let asked = async || site.system.request(id).await.item.supplier.map(|supplier| supplier.id);
        assert_eq!(asked().await, Some(one.id));
        let head = format!("{path}/head");
        let fields = [("supplier_id", others[0].code.as_str()), ("_was_supplier_id", one.code.as_str())];
        assert_eq!(save(&quality, &head, &head, &fields).await.status, 303);
        assert_eq!(asked().await, Some(others[0].id));
    }

    async fn two_people_on_one_step_see_both_texts(site: Site) {
        let id = site.system.raise(json!({})).await.item.id;
        let (anna, ben) = (site.sign_in(Role::QualityEngineer).await, site.sign_in(Role::TechEngineer).await);
        let step = format!("/corrective-actions/{id}/steps/d1");
        let open = ben.get(&step).await;
        let hers = [("text", "Hers."), ("due_at", "2026-12-24"), ("_was_text", ""), ("_was_due_at", "")];
        assert_eq!(save(&anna, &step, &step, &hers).await.status, 303);
        let mine = [("text", "Mine."), ("due_at", ""), ("_was_text", ""), ("_was_due_at", "")];
        let both = post(&ben, &open, &step, &mine).await;
        assert!(both.status == 412 && both.says("Hers.") && both.says("Mine.</textarea>"), "{}", both.text);
        assert!(both.says("value=\"2026-12-24\""), "what he did not touch is as she left it");
        let again = [("text", "Mine."), ("due_at", "2026-12-24"), ("_was_text", "Hers."), ("_was_due_at", "2026-12-24")];
        assert_eq!(post(&ben, &both, &step, &again).await.status, 303);
        let now = site.system.request(id).await;
        assert_eq!(now.d1.text.as_deref(), Some("Mine."));
        assert_eq!(now.d1.due_at.as_deref(), Some("2026-12-24T23:59:59.000000Z"));
    }

    async fn whoever_may_only_read_sees_plain_text(site: Site) {
        let id = site.system.raise(json!({})).await.item.id;
        let action = site.system.action(id, "corrective").await;
        let path = format!("/corrective-actions/{id}");
        for role in [Role::Viewer, Role::Inspector, Role::Admin] {
            let browser = site.sign_in(role).await;
            let page = browser.get(&path).await;
            assert!(page.status == 200 && page.says("Count the holes.") && !page.says("<textarea"), "{role}");
            assert!(!page.says("/transitions\"") && !page.says("supplier-link"), "{role}");
            assert_eq!(browser.get("/corrective-actions/new").await.status, 403, "{role}");
            assert_eq!(browser.get(&format!("{path}/actions/{action}")).await.status, 403, "{role}");
            for form in ["/transitions", "/root-causes", "/actions", "/effectiveness-checks", "/supplier-link"] {
                let form = format!("{path}{form}");
                let fields = [("action", "complete_d0"), ("kind", "corrective"), ("text", "No."), ("criterion", "No.")];
                let refused = browser.submit(&path, &form, &fields).await;
                assert_eq!(refused.status, 403, "{role}: {form}");
            }
        }
        let viewer = site.sign_in(Role::Viewer).await;
        let refused = viewer.submit(&path, &format!("{path}/transitions"), &[("action", "complete_d0")]).await;
        assert!(refused.status == 403 && refused.says("<h1>You may not do this</h1>"), "{}", refused.text);
        assert_eq!(viewer.get(&format!("{path}/steps/d0")).await.status, 403);
        assert_eq!(viewer.get(&format!("{path}/head")).await.status, 403);
        assert!(viewer.get("/corrective-actions?status=d0").await.says("CAR-"));
        assert!(!viewer.get("/corrective-actions?status=closed").await.says("CAR-"));
        assert_eq!(viewer.get("/corrective-actions?colour=red").await.status, 422);
        let refused = viewer.get("/corrective-actions?status=d0&severity=grave").await;
        assert!(refused.status == 422 && refused.says("href=\"#severity\""), "{}", refused.text);
        assert!(refused.says("<option value=\"d0\" selected>") && !refused.says("CAR-"), "{}", refused.text);
    }

    async fn what_is_overdue_is_marked_in_the_list(site: Site) {
        let past = json!({"due_at": "2026-11-19T08:00:00Z"});
        site.system.raise(json!({"title": "Late with a step", "d3": past})).await;
        site.system.raise(json!({"title": "In time"})).await;
        let over = site.system.raise(json!({"title": "Raised in error", "due_at": past["due_at"]})).await.item.id;
        site.system.bring_request(over, CorrectiveStatus::Void).await;
        let viewer = site.sign_in(Role::Viewer).await;
        let mark = "<span class=\"tag bad\">Overdue</span>";
        let late = viewer.get("/corrective-actions?overdue=true").await;
        assert!(late.says("Late with a step") && !late.says("In time") && late.says(mark), "{}", late.text);
        let all = viewer.get("/corrective-actions").await;
        assert!(all.says("In time") && all.says("Raised in error") && all.text.matches(mark).count() == 1, "{}", all.text);
    }

    async fn what_is_missing_stands_at_the_button(site: Site) {
        let id = site.system.request_at(CorrectiveStatus::D3).await.item.id;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let action = site.system.action(id, "containment").await;
        let path = format!("/corrective-actions/{id}");
        let page = quality.get(&path).await;
        assert!(page.says("Text of D3 Containment") && page.says(&format!("href=\"#action-{action}\"")), "{}", page.text);
        let moves = format!("{path}/transitions");
        let refused = save(&quality, &path, &moves, &[("action", "complete_d3")]).await;
        assert!(refused.status == 422 && refused.says("Something is still missing"), "{}", refused.text);
        let step = format!("{path}/steps/d3");
        assert_eq!(save(&quality, &step, &step, &[("text", "Sorted.")]).await.status, 303);
        let place = format!("{path}/actions/{action}");
        assert_eq!(save(&quality, &path, &place, &[("is_done", "true")]).await.status, 303);
        let moved = save(&quality, &path, &moves, &[("action", "complete_d3")]).await;
        assert_eq!(moved.location(), format!("{path}?done=car-moved"), "{}", moved.text);
        assert_eq!(site.system.request(id).await.item.status, CorrectiveStatus::D4);
    }

    async fn which_root_cause_is_missing_is_told_in_the_visitors_language(site: Site) {
        let id = site.system.request_at(CorrectiveStatus::D4).await.item.id;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let path = format!("/corrective-actions/{id}");
        let page = quality.get(&path).await;
        for kind in ["Occurrence", "Non-detection"] {
            assert!(page.says(&format!("A verified root cause: {kind}")), "{kind}: {}", page.text);
        }
        quality.submit("/me", "/me/language", &[("locale", "es")]).await;
        let page = quality.get(&path).await;
        for kind in ["Ocurrencia", "No detección"] {
            assert!(page.says(&format!("Una causa raíz verificada: {kind}")), "{kind}: {}", page.text);
        }
    }

    async fn a_request_that_is_over_has_no_forms(site: Site) {
        let id = site.system.raise(json!({})).await.item.id;
        let action = site.system.action(id, "corrective").await;
        site.system.bring_request(id, CorrectiveStatus::Void).await;
        let path = format!("/corrective-actions/{id}");
        let (quality, viewer) = (site.sign_in(Role::QualityEngineer).await, site.sign_in(Role::Viewer).await);
        let page = quality.get(&path).await;
        assert!(page.status == 200 && !page.says("<textarea") && !page.says(&format!("{path}/actions/{action}")), "{}", page.text);
        for form in ["/head".to_owned(), "/steps/d3".to_owned(), format!("/actions/{action}")] {
            assert_eq!(quality.get(&format!("{path}{form}")).await.status, 409, "{form}");
            assert_eq!(viewer.get(&format!("{path}{form}")).await.status, 403, "{form}");
        }
    }

    async fn the_history_names_what_it_refers_to(site: Site) {
        let (owner, supplier) = (site.system.user(Role::TechEngineer).await, site.system.supplier().await);
        let reporter = site.system.member(Role::Inspector).await;
        let tag = site.system.report(&reporter, defect()).await.item;
        let request = json!({"supplier_id": supplier.id, "owner_id": owner.id});
        let id = site.system.raise(request).await.item.id;
        let quality = site.system.member(Role::QualityEngineer).await;
        let link = Draft::json(&json!({"defect_id": tag.id}));
        defects::add(&site.system, &quality, id, &IfMatch::Any, &link, None).await.unwrap();
        let (nobody, retired) = (Actor::command_line(), Draft::json(&json!({"is_active": false})));
        partner::change(&site.system, &nobody, supplier.id, &IfMatch::Any, &retired).await.unwrap();
        let retired = Draft::json(&json!({"is_active": false}));
        user::change(&site.system, &nobody, owner.id.unwrap(), &IfMatch::Any, &retired).await.unwrap();
        let history = site.sign_in(Role::Viewer).await.get(&format!("/corrective-actions/{id}/history")).await;
        for name in [&supplier.name, &owner.name, &tag.tag_number] {
            assert!(history.says(&format!(": {name}")), "{name}: {}", history.text);
        }
        assert!(!history.says(": #"), "{}", history.text);
    }

    async fn closing_is_signed(site: Site) {
        let id = site.system.request_at(CorrectiveStatus::D8).await.item.id;
        site.system.make_request_ready(id).await;
        let manager = site.sign_in(Role::QualityManager).await;
        let path = format!("/corrective-actions/{id}");
        let moves = format!("{path}/transitions");
        let close = |password: &'static str| {
            [("action", "close"), ("signature.password", password), ("signature.meaning", "closure")]
        };
        let empty = save(&manager, &path, &moves, &close("")).await;
        assert!(empty.status == 422 && empty.says("href=\"#close-signature.password\""), "{}", empty.text);
        let wrong = save(&manager, &path, &moves, &close("not the one")).await;
        assert!(wrong.status == 422 && wrong.says("The signature was refused") && !wrong.says("not the one"));
        let closed = save(&manager, &path, &moves, &close(PASSWORD)).await;
        assert_eq!(closed.status, 303, "{}", closed.text);
        let page = manager.get(&path).await;
        assert!(page.says("Still as signed") && page.says("Sign and close") && !page.says("<textarea"), "{}", page.text);
    }

    async fn causes_are_drawn_and_verified(site: Site) {
        site.system.code(CodeList::Cause, "MACHINE").await;
        let id = site.system.request_at(CorrectiveStatus::D4).await.item.id;
        let engineer = site.sign_in(Role::TechEngineer).await;
        let path = format!("/corrective-actions/{id}");
        let causes = format!("{path}/root-causes");
        let cause = [
            ("kind", "occurrence"), ("cause", "MACHINE"), ("text", "Worn <drill>"), ("why_1", "A burr, again"), ("why_2", ""),
        ];
        let added = engineer.submit(&path, &causes, &cause).await;
        assert_eq!(added.status, 303, "{}", added.text);
        let page = engineer.get(&path).await;
        assert!(page.says("Worn &#60;drill&#62;") && page.says("<li class=\"text\">A burr, again</li>"), "{}", page.text);
        let drawing = engineer.get(&format!("{path}/fishbone.svg")).await;
        assert_eq!(drawing.headers.get("content-type").unwrap(), "image/svg+xml");
        assert!(drawing.says(">MACHINE</text>") && drawing.says("Worn &#60;drill&#62;"), "{}", drawing.text);
        let wrong = engineer.submit(&path, &causes, &[("kind", "occurrence"), ("why_1", "Kept.")]).await;
        assert!(wrong.status == 422 && wrong.says("href=\"#cause-text\"") && wrong.says("Kept."), "{}", wrong.text);
        let child = page.text.split("id=\"cause-").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let place = format!("{causes}/{child}");
        assert_eq!(save(&engineer, &path, &place, &[("is_verified", "true")]).await.status, 303);
        assert!(engineer.get(&place).await.says("A burr, again"));
        let removed = save(&engineer, &path, &format!("{place}/removal"), &[]).await;
        assert_eq!(removed.location(), format!("{path}?done=car-removed#causes"));
    }

    async fn a_supplier_answers_behind_his_link(site: Site) {
        let supplier = site.system.supplier().await;
        let fields = json!({"supplier_id": supplier.id, "title": "Burrs on flange bores"});
        let id = site.system.raise(fields).await.item.id;
        let quality = site.sign_in(Role::QualityEngineer).await;
        let path = format!("/corrective-actions/{id}");
        let give = format!("{path}/supplier-link");
        let wrong = quality.submit(&path, &give, &[("valid_days", "400")]).await;
        assert!(wrong.status == 422 && wrong.says("href=\"#link-valid_days\""), "{}", wrong.text);
        let given = quality.submit(&path, &give, &[("valid_days", "3")]).await;
        assert_eq!(given.headers.get("cache-control").unwrap(), "no-store");
        let link = link_in(&given);
        assert!(!quality.get(&path).await.says("/supplier/car_"), "its address is shown once");

        let browser = site.browser();
        let page = browser.get(&link).await;
        assert!(page.status == 200 && page.says("Burrs on flange bores") && !page.says("user-"), "{}", page.text);
        assert!(page.says("name=\"d3\"") && !page.says("name=\"d2\""), "{}", page.text);
        let was = [("_was_d3", ""), ("_was_occurrence", "")];
        let answer = [("d3", "Sorted."), ("occurrence", ""), was[0], was[1]];
        let answered = post(&browser, &page, &link, &answer).await;
        assert_eq!(answered.location(), format!("{link}?done=car-answered"), "{}", answered.text);
        assert_eq!(site.system.request(id).await.d3.supplier_text.as_deref(), Some("Sorted."));
        let overtaken = post(&browser, &page, &link, &[("d3", "Sorted twice."), was[0]]).await;
        assert!(overtaken.status == 412 && overtaken.says("Sorted twice.</textarea>") && overtaken.says("Sorted.</p>"));
        assert_eq!(browser.post(&link, &[("d3", "Without a proof.")]).await.status, 403);

        // What his form is bound to is gone; what he has written over days is not.
        let open = browser.get(&link).await;
        browser.forget();
        let (proof, version) = (open.hidden("_proof"), open.hidden("_version"));
        let typed = [("_proof", proof.as_str()), ("_version", &version), ("d4", "The drill is worn."), ("_was_d4", "")];
        assert!(!browser.post_from("cross-site", &link, &typed).await.says("The drill is worn."));
        let kept = browser.post_from("same-origin", &link, &typed).await;
        assert!(kept.status == 403 && kept.says("<dd>The drill is worn.</dd>"), "{}", kept.text);
        let answer = [("d4", "The drill is worn."), ("_was_d4", "")];
        let answered = post(&browser, &kept, &link, &answer).await;
        assert_eq!(answered.location(), format!("{link}?done=car-answered"), "{}", answered.text);

        let revoked = save(&quality, &path, &format!("{give}/revocation"), &[]).await;
        assert_eq!(revoked.status, 303, "{}", revoked.text);
        quality.submit("/me", "/me/language", &[("locale", "es")]).await;
        let history = quality.get(&format!("{path}/history")).await;
        assert!(history.says("<del>Entregado</del>") && history.says(">Retirado</p>"), "{}", history.text);
        let gone = browser.get(&link).await;
        assert!(gone.status == 404 && gone.says("<h1>There is nothing here</h1>"), "{}", gone.text);
    }

    async fn what_was_typed_when_it_was_over_already_is_not_lost(site: Site) {
        let supplier = site.system.supplier().await;
        let id = site.system.raise(json!({"supplier_id": supplier.id})).await.item.id;
        site.system.bring_request(id, CorrectiveStatus::D3).await;
        let (quality, engineer) = (site.sign_in(Role::QualityEngineer).await, site.sign_in(Role::TechEngineer).await);
        let path = format!("/corrective-actions/{id}");
        let link = link_in(&quality.submit(&path, &format!("{path}/supplier-link"), &[]).await);
        let browser = site.browser();
        let open = browser.get(&link).await;
        site.system.bring_request(id, CorrectiveStatus::D4).await;
        let fields = [("d3", "Sorted by us."), ("_was_d3", ""), ("d4", "Not yet."), ("_was_d4", "")];
        let late = post(&browser, &open, &link, &fields).await;
        assert!(late.status == 412 && late.says("<dd>Sorted by us.</dd>") && !late.says("name=\"d3\""), "{}", late.text);
        assert!(late.says("Not yet.</textarea>") && !late.says("<dd>Not yet.</dd>"), "{}", late.text);

        let action = site.system.action(id, "corrective").await;
        let place = format!("{path}/actions/{action}");
        let open = engineer.get(&place).await;
        site.system.bring_request(id, CorrectiveStatus::Void).await;
        let fields = [
            ("text", "Count the holes."), ("_was_text", "Count the holes."), ("outcome", "All counted."), ("_was_outcome", ""),
            ("is_done", "true"), ("_was_is_done", "false"),
        ];
        let late = post(&engineer, &open, &place, &fields).await;
        assert!(late.status == 412 && late.says("<dd>All counted.</dd>") && !late.says("<textarea"), "{}", late.text);
        assert!(!late.says("<dd>Count the holes.</dd>") && late.says("closed or void"), "{}", late.text);
    }

    async fn what_was_typed_into_a_form_of_a_request_that_was_closed_meanwhile_is_not_lost(site: Site) {
        let supplier = site.system.supplier().await;
        let id = site.system.raise(json!({"supplier_id": supplier.id})).await.item.id;
        site.system.bring_request(id, CorrectiveStatus::D3).await;
        let manager = site.sign_in(Role::QualityManager).await;
        let path = format!("/corrective-actions/{id}");
        let proof = manager.get(&path).await.hidden("_proof");
        site.system.bring_request(id, CorrectiveStatus::Void).await;
        for (form, [chosen, typed]) in [
            ("root-causes", [("kind", "occurrence"), ("text", "The drill <is> worn.")]),
            ("actions", [("kind", "corrective"), ("text", "A drill <is> ordered.")]),
            ("effectiveness-checks", [("outcome", "effective"), ("criterion", "No burr <is> found.")]),
            ("defects", [("_key", "k1"), ("defect_id", "DMT-000777")]),
            ("supplier-link", [("_key", "k2"), ("valid_days", "17")]),
            ("transitions", [("action", "void"), ("reason", "Raised <twice>.")]),
        ] {
            let late = manager.post(&format!("{path}/{form}"), &[("_proof", proof.as_str()), chosen, typed]).await;
            let kept = typed.1.replace('<', "&#60;").replace('>', "&#62;");
            assert!(late.status == 409 && late.says(&format!("<dd>{kept}</dd>")), "{form}: {}", late.text);
            assert!(!late.says("<textarea"), "{form}");
        }
    }

    async fn whoever_tries_links_is_stopped(site: Site) {
        let browser = site.browser();
        for _ in 0..30 {
            assert_eq!(browser.get("/supplier/car_made-up").await.status, 404);
        }
        let stopped = browser.get("/supplier/car_made-up").await;
        assert!(stopped.status == 429 && stopped.says("Too many attempts"), "{}", stopped.text);
    }
}
