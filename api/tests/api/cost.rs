//! Cost over HTTP: for each role, what shows it in a record, a list, a file, a report or a search, and what is refused.

use serde_json::json;
use service::role::Role;
use service::summary;
use testkit::design::{RIGHTS, ROLES};
use testkit::{defect, each_db};

use crate::client::Api;

/// What something costs here.
const COST: &str = "98.76";

/// What has a place for cost, for those who see it; `{id}` is the record, `{part}` its part.
const SHOWN: [&str; 12] = [
    "/defects/{id}",
    "/defects/{id}/history",
    "/defects/{id}/totals",
    "/defects/export",
    "/defects/export?q=burr&sort=tag_number",
    "/parts",
    "/parts?q=PN",
    "/parts/{part}",
    "/reports/suppliers",
    "/reports/suppliers?format=csv",
    "/reports/summary",
    "/reports/summary?format=csv",
];

/// What has none for anybody.
const NOWHERE: [&str; 8] = [
    "/defects",
    "/defects?q=burr",
    "/defects?filter=burr&count=true",
    "/defects/similar?part_id={part}&failure_code=BURR",
    "/reports/pareto?by=supplier&format=csv",
    "/reports/trend?format=csv",
    "/reports/ageing?format=csv",
    "/reports/flow?format=csv",
];

/// What asks for cost, and the field in which it does.
const ASKING: [(&str, &str); 16] = [
    ("/defects/{id}/cost-entries", ""),
    ("/defects?cost_total=10..", "cost_total"),
    ("/defects?filter=status:open+cost:10..", "filter"),
    ("/defects?q=burr&cost_total=10..", "cost_total"),
    ("/defects/export?cost_total=10..", "cost_total"),
    ("/defects/export?format=xlsx&filter=cost:10..", "filter"),
    ("/reports/pareto?by=part&measure=cost&format=csv", "measure"),
    ("/reports/pareto?by=part&measure=cost&format=svg", "measure"),
    ("/reports/pareto?by=part&cost_total=10..", "cost_total"),
    ("/reports/trend?cost_total=10..&format=csv", "cost_total"),
    ("/reports/ageing?cost_total=10..&format=xlsx", "cost_total"),
    ("/reports/flow?filter=cost:10..&format=svg", "filter"),
    ("/reports/suppliers?cost_total=10..", "cost_total"),
    ("/reports/summary?cost_total=10..", "cost_total"),
    ("/reports/copq?format=csv", "cost_entries"),
    ("/reports/copq?format=xlsx", "cost_entries"),
];

each_db! {
    async fn each_role_sees_cost_everywhere_or_nowhere(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        api.system.failure_code("BURR").await;
        summary::ensure(&api.system).await.unwrap();
        let tag = defect().with("supplier_id", api.system.supplier().await.id).with("failure_code", "BURR");
        let record = api.system.report(&api.system.member(Role::QualityManager).await, tag).await.item;
        let (id, part) = (record.id.to_string(), record.part.id.to_string());
        let priced = json!({"unit_cost": COST});
        assert_eq!(api.patch(&manager, &format!("/parts/{part}"), "*", &priced).await.status, 200);
        let entry = json!({"kind": "freight", "amount": COST, "note": "Zeppelin"});
        assert_eq!(api.post(&manager, &format!("/defects/{id}/cost-entries"), &entry).await.status, 201);

        let hidden = RIGHTS.iter().find(|row| row.fields == ["cost_entries"]).unwrap();
        let of_record = |path: &str| path.replace("{id}", &id).replace("{part}", &part);
        for role in ROLES {
            let (session, sees) = (api.sign_in(role).await, !hidden.is_hidden(role));
            for (path, is_place) in SHOWN.map(|path| (path, true)).into_iter().chain(NOWHERE.map(|path| (path, false))) {
                let answer = api.get(&session, &of_record(path)).await;
                assert_eq!(answer.status, 200, "{role} {path}: {answer:?}");
                let text = String::from_utf8(answer.body.to_vec()).unwrap();
                assert_eq!(text.contains(COST), sees && is_place, "{role} {path}: {text}");
                assert!(sees || !text.contains("Zeppelin"), "{role} {path}: {text}");
                if path.contains("csv") || path.contains("export") {
                    let heading = text.lines().next().unwrap_or_default();
                    assert!(sees || !heading.contains("cost"), "{role} {path}: {heading}");
                }
            }
            for (path, field) in ASKING {
                let answer = api.get(&session, &of_record(path)).await;
                if sees {
                    assert_eq!(answer.status, 200, "{role} {path}: {answer:?}");
                } else {
                    let fields: Vec<&str> = [field].into_iter().filter(|field| !field.is_empty()).collect();
                    assert_eq!(answer.refused(403), fields, "{role} {path}");
                }
            }
            let words = api.get(&session, "/defects?q=zeppelin").await.json();
            assert_eq!(words["items"], json!([]), "{role} finds what a cost entry says");
        }
    }
}
