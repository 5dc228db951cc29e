//! Similar cases: what counts, from when on they propose a corrective action, and who says from when.

use chrono::TimeDelta;
use serde_json::json;
use service::Result;
use service::defects::similar::{self, SimilarView};
use service::repeat_rule;
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, assert_intact, body, kind, query, refused};

async fn report(t: &TestSystem, part: i64, code: Option<&str>) -> i64 {
    let manager = t.member(Role::QualityManager).await;
    let tag = defect().with("part_id", part).with("failure_code", code);
    t.report(&manager, tag).await.item.id
}

async fn similar(t: &TestSystem, record: i64, asked: &str) -> Result<SimilarView> {
    let viewer = t.member(Role::Viewer).await;
    similar::to_record(t, &viewer, record, &query(asked)).await
}

fn ids(view: &SimilarView) -> Vec<i64> {
    view.newest.iter().map(|case| case.id).collect()
}

each_db! {
    async fn the_same_part_and_failure_code_within_some_days_are_similar(t: TestSystem) {
        let part = t.part().await.id;
        t.failure_code("BURR").await;
        t.failure_code("CRACK").await;
        let old = report(&t, part, Some("BURR")).await;
        t.clock.advance(TimeDelta::days(60));
        let first = report(&t, part, Some("BURR")).await;
        report(&t, part, Some("CRACK")).await;
        report(&t, part, None).await;
        report(&t, t.part().await.id, Some("BURR")).await;
        let void = report(&t, part, Some("BURR")).await;
        t.bring(void, Status::Void).await;
        t.clock.advance(TimeDelta::days(40));
        let last = report(&t, part, Some("BURR")).await;

        let seen = similar(&t, last, "").await.unwrap();
        assert_eq!((seen.part_id, seen.failure_code.as_deref(), seen.days), (part, Some("BURR"), 90));
        assert_eq!((seen.count, seen.count_is_minimum, ids(&seen)), (1, false, vec![first]));
        assert_eq!(seen.reported_after, "2026-11-30T08:00:00.000000Z");
        assert_eq!(seen.newest[0].reported_at, "2027-01-19T08:00:00.000000Z");
        assert_eq!(ids(&similar(&t, last, "days=100").await.unwrap()), [first, old]);
        assert_eq!(similar(&t, last, "days=39").await.unwrap().newest, []);
        assert_eq!(ids(&similar(&t, first, "days=1").await.unwrap()), [last], "what came later counts as well");
        let without = report(&t, part, None).await;
        let seen = similar(&t, without, "").await.unwrap();
        assert_eq!((seen.failure_code, seen.count, seen.newest.len()), (None, 0, 0));

        let viewer = t.member(Role::Viewer).await;
        let new = async |asked: &str| similar::to_new(&t, &viewer, &query(asked)).await;
        let seen = new(&format!("part_id={part}&failure_code=BURR&days=41")).await.unwrap();
        assert_eq!((seen.count, ids(&seen)), (2, vec![last, first]));
        assert_eq!(new(&format!("part_id={}&failure_code=BURR", part + 1000)).await.unwrap().count, 0);
        assert_eq!(refused(new("part_id=1").await), ["failure_code required"]);
        assert_eq!(refused(new("part_id=1&failure_code=NONE").await), ["failure_code reference"]);
        assert_eq!(refused(similar(&t, last, "days=0").await), ["days range"]);
        assert_eq!(kind(&similar(&t, without + 1000, "").await), "not found");
    }

    async fn at_the_repeat_that_the_rule_says_a_corrective_action_is_proposed(t: TestSystem) {
        let part = t.part().await.id;
        t.failure_code("BURR").await;
        let mut proposed = Vec::new();
        for _ in 0..4 {
            let id = report(&t, part, Some("BURR")).await;
            proposed.push(similar(&t, id, "").await.unwrap().proposes_corrective_action);
            t.clock.advance(TimeDelta::days(20));
        }
        assert_eq!(proposed, [false, false, true, true], "from the second repeat on");
        let manager = t.member(Role::QualityManager).await;
        let change = async |patch| repeat_rule::change(&t, &manager, &ANY, &body(patch)).await;
        assert_eq!(change(json!({"days": 30})).await.unwrap().version, 1);
        let id = report(&t, part, Some("BURR")).await;
        // Asked for all of them, it is the rule's own days that decide.
        let seen = similar(&t, id, "days=365").await.unwrap();
        assert_eq!((seen.count, seen.proposes_from, seen.proposes_corrective_action), (4, 2, false));
        change(json!({"repeats": 1})).await.unwrap();
        let seen = similar(&t, id, "").await.unwrap();
        assert_eq!((seen.days, seen.count, seen.proposes_corrective_action), (30, 1, true));
        assert_intact(&t).await;
    }

    async fn the_rule_is_changed_by_those_who_manage_the_lists_and_by_one_at_a_time(t: TestSystem) {
        let viewer = t.member(Role::Viewer).await;
        let shown = async || repeat_rule::show(&t, &viewer).await.unwrap();
        let rule = shown().await;
        assert_eq!((rule.repeats, rule.days, rule.version), (2, 90, 0));
        for role in [Role::Viewer, Role::Inspector, Role::TechEngineer, Role::QualityEngineer] {
            let actor = t.member(role).await;
            let refused = repeat_rule::change(&t, &actor, &ANY, &body(json!({"repeats": 3}))).await;
            assert_eq!(kind(&refused), "forbidden");
        }
        let admin = t.member(Role::Admin).await;
        let change = async |seen: i64, patch| {
            repeat_rule::change(&t, &admin, &IfMatch::Versions(vec![seen]), &body(patch)).await
        };
        assert_eq!(change(0, json!({"repeats": 2})).await.unwrap().version, 0, "nothing has changed");
        let (one, two) = tokio::join!(change(0, json!({"repeats": 3})), change(0, json!({"repeats": 4})));
        assert_eq!(one.is_ok(), two.is_err(), "{one:?}, {two:?}");
        assert_eq!(change(1, json!({"repeats": 5, "days": 7})).await.unwrap().version, 2);
        assert_eq!(kind(&change(1, json!({"repeats": 6})).await), "version stale");
        for (patch, wrong) in [
            (json!({"repeats": 0}), "repeats range"),
            (json!({"days": 0}), "days range"),
            (json!({"days": null}), "days not_null"),
            (json!({"name": "x"}), "name unknown"),
        ] {
            assert_eq!(refused(change(2, patch).await), [wrong]);
        }
        let rule = shown().await;
        assert_eq!((rule.repeats, rule.days, rule.version), (5, 7, 2));
        assert_intact(&t).await;
    }
}
