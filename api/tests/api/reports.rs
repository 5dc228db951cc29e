//! Reports over HTTP: published figures, every form, what is refused and what is hidden.

use serde_json::{Value as Json, json};
use service::report::ReportForm;
use service::role::Role;
use service::summary;
use testkit::each_db;

use crate::client::Api;

/// Every report, with what it has to be asked.
const REPORTS: [&str; 7] = [
    "pareto?by=part",
    "trend?interval=week",
    "ageing?",
    "flow?",
    "copq?by=part",
    "suppliers?",
    "summary?",
];

/// The shares of a Pareto, as they were published.
async fn published(api: &Api, path: &str) {
    let viewer = api.sign_in(Role::Viewer).await;
    let answer = api.get(&viewer, path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let report = answer.json();
    let of = |name: &str| -> Vec<Json> {
        let bars = report["bars"].as_array().unwrap().iter();
        bars.map(|bar| bar[name].clone()).collect()
    };
    assert_eq!(report["total"], 300, "{report}");
    assert_eq!(of("key"), ["A", "B", "C", "D", "E"], "{report}");
    assert_eq!(of("value"), [94, 80, 66, 33, 27], "{report}");
    assert_eq!(
        of("cumulative"),
        [31.33, 58.0, 80.0, 91.0, 100.0],
        "{report}"
    );
}

each_db! {
    async fn the_published_pareto_comes_out_as_it_was_published(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let (part, place) = (api.system.part().await.id, api.system.work_center().await.id);
        for (code, records) in [("C", 66), ("E", 27), ("A", 94), ("D", 33), ("B", 80)] {
            api.system.failure_code(code).await;
            for _ in 0..records {
                let form = json!({
                    "part_id": part, "work_center_id": place, "title": "Burr", "description": "A burr.",
                    "quantity_defective": "1", "failure_code": code,
                });
                assert_eq!(api.post(&manager, "/defects", &form).await.status, 201);
            }
        }
        published(&api, "/reports/pareto?by=failure_code&measure=records").await;
        summary::ensure(&api.system).await.unwrap();
        published(&api, "/reports/pareto?by=failure_code&from=2026-11-01&to=2026-11-30").await;
        while summary::fold(&api.system).await.unwrap() > 0 {}
        published(&api, "/reports/pareto?by=failure_code").await;
        published(&api, &format!("/reports/pareto?by=failure_code&part_id={part}")).await;
    }

    async fn every_report_has_every_form(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        summary::ensure(&api.system).await.unwrap();
        let tag = testkit::defect().with("supplier_id", api.system.supplier().await.id);
        let id = api.system.report(&api.system.member(Role::Inspector).await, tag).await.item.id;
        let cost = json!({"kind": "freight", "amount": "12.50", "note": "<script>"});
        assert_eq!(api.post(&manager, &format!("/defects/{id}/cost-entries"), &cost).await.status, 201);
        for report in REPORTS {
            for form in ReportForm::ALL {
                let answer = api.get(&manager, &format!("/reports/{report}&format={form}")).await;
                assert_eq!(answer.status, 200, "{report} {form}: {answer:?}");
                let media = answer.header("content-type").unwrap().to_owned();
                let name = report.split('?').next().unwrap();
                let disposition = answer.header("content-disposition").unwrap_or_default().to_owned();
                match form {
                    ReportForm::Json => assert_eq!((media.as_str(), disposition.as_str()), ("application/json", "")),
                    ReportForm::Csv => {
                        assert!(media.starts_with("text/csv"));
                        assert_eq!(disposition, format!("attachment; filename=\"{name}.csv\""));
                        let text = String::from_utf8(answer.body.to_vec()).unwrap();
                        let columns: Vec<_> = text.lines().map(|line| line.split(',').count()).collect();
                        assert!(columns.len() > 1 && columns.iter().all(|count| *count == columns[0]), "{text}");
                    }
                    ReportForm::Xlsx => assert!(answer.body.starts_with(b"PK"), "{report}"),
                    ReportForm::Svg => {
                        let text = String::from_utf8(answer.body.to_vec()).unwrap();
                        assert_eq!((media.as_str(), disposition), ("image/svg+xml", format!("inline; filename=\"{name}.svg\"")));
                        assert!(text.starts_with("<svg ") && text.trim_end().ends_with("</svg>"), "{text}");
                        assert!(text.contains("<title id=\"title\">") && text.contains("<desc id=\"desc\">"), "{text}");
                        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
                    }
                }
            }
        }
    }

    async fn a_label_is_only_text_in_a_drawing_and_in_a_table(api: Api) {
        let admin = service::actor::Actor::command_line();
        let new = service::Draft::json(&json!({"number": "=1+1", "revision": "A", "name": "<script>alert(1)</script>"}));
        let part = service::part::create(&api.system, &admin, &new, None).await.unwrap().id;
        let tag = testkit::defect().with("part_id", part);
        api.system.report(&api.system.member(Role::Inspector).await, tag).await;
        let viewer = api.sign_in(Role::Viewer).await;
        let svg = api.get(&viewer, "/reports/pareto?by=part&format=svg").await;
        let svg = String::from_utf8(svg.body.to_vec()).unwrap();
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"), "{svg}");
        let csv = api.get(&viewer, "/reports/pareto?by=part&format=csv").await;
        let csv = String::from_utf8(csv.body.to_vec()).unwrap();
        assert!(csv.contains(",'=1+1 A"), "{csv}");
    }

    async fn what_is_wrong_with_a_query_is_named(api: Api) {
        let viewer = api.sign_in(Role::Viewer).await;
        for (path, field) in [
            ("pareto", "by"),
            ("pareto?by=weather", "by"),
            ("pareto?by=part&measure=weight", "measure"),
            ("trend?interval=hour", "interval"),
            ("trend?from=2026-02-01&to=2026-01-01", "from"),
            ("trend?from=2026-02-30", "from"),
            ("flow?to=soon", "to"),
            ("ageing?format=pdf", "format"),
            ("suppliers?top=0", "top"),
            ("summary?group=part", "group"),
            ("summary?status=lost", "status"),
        ] {
            let answer = api.get(&viewer, &format!("/reports/{path}")).await;
            assert_eq!(answer.refused(422), [field], "{path}");
        }
        for path in ["copq", "copq?by=weather", "pareto?by=part&measure=cost", "pareto?by=part&measure=cost&format=csv"] {
            let field = if path.starts_with("copq") { "cost_entries" } else { "measure" };
            assert_eq!(api.get(&viewer, &format!("/reports/{path}")).await.refused(403), [field], "{path}");
        }
        let csv = api.get(&viewer, "/reports/suppliers?format=csv").await;
        assert!(!String::from_utf8_lossy(&csv.body).contains("cost"), "{csv:?}");
    }
}
