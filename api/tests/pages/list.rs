//! The list of defects: filters, pages, columns, views, files, and what is done with many records.

use serde_json::json;
use service::Draft;
use service::defects::{self, DefectItem};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use testkit::{defect, each_db};

use crate::client::{Shown, Site};

/// The address of a link, by what it says.
fn link(shown: &Shown, text: &str) -> String {
    let (before, _) = shown
        .text
        .split_once(&format!("\">{text}<"))
        .unwrap_or_else(|| panic!("no {text}: {}", shown.text));
    before
        .rsplit("href=\"")
        .next()
        .unwrap()
        .replace("&#38;", "&")
}

fn rows(shown: &Shown) -> usize {
    shown.text.matches("<tr data-row>").count()
}

fn pick(item: &DefectItem) -> String {
    format!("{}-{}", item.id, item.version)
}

each_db! {
    async fn the_list_shows_what_is_filtered_and_each_filter_can_be_taken_away(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let burr = site.system.report(&inspector, defect().major().with("title", "Burr <b>&")).await.item;
        let dent = site.system.report(&inspector, defect().minor()).await.item;
        let browser = site.sign_in(Role::Viewer).await;
        let all = browser.get("/defects").await;
        assert!(all.status == 200 && all.says(&burr.tag_number) && all.says(&dent.tag_number), "{}", all.text);
        assert!(all.says("2 records") && all.says("Burr &#60;b&#62;&#38;"), "{}", all.text);
        assert!(!all.says("name=\"pick\"") && !all.says("/defects/bulk"), "a viewer does nothing");
        let some = browser.get("/defects?severity=major&filter=status%3Aopen+quantity%3A10&sort=-updated_at").await;
        assert!(some.says(&burr.tag_number) && !some.says(&dent.tag_number), "{}", some.text);
        assert!(some.says("<option value=\"major\" selected>") && some.says("1 record<"), "{}", some.text);
        for address in [
            "/defects?filter=status%3Aopen+quantity%3A10&#38;sort=-updated_at",
            "/defects?severity=major&#38;filter=quantity%3A10&#38;sort=-updated_at",
            "/defects/export?severity=major&#38;filter=status%3Aopen+quantity%3A10&#38;format=xlsx",
        ] {
            assert!(some.says(&format!("href=\"{address}\"")), "{address}: {}", some.text);
        }
    }

    async fn a_mistake_is_told_at_the_bar_with_its_place(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        let wrong = browser.get("/defects?filter=status%3Aopen+sevrity%3Amajor&origin=moon").await;
        assert_eq!(wrong.status, 422);
        for text in [
            "<a href=\"#filter\">Filter: at character 13: sevrity:major</a>",
            "<code>status:open <mark>sevrity:major</mark></code>",
            "value=\"status:open sevrity:major\"",
            "Origin: must be one of",
        ] {
            assert!(wrong.says(text), "{text}: {}", wrong.text);
        }
        assert_eq!(browser.get("/defects?colour=red").await.status, 422);
        assert_eq!(browser.get("/defects?cursor=abc").await.status, 422);
    }

    async fn cost_is_filtered_by_those_who_see_it(site: Site) {
        let manager = site.system.member(Role::QualityManager).await;
        let dear = site.system.report(&manager, defect()).await.item;
        let cheap = site.system.report(&manager, defect()).await.item;
        let cost = Draft::json(&json!({"kind": "freight", "amount": "12.50"}));
        defects::cost::add(&site.system, &manager, dear.id, &IfMatch::Any, &cost, None).await.unwrap();
        let sees = site.sign_in(Role::TechEngineer).await;
        let some = sees.get("/defects?cost_total=10..&filter=cost%3A..20").await;
        assert!(some.says(&dear.tag_number) && !some.says(&cheap.tag_number), "{}", some.text);
        assert!(some.says("<b>Total cost</b> 10.. ") && some.says(" href=\"/defects?cost_total=10..\">cost:..20 "), "{}", some.text);
        let does_not = site.sign_in(Role::Viewer).await;
        for (address, told) in [
            ("/defects?cost_total=10..", "<li>Total cost: cost is not for your roles to see"),
            ("/defects?filter=cost%3A10..", "<li><a href=\"#filter\">Filter: cost is not for your roles to see"),
        ] {
            let refused = does_not.get(address).await;
            assert_eq!(refused.status, 403, "{address}");
            assert!(refused.says(told) && refused.says("href=\"/defects?view=all\""), "{}", refused.text);
            assert!(!refused.says(&dear.tag_number), "{}", refused.text);
        }
        assert_eq!(does_not.get("/reports/trend?cost_total=10..").await.status, 403);
    }

    async fn pages_follow_each_other_with_the_columns_that_were_chosen(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let (part, center) = (site.system.part().await.id, site.system.work_center().await.id);
        for _ in 0..51 {
            let tag = defect().with("part_id", part).with("work_center_id", center);
            site.system.report(&inspector, tag).await;
        }
        let browser = site.sign_in(Role::Viewer).await;
        let first = browser.get(&format!("/defects?part_id={part}&columns=title&columns=origin")).await;
        assert!(rows(&first) == 50 && first.says("51 records"), "{}", first.text);
        let second = browser.get(&link(&first, "Next page")).await;
        assert!(rows(&second) == 1 && !second.says("Next page"), "{}", second.text);
        for page in [&first, &second] {
            let heads = |name: &str| page.says(&format!("<th scope=\"col\">{name}</th>"));
            assert!(heads("Title") && heads("Origin") && !heads("Severity"), "{}", page.text);
        }
        let address = link(&second, "First page");
        assert_eq!(address, format!("/defects?part_id={part}&columns=title%2Corigin"));
    }

    async fn a_view_is_kept_begun_with_and_deleted(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let burr = site.system.report(&inspector, defect().major()).await.item;
        let dent = site.system.report(&inspector, defect().minor()).await.item;
        let browser = site.sign_in(Role::QualityEngineer).await;
        let here = "/defects?severity=major";
        let unnamed = [("_key", "k1"), ("_query", "severity=major"), ("name", "")];
        let unnamed = browser.submit(here, "/defects/views", &unnamed).await;
        assert!(unnamed.status == 422 && unnamed.says("href=\"#save-name\""), "{}", unnamed.text);
        let named = [("_key", "k2"), ("_query", "severity=major"), ("name", "Majors <1>")];
        let saved = browser.submit(here, "/defects/views", &named).await;
        assert_eq!((saved.status, saved.location()), (303, "/defects?severity=major&done=view-saved"), "{}", saved.text);
        let shown = browser.get(here).await;
        assert!(shown.says("aria-current=\"true\">Majors &#60;1&#62;"), "{}", shown.text);
        let rest = shown.text.split_once("action=\"/defects/views/").unwrap().1;
        let view = format!("/defects/views/{}", rest.split('/').next().unwrap());

        let choice = [("_query", "severity=major"), ("is_default", "true"), ("digest", "weekly")];
        assert_eq!(browser.submit(here, &format!("{view}/choice"), &choice).await.status, 303);
        let begun = browser.get("/defects").await;
        assert!(begun.says(&burr.tag_number) && !begun.says(&dent.tag_number), "{}", begun.text);
        assert!(begun.says("<option value=\"weekly\" selected>") && begun.says("begins here"), "{}", begun.text);
        assert!(browser.get("/defects?view=all").await.says(&dent.tag_number));

        let other = site.sign_in(Role::QualityEngineer).await;
        let foreign = other.submit("/defects", &format!("{view}/deletion"), &[("_version", "1")]).await;
        assert_eq!(foreign.status, 404);
        let gone = browser.submit(here, &format!("{view}/deletion"), &[("_version", "1")]).await;
        assert_eq!((gone.status, gone.location()), (303, "/defects?view=all&done=view-deleted"));
        assert!(browser.get("/defects").await.says(&dent.tag_number));
    }

    async fn many_are_worked_on_and_what_became_of_each_is_told(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let ready = site.system.report(&inspector, defect().major()).await.item;
        let unset = site.system.report(&inspector, defect()).await.item;
        let stale = site.system.report(&inspector, defect().minor()).await.item;
        let engineer = site.system.user(Role::TechEngineer).await;
        let browser = site.browser();
        browser.sign_in(&engineer.name).await;
        let (ready_pick, unset_pick) = (pick(&ready), pick(&unset));
        let old = format!("{}-{}", stale.id, stale.version - 1);
        let here = "/defects?view=all";
        assert!(browser.get(here).await.says(&format!("value=\"{ready_pick}\"")));

        let query = ("_query", "view=all");
        let start = [query, ("_action", "start_analysis"), ("pick", &ready_pick), ("pick", &unset_pick), ("pick", &old)];
        let told = browser.submit(here, "/defects/bulk", &start).await;
        assert_eq!(told.status, 200);
        for text in ["1 of 3 done", "Severity: must be set first", "Somebody has changed this in the meantime", &stale.tag_number] {
            assert!(told.says(text), "{text}: {}", told.text);
        }
        let now = defects::show(&site.system, &inspector, ready.id).await.unwrap();
        assert_eq!(now.item.status, Status::Analysis);

        let me = engineer.id.unwrap().to_string();
        let assign = [query, ("_action", "assign"), ("assignee_id", &me), ("pick", &unset_pick)];
        assert!(browser.submit(here, "/defects/bulk", &assign).await.says("1 of 1 done"));
        let given = browser.get(&format!("/defects?assignee_id={me}")).await;
        assert!(rows(&given) == 1 && given.says(&unset.tag_number), "{}", given.text);
    }

    async fn a_form_for_many_says_what_it_lacks(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let item = site.system.report(&inspector, defect().major()).await.item;
        let ticked = pick(&item);
        let browser = site.sign_in(Role::QualityManager).await;
        let none = [("_query", "view=all"), ("_action", "assign"), ("assignee_id", "none")];
        let none = browser.submit("/defects", "/defects/bulk", &none).await;
        assert!(none.status == 422 && none.says("Select at least one record first."), "{}", none.text);
        let nobody = [("_query", "view=all"), ("_action", "severity"), ("severity", ""), ("pick", &ticked)];
        let nobody = browser.submit("/defects", "/defects/bulk", &nobody).await;
        assert!(nobody.status == 422 && nobody.says(&format!("value=\"{ticked}\" checked")), "{}", nobody.text);
        let mut many = vec![("_action", "start_analysis")];
        many.extend([("pick", ticked.as_str()); 201]);
        assert_eq!(browser.submit("/defects", "/defects/bulk", &many).await.status, 422);
        assert_eq!(browser.post("/defects/bulk", &many).await.status, 403);

        let viewer = site.sign_in(Role::Viewer).await;
        let form = [("_action", "severity"), ("severity", "minor"), ("pick", ticked.as_str())];
        let refused = viewer.submit("/defects", "/defects/bulk", &form).await;
        assert!(refused.status == 200 && refused.says("0 of 1 done"), "{}", refused.text);
    }

    async fn a_form_for_many_that_is_refused_comes_back_where_it_was_with_what_was_chosen(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let (part, center) = (site.system.part().await.id, site.system.work_center().await.id);
        for _ in 0..51 {
            let tag = defect().with("part_id", part).with("work_center_id", center);
            site.system.report(&inspector, tag).await;
        }
        let browser = site.sign_in(Role::QualityManager).await;
        let first = browser.get(&format!("/defects?part_id={part}")).await;
        let here = link(&first, "Next page");
        let second = browser.get(&here).await;
        let rest = second.text.split_once("name=\"pick\" value=\"").unwrap().1;
        let ticked = rest.split('"').next().unwrap();
        let query = second.hidden("_query").replace("&#38;", "&");
        let form = [
            ("_query", query.as_str()), ("_action", "severity"), ("severity", ""), ("assignee_id", "none"), ("pick", ticked),
        ];
        let refused = browser.submit(&here, "/defects/bulk", &form).await;
        assert!(refused.status == 422 && rows(&refused) == 1, "{}", refused.text);
        assert!(refused.says(&format!("value=\"{ticked}\" checked")), "{}", refused.text);
        assert!(refused.says("<option value=\"none\" selected>"), "{}", refused.text);
        let form = [("_query", query.as_str()), ("_action", "severity"), ("severity", "minor"), ("pick", ticked)];
        let done = browser.submit(&here, "/defects/bulk", &form).await;
        assert!(done.says("1 of 1 done") && link(&done, "Back to the list") == here, "{}", done.text);
    }

    async fn the_list_goes_out_as_a_file(site: Site) {
        let inspector = site.system.member(Role::Inspector).await;
        let burr = site.system.report(&inspector, defect().major()).await.item;
        let dent = site.system.report(&inspector, defect().minor()).await.item;
        let browser = site.sign_in(Role::Viewer).await;
        let csv = browser.get("/defects/export?severity=major&format=csv&columns=title").await;
        assert_eq!(csv.status, 200, "{}", csv.text);
        let kind = csv.headers.get("content-type").unwrap().to_str().unwrap();
        assert!(kind.starts_with("text/csv"), "{kind}");
        assert!(csv.says(&burr.tag_number) && !csv.says(&dent.tag_number), "{}", csv.text);
        assert_eq!(browser.get("/defects/export?severity=grave").await.status, 422);
    }
}
