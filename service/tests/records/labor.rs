//! Time spent on a record: it adds up, and is corrected by reversal alone.

use serde_json::{Value as Json, json};
use service::Result;
use service::defects::Written;
use service::defects::labor::{self, LaborView};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, assert_intact, body, history_of, kind, refused, rows, sent, shown};

async fn add(t: &TestSystem, record: i64, new: Json) -> Result<Written<LaborView>> {
    let engineer = t.member(Role::TechEngineer).await;
    labor::add(t, &engineer, record, &ANY, &body(new), None).await
}

async fn reverse(t: &TestSystem, record: i64, entry: i64) -> Result<Written<LaborView>> {
    let engineer = t.member(Role::TechEngineer).await;
    let reason = body(json!({"reason": "Booked on the wrong tag."}));
    labor::reverse(t, &engineer, (record, entry), &ANY, &reason, None).await
}

fn minutes(minutes: i64) -> Json {
    json!({"work_date": "2026-11-19", "minutes": minutes, "activity": "rework"})
}

each_db! {
    async fn labor_adds_up_and_a_reversal_takes_it_back(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let new = json!({"work_date": "2026-11-19", "minutes": 90, "activity": "rework", "note": "Second shift."});
        let entry = add(&t, record, new).await.unwrap().item;
        add(&t, record, minutes(15)).await.unwrap();
        assert_eq!(shown(&t, record).await.labor_minutes, 105);
        let person = json!({"id": engineer.id, "name": engineer.name});
        let expected = json!({
            "id": entry.id, "work_date": "2026-11-19", "minutes": 90, "activity": "rework", "note": "Second shift.",
            "reverses_id": null, "reason": null, "created_at": "2026-11-20T08:00:00.000000Z", "created_by": person,
            "worker": null, "rate": null, "cost": null, "is_reversed": false,
        });
        assert_eq!(sent(&entry), expected);

        t.clock.advance(chrono::TimeDelta::minutes(5));
        let reversal = reverse(&t, record, entry.id).await.unwrap().item;
        let expected = json!({
            "id": reversal.id, "work_date": "2026-11-19", "minutes": -90, "activity": "rework", "note": null,
            "reverses_id": entry.id, "reason": "Booked on the wrong tag.",
            "created_at": "2026-11-20T08:05:00.000000Z", "created_by": person,
            "worker": null, "rate": null, "cost": null, "is_reversed": false,
        });
        assert_eq!(sent(&reversal), expected);
        assert_eq!(shown(&t, record).await.labor_minutes, 15);
        let listed = labor::list(&t, &engineer, record, &body(json!({}))).await.unwrap().items;
        let entry = LaborView { is_reversed: true, ..entry };
        assert_eq!((listed.len(), &listed[0], &listed[2]), (3, &entry, &reversal), "the entry itself stays");
        assert_eq!(labor::show(&t, &engineer, record, entry.id).await.unwrap(), entry);
        let alone = labor::list(&t, &engineer, record, &body(json!({"limit": 1}))).await.unwrap().items;
        assert_eq!(alone, [entry], "also where the reversal is on another page");
        let told = history_of(&t, record).await.pop().unwrap();
        assert_eq!(told.field, Some(format!("labor_entries/{}", reversal.id)));
        assert_eq!(told.reason.as_deref(), Some("Booked on the wrong tag."));
        assert_intact(&t).await;
    }

    async fn an_entry_is_reversed_once_and_a_reversal_never(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let entry = add(&t, record, minutes(30)).await.unwrap().item.id;
        let reversal = reverse(&t, record, entry).await.unwrap().item.id;
        let before = rows(&t).await;
        assert_eq!(kind(&reverse(&t, record, entry).await), "wrong state");
        assert_eq!(kind(&reverse(&t, record, reversal).await), "wrong state");
        assert_eq!((shown(&t, record).await.labor_minutes, rows(&t).await), (0, before));
    }

    async fn labor_does_not_move_the_version_but_heeds_it(t: TestSystem) {
        let before = t.bring_to(Status::Analysis).await.item;
        let engineer = t.member(Role::TechEngineer).await;
        t.clock.advance(chrono::TimeDelta::minutes(5));
        let now = IfMatch::Versions(vec![before.version]);
        let stale = IfMatch::Versions(vec![before.version - 1]);
        let add =
            async |if_match: &IfMatch| labor::add(&t, &engineer, before.id, if_match, &body(minutes(1)), None).await;
        for if_match in [&IfMatch::Missing, &ANY, &now] {
            assert_eq!(add(if_match).await.unwrap().version, before.version);
        }
        assert_eq!(kind(&add(&stale).await), "version stale");
        let after = shown(&t, before.id).await;
        assert!(!after.settled, "there is more to see than the version tells");
        assert_eq!(after.item, before, "not even when it last changed");
    }

    async fn labor_that_cannot_be_is_refused(t: TestSystem) {
        let record = t.report(&t.member(Role::Inspector).await, defect()).await.item.id;
        let before = rows(&t).await;
        for (field, value, code) in [
            ("minutes", json!(0), "range"),
            ("minutes", json!(-5), "range"),
            ("minutes", json!(100_001), "range"),
            ("minutes", json!("30"), "type"),
            ("minutes", json!(1.5), "type"),
            ("minutes", json!(null), "required"),
            ("work_date", json!("2026-11-22"), "range"),
            ("work_date", json!("2026-02-29"), "format"),
            ("work_date", json!("20.11.2026"), "format"),
            ("work_date", json!("2026-11-20T08:00:00Z"), "format"),
            ("work_date", json!("1969-12-31"), "range"),
            ("activity", json!("sleep"), "choice"),
            ("note", json!(" "), "blank"),
            ("note", json!("x".repeat(2001)), "too_long"),
            ("reverses_id", json!(1), "unknown"),
        ] {
            let mut new = minutes(30);
            new[field] = value;
            assert_eq!(refused(add(&t, record, new.clone()).await), [format!("{field} {code}")], "{}", new[field]);
        }
        assert_eq!(rows(&t).await, before);
        let entry =
            add(&t, record, json!({"work_date": "2026-11-21", "minutes": 100_000, "activity": "sort"})).await.unwrap();
        let engineer = t.member(Role::TechEngineer).await;
        for reason in [json!({}), json!({"reason": null}), json!({"reason": "x".repeat(2001)}), json!({"why": "x"})] {
            let answer = labor::reverse(&t, &engineer, (record, entry.item.id), &ANY, &body(reason), None).await;
            assert!(refused(answer)[0].starts_with("reason "));
        }
    }
}
