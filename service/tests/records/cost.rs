//! Money spent on a record or recovered: it adds up, is corrected by reversal alone, and is seen by those who see cost.

use serde_json::{Value as Json, json};
use service::defects::cost::{self, CostView};
use service::defects::{self, Written, history, transition};
use service::role::Role;
use service::setting::Currency;
use service::version::IfMatch;
use service::words::Status;
use service::{Error, Result, System, part};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{
    ANY, assert_intact, body, change, errors, history_of, kind, refused, rows, sent, shown,
};

async fn add(t: &TestSystem, record: i64, kind: &str, amount: &str) -> Result<Written<CostView>> {
    let engineer = t.member(Role::TechEngineer).await;
    let new = json!({"kind": kind, "amount": amount});
    cost::add(t, &engineer, record, &ANY, &body(new), None).await
}

async fn reverse(t: &TestSystem, record: i64, entry: i64) -> Result<Written<CostView>> {
    let engineer = t.member(Role::TechEngineer).await;
    let reason = body(json!({"reason": "Billed twice."}));
    cost::reverse(t, &engineer, (record, entry), &ANY, &reason, None).await
}

async fn total(t: &TestSystem, record: i64) -> String {
    shown(t, record).await.cost_total.unwrap()
}

/// The same system, counting in another currency.
fn in_currency(t: &TestSystem, code: &str) -> System {
    t.another_server(|options| options.settings.currency = Currency::of(code).unwrap())
}

each_db! {
    async fn cost_adds_up_and_what_came_back_lowers_it(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        assert_eq!(total(&t, record).await, "0.00");
        let engineer = t.member(Role::TechEngineer).await;
        let new = json!({"kind": "material", "amount": "12.5", "note": "Ten blanks."});
        let entry = cost::add(&t, &engineer, record, &ANY, &body(new), None).await.unwrap().item;
        let mut expected = json!({
            "id": entry.id, "kind": "material", "amount": "12.50", "note": "Ten blanks.",
            "reverses_id": null, "reason": null, "quality_class": "internal_failure", "charged_to": null, "is_reversed": false,
            "created_at": "2026-11-20T08:00:00.000000Z", "created_by": {"id": engineer.id, "name": engineer.name},
        });
        assert_eq!(sent(&entry), expected);
        for (kind, amount, sum) in [
            ("labor", "0.01", "12.51"),
            ("engineering", "1.00", "13.51"),
            ("freight", "3", "16.51"),
            ("outside_service", "0.49", "17.00"),
            ("customer_claim", "1000000", "1000017.00"),
            ("recovery", "1000020.05", "-3.05"),
        ] {
            add(&t, record, kind, amount).await.unwrap();
            assert_eq!(total(&t, record).await, sum, "{kind}");
        }
        let reversal = reverse(&t, record, entry.id).await.unwrap().item;
        for (field, value) in [
            ("id", json!(reversal.id)),
            ("amount", json!("-12.50")),
            ("note", Json::Null),
            ("reverses_id", json!(entry.id)),
            ("reason", json!("Billed twice.")),
        ] {
            expected[field] = value;
        }
        assert_eq!(sent(&reversal), expected);
        assert_eq!(total(&t, record).await, "-15.55");
        let told = history_of(&t, record).await.pop().unwrap();
        assert_eq!(
            (told.new_value["amount"].as_str(), told.reason.as_deref()),
            (Some("-12.50"), Some("Billed twice."))
        );
        let listed = cost::list(&t, &engineer, record, &body(json!({"limit": 200}))).await.unwrap().items;
        let entry = CostView { is_reversed: true, ..entry };
        assert_eq!((listed.len(), &listed[0], &listed[7]), (8, &entry, &reversal));
        let alone = cost::list(&t, &engineer, record, &body(json!({"limit": 1}))).await.unwrap().items;
        assert_eq!(alone, [entry], "also where the reversal is on another page");
        assert_intact(&t).await;
    }

    async fn a_recovery_that_is_reversed_is_cost_again(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        add(&t, record, "material", "100").await.unwrap();
        let recovery = add(&t, record, "recovery", "40").await.unwrap().item.id;
        assert_eq!(total(&t, record).await, "60.00");
        reverse(&t, record, recovery).await.unwrap();
        assert_eq!(total(&t, record).await, "100.00");
    }

    async fn a_cost_entry_is_reversed_once_and_a_reversal_never(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let entry = add(&t, record, "freight", "7.50").await.unwrap().item.id;
        let reversal = reverse(&t, record, entry).await.unwrap().item.id;
        let before = rows(&t).await;
        assert_eq!(kind(&reverse(&t, record, entry).await), "wrong state");
        assert_eq!(kind(&reverse(&t, record, reversal).await), "wrong state");
        assert_eq!((total(&t, record).await, rows(&t).await), ("0.00".to_owned(), before));
    }

    async fn an_amount_is_as_precise_as_the_currency(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let before = rows(&t).await;
        for (amount, code) in [
            (json!("1.005"), "too_precise"),
            (json!(0.001), "too_precise"),
            (json!("0"), "range"),
            (json!("0.00"), "range"),
            (json!("-5"), "range"),
            (json!("10000000000000.01"), "range"),
            (json!("9".repeat(30)), "range"),
            (json!("12,50"), "format"),
            (json!("12.50 EUR"), "format"),
            (json!("1e2"), "format"),
            (json!(null), "required"),
            (json!([]), "type"),
        ] {
            let new = body(json!({"kind": "freight", "amount": amount}));
            let refusal = errors(cost::add(&t, &engineer, record, &ANY, &new, None).await);
            assert_eq!((refusal[0].field.as_str(), refusal[0].code.as_str()), ("amount", code), "{amount}");
        }
        assert_eq!(refused(add(&t, record, "bribe", "1").await), ["kind choice"]);
        assert_eq!(rows(&t).await, before);
        assert_eq!(add(&t, record, "freight", "1.500").await.unwrap().item.amount, "1.50");
        assert_eq!(add(&t, record, "freight", "10000000000000").await.unwrap().item.amount, "10000000000000.00");
        for (currency, amount, kept) in
            [("JPY", "1.5", None), ("JPY", "1.0", Some("1")), ("KWD", "1.005", Some("1.005")), ("KWD", "1.0005", None)]
        {
            let system = in_currency(&t, currency);
            let new = body(json!({"kind": "freight", "amount": amount}));
            let answer = cost::add(&system, &engineer, record, &ANY, &new, None).await;
            match kept {
                Some(kept) => assert_eq!(answer.unwrap().item.amount, kept),
                None => assert_eq!(refused(answer), ["amount too_precise"], "{amount} {currency}"),
            }
        }
    }

    async fn cost_does_not_move_the_version_but_heeds_it(t: TestSystem) {
        let before = t.bring_to(Status::Analysis).await.item;
        let engineer = t.member(Role::TechEngineer).await;
        let new = || body(json!({"kind": "freight", "amount": "1"}));
        let stale = IfMatch::Versions(vec![before.version - 1]);
        assert_eq!(kind(&cost::add(&t, &engineer, before.id, &stale, &new(), None).await), "version stale");
        let added = cost::add(&t, &engineer, before.id, &IfMatch::Missing, &new(), None).await.unwrap();
        let reason = || body(json!({"reason": "No."}));
        let entry = (before.id, added.item.id);
        assert_eq!(kind(&cost::reverse(&t, &engineer, entry, &stale, &reason(), None).await), "version stale");
        let reversed = cost::reverse(&t, &engineer, entry, &IfMatch::Missing, &reason(), None).await.unwrap();
        let after = shown(&t, before.id).await;
        assert_eq!((added.version, reversed.version, after.settled), (before.version, before.version, false));
        assert_eq!(after.item, before);
    }

    async fn who_does_not_see_cost_finds_none_anywhere(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item;
        let priced = body(json!({"unit_cost": "98.76"}));
        let engineer = t.member(Role::TechEngineer).await;
        part::change(&t, &engineer, record.part.id, &ANY, &priced).await.unwrap();
        let entry = add(&t, record.id, "material", "98.76").await.unwrap().item.id;
        reverse(&t, record.id, entry).await.unwrap();
        add(&t, record.id, "customer_claim", "98.76").await.unwrap();
        let told = history_of(&t, record.id).await.len();
        for role in [Role::Inspector, Role::Operator, Role::Viewer] {
            let actor = t.member(role).await;
            let seen = defects::show(&t, &actor, record.id).await.unwrap();
            assert!(sent(&seen).get("cost_total").is_none(), "{role}");
            let story =
                history::list(&t, &actor, record.id, &body(json!({"limit": 200, "count": "exact"}))).await.unwrap();
            assert_eq!((story.items.len(), story.total), (told - 3, Some(i64::try_from(told).unwrap() - 3)), "{role}");
            let part = part::show(&t, &actor, record.part.id).await.unwrap();
            assert!(sent(&part).get("unit_cost").is_none(), "{role}");
            let may = defects::permissions(&t, &actor, record.id).await.unwrap();
            assert_eq!(sent(&may.fields["cost_entries"]), "hidden", "{role}");
            let everything = json!([
                seen,
                story,
                part,
                may,
                defects::list(&t, &actor, &body(json!({}))).await.unwrap(),
                part::list(&t, &actor, &body(json!({}))).await.unwrap(),
            ]);
            assert!(!everything.to_string().contains("98.76"), "{role} reads it somewhere: {everything}");

            let (any, none) = (&ANY, (record.id, entry + 1000));
            let new = body(json!({"kind": "bribe"}));
            let reason = || body(json!({"reason": "No."}));
            assert_eq!(
                kind(&cost::list(&t, &actor, record.id, &body(json!({"limit": 0}))).await),
                "forbidden",
                "{role}"
            );
            assert_eq!(kind(&cost::add(&t, &actor, record.id, any, &new, None).await), "forbidden", "{role}");
            assert_eq!(
                kind(&cost::reverse(&t, &actor, (record.id, entry), any, &reason(), None).await),
                "forbidden",
                "{role}"
            );
            assert_eq!(
                kind(&cost::reverse(&t, &actor, none, any, &reason(), None).await),
                "forbidden",
                "{role}: whether there is one"
            );
        }
    }

    async fn what_a_change_answers_shows_no_cost_either(t: TestSystem) {
        let record = t.bring_to(Status::Execution).await.item.id;
        add(&t, record, "material", "98.76").await.unwrap();
        t.make_ready(record).await;
        let operator = t.member(Role::Operator).await;
        let changed = change(&t, &operator, record, json!({"repair_process": "Ream."})).await.unwrap();
        let complete = body(json!({"action": "complete_execution"}));
        let moved = transition::act(&t, &operator, record, &ANY, &complete, None).await.unwrap();
        assert_eq!((changed.cost_total, moved.cost_total), (None, None));
        let both = t.user_with(&[Role::Operator, Role::TechEngineer]).await;
        let seen = defects::show(&t, &both, record).await.unwrap();
        assert_eq!(seen.cost_total.as_deref(), Some("98.76"), "several roles add up");
    }

    async fn the_command_line_enters_no_cost(t: TestSystem) {
        let record = t.report(&t.member(Role::Inspector).await, defect()).await.item.id;
        let new = body(json!({"kind": "freight", "amount": "1"}));
        let answer = cost::add(&t, &service::actor::Actor::command_line(), record, &ANY, &new, None).await;
        assert!(matches!(answer, Err(Error::Forbidden { .. })), "{answer:?}");
    }
}
