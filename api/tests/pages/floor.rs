//! The floor: a report with and without its script, once and in whose name, its photo, and what a scanned code opens.

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use serde_json::json;
use service::Draft;
use service::defects::{self, DefectView, attachments};
use service::part;
use service::role::Role;
use testkit::{defect, each_db};

use crate::client::{Browser, Shown, Site};

async fn record(site: &Site, id: i64) -> DefectView {
    let viewer = site.system.member(Role::Viewer).await;
    defects::show(&site.system, &viewer, id).await.unwrap()
}

/// How many records there are.
async fn count(site: &Site) -> usize {
    let viewer = site.system.member(Role::Viewer).await;
    let page = defects::list(&site.system, &viewer, &Draft::pairs(&[]))
        .await
        .unwrap();
    page.items.len()
}

/// The number at the end of an address.
fn id_of(address: &str) -> i64 {
    address.rsplit('/').next().unwrap().parse().unwrap()
}

async fn proof(browser: &Browser<'_>) -> String {
    let told = browser.script("/floor/proof", &[]).await;
    assert_eq!(told.status, 200, "{}", told.text);
    told.json()["proof"].as_str().unwrap().to_owned()
}

/// Sends a photo to a record.
async fn photo(browser: &Browser<'_>, id: i64, proof: &str) -> Shown {
    let body = "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"burr.pdf\"\r\n\
                Content-Type: application/pdf\r\n\r\n%PDF-1.7\n%\r\n--frontier--\r\n";
    let request = TestRequest::with_uri(&format!("/floor/reports/{id}/photo"))
        .method(Method::POST)
        .insert_header((header::ACCEPT, "application/json"))
        .insert_header((
            header::CONTENT_TYPE,
            "multipart/form-data; boundary=frontier",
        ))
        .insert_header(("x-proof", proof))
        .insert_header(("idempotency-key", "photo-1"))
        .set_payload(body);
    browser.deliver(request).await
}

each_db! {
    async fn a_defect_is_reported_without_a_script(site: Site) {
        let t = &site.system;
        let (part, center) = (t.part().await, t.work_center().await);
        for failure in ["BURR", "CRACK"] {
            t.failure_code(failure).await;
        }
        let manager = t.member(Role::QualityManager).await;
        t.report(&manager, defect().with("part_id", part.id).with("failure_code", "CRACK")).await;
        let browser = site.sign_in(Role::Operator).await;
        let page = browser.get(&format!("/floor?part={}", part.number.to_lowercase())).await;
        let label = format!("{} A Flange", part.number);
        assert!(page.status == 200 && page.says(&label), "{}", page.text);
        let (crack, burr) = (page.text.find("value=\"CRACK\"").unwrap(), page.text.find("value=\"BURR\"").unwrap());
        assert!(crack < burr, "the part's most frequent first: {}", page.text);
        let form = [
            ("_key", page.hidden("_key")), ("_proof", page.hidden("_proof")), ("part_id", page.hidden("part_id")),
            ("failure_code", "BURR".to_owned()), ("quantity_defective", "3".to_owned()),
            ("work_center_id", center.id.to_string()), ("title", String::new()), ("description", String::new()),
        ];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let sent = browser.post("/floor/reports", &form).await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        let told = browser.get(sent.location()).await;
        let id = id_of(sent.location());
        let view = record(&site, id).await;
        assert!(told.says(&view.item.tag_number) && told.says(&format!("href=\"/defects/{id}/tag\"")), "{}", told.text);
        assert_eq!(view.item.title, format!("BURR: {label}"));
        assert!(view.description.contains("(BURR)") && view.description.contains('3'), "{}", view.description);
        // An operator may not set it; his text says it.
        assert_eq!((view.item.failure_code, view.item.origin.word()), (None, "in_process"));
        let next = browser.get("/floor").await;
        assert!(next.says(&format!("value=\"{}\" selected", center.id)), "the work center is remembered: {}", next.text);
    }

    async fn who_may_set_the_failure_code_sets_it(site: Site) {
        let t = &site.system;
        let (part, center) = (t.part().await.id.to_string(), t.work_center().await.id.to_string());
        t.failure_code("BURR").await;
        let browser = site.sign_in(Role::TechEngineer).await;
        let form = [
            ("part_id", part.as_str()), ("work_center_id", &center), ("quantity_defective", "1"), ("failure_code", "BURR"),
            ("title", "Sharp edge"),
        ];
        let sent = browser.submit("/floor", "/floor/reports", &form).await;
        let view = record(&site, id_of(sent.location())).await;
        assert_eq!((view.item.failure_code.as_deref(), view.item.title.as_str()), (Some("BURR"), "Sharp edge"));
    }

    async fn what_incoming_goods_lack_is_said_on_the_floor(site: Site) {
        let t = &site.system;
        let (part, center) = (t.part().await.id.to_string(), t.work_center().await.id.to_string());
        let supplier = t.supplier().await;
        let browser = site.sign_in(Role::Inspector).await;
        let page = browser.get(&format!("/floor?part_id={part}")).await;
        assert!(page.says(&format!("<option value=\"{}\">", supplier.id)) && page.says("value=\"in_process\" selected"), "{}", page.text);
        let supplier = supplier.id.to_string();
        let form = [
            ("part_id", part.as_str()), ("work_center_id", &center), ("quantity_defective", "2,5"), ("title", "Burr"),
            ("origin", "receiving"), ("supplier_id", &supplier), ("is_contained", "true"), ("hold_location", "Cage 3"),
        ];
        let sent = browser.submit("/floor", "/floor/reports", &form).await;
        assert_eq!(sent.status, 303, "{}", sent.text);
        let item = record(&site, id_of(sent.location())).await.item;
        assert_eq!((item.origin.word(), item.quantity_defective.as_str()), ("receiving", "2.5"));
        assert!(item.is_contained && item.supplier.is_some_and(|one| one.id.to_string() == supplier));
    }

    async fn a_tag_is_opened_from_any_page(site: Site) {
        let record = site.system.bring_to(service::words::Status::Reported).await.item;
        let browser = site.sign_in(Role::Viewer).await;
        assert!(browser.get("/me").await.says("action=\"/floor/find\""));
        let found = browser.get(&format!("/floor/find?code={}", record.tag_number)).await;
        assert_eq!(found.location(), format!("/defects/{}", record.id));
        // Who does not report is not led to the floor.
        assert_eq!(browser.get("/floor/find?code=PN%2077").await.location(), "/defects?q=PN%2077");
    }

    async fn what_is_not_in_order_is_told_where_it_was_typed(site: Site) {
        let t = &site.system;
        let part = t.part().await;
        let id = part.id.to_string();
        let browser = site.sign_in(Role::Inspector).await;
        let form = [("part_id", id.as_str()), ("quantity_defective", "-2"), ("lot_number", "L-<7>")];
        let refused = browser.submit("/floor", "/floor/reports", &form).await;
        assert_eq!(refused.status, 422);
        for said in ["href=\"#quantity_defective\"", "href=\"#work_center_id\"", "href=\"#title\"", "value=\"-2\"", "L-&#60;7&#62;", part.number.as_str()] {
            assert!(refused.says(said), "no {said} in {}", refused.text);
        }
        let without = browser.submit("/floor", "/floor/reports", &[("title", "x")]).await;
        assert!(without.status == 422 && without.says("href=\"#part_id\""), "{}", without.text);
        let center = t.work_center().await.id.to_string();
        for unclear in ["1,000", "1,000,000"] {
            let form = [("part_id", id.as_str()), ("work_center_id", &center), ("quantity_defective", unclear), ("title", "Burr")];
            let refused = browser.submit("/floor", "/floor/reports", &form).await;
            let is_kept = refused.says("href=\"#quantity_defective\"") && refused.says(&format!("value=\"{unclear}\""));
            assert!(refused.status == 422 && is_kept, "a thousand are not one: {}", refused.text);
        }
        assert_eq!(count(&site).await, 0);
    }

    async fn a_script_sends_a_report_twice_and_it_is_there_once(site: Site) {
        let t = &site.system;
        let (part, center) = (t.part().await.id.to_string(), t.work_center().await.id.to_string());
        let user = t.user(Role::Operator).await;
        let browser = site.browser();
        browser.sign_in(&user.name).await;
        let told = browser.script("/floor/proof", &[]).await.json();
        assert_eq!(told["user_id"], json!(user.id));
        let token = proof(&browser).await;
        let form = [
            ("part_id", part.as_str()), ("work_center_id", &center), ("quantity_defective", "2"), ("title", "Dent"),
            ("_proof", &token), ("_key", "k-1"),
        ];
        let first = browser.script("/floor/reports", &form).await;
        assert_eq!(first.status, 201, "{}", first.text);
        let again = browser.script("/floor/reports", &form).await;
        assert_eq!((again.status, again.json()), (201, first.json()));
        let view = record(&site, first.json()["id"].as_i64().unwrap()).await;
        assert_eq!(first.json()["tag_number"], json!(view.item.tag_number));
        assert_eq!((view.item.title.as_str(), view.description.as_str(), count(&site).await), ("Dent", "Dent", 1));
        // The same key with another report.
        let mut other = form;
        other[2].1 = "5";
        let refused = browser.script("/floor/reports", &other).await;
        assert!(refused.status == 422 && refused.says("key-reused"), "{}", refused.text);
    }

    async fn a_script_is_told_why_not_in_the_language_of_the_page(site: Site) {
        let browser = site.sign_in(Role::Inspector).await;
        browser.submit("/me", "/me/language", &[("locale", "es")]).await;
        let token = proof(&browser).await;
        let refused = browser.script("/floor/reports", &[("_proof", &token), ("_key", "k-2"), ("title", "x")]).await;
        let told = refused.json();
        assert_eq!((refused.status, told["type"].as_str()), (422, Some("urn:problem-type:dmt:invalid")));
        assert!(told["reasons"].as_array().unwrap().contains(&json!("Pieza: es necesario")), "{told}");
    }

    async fn nothing_is_taken_without_a_session_and_its_proof(site: Site) {
        let (anna, ben) = (site.sign_in(Role::Operator).await, site.sign_in(Role::Operator).await);
        let foreign = proof(&ben).await;
        let operator = site.system.member(Role::Operator).await;
        let id = site.system.report(&operator, defect()).await.item.id;
        for wrong in ["none", foreign.as_str()] {
            let form = [("_proof", wrong), ("_key", "k-3"), ("title", "x")];
            assert_eq!(anna.script("/floor/reports", &form).await.status, 403);
            assert_eq!(photo(&anna, id, wrong).await.status, 403);
        }
        let stranger = site.browser();
        assert_eq!(stranger.script("/floor/proof", &[]).await.status, 401);
        assert_eq!(stranger.script("/floor/reports", &[("_proof", &foreign)]).await.status, 401);
        assert_eq!(photo(&stranger, id, &foreign).await.status, 401);
        assert_eq!(count(&site).await, 1);
    }

    async fn a_photo_is_attached_once(site: Site) {
        let operator = site.system.member(Role::Operator).await;
        let id = site.system.report(&operator, defect()).await.item.id;
        let browser = site.sign_in(Role::Inspector).await;
        let token = proof(&browser).await;
        for _ in 0..2 {
            let sent = photo(&browser, id, &token).await;
            assert_eq!((sent.status, sent.json()["file_name"].as_str()), (201, Some("burr.pdf")), "{}", sent.text);
        }
        let page = attachments::list(&site.system, &operator, id, &Draft::pairs(&[])).await.unwrap();
        assert_eq!(page.items.len(), 1);
        assert_eq!(photo(&browser, id + 1000, &token).await.status, 404);
    }

    async fn a_scanned_code_opens_what_it_is(site: Site) {
        let t = &site.system;
        let operator = t.member(Role::Operator).await;
        let record = t.report(&operator, defect()).await.item;
        let (part, other) = (t.part().await, t.part().await);
        let revision = Draft::json(&json!({"number": other.number, "revision": "B", "name": "Flange"}));
        part::create(t, &t.member(Role::Admin).await, &revision, None).await.unwrap();
        let browser = site.sign_in(Role::Operator).await;
        let to_record = format!("/defects/{}", record.id);
        let (here, elsewhere) = (format!("http%3A%2F%2Flocalhost%3A8080{to_record}"), format!("http%3A%2F%2Fother{to_record}"));
        for (code, kind, to) in [
            (record.tag_number.to_lowercase(), "record", to_record.clone()),
            (here, "record", to_record.clone()),
            (part.number.clone(), "part", format!("/floor?part_id={}", part.id)),
            (other.number.clone(), "parts", format!("/floor?part={}", other.number.replace('-', "%2D"))),
        ] {
            let path = format!("/floor/find?code={code}");
            let told = browser.script(&path, &[]).await.json();
            assert_eq!((told["kind"].as_str(), told["to"].as_str()), (Some(kind), Some(to.as_str())), "{code}");
            assert_eq!(browser.get(&path).await.location(), to);
        }
        for unknown in ["", "DMT-999999", "!DMT-000001", "a,b", elsewhere.as_str()] {
            let path = format!("/floor/find?code={unknown}");
            assert_eq!(browser.script(&path, &[]).await.status, 404, "{unknown}");
            assert!(browser.get(&path).await.location().starts_with("/floor?part="), "{unknown}");
        }
        assert!(browser.get("/floor?part=nowhere").await.says("<p class=\"hint\">No part in use"));
        let both = browser.get(&format!("/floor?part={}", other.number)).await;
        assert_eq!(both.text.matches("data-number").count(), 2, "{}", both.text);
        let found = browser.get(&format!("/floor/parts?q={}", &part.number[..3])).await;
        assert!(found.says(&format!("data-id=\"{}\"", part.id)) && !found.says("<html"), "{}", found.text);
    }

    async fn who_does_not_report_has_no_floor(site: Site) {
        for role in [Role::Viewer, Role::Admin] {
            let browser = site.sign_in(role).await;
            assert_eq!(browser.get("/floor").await.status, 403, "{role}");
            let token = proof(&browser).await;
            let refused = browser.script("/floor/reports", &[("_proof", &token), ("title", "x")]).await;
            assert_eq!(refused.status, 403, "{role}: {}", refused.text);
        }
    }

    async fn the_floor_opens_without_a_network(site: Site) {
        let guest = site.browser();
        let worker = guest.get("/worker.js").await;
        let header = |shown: &Shown, name: &str| shown.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!((worker.status, header(&worker, "content-type")), (200, "text/javascript; charset=utf-8".to_owned()));
        assert!(header(&worker, "content-security-policy").contains("connect-src 'self'"));
        let manifest = guest.get("/manifest.webmanifest").await;
        assert_eq!((manifest.json()["start_url"].as_str(), header(&manifest, "content-type").as_str()), (Some("/floor"), "application/manifest+json"));
        let page = site.sign_in(Role::Operator).await.get("/floor").await;
        assert!(page.says("rel=\"manifest\"") && page.text.len() < 100_000, "{}", page.text);
        for script in ["floor.js", "queue.js"] {
            let address = page.text.split('"').find(|text| text.starts_with(&format!("/assets/{script}?v="))).unwrap();
            let kept = guest.get(address).await;
            assert!(kept.status == 200 && kept.text.lines().count() < 300, "{script}");
        }
    }
}
