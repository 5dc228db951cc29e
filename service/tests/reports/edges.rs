//! What is refused, what is hidden, and reports of nothing.

use serde_json::{Value as Json, json};
use service::defects::cost;
use service::error::Error;
use service::role::Role;
use service::version::IfMatch;
use service::{Draft, summary};
use testkit::design::ROLES;
use testkit::{TestSystem, defect, each_db};

use crate::{shown, ways};

/// The fields that are refused (422), with what is said of them.
async fn refused(t: &TestSystem, name: &str, query: Json) -> Vec<(String, String)> {
    let manager = t.member(Role::QualityManager).await;
    match shown(t, &manager, name, &query).await {
        Err(Error::Invalid(errors)) => errors
            .into_iter()
            .map(|error| (error.field, error.message))
            .collect(),
        other => panic!("{name} {query}: {other:?}"),
    }
}

each_db! {
    async fn what_is_not_known_is_refused_with_what_is_allowed(t: TestSystem) {
        for (name, query, field, says) in [
            ("pareto", json!({}), "by", "required"),
            ("pareto", json!({"by": "moon"}), "by", "failure_code"),
            ("pareto", json!({"by": "part", "measure": "weight"}), "measure", "quantity"),
            ("pareto", json!({"by": "part", "top": 0}), "top", "between 1 and 200"),
            ("pareto", json!({"by": "part", "nonsense": 1}), "nonsense", "not known"),
            ("trend", json!({"interval": "year"}), "interval", "month"),
            ("trend", json!({"interval": "day", "from": "2020-01-01", "to": "2026-01-01"}), "interval", "1000 at most"),
            ("ageing", json!({"from": "2026-01-02", "to": "2026-01-01"}), "from", "empty"),
            ("flow", json!({"from": "yesterday"}), "from", "day"),
            ("copq", json!({"by": "cause"}), "by", "supplier"),
            ("suppliers", json!({"from": "2010-01-01", "to": "2026-01-01"}), "from", "3660"),
            ("summary", json!({"format": "pdf"}), "format", "xlsx"),
            ("summary", json!({"from": "2026-01-01"}), "from", "not known"),
        ] {
            let errors = refused(&t, name, query.clone()).await;
            let [(at, message)] = errors.as_slice() else {
                panic!("{name} {query}: {errors:?}");
            };
            assert!(at == field && message.contains(says), "{name} {query}: {at}: {message}");
        }
    }

    async fn who_does_not_see_cost_finds_none_in_any_report(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let supplier = t.supplier().await;
        t.report(&manager, defect().with("supplier_id", supplier.id)).await;
        for role in ROLES {
            let actor = t.member(role).await;
            let sees = !matches!(role, Role::Inspector | Role::Operator | Role::Viewer);
            for (name, query) in ways(("2026-11-01", "2026-11-30"), &json!({})) {
                let asks_cost = name == "copq" || query["measure"] == "cost";
                match shown(&t, &actor, name, &query).await {
                    Ok(report) => {
                        assert!(sees || !asks_cost, "{role} {name} {query}");
                        let text = report.to_string();
                        let shows = name == "suppliers" || name == "summary" || asks_cost;
                        assert_eq!(text.contains("cost") || text.contains("internal"), sees && shows, "{role} {name}: {text}");
                    }
                    Err(Error::Forbidden { fields, .. }) => {
                        assert!(!sees && asks_cost, "{role} {name} {query}");
                        let field = if name == "copq" { "cost_entries" } else { "measure" };
                        assert_eq!(fields[0].field, field);
                    }
                    Err(other) => panic!("{role} {name} {query}: {other:?}"),
                }
            }
        }
    }

    async fn reports_are_of_a_range_of_cost_for_those_who_see_it(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        summary::ensure(&t).await.unwrap();
        for amount in ["5", "50", "500"] {
            let id = t.report(&manager, defect()).await.item.id;
            let entry = Draft::json(&json!({"kind": "freight", "amount": amount}));
            cost::add(&t, &manager, id, &IfMatch::Any, &entry, None).await.unwrap();
        }
        for filter in [json!({"cost_total": "10..100"}), json!({"filter": "cost:10..100"})] {
            for role in ROLES {
                let actor = t.member(role).await;
                let sees = !matches!(role, Role::Inspector | Role::Operator | Role::Viewer);
                for (name, query) in ways(("2026-11-01", "2026-11-30"), &filter) {
                    match shown(&t, &actor, name, &query).await {
                        Ok(_) => assert!(sees, "{role} {name} {query}"),
                        Err(Error::Forbidden { fields, .. }) => {
                            assert!(!sees && fields.len() == 1, "{role} {name} {query}: {fields:?}");
                            let asked = filter.as_object().unwrap().keys().next().unwrap();
                            let known = [asked.as_str(), "measure", "cost_entries"];
                            assert!(known.contains(&fields[0].field.as_str()), "{role} {name} {query}: {fields:?}");
                        }
                        Err(other) => panic!("{role} {name} {query}: {other:?}"),
                    }
                }
            }
            let of = |name: &'static str, more: Json| {
                let mut query = filter.clone();
                query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                let (t, manager) = (&t, &manager);
                async move { shown(t, manager, name, &query).await.unwrap() }
            };
            assert_eq!(of("pareto", json!({"by": "part"})).await["total"], 1);
            assert_eq!(of("pareto", json!({"by": "part", "measure": "cost"})).await["total"], "50.00");
            assert_eq!(of("copq", json!({})).await["total"]["total"], "50.00");
            assert_eq!(of("summary", json!({})).await["this_month"]["reported"], 1);
        }
    }

    async fn a_report_of_nothing_is_empty(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        for is_live in [false, true] {
            if is_live {
                service::summary::ensure(&t).await.unwrap();
            }
            for (name, query) in ways(("2026-11-01", "2026-11-30"), &json!({})) {
                let report = shown(&t, &manager, name, &query).await.unwrap();
                match name {
                    "pareto" => assert_eq!(report["bars"], json!([]), "{query}"),
                    "suppliers" => assert_eq!(report["suppliers"], json!([])),
                    "ageing" => assert_eq!((&report["open"], &report["closed"]), (&json!(0), &json!(0))),
                    "summary" => assert_eq!(report["oldest_open"], Json::Null),
                    _ => {}
                }
            }
        }
    }
}
