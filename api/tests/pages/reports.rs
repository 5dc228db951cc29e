//! Reports and control charts as pages: figures with the lists behind them, files, what is refused and what is hidden.

use serde_json::json;
use service::role::Role;
use service::version::IfMatch;
use service::{Draft, control_limit, defects, inspection, part, work_center};
use testkit::{defect, each_db};

use crate::client::{Shown, Site};

/// A record with a failure code, reported today.
async fn burr(site: &Site) -> i64 {
    site.system.failure_code("BURR").await;
    let manager = site.system.member(Role::QualityManager).await;
    let supplier = site.system.supplier().await.id;
    let tag = defect()
        .with("failure_code", "BURR")
        .with("supplier_id", supplier);
    site.system.report(&manager, tag).await.item.id
}

/// Inspections of fifty pieces, one a day from the first of October on; answers what a chart of them is asked.
async fn samples(site: &Site, counts: &[i64]) -> String {
    let (part, place) = (
        site.system.part().await.id,
        site.system.work_center().await.id,
    );
    for (day, count) in counts.iter().enumerate() {
        let at = format!("2026-10-{:02}T08:00:00Z", day + 1);
        sample(site, (part, place), &at, *count).await;
    }
    format!(
        "chart=p&part_id={part}&work_center_id={place}&from=2026-10-01&to=2026-10-31&subgroup=sample"
    )
}

/// An inspection of fifty pieces of a part at a work center.
async fn sample(site: &Site, (part, place): (i64, i64), at: &str, count: i64) {
    let inspector = site.system.member(Role::Inspector).await;
    let new = json!({
        "part_id": part, "work_center_id": place, "inspected_at": at, "sample_size": 50, "defective_units": count,
    });
    inspection::create(&site.system, &inspector, &Draft::json(&new), None)
        .await
        .unwrap();
}

/// The fields of a query.
fn pairs(query: &str) -> Vec<(&str, &str)> {
    let pairs = query.split('&');
    pairs.map(|pair| pair.split_once('=').unwrap()).collect()
}

/// The part and the work center of a query.
fn process(query: &str) -> (i64, i64) {
    let id = |wanted: &str| {
        let pairs = pairs(query);
        let found = pairs.iter().find(|(name, _)| *name == wanted);
        found.unwrap().1.parse().unwrap()
    };
    (id("part_id"), id("work_center_id"))
}

fn media(shown: &Shown) -> &str {
    shown.headers.get("content-type").unwrap().to_str().unwrap()
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, behind: &str) -> &'a str {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"))
        .1;
    rest.split_once(behind).unwrap().0
}

each_db! {
    async fn the_dashboard_shows_each_report_and_the_lists_behind_its_figures(site: Site) {
        burr(&site).await;
        let browser = site.sign_in(Role::QualityManager).await;
        let page = browser.get("/reports").await;
        assert_eq!(page.status, 200, "{}", page.text);
        for report in ["pareto", "trend", "ageing", "flow", "suppliers", "control-chart"] {
            assert!(page.says(&format!("id=\"{report}-title\"")), "{report}");
        }
        assert!(page.says("<img src=\"/reports/pareto.svg?from=2025-12-01&#38;to=2026-11-20"), "{}", page.text);
        assert!(page.says("First comes BURR: 1 of 1 (100.00 %)."), "{}", page.text);
        let list = "/defects?reported_after=2025-12-01&#38;reported_before=2026-11-21&#38;failure_code=BURR&#38;status=%21void";
        assert!(page.says(&format!("<a href=\"{list}\">BURR</a>")), "{}", page.text);
        assert!(page.says("/defects?reported_after=-7d&#38;status=reported"), "{}", page.text);
        // One month, and a filter that nothing meets.
        let filtered = browser.get("/reports?from=2026-11-01&to=2026-11-20&severity=critical&status=open").await;
        assert!(filtered.says("There is nothing to show") && filtered.says("Severity: Critical"), "{}", filtered.text);
        assert!(filtered.says("type=\"hidden\" name=\"status\" value=\"open\""), "{}", filtered.text);
    }

    async fn a_report_comes_as_page_drawing_and_file(site: Site) {
        burr(&site).await;
        let browser = site.sign_in(Role::QualityManager).await;
        for report in ["pareto", "trend", "ageing", "flow", "suppliers"] {
            let page = browser.get(&format!("/reports/{report}")).await;
            assert_eq!(page.status, 200, "{report}: {}", page.text);
            assert!(page.says("<svg ") && page.says("<title id=\"title\">"), "{report}: {}", page.text);
            assert!(!page.says("<style") && !page.says("style=\""), "{report}: {}", page.text);
            let query = between(&page.text, &format!("/reports/{report}.csv?"), "\"").replace("&#38;", "&");
            for (form, begins) in [("csv", "text/csv"), ("xlsx", "application/vnd."), ("svg", "image/svg+xml")] {
                let file = browser.get(&format!("/reports/{report}.{form}?{query}")).await;
                assert!(file.status == 200 && media(&file).starts_with(begins), "{report} {form}: {file:?}");
            }
        }
        for nothing in ["/reports/weather", "/reports/weather.svg", "/reports/trend.pdf", "/reports/trend.json"] {
            assert_eq!(browser.get(nothing).await.status, 404, "{nothing}");
        }
        assert_eq!(site.browser().get("/reports/trend.svg").await.status, 303);
    }

    async fn who_sees_no_cost_has_no_report_of_it(site: Site) {
        let id = burr(&site).await;
        let manager = site.system.member(Role::QualityManager).await;
        let cost = Draft::json(&json!({"kind": "freight", "amount": "12.50"}));
        defects::cost::add(&site.system, &manager, id, &IfMatch::Any, &cost, None).await.unwrap();
        let (sees, does_not) = (site.sign_in(Role::QualityManager).await, site.sign_in(Role::Viewer).await);
        assert!(sees.get("/reports").await.says("id=\"copq-title\""));
        let page = sees.get("/reports/copq?by=part").await;
        assert!(page.says("Total: 12.50 EUR") && page.says("Cost by Part"), "{}", page.text);
        let page = does_not.get("/reports").await;
        assert!(page.status == 200 && !page.says("copq") && !page.says("12.50"), "{}", page.text);
        let pareto = does_not.get("/reports/pareto").await;
        assert!(pareto.status == 200 && !pareto.says("value=\"cost\""), "{}", pareto.text);
        for hidden in ["/reports/copq", "/reports/copq.csv", "/reports/copq.svg", "/reports/pareto?by=part&measure=cost"] {
            assert_eq!(does_not.get(hidden).await.status, 403, "{hidden}");
        }
    }

    async fn what_is_wrong_is_told_at_the_form(site: Site) {
        let browser = site.sign_in(Role::Viewer).await;
        for (path, field) in [
            ("/reports?from=2026-02-01&to=2026-01-01", "from"),
            ("/reports/trend?interval=hour", "interval"),
            ("/reports/pareto?top=1000", "top"),
            ("/reports/flow?filter=sevrity:major", "filter"),
            ("/reports/control-chart?chart=x", "chart"),
            ("/reports/control-chart?chart=p&part_number=PN-0", "part_number"),
        ] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 422, "{path}: {}", page.text);
            assert!(page.says(&format!("href=\"#{field}\"")) && page.says("role=\"alert\""), "{path}: {}", page.text);
        }
        let kept = browser.get("/reports?from=2026-02-01&to=2026-01-01").await;
        assert!(kept.says("value=\"2026-02-01\"") && kept.says("is no period that can be shown"), "{}", kept.text);
        let empty = browser.get("/reports/pareto").await;
        assert!(empty.status == 200 && empty.says("There is nothing to show"), "{}", empty.text);
    }

    async fn a_control_chart_explains_its_signals(site: Site) {
        let query = samples(&site, &[2, 3, 1, 2, 3, 20, 2, 1]).await;
        let browser = site.sign_in(Role::Viewer).await;
        let blank = browser.get("/reports/control-chart").await;
        assert!(blank.status == 200 && blank.says("name=\"chart\"") && !blank.says("<svg "), "{}", blank.text);
        let path = format!("/reports/control-chart?{query}&rules=1");
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.says("Signals at points 6.") && page.says("Rule 1: a point beyond a limit"), "{}", page.text);
        assert!(page.says("At points: 6 (2026-10-06 08:00)") && page.says("class=\"signal\""), "{}", page.text);
        // By the number of its part, and with points that are ticked.
        let part = between(&page.text, "name=\"part_number\" type=\"text\" value=\"", "\"").replace(' ', "+");
        let named = browser.get(&format!("/reports/control-chart?chart=p&part_number={part}&exclude=1&exclude=6")).await;
        assert!(named.says("No signals.") && named.says("value=\"1,6\""), "{}", named.text);
        let csv = browser.get(&format!("/reports/control-chart.csv?{query}&exclude=6")).await;
        assert!(csv.status == 200 && csv.text.starts_with("number,label,at"), "{csv:?}");
    }

    async fn limits_are_frozen_approved_and_retired_on_the_page(site: Site) {
        let query = samples(&site, &[2, 3, 1, 2, 3, 20, 2, 1]).await;
        let path = format!("/reports/control-chart?{query}&exclude=6");
        let mut fields = pairs(&query);
        fields.extend([("_key", "k1"), ("exclude", "6"), ("name", "Line <1>")]);
        let (viewer, engineer) = (site.sign_in(Role::Viewer).await, site.sign_in(Role::QualityEngineer).await);
        assert!(!viewer.get(&path).await.says("action=\"/reports/control-limits\""));
        assert_eq!(viewer.submit(&path, "/reports/control-limits", &fields).await.status, 403);
        let frozen = engineer.submit(&path, "/reports/control-limits", &fields).await;
        assert!(frozen.status == 303 && frozen.location().ends_with("&done=limits-frozen"), "{}", frozen.text);
        let page = engineer.get(frozen.location()).await;
        assert!(page.says("Line &#60;1&#62;") && page.says("Somebody else than who froze them"), "{}", page.text);
        assert!(!page.says("/approval\""), "{}", page.text);
        // What was left out is told, and its chart is a link away.
        assert!(page.says("Points that do not count: 6"), "{}", page.text);
        let source = between(&page.text, "<p><a href=\"/reports/control-chart?chart=p", "\"");
        assert!(source.ends_with("&#38;from=2026-10-01&#38;to=2026-10-31&#38;exclude=6"), "{source}");
        let id = between(&page.text, "action=\"/reports/control-limits/", "/").to_owned();
        let own = [("_version", "1"), ("_back", query.as_str())];
        let refused = engineer.submit(&path, &format!("/reports/control-limits/{id}/approval"), &own).await;
        assert!(refused.status == 403 && refused.says("<h1>You may not do this</h1>"), "{}", refused.text);

        let manager = site.sign_in(Role::QualityManager).await;
        let address = format!("/reports/control-limits/{id}");
        let back = [("_version", "1"), ("_back", query.as_str())];
        let approved = manager.submit(&path, &format!("{address}/approval"), &back).await;
        assert!(approved.location().ends_with("&done=limits-approved"), "{}", approved.text);
        let held = manager.get(&format!("/reports/control-chart?{query}&limits_id={id}")).await;
        assert!(held.status == 200 && held.says(&format!("<option value=\"{id}\" selected>")), "{}", held.text);

        // Made before the approval: shown again as it was typed, for the version that is there now.
        let late = [("_version", "1"), ("_back", query.as_str()), ("reason", "Another press.")];
        let late = manager.submit(&path, &format!("{address}/retirement"), &late).await;
        assert!(late.status == 422 && late.says("value=\"Another press.\""), "{}", late.text);
        assert!(late.says("Somebody has changed the record") && late.says("name=\"_version\" value=\"2\""), "{}", late.text);

        let mut form = vec![("_version", "2"), ("_back", query.as_str()), ("reason", "")];
        let refused = manager.submit(&path, &format!("{address}/retirement"), &form).await;
        assert!(refused.status == 422 && refused.says(&format!("href=\"#limits-{id}-reason\"")), "{}", refused.text);
        form[2].1 = "New press.";
        let retired = manager.submit(&path, &format!("{address}/retirement"), &form).await;
        assert!(retired.location().ends_with("&done=limits-retired"), "{}", retired.text);
        assert!(manager.get(&path).await.says("(New press.)"));
        form[2].1 = "Late press.";
        let late = manager.submit(&path, &format!("{address}/retirement"), &form).await;
        assert!(late.status == 422 && late.says("<dd>Late press.</dd>"), "{}", late.text);
    }

    async fn limits_are_frozen_as_they_were_seen_or_not_at_all(site: Site) {
        let query = samples(&site, &[2, 3, 1]).await;
        let path = format!("/reports/control-chart?{query}");
        let engineer = site.sign_in(Role::QualityEngineer).await;
        let names = ["expected_points", "expected_units", "expected_count"];
        let seen = |page: &Shown| names.map(|name| page.hidden(name));
        let page = engineer.get(&path).await;
        assert_eq!(seen(&page), ["3", "150", "6"]);
        let send = async |seen: [String; 3], key: &str| {
            let mut fields = pairs(&query);
            fields.extend(names.into_iter().zip(seen.iter().map(String::as_str)));
            fields.extend([("_key", key), ("name", "Line 1")]);
            engineer.submit(&path, "/reports/control-limits", &fields).await
        };
        sample(&site, process(&query), "2026-10-02T09:00:00Z", 4).await;
        let refused = send(seen(&page), "k1").await;
        assert!(refused.status == 422 && refused.says("The points have changed since you looked"), "{}", refused.text);
        assert!(refused.says("value=\"Line 1\"") && refused.says("There are none for this."), "{}", refused.text);
        assert_eq!(seen(&refused), ["4", "200", "10"]);
        let frozen = send(seen(&refused), "k2").await;
        assert_eq!(frozen.status, 303, "{}", frozen.text);
    }

    async fn limits_are_listed_page_by_page(site: Site) {
        let query = samples(&site, &[2, 3]).await;
        let manager = site.system.member(Role::QualityManager).await;
        let pairs: Vec<_> = pairs(&query).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for _ in 0..21 {
            control_limit::create(&site.system, &manager, &Draft::pairs(&pairs), None).await.unwrap();
        }
        let browser = site.sign_in(Role::Viewer).await;
        let listed = |page: &Shown| page.text.matches("<article class=\"card limits\">").count();
        let first = browser.get(&format!("/reports/control-chart?{query}")).await;
        assert_eq!((first.status, listed(&first)), (200, 20));
        let next = between(&first.text, "rel=\"next\" href=\"", "#limits-title").replace("&#38;", "&");
        let rest = browser.get(&next).await;
        assert_eq!((rest.status, listed(&rest)), (200, 1), "{}", rest.text);
        assert!(!rest.says("rel=\"next\"") && rest.says("<svg "), "{}", rest.text);
    }

    async fn what_is_left_out_of_one_chart_is_not_left_out_of_another(site: Site) {
        let query = samples(&site, &[2, 3, 1, 2, 3, 20, 2, 1]).await;
        let browser = site.sign_in(Role::Viewer).await;
        let page = browser.get(&format!("/reports/control-chart?{query}&exclude=6")).await;
        let periods = between(&page.text, "<nav class=\"periods\"", "</nav>");
        assert!(periods.contains("chart=p") && !periods.contains("exclude"), "{periods}");
        let of = page.hidden("_of").replace('|', "%7C");
        let sent = async |query: &str| {
            let path = format!("/reports/control-chart?{query}&exclude=6&_of={of}");
            let page = browser.get(&path).await;
            assert_eq!(page.status, 200, "{}", page.text);
            page
        };
        let (kept, dropped) = ("name=\"exclude\" type=\"text\" value=\"6\"", "Points are numbered anew");
        let same = sent(&query).await;
        assert!(same.says(kept) && !same.says(dropped) && !same.says("_of="), "{}", same.text);
        for other in [query.replace("from=2026-10-01", "from=2026-10-02"), query.replace("subgroup=sample", "subgroup=day")] {
            let other = sent(&other).await;
            assert!(!other.says(kept) && other.says(dropped) && !other.says("exclude=6"), "{}", other.text);
        }
    }

    async fn the_dashboard_charts_the_one_process_that_its_filter_names(site: Site) {
        let query = samples(&site, &[2, 3, 1]).await;
        let (part_id, place_id) = process(&query);
        let browser = site.sign_in(Role::Viewer).await;
        let reader = site.system.member(Role::Viewer).await;
        let number = part::show(&site.system, &reader, part_id).await.unwrap().number;
        let code = work_center::show(&site.system, &reader, place_id).await.unwrap().code;
        let chart = format!("<img src=\"/reports/control-chart.svg?from=2026-10-01&#38;to=2026-10-31&#38;part_id={part_id}\
                             &#38;work_center_id={place_id}&#38;chart=p&#38;subgroup=week\"");
        for (filter, is_one) in [
            (String::new(), false),
            (format!("&part={number}"), false),
            (format!("&work_center_id={place_id}"), false),
            (format!("&part={number}*&work_center_id={place_id}"), false),
            (format!("&part_id={part_id},{}&work_center_id={place_id}", part_id + 1), false),
            (format!("&part_id={part_id}&work_center_id={place_id}"), true),
            (format!("&part={number}&work_center_id={place_id}"), true),
            (format!("&part={number}&work_center={code}"), true),
        ] {
            let page = browser.get(&format!("/reports?from=2026-10-01&to=2026-10-31{filter}")).await;
            assert_eq!(page.status, 200, "{filter}: {}", page.text);
            assert_eq!((page.says(&chart), page.says("choose a part and a work center")), (is_one, !is_one), "{filter}: {}", page.text);
        }
    }

    async fn what_is_filtered_is_told_by_name(site: Site) {
        let (part, customer) = (site.system.part().await, site.system.customer().await);
        let engineer = site.system.member(Role::QualityEngineer).await;
        let browser = site.sign_in(Role::Viewer).await;
        let (part_id, customer_id, engineer_id) = (part.id, customer.id, engineer.id.unwrap());
        let filter = format!("part_id=!{part_id}&customer_id={customer_id},999999&assignee_id={engineer_id}&status=open");
        let page = browser.get(&format!("/reports/trend?{filter}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        for tag in [
            format!("Part: not {} {}", part.number, part.revision),
            format!("Customer: {} {}, #999999", customer.code, customer.name),
            format!("Assignee: {}", engineer.name),
            "Status: Open".to_owned(),
        ] {
            assert!(page.says(&format!("<span class=\"tag\">{tag}</span>")), "{tag}: {}", page.text);
        }
    }

    async fn drawings_speak_the_reader_s_language(site: Site) {
        burr(&site).await;
        let browser = site.sign_in(Role::Inspector).await;
        browser.submit("/me", "/me/language", &[("locale", "es")]).await;
        assert!(browser.get("/reports").await.says("<h1>Informes</h1>"));
        let drawing = browser.get("/reports/pareto.svg?by=failure_code").await;
        assert!(drawing.says("Pareto de registros por código de falla"), "{}", drawing.text);
        browser.submit("/me", "/me/language", &[("locale", "zh")]).await;
        let page = browser.get("/reports/trend").await;
        assert!(page.says("按月的记录") && !page.says("reported,"), "{}", page.text);
    }
}
