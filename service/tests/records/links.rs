//! Links between records: shown from both sides, made once, and told by the record that they were made on.

use serde_json::{Value as Json, json};
use service::Result;
use service::defects::Written;
use service::defects::links::{self, LinkView};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use testkit::{TestSystem, defect, each_db};

use crate::plant::{
    ANY, assert_intact, body, change, count, history_of, kind, refused, rows, sent, shown,
};

async fn link(t: &TestSystem, from: i64, kind: &str, to: i64) -> Result<Written<LinkView>> {
    let inspector = t.member(Role::Inspector).await;
    let new = body(json!({"kind": kind, "other_id": to}));
    links::add(t, &inspector, from, &ANY, &new, None).await
}

async fn reported(t: &TestSystem) -> i64 {
    let inspector = t.member(Role::Inspector).await;
    t.report(&inspector, defect()).await.item.id
}

/// The links of a record: the kind, the way it reads, the other record.
async fn seen(t: &TestSystem, record: i64) -> Vec<Json> {
    let viewer = t.member(Role::Viewer).await;
    let page = links::list(t, &viewer, record, &body(json!({"count": "true"})))
        .await
        .unwrap();
    assert_eq!(page.total, Some(page.items.len() as i64));
    let items = page.items.iter();
    items
        .map(|link| json!([link.kind, link.direction, link.other.id]))
        .collect()
}

each_db! {
    async fn a_link_is_shown_from_both_sides_and_told_by_the_one_it_was_made_on(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let [here, there] = [reported(&t).await, t.bring_to(Status::Closed).await.item.id];
        let before = [shown(&t, here).await.item, shown(&t, there).await.item];
        let made = link(&t, here, "caused_by", there).await.unwrap();
        let expected = json!({
            "id": made.item.id, "kind": "caused_by", "direction": "outgoing",
            "other": {"id": there, "tag_number": before[1].tag_number, "status": "closed", "title": before[1].title},
            "created_at": "2026-11-20T08:00:00.000000Z", "created_by": {"id": inspector.id, "name": inspector.name},
        });
        assert_eq!((sent(&made.item), made.version), (expected, before[0].version));
        assert_eq!(links::show(&t, &inspector, here, made.item.id).await.unwrap(), made.item);
        let other = links::show(&t, &inspector, there, made.item.id).await.unwrap();
        assert_eq!((other.direction.word(), other.other.id), ("incoming", here));
        assert_eq!(seen(&t, here).await, [json!(["caused_by", "outgoing", there])]);
        assert_eq!(seen(&t, there).await, [json!(["caused_by", "incoming", here])]);
        let third = reported(&t).await;
        assert_eq!(kind(&links::show(&t, &inspector, third, made.item.id).await), "not found");
        assert_eq!([shown(&t, here).await.item, shown(&t, there).await.item], before, "no version has moved");
        let told = history_of(&t, here).await.pop().unwrap();
        assert_eq!(told.field, Some(format!("links/{}", made.item.id)));
        assert_eq!(told.new_value, json!({"kind": "caused_by", "other_id": there}));
        assert_intact(&t).await;
    }

    async fn between_two_records_there_is_one_link_of_a_kind(t: TestSystem) {
        let [a, b] = [reported(&t).await, reported(&t).await];
        link(&t, a, "caused_by", b).await.unwrap();
        link(&t, a, "relates_to", b).await.unwrap();
        link(&t, b, "duplicates", a).await.unwrap();
        let before = rows(&t).await;
        for (from, kind, to) in [(a, "caused_by", b), (b, "caused_by", a), (b, "relates_to", a), (a, "duplicates", b)] {
            assert_eq!(refused(link(&t, from, kind, to).await), ["other_id duplicate"], "{kind}");
        }
        assert_eq!(refused(link(&t, a, "relates_to", a).await), ["other_id self"]);
        assert_eq!(refused(link(&t, a, "relates_to", b + 1000).await), ["other_id reference"]);
        assert_eq!(refused(link(&t, a, "likes", b).await), ["kind choice"]);
        assert_eq!(rows(&t).await, before);
    }

    async fn the_same_link_made_from_both_sides_at_once_is_made_once(t: TestSystem) {
        let [a, b] = [reported(&t).await, reported(&t).await];
        for _ in 0..5 {
            let (one, two) = tokio::join!(link(&t, a, "relates_to", b), link(&t, b, "relates_to", a));
            let kinds = [kind(&one), kind(&two)];
            assert!(kinds == ["ok", "duplicate"] || kinds == ["duplicate", "ok"], "{kinds:?}");
            let inspector = t.member(Role::Inspector).await;
            let made = one.or(two).unwrap().item.id;
            links::remove(&t, &inspector, a, made, &ANY).await.unwrap();
        }
        assert_eq!((seen(&t, a).await, count(&t, "defect_link").await), (Vec::new(), 0));
        assert_intact(&t).await;
    }

    async fn a_link_is_taken_away_from_either_side_while_both_records_are_open(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let [here, there] = [reported(&t).await, reported(&t).await];
        let made = link(&t, here, "duplicates", there).await.unwrap().item.id;
        let stale = IfMatch::Versions(vec![9]);
        assert_eq!(kind(&links::remove(&t, &inspector, there, made, &stale).await), "version stale");
        assert_eq!(links::remove(&t, &inspector, there, made, &ANY).await.unwrap(), 1);
        assert_eq!(kind(&links::remove(&t, &inspector, there, made, &ANY).await), "not found");
        assert_eq!((seen(&t, here).await, seen(&t, there).await), (Vec::new(), Vec::new()));
        let told = history_of(&t, here).await.pop().unwrap();
        assert_eq!((told.new_value, told.old_value), (json!(null), json!({"kind": "duplicates", "other_id": there})));

        let made = link(&t, here, "duplicates", there).await.unwrap().item.id;
        t.bring(here, Status::Void).await;
        for side in [here, there] {
            assert_eq!(kind(&links::remove(&t, &inspector, side, made, &ANY).await), "wrong state");
        }
        assert_eq!(kind(&link(&t, here, "relates_to", there).await), "wrong state");
        assert_intact(&t).await;
    }

    async fn a_repeat_is_of_an_earlier_record_of_the_same_part(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let part = t.part().await.id;
        let report = async |part: i64, repeat: Option<i64>| {
            let tag = t.form(&defect().with("part_id", part)).await;
            let mut tag = tag;
            tag["repeat_of_id"] = json!(repeat);
            service::defects::report(&t, &manager, &body(tag), None).await
        };
        let first = report(part, None).await.unwrap().item.id;
        let second = report(part, Some(first)).await.unwrap();
        assert_eq!((second.repeat_of_id, shown(&t, first).await.repeat_of_id), (Some(first), None));
        let other_part = t.part().await.id;
        let foreign = report(other_part, None).await.unwrap().item.id;
        let void = report(part, None).await.unwrap().item.id;
        t.bring(void, Status::Void).await;
        let third = report(part, None).await.unwrap().item.id;
        let second = second.item.id;
        for wrong in [second, third, foreign, void, third + 1000] {
            let patch = json!({"repeat_of_id": wrong});
            assert_eq!(refused(change(&t, &manager, second, patch).await), ["repeat_of_id reference"]);
        }
        for wrong in [foreign, void, third + 1000] {
            assert_eq!(refused(report(part, Some(wrong)).await), ["repeat_of_id reference"]);
        }
        let patch = json!({"part_id": other_part});
        assert_eq!(refused(change(&t, &manager, second, patch).await), ["repeat_of_id reference"]);
        let patch = json!({"part_id": other_part, "repeat_of_id": null});
        assert_eq!(change(&t, &manager, second, patch).await.unwrap().repeat_of_id, None);
        let told = history_of(&t, second).await;
        assert!(told.iter().any(|event| event.field.as_deref() == Some("repeat_of_id")));
        change(&t, &manager, third, json!({"repeat_of_id": first})).await.unwrap();
        // What stands there stays, whatever has become of it since.
        t.bring(first, Status::Void).await;
        change(&t, &manager, third, json!({"repeat_of_id": first, "title": "Again"})).await.unwrap();
        assert_intact(&t).await;
    }
}
