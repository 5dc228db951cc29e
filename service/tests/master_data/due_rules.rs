//! Due rules.

use serde_json::json;
use service::due_rule;
use service::error::Error;
use service::role::Role;
use testkit::{TestSystem, each_db};

use crate::common::{ANY, body, history, of, query, refused, version};

each_db! {
    async fn a_due_rule_is_added_changed_and_deleted_with_its_history(plant: TestSystem) {
        let (system, manager) = (&plant, of(Role::QualityManager));
        let new = || body(json!({"code": "CRIT", "severity": "critical", "milestone": "containment", "days": 1}));
        let added = due_rule::create(system, &manager, &new(), None).await.unwrap();
        assert_eq!((added.days, added.is_active, added.version), (1, true, 1));
        assert!(matches!(due_rule::create(system, &manager, &new(), None).await, Err(Error::Duplicate(_))));
        let changed = body(json!({"days": 0, "milestone": "closure", "severity": "minor"}));
        let changed = due_rule::change(system, &manager, added.id, &version(1), &changed).await.unwrap();
        assert_eq!((changed.days, changed.severity.word(), changed.milestone.word()), (0, "minor", "closure"));
        let stale = due_rule::change(system, &manager, added.id, &version(1), &body(json!({"days": 2}))).await;
        assert!(matches!(stale, Err(Error::VersionStale { .. })));
        due_rule::delete(system, &manager, added.id, &ANY).await.unwrap();
        assert!(matches!(due_rule::show(system, &manager, added.id).await, Err(Error::NotFound(_))));
        let told = history(system, "due_rule", added.id).await;
        let told: Vec<_> = told.iter().map(Option::as_deref).collect();
        assert_eq!(told, [None, Some("days"), Some("milestone"), Some("severity"), None]);
    }

    async fn due_rules_are_listed_by_code_and_refused_in_their_fields(plant: TestSystem) {
        let (system, admin) = (&plant, of(Role::Admin));
        for (code, severity) in [("B", "major"), ("A", "minor"), ("C", "major")] {
            let new = json!({"code": code, "severity": severity, "milestone": "closure", "days": 30});
            due_rule::create(system, &admin, &body(new), None).await.unwrap();
        }
        let codes = async |text: &str| {
            let page = due_rule::list(system, &of(Role::Viewer), &query(text)).await.unwrap();
            page.items.into_iter().map(|item| item.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("").await, ["A", "B", "C"]);
        assert_eq!(codes("severity=major").await, ["B", "C"]);
        let wrong = json!({"code": "D", "severity": "grave", "milestone": "d9", "days": 3651});
        let told = refused(due_rule::create(system, &admin, &body(wrong), None).await);
        assert_eq!(told, ["severity choice", "milestone choice", "days range"]);
        let engineer = due_rule::create(system, &of(Role::QualityEngineer), &body(json!({})), None).await;
        assert!(matches!(engineer, Err(Error::Forbidden { .. })));
    }
}
