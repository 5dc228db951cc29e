//! Time and money: rates, kinds of cost of quality, who is charged, and that the totals are the sum of it.

use serde_json::json;
use service::audit::verify;
use service::defects::totals::{self, MoneyTotals};
use service::defects::{cost, history, labor};
use service::role::Role;
use service::version::IfMatch;
use service::words::{QualityClass, Status};
use service::{Draft, Error};
use testkit::design::ROLES;
use testkit::{TestSystem, each_db};

const ANY: IfMatch = IfMatch::Any;

async fn money(t: &TestSystem, record: i64) -> MoneyTotals {
    let manager = t.member(Role::QualityManager).await;
    totals::show(t, &manager, record)
        .await
        .unwrap()
        .money
        .unwrap()
}

each_db! {
    async fn time_has_a_worker_and_a_rate_that_only_those_see_who_see_cost(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let (engineer, operator) = (t.member(Role::TechEngineer).await, t.member(Role::Operator).await);
        let new = json!({
            "work_date": "2026-11-20", "minutes": 50, "activity": "rework", "worker_id": operator.id, "rate": "47.77",
        });
        let added = labor::add(&t, &engineer, record, &ANY, &Draft::json(&new), None).await.unwrap().item;
        assert_eq!(added.worker.as_ref().map(|person| person.id), operator.id);
        let (rate, cost) = (added.rate.clone().flatten(), added.cost.clone().flatten());
        assert_eq!((rate.as_deref(), cost.as_deref()), (Some("47.77"), Some("39.81")));
        let refused = labor::add(&t, &operator, record, &ANY, &Draft::json(&new), None).await;
        assert!(matches!(&refused, Err(Error::Forbidden { fields, .. }) if fields[0].field == "rate"), "{refused:?}");
        for role in ROLES {
            let actor = t.member(role).await;
            let sees = !matches!(role, Role::Inspector | Role::Operator | Role::Viewer);
            let shown = labor::show(&t, &actor, record, added.id).await.unwrap();
            let shown = serde_json::to_value(shown).unwrap();
            assert_eq!((shown.get("rate").is_some(), shown.get("cost").is_some()), (sees, sees), "{role}");
            let told = history::list(&t, &actor, record, &Draft::json(&json!({"limit": 200}))).await.unwrap();
            let told = serde_json::to_string(&told).unwrap();
            assert_eq!(told.contains("39.81"), sees, "{role}");
            let totals = totals::show(&t, &actor, record).await.unwrap();
            assert_eq!((totals.labor_minutes, totals.money.is_some()), (50, sees), "{role}");
        }
        let wrong = json!({
            "work_date": "2027-11-20", "minutes": 5, "activity": "rework", "worker_id": 999_999, "rate": "1.001",
        });
        let Err(Error::Invalid(errors)) = labor::add(&t, &engineer, record, &ANY, &Draft::json(&wrong), None).await else {
            panic!("it was not refused");
        };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["work_date", "worker_id", "rate"]);
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn the_totals_are_the_sum_of_the_entries_by_kind_and_by_who_is_charged(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let supplier = t.supplier().await;
        for (activity, minutes) in [("inspect", 30), ("rework", 60)] {
            let new = json!({"work_date": "2026-11-20", "minutes": minutes, "activity": activity, "rate": "40"});
            labor::add(&t, &engineer, record, &ANY, &Draft::json(&new), None).await.unwrap();
        }
        let mut entries = Vec::new();
        for new in [
            json!({"kind": "material", "amount": "12.50"}),
            json!({"kind": "customer_claim", "amount": "100"}),
            json!({"kind": "engineering", "amount": "5", "quality_class": "prevention"}),
            json!({"kind": "freight", "amount": "30", "charged_to_id": supplier.id}),
            json!({"kind": "recovery", "amount": "20", "charged_to_id": supplier.id}),
        ] {
            entries.push(cost::add(&t, &engineer, record, &ANY, &Draft::json(&new), None).await.unwrap().item);
        }
        let classes: Vec<_> = entries.iter().map(|entry| entry.quality_class).collect();
        use QualityClass::{ExternalFailure, InternalFailure, Prevention};
        assert_eq!(classes, [InternalFailure, ExternalFailure, Prevention, InternalFailure, InternalFailure]);
        let seen = money(&t, record).await;
        assert_eq!((seen.labor_cost.as_str(), seen.cost_total.as_str(), seen.total.as_str()), ("60.00", "127.50", "187.50"));
        let by = &seen.by_quality_class;
        let by = [&by.prevention, &by.appraisal, &by.internal_failure, &by.external_failure];
        assert_eq!(by, ["5.00", "20.00", "62.50", "100.00"]);
        assert_eq!((seen.charged[0].partner.id, seen.charged[0].amount.as_str()), (supplier.id, "10.00"));
        let reason = Draft::json(&json!({"reason": "Paid by them."}));
        cost::reverse(&t, &engineer, (record, entries[3].id), &ANY, &reason, None).await.unwrap();
        let seen = money(&t, record).await;
        assert_eq!((seen.total.as_str(), seen.charged[0].amount.as_str()), ("157.50", "-20.00"));
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_closed_record_takes_neither_an_entry_nor_a_reversal(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let new = Draft::json(&json!({"kind": "material", "amount": "12.50"}));
        let entry = cost::add(&t, &engineer, record, &ANY, &new, None).await.unwrap().item.id;
        t.bring(record, Status::Closed).await;
        let before = money(&t, record).await;
        let reason = Draft::json(&json!({"reason": "Too late."}));
        let late = [
            cost::add(&t, &engineer, record, &ANY, &new, None).await.map(drop),
            cost::reverse(&t, &engineer, (record, entry), &ANY, &reason, None).await.map(drop),
        ];
        for answer in late {
            assert!(matches!(answer, Err(Error::WrongState(_))), "{answer:?}");
        }
        assert_eq!(money(&t, record).await, before);
        t.act(Role::QualityManager, record, service::lifecycle::Action::Reopen).await;
        cost::reverse(&t, &engineer, (record, entry), &ANY, &reason, None).await.unwrap();
    }
}
