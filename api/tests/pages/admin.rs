//! Administration: who sees what, forms that do what they say, files that are tried out before they are imported.

use service::Draft;
use service::actor::Actor;
use service::code;
use service::concession;
use service::outbox;
use service::part;
use service::role::Role;
use service::user;
use service::version::IfMatch;
use service::webhook;
use service::words::CodeList;
use testkit::{PASSWORD, defect, each_db};

use crate::client::{Browser, Shown, Site};

/// Opens a page and sends its form, for the version that it shows.
async fn save(browser: &Browser<'_>, page: &str, action: &str, fields: &[(&str, &str)]) -> Shown {
    let version = browser.get(page).await.hidden("_version");
    let mut all = vec![("_version", version.as_str())];
    all.extend(fields);
    browser.submit(page, action, &all).await
}

/// The id of the part with a number.
async fn part_id(site: &Site, number: &str) -> i64 {
    let query = Draft::pairs(&[("number".to_owned(), number.to_owned())]);
    let found = part::list(&site.system, &Actor::command_line(), &query).await;
    found.unwrap().items[0].id
}

each_db! {
    async fn everybody_sees_what_he_may_administer(site: Site) {
        let admin = site.sign_in(Role::Admin).await;
        let manager = site.sign_in(Role::QualityManager).await;
        let index = admin.get("/admin").await;
        for area in ["users", "parts", "work-centers", "partners", "codes", "concessions", "approval-rules", "due-rules",
            "repeat-rule", "rights", "webhooks", "outbox", "imports", "audit", "system"] {
            let address = format!("/admin/{area}");
            assert!(index.says(&format!("href=\"{address}\"")), "{area}: {}", index.text);
            assert_eq!(admin.get(&address).await.status, 200, "{area}");
            let only_admin = ["users", "webhooks", "outbox", "system"].contains(&area);
            let shown = manager.get(&address).await;
            assert_eq!(shown.status, if only_admin { 403 } else { 200 }, "{area}: {}", shown.text);
        }
        let index = manager.get("/admin").await;
        assert!(index.says("href=\"/admin/parts\"") && !index.says("href=\"/admin/users\""), "{}", index.text);
        for role in [Role::Inspector, Role::Operator, Role::TechEngineer, Role::QualityEngineer, Role::Viewer] {
            let other = site.sign_in(role).await;
            for page in ["/admin/parts", "/admin/parts/new", "/admin/users", "/admin/repeat-rule", "/admin/imports/parts", "/admin/audit"] {
                assert_eq!(other.get(page).await.status, 403, "{role}: {page}");
            }
            for page in ["/admin/rights", "/admin/concessions"] {
                assert_eq!(other.get(page).await.status, 200, "{role}: {page}");
            }
            let keeps = role == Role::QualityEngineer;
            assert_eq!(other.get("/me").await.says("href=\"/admin\""), keeps, "{role}");
            let index = other.get("/admin").await;
            assert_eq!(index.status, if keeps { 200 } else { 403 }, "{role}");
            assert_eq!(index.says("href=\"/admin/concessions\""), keeps, "{role}");
            assert!(!index.says("href=\"/admin/parts\""), "{role}");
        }
        assert!(manager.get("/me").await.says("href=\"/admin\""));
    }

    async fn a_part_is_added_changed_and_retired(site: Site) {
        let manager = site.sign_in(Role::QualityManager).await;
        let (new, list) = ("/admin/parts/new", "/admin/parts");
        let bad = [("number", "PN <9>"), ("revision", ""), ("name", "Flange"), ("unit_cost", "x"), ("is_active", "true")];
        let refused = manager.submit(new, list, &bad).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.says("href=\"#revision\"") && refused.says("href=\"#unit_cost\""), "{}", refused.text);
        assert!(refused.says("value=\"PN &#60;9&#62;\""), "{}", refused.text);
        let good = [("number", "PN-9"), ("revision", "A"), ("name", "Flange"), ("unit_cost", "12.5"), ("is_active", "true")];
        assert_eq!(manager.submit(new, list, &good).await.location(), "/admin/parts?done=admin-added");
        let twice = manager.submit(new, list, &good).await;
        assert!(twice.status == 422 && twice.says("is there already"), "{}", twice.text);
        let page = format!("/admin/parts/{}", part_id(&site, "PN-9").await);
        assert!(manager.get(&page).await.says("value=\"12.50\""));
        let changed = [("number", "PN-9"), ("revision", "A"), ("name", "Disc"), ("unit_cost", "")];
        assert_eq!(save(&manager, &page, &page, &changed).await.status, 303);
        let listed = manager.get("/admin/parts?q=PN&is_active=false").await;
        assert!(listed.says("Disc") && listed.says("Retired") && !listed.says("12.50"), "{}", listed.text);
        assert_eq!(save(&manager, &page, &format!("{page}/deletion"), &[]).await.location(), "/admin/parts?done=admin-deleted");
        assert_eq!(manager.get(&page).await.status, 404);
    }

    async fn a_filter_that_means_nothing_is_told_at_its_list_and_kept(site: Site) {
        let admin = site.sign_in(Role::Admin).await;
        for (list, wrong) in [
            ("parts", "is_active"), ("work-centers", "is_active"), ("partners", "is_active"), ("users", "role"),
            ("concessions", "customer_id"), ("approval-rules", "is_active"), ("due-rules", "severity"),
            ("webhooks", "is_active"), ("outbox", "status"), ("parts", "cursor"), ("parts", "colour"),
        ] {
            let refused = admin.get(&format!("/admin/{list}?{wrong}=nonsense")).await;
            let is_told = refused.says(&format!("href=\"#filter-{wrong}\"")) && refused.says("role=\"search\"");
            assert!(refused.status == 422 && is_told, "{list} {wrong}: {}", refused.text);
        }
        for list in ["parts", "work-centers", "partners", "users", "concessions"] {
            let refused = admin.get(&format!("/admin/{list}?q=Flange&is_active=perhaps")).await;
            assert!(refused.status == 422 && refused.says("value=\"Flange\""), "{list}: {}", refused.text);
        }
    }

    async fn who_is_late_sees_both_and_chooses(site: Site) {
        let (anna, ben) = (site.sign_in(Role::Admin).await, site.sign_in(Role::QualityManager).await);
        let page = format!("/admin/parts/{}", site.system.part().await.id);
        let shown = anna.get(&page).await;
        let version = shown.hidden("_version");
        let fields = |name| [("number", "PN-1"), ("revision", "A"), ("name", name), ("is_active", "true")];
        assert_eq!(save(&ben, &page, &page, &fields("Ben's")).await.status, 303);
        let mut late = vec![("_version", version.as_str())];
        late.extend(fields("Anna's"));
        let stale = anna.submit(&page, &page, &late).await;
        assert_eq!(stale.status, 412, "{}", stale.text);
        assert!(stale.says("<dd>Ben&#39;s</dd>") && stale.says("value=\"Anna&#39;s\""), "{}", stale.text);
        let mut again = vec![("_proof", stale.hidden("_proof")), ("_version", stale.hidden("_version"))];
        again.extend(fields("Anna's").map(|(field, value)| (field, value.to_owned())));
        let again: Vec<(&str, &str)> = again.iter().map(|(field, value)| (*field, value.as_str())).collect();
        assert_eq!(anna.post(&page, &again).await.status, 303);
        assert!(anna.get(&page).await.says("value=\"Anna&#39;s\""));
    }

    async fn a_form_from_before_does_not_undo_what_it_did_not_touch(site: Site) {
        let admin = site.sign_in(Role::Admin).await;
        let rosa = site.system.user_with(&[Role::Inspector, Role::Operator]).await;
        let (id, name) = (rosa.id.unwrap(), rosa.name.as_str());
        let page = format!("/admin/users/{id}");
        let open = admin.get(&page).await;
        assert_eq!(open.hidden("_was_roles"), "inspector,operator", "{}", open.text);
        assert_eq!((open.hidden("_was_is_active"), open.hidden("_was_display_name")), ("true".to_owned(), name.to_owned()));
        let out = Draft::pairs(&[("is_active".to_owned(), "false".to_owned()), ("locale".to_owned(), "es".to_owned())]);
        user::change(&site.system, &Actor::command_line(), id, &IfMatch::Any, &out).await.unwrap();
        let send = async |shown: &Shown, fields: &[(&str, &str)]| {
            let own = ["_proof", "_version", "_was_display_name", "_was_roles", "_was_locale", "_was_email", "_was_is_active"];
            let own = own.map(|name| (name, shown.hidden(name)));
            let mut all: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
            all.extend(fields);
            admin.post(&page, &all).await
        };
        let typed = [("display_name", "Rosa"), ("roles", "inspector"), ("roles", "operator"), ("email", "")];
        let late = send(&open, &[&typed[..], &[("locale", "en"), ("is_active", "true")]].concat()).await;
        assert!(late.status == 412 && late.says("value=\"Rosa\"") && !late.says("This is there now"), "nothing clashes: {}", late.text);
        assert!(late.says("<option value=\"es\" selected>"), "{}", late.text);
        assert!(late.says("name=\"is_active\" type=\"checkbox\" value=\"true\">"), "it is not ticked: {}", late.text);
        assert!(late.says("value=\"operator\" checked"), "{}", late.text);
        let saved = send(&late, &[&typed[..], &[("locale", "es")]].concat()).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
        let now = user::show(&site.system, &Actor::command_line(), id).await.unwrap();
        assert_eq!((now.display_name.as_str(), now.is_active), ("Rosa", false), "he is kept out still");
        assert_eq!(now.roles, [Role::Inspector, Role::Operator]);
        let both = [("display_name", "Eva"), ("roles", "inspector"), ("roles", "operator"), ("locale", "es"), ("email", "")];
        let clash = send(&late, &both).await;
        assert!(clash.status == 412 && clash.says("This is there now") && clash.says("<dd>Rosa</dd>") && clash.says("value=\"Eva\""), "{}", clash.text);
    }

    async fn what_is_in_use_is_not_deleted(site: Site) {
        let inspector = site.system.user(Role::Inspector).await;
        let part = site.system.report(&inspector, defect()).await.item.part.id;
        let manager = site.sign_in(Role::QualityManager).await;
        let page = format!("/admin/parts/{part}");
        let refused = save(&manager, &page, &format!("{page}/deletion"), &[]).await;
        assert!(refused.status == 422 && refused.says("in use and cannot be deleted"), "{}", refused.text);
    }

    async fn a_user_is_added_and_kept_out(site: Site) {
        let admin = site.sign_in(Role::Admin).await;
        let form = [("username", "rosa"), ("display_name", "Rosa"), ("roles", "inspector"), ("roles", "operator"),
            ("locale", "es"), ("email", ""), ("password", PASSWORD)];
        let refused = admin.submit("/admin/users/new", "/admin/users", &form[..6]).await;
        assert!(refused.status == 422 && refused.says("href=\"#password\""), "{}", refused.text);
        assert!(refused.says("id=\"roles-operator\" name=\"roles\" type=\"checkbox\" value=\"operator\" checked"), "{}", refused.text);
        assert_eq!(admin.submit("/admin/users/new", "/admin/users", &form).await.status, 303);
        let query = Draft::pairs(&[("q".to_owned(), "rosa".to_owned())]);
        let rosa = user::list(&site.system, &Actor::command_line(), &query).await.unwrap().items.remove(0);
        assert_eq!(rosa.roles, [Role::Inspector, Role::Operator]);
        let page = format!("/admin/users/{}", rosa.id);
        let password = save(&admin, &page, &format!("{page}/password"), &[("password", "short")]).await;
        assert!(password.status == 422 && password.says("href=\"#password-password\""), "{}", password.text);
        let other = "another good password";
        assert_eq!(save(&admin, &page, &format!("{page}/password"), &[("password", other)]).await.status, 303);
        let out = [("display_name", "Rosa"), ("roles", "inspector"), ("locale", "es"), ("email", "")];
        assert_eq!(save(&admin, &page, &page, &out).await.status, 303);
        let kept_out = site.browser();
        let form = [("username", "rosa"), ("password", other)];
        assert_eq!(kept_out.submit("/sign-in", "/sign-in", &form).await.status, 422);
        let listed = admin.get("/admin/users?is_active=false").await;
        assert!(listed.says("rosa") && listed.says("Disabled"), "{}", listed.text);
        let manager = site.sign_in(Role::QualityManager).await;
        let proof = manager.get("/admin").await.hidden("_proof");
        let form = [("_proof", proof.as_str()), ("display_name", "Eve")];
        assert_eq!(manager.post(&page, &form).await.status, 403);
    }

    async fn codes_are_labelled_and_put_in_order(site: Site) {
        let manager = site.sign_in(Role::QualityManager).await;
        let list = "/admin/codes/failure_code";
        let empty = [("code", "WELD"), ("labels.en", ""), ("is_active", "true")];
        let refused = manager.submit("/admin/codes/failure_code/new", list, &empty).await;
        assert!(refused.status == 422 && refused.says("href=\"#labels.en\""), "{}", refused.text);
        for (code, parent) in [("WELD", ""), ("PAINT", ""), ("WELD-CRACK", "WELD")] {
            let form = [("code", code), ("labels.en", code), ("labels.zh", "焊"), ("parent", parent), ("sort", ""), ("is_active", "true")];
            let added = manager.submit("/admin/codes/failure_code/new", list, &form).await;
            assert_eq!(added.status, 303, "{}", added.text);
        }
        let places = |page: &Shown, codes: [&str; 3]| codes.map(|code| page.text.find(&format!(">{code}</a>")).unwrap());
        let tree = manager.get(list).await;
        assert!(places(&tree, ["PAINT", "WELD", "WELD-CRACK"]).is_sorted() && tree.says("焊"), "{}", tree.text);
        let none = Draft::pairs(&[]);
        let word = CodeList::FailureCode.word();
        let codes = code::list(&site.system, &Actor::command_line(), word, &none).await.unwrap().items;
        let id = |code: &str| codes.iter().find(|known| known.code == code).unwrap().id;
        let order = "/admin/codes/failure_code/order";
        let up = format!("{} up", id("WELD"));
        assert_eq!(manager.submit(list, order, &[("_move", &up), ("_order", "")]).await.status, 303);
        let tree = manager.get(list).await;
        assert!(places(&tree, ["WELD", "WELD-CRACK", "PAINT"]).is_sorted(), "{}", tree.text);
        let dragged = format!("{},{}", id("PAINT"), id("WELD"));
        assert_eq!(manager.submit(list, order, &[("_order", &dragged)]).await.status, 303);
        assert!(places(&manager.get(list).await, ["PAINT", "WELD", "WELD-CRACK"]).is_sorted());
        assert_eq!(manager.submit(list, order, &[("_order", "1,x")]).await.status, 409);
    }

    async fn rules_are_read_by_one_and_written_by_another(site: Site) {
        let admin = site.sign_in(Role::Admin).await;
        let (new, list) = ("/admin/approval-rules/new", "/admin/approval-rules");
        let idle = [("code", "BIG"), ("name", "Large amounts"), ("severity", ""), ("least_amount", "1000"), ("is_active", "true")];
        let refused = admin.submit(new, list, &idle).await;
        assert!(refused.status == 422 && refused.says("href=\"#roles\""), "{}", refused.text);
        let mut form = idle.to_vec();
        form.extend([("roles", "tech_engineer"), ("roles", "quality_manager"), ("signature_required", "true")]);
        assert_eq!(admin.submit(new, list, &form).await.status, 303);
        let manager = site.sign_in(Role::QualityManager).await;
        let listed = manager.get(list).await;
        assert!(listed.says("1000.00") && listed.says("Technical engineer, Quality manager"), "{}", listed.text);
        assert!(!listed.says("href=\"/admin/approval-rules/new\"") && manager.get(new).await.status == 403);
        let rule = listed.text.split("href=\"/admin/approval-rules/").nth(1).unwrap();
        let page = format!("/admin/approval-rules/{}", rule.split('"').next().unwrap());
        let shown = manager.get(&page).await;
        assert!(shown.says("<dd>1000.00</dd>") && !shown.says("<button>Save"), "{}", shown.text);
        let proof = manager.get(list).await.hidden("_proof");
        let form = [("_proof", proof.as_str()), ("_version", "1"), ("name", "Small amounts")];
        let refused = manager.post(&page, &form).await;
        assert!(refused.status == 403 && refused.says("<h1>You may not do this</h1>"), "{}", refused.text);
        let due = [("code", "CRIT"), ("severity", "critical"), ("milestone", "containment"), ("days", "0"), ("is_active", "true")];
        assert_eq!(manager.submit("/admin/due-rules/new", "/admin/due-rules", &due).await.status, 303);
        assert!(manager.get("/admin/due-rules").await.says("CRIT"));
    }

    async fn a_concession_is_kept_by_quality_and_read_by_everybody(site: Site) {
        let (customer, part) = (site.system.customer().await.code, site.system.part().await);
        let quality = site.sign_in(Role::QualityEngineer).await;
        let (new, list) = ("/admin/concessions/new", "/admin/concessions");
        let named = format!("{} {}", part.number, part.revision);
        let form = |part, most, until| {
            [("number", "CON-1"), ("customer_id", customer.as_str()), ("part_id", part), ("max_quantity", most),
                ("valid_until", until), ("is_active", "true")]
        };
        let refused = quality.submit(new, list, &form("PN-404", "", "2026-12-31")).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        for place in ["href=\"#part_id\"", "names nothing that exists", "href=\"#max_quantity\"", "value=\"PN-404\""] {
            assert!(refused.says(place), "{place}: {}", refused.text);
        }
        let added = quality.submit(new, list, &form(part.number.as_str(), "100", "2026-12-31")).await;
        assert_eq!(added.location(), "/admin/concessions?done=admin-added", "{}", added.text);
        let listed = quality.get("/admin/concessions?q=con&expired=false").await;
        assert!(listed.says(&format!("<td>{named}</td>")) && listed.says("<span class=\"tag good\">Valid</span>"), "{}", listed.text);
        let his = quality.get(&format!("{list}?customer_id={customer}")).await;
        assert!(his.says("CON-1") && his.says(&format!("<option value=\"{customer}\" selected>")), "{}", his.text);
        assert_eq!(quality.get(&format!("{list}?customer_id=nobody")).await.status, 422);
        let none = Draft::pairs(&[]);
        let known = concession::list(&site.system, &Actor::command_line(), &none).await.unwrap().items.remove(0);
        let page = format!("/admin/concessions/{}", known.id);
        assert!(quality.get(&page).await.says(&format!("value=\"{named}\"")));
        // What is left as it is stays, even where it could not be chosen any more.
        let retired = Draft::json(&serde_json::json!({"is_active": false}));
        part::change(&site.system, &Actor::command_line(), part.id, &IfMatch::Any, &retired).await.unwrap();
        let shown = quality.get(&page).await;
        assert_eq!((shown.hidden("_was_part_id"), shown.hidden("_was_customer_id")), (named.clone(), customer.clone()));
        let untouched = [("_was_part_id", named.as_str()), ("_was_customer_id", customer.as_str())];
        let fields = [&untouched[..], &form(named.as_str(), "80", "2026-11-19")].concat();
        let saved = save(&quality, &page, &page, &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
        assert!(!quality.get("/admin/concessions?expired=false").await.says("CON-1"));
        let over = quality.get("/admin/concessions?expired=true").await;
        assert!(over.says("CON-1") && over.says("<span class=\"tag bad\">Expired</span>"), "{}", over.text);
        let viewer = site.sign_in(Role::Viewer).await;
        let shown = viewer.get(&page).await;
        assert!(shown.says(&format!("<dd>{named}</dd>")) && !shown.says("<button>Save"), "{}", shown.text);
        assert!(!viewer.get(list).await.says("href=\"/admin/concessions/new\"") && viewer.get(new).await.status == 403);
        let version = quality.get(&page).await.hidden("_version");
        let foreign = viewer.submit(list, list, &form("", "1", "2026-12-31")).await;
        assert_eq!(foreign.status, 403, "{}", foreign.text);
        let form = [("_version", version.as_str())];
        let deleted = quality.submit(&page, &format!("{page}/deletion"), &form).await;
        assert_eq!(deleted.location(), "/admin/concessions?done=admin-deleted", "{}", deleted.text);
    }

    async fn a_customer_is_written_where_there_are_too_many_to_choose_from(site: Site) {
        let one = site.system.customer().await;
        for _ in 0..100 {
            site.system.customer().await;
        }
        let manager = site.sign_in(Role::QualityManager).await;
        let part = [("number", "PN-77"), ("revision", "A"), ("name", "Flange"), ("is_active", "true")];
        let granted = [("number", "CON-7"), ("max_quantity", "5"), ("valid_until", "2026-12-31"), ("is_active", "true")];
        for (list, field, fields) in [("/admin/parts", "design_owner_id", part), ("/admin/concessions", "customer_id", granted)] {
            let new = format!("{list}/new");
            let form = manager.get(&new).await;
            let line = format!("name=\"{field}\" type=\"text\"");
            assert!(form.says(&line) && form.says("how it begins"), "{list}: {}", form.text);
            for customer in ["P-", "nobody"] {
                let typed = [&fields[..], &[(field, customer)]].concat();
                let refused = manager.submit(&new, list, &typed).await;
                let is_kept = refused.says(&format!("href=\"#{field}\"")) && refused.says(&format!("value=\"{customer}\""));
                assert!(refused.status == 422 && is_kept, "{list}: {}", refused.text);
            }
            let code = one.code.to_lowercase();
            let typed = [&fields[..], &[(field, code.as_str())]].concat();
            let added = manager.submit(&new, list, &typed).await;
            assert_eq!(added.status, 303, "{list}: {}", added.text);
        }
        let page = format!("/admin/parts/{}", part_id(&site, "PN-77").await);
        assert_eq!(manager.get(&page).await.hidden("_was_design_owner_id"), one.code);
        let listed = manager.get(&format!("/admin/concessions?customer_id={}", one.code)).await;
        assert!(listed.says("CON-7") && listed.says("name=\"customer_id\" type=\"search\""), "{}", listed.text);
    }

    async fn the_repeat_rule_is_changed_by_who_manages_the_lists(site: Site) {
        let (anna, ben) = (site.sign_in(Role::QualityManager).await, site.sign_in(Role::Admin).await);
        let page = "/admin/repeat-rule";
        let shown = anna.get(page).await;
        assert!(shown.says("type=\"number\" value=\"2\"") && shown.says("type=\"number\" value=\"90\""), "{}", shown.text);
        let version = shown.hidden("_version");
        let refused = save(&anna, page, page, &[("repeats", "0"), ("days", "")]).await;
        assert!(refused.status == 422 && refused.says("href=\"#repeats\"") && refused.says("href=\"#days\""), "{}", refused.text);
        let saved = save(&ben, page, page, &[("repeats", "3"), ("days", "30")]).await;
        assert_eq!(saved.location(), "/admin/repeat-rule?done=saved", "{}", saved.text);
        let late = [("_version", version.as_str()), ("repeats", "1"), ("days", "30")];
        let stale = anna.submit(page, page, &late).await;
        assert!(stale.status == 412 && stale.says("<dd>3</dd>") && stale.says("value=\"1\""), "{}", stale.text);
        assert!(anna.get(page).await.says("value=\"3\""));
        let quality = site.sign_in(Role::QualityEngineer).await;
        assert_eq!(quality.submit("/admin", page, &late).await.status, 403);
    }

    async fn the_tables_of_rights_are_told_in_ones_language(site: Site) {
        let viewer = site.sign_in(Role::Viewer).await;
        let english = viewer.get("/admin/rights").await;
        assert!(english.says("writes before execution") && english.says("<code>part_id</code>"), "{}", english.text);
        viewer.submit("/me", "/me/language", &[("locale", "zh")]).await;
        let chinese = viewer.get("/admin/rights").await;
        assert!(chinese.says("执行前填写") && !chinese.says("writes"), "{}", chinese.text);
    }

    async fn a_webhook_shows_its_secret_once_and_its_calls_afterwards(site: Site) {
        let admin = site.sign_in(Role::Admin).await;
        let (new, list) = ("/admin/webhooks/new", "/admin/webhooks");
        let form = [("_key", "hook"), ("url", "http://receiver.test/dmt"), ("events", "reported"), ("events", "closed"), ("is_active", "true")];
        let refused = admin.submit(new, list, &[("url", "ftp://x"), ("events", "closed")]).await;
        assert!(refused.status == 422 && refused.says("href=\"#url\""), "{}", refused.text);
        let made = admin.submit(new, list, &form).await;
        assert!(made.status == 200 && made.says("whsec_"), "{}", made.text);
        assert_eq!(made.headers.get("cache-control").unwrap(), "no-store");
        let none = Draft::pairs(&[]);
        let hook = webhook::list(&site.system, &Actor::command_line(), &none).await.unwrap().items.remove(0);
        let page = format!("/admin/webhooks/{}", hook.id);
        let shown = admin.get(&page).await;
        assert!(!shown.says("whsec_") && shown.says("value=\"closed\" checked"), "{}", shown.text);
        let tested = save(&admin, &page, &format!("{page}/test"), &[("_key", "test")]).await;
        assert_eq!(tested.location(), format!("{page}/deliveries?done=admin-tested"));
        assert!(admin.get(&format!("{page}/deliveries")).await.says("<span class=\"tag warn\">Waiting</span>"));
        let refused = admin.get(&format!("{page}/deliveries?status=lost")).await;
        assert!(refused.status == 422 && refused.says("href=\"#filter-status\""), "{}", refused.text);
        let none = Draft::pairs(&[]);
        let sent = outbox::list(&site.system, &Actor::command_line(), &none).await.unwrap().items.remove(0);
        let retry = format!("/admin/outbox/{}/retry", sent.id);
        assert!(!admin.get("/admin/outbox").await.says(&retry), "it is not dead");
        assert_eq!(admin.submit("/admin", &retry, &[]).await.status, 409);
    }

    async fn a_file_is_tried_out_before_it_is_imported(site: Site) {
        let manager = site.sign_in(Role::QualityManager).await;
        let page = "/admin/imports/parts";
        let template = manager.get("/admin/imports/parts/template").await;
        assert!(template.text.starts_with("number,revision,name"), "{}", template.text);
        let none = manager.upload(page, page, &[("mode", "add")], ("", b"")).await;
        assert!(none.status == 422 && none.says("href=\"#file\""), "{}", none.text);
        let file = "number,revision,name\r\nPN-1,A,Bolt\r\nPN-2,A,\r\n";
        let tried = manager.upload(page, page, &[("mode", "add")], ("parts.csv", file.as_bytes())).await;
        assert_eq!(tried.status, 200, "{}", tried.text);
        assert!(tried.says("<th scope=\"row\">3</th><td><code>name</code></td><td>is needed</td>"), "{}", tried.text);
        assert!(!tried.says("name=\"_kept\""), "{}", tried.text);
        let unknown = manager.upload(page, page, &[("mode", "add")], ("parts.csv", b"colour\r\nred\r\n")).await;
        assert_eq!(unknown.status, 422, "{}", unknown.text);
        let file = file.replace("PN-2,A,\r\n", "PN-2,A,Nut\r\n");
        let tried = manager.upload(page, page, &[("mode", "add")], ("parts.csv", file.as_bytes())).await;
        assert_eq!(manager.get("/admin/parts?q=PN").await.text.matches("Nut").count(), 0);
        let kept = tried.hidden("_kept");
        let fields = [("_do", "import"), ("mode", "add"), ("_key", "import"), ("_kept", kept.as_str())];
        for _ in 0..2 {
            let done = manager.upload(page, page, &fields, ("", b"")).await;
            assert!(done.status == 200 && done.says("Imported") && done.says("<dd>2</dd>"), "{}", done.text);
        }
        assert!(manager.get("/admin/parts?q=PN").await.says("Nut"));
        assert_eq!(manager.upload(page, page, &[("_proof", "x")], ("a.csv", b"x")).await.status, 403);
        assert_eq!(manager.post(page, &[("mode", "add")]).await.status, 415);
        assert_eq!(manager.get("/admin/imports/colours").await.status, 404);
    }

    async fn the_history_and_the_system_are_looked_at(site: Site) {
        let admin = site.sign_in(Role::Admin).await;
        let inspector = site.system.user(Role::Inspector).await;
        let record = site.system.report(&inspector, defect()).await.item.id;
        let all = admin.get("/admin/audit/check?entity=&id=").await;
        assert!(all.status == 200 && all.says("As it was written") && !all.says("Go on"), "{}", all.text);
        let found_before = admin.get("/admin/audit/check?entity=&id=&chains=3&rows=9&found=2").await;
        assert!(found_before.says("Not as it was written") && found_before.says("<dd>2</dd>"), "{}", found_before.text);
        assert!(!found_before.says("As it was written") && !found_before.says("<tbody>"), "{}", found_before.text);
        let one = admin.get(&format!("/admin/audit/check?entity=defect&id={record}")).await;
        assert!(one.says("<dt>Records</dt><dd>1</dd>"), "{}", one.text);
        let none = admin.get("/admin/audit/check?entity=defect&id=99999999").await;
        assert!(none.status == 422 && none.says("href=\"#id\""), "{}", none.text);
        let system = admin.get("/admin/system").await;
        assert!(system.says(env!("CARGO_PKG_VERSION")) && system.says("Durability"), "{}", system.text);
        assert!(system.says(&site.system.engine.to_string()) && system.says("UTC"), "{}", system.text);
    }

    async fn a_form_of_another_session_changes_nothing(site: Site) {
        let (anna, ben) = (site.sign_in(Role::Admin).await, site.sign_in(Role::Admin).await);
        let foreign = ben.get("/admin").await.hidden("_proof");
        for proof in ["", foreign.as_str()] {
            for path in ["/admin/parts", "/admin/parts/1", "/admin/parts/1/deletion", "/admin/users", "/admin/users/1/password",
                "/admin/codes/cause", "/admin/codes/cause/order", "/admin/codes/cause/1", "/admin/approval-rules", "/admin/due-rules",
                "/admin/concessions", "/admin/concessions/1", "/admin/concessions/1/deletion", "/admin/repeat-rule",
                "/admin/webhooks", "/admin/webhooks/1/secret", "/admin/outbox/1/retry"] {
                assert_eq!(anna.post(path, &[("_proof", proof)]).await.status, 403, "{path}");
            }
        }
        let upload = ("parts.csv", b"number,revision,name\r\n".as_slice());
        anna.forget();
        let late = anna.upload("/sign-in", "/admin/imports/parts", &[], upload).await;
        assert_eq!(late.location(), "/sign-in?to=%2Fadmin%2Fimports%2Fparts", "{}", late.text);
    }
}
