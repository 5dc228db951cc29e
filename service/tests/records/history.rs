//! The history of a record as people read it, and that a whole life leaves a chain that verifies.

use entity::audit_event;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value as Json, json};
use service::audit;
use service::defects::{history, labor, lines, story};
use service::lifecycle::Action;
use service::role::Role;
use service::words::Status;
use testkit::{PASSWORD, TestSystem, defect, each_db};

use crate::plant::{ANY, assert_intact, body, chain_of, change, history_of, lines_of, refused};

each_db! {
    async fn history_reads_as_a_story(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let (engineer, manager) = (t.member(Role::TechEngineer).await, t.member(Role::QualityManager).await);
        let record = t.report(&inspector, defect()).await.item.id;
        t.clock.advance(chrono::TimeDelta::minutes(1));
        change(&t, &inspector, record, json!({"lot_number": "L-1", "is_contained": true})).await.unwrap();
        t.clock.advance(chrono::TimeDelta::minutes(1));
        change(&t, &engineer, record, json!({"lot_number": null, "severity": "minor", "quantity_inspected": "12.50"}))
            .await
            .unwrap();
        let work = body(json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"}));
        let work = labor::add(&t, &engineer, record, &ANY, &work, None).await.unwrap().item.id;
        t.clock.advance(chrono::TimeDelta::minutes(1));
        t.act(Role::QualityManager, record, Action::Void).await;

        let told: Vec<Json> = history_of(&t, record)
            .await
            .into_iter()
            .skip(1)
            .map(|event| {
                let who = if event.actor.id == inspector.id {
                    "inspector"
                } else if event.actor.id == engineer.id {
                    "engineer"
                } else {
                    "manager"
                };
                json!([event.seq, event.field, event.old_value, event.new_value, who, event.at[11..19], event.reason])
            })
            .collect();
        let entry =
            json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort", "note": null, "reverses_id": null});
        assert_eq!(
            told,
            [
                json!([2, "lot_number", null, "L-1", "inspector", "08:01:00", null]),
                json!([3, "is_contained", false, true, "inspector", "08:01:00", null]),
                json!([4, "lot_number", "L-1", null, "engineer", "08:02:00", null]),
                json!([5, "quantity_inspected", null, "12.5", "engineer", "08:02:00", null]),
                json!([6, "severity", null, "minor", "engineer", "08:02:00", null]),
                json!([7, format!("labor_entries/{work}"), null, entry, "engineer", "08:02:00", null]),
                json!([8, "status", "reported", "void", "manager", "08:03:00", "The test asks for it."]),
            ]
        );
        let last = history_of(&t, record).await.pop().unwrap();
        assert_eq!((last.actor.name, last.at.as_str()), (manager.name, "2026-11-20T08:03:00.000000Z"));
    }

    async fn every_change_of_one_request_bears_its_id_and_its_reason(t: TestSystem) {
        let record = t.bring_to(Status::Verification).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let told = history_of(&t, record).await.len();
        let fail = body(json!({"action": "fail_verification", "reason": "Burr still there."}));
        let act = service::defects::transition::act(&t, &quality, record, &ANY, &fail, None);
        service::db::request::scope("req-7".to_owned(), act).await.unwrap();
        let events = history_of(&t, record).await.split_off(told);
        let fields: Vec<_> = events.iter().filter_map(|event| event.field.as_deref()?.rsplit('.').next()).collect();
        let of_a_line = ["decided_by", "decided_at", "status"];
        let expected = [&of_a_line[..], &of_a_line, &["status"]].concat();
        assert_eq!(fields, expected, "of both lines, and of the record");
        for event in events {
            assert_eq!(
                (event.reason.as_deref(), event.request_id.as_deref()),
                (Some("Burr still there."), Some("req-7"))
            );
        }
        assert_intact(&t).await;
    }

    async fn history_keeps_the_name_of_that_time(t: TestSystem) {
        let inspector = t.user(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let renamed = body(json!({"display_name": "Inés García"}));
        let admin = service::actor::Actor::command_line();
        service::user::change(&t, &admin, inspector.id.unwrap(), &ANY, &renamed).await.unwrap();
        assert_eq!(history_of(&t, record).await[0].actor.name, inspector.name);
        assert_eq!(crate::plant::shown(&t, record).await.item.reported_by.name, "Inés García");
        assert_intact(&t).await;
    }

    async fn history_comes_in_pages_without_gap_or_overlap(t: TestSystem) {
        let record = t.bring_to(Status::Verification).await.item.id;
        let other = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let money = body(json!({"kind": "freight", "amount": "7.50"}));
        service::defects::cost::add(&t, &engineer, record, &ANY, &money, None).await.unwrap();
        change(&t, &engineer, record, json!({"is_contained": true})).await.unwrap();
        for (actor, hidden) in [(&engineer, 0), (&t.member(Role::Viewer).await, 1)] {
            for limit in [1, 7] {
                let (mut seen, mut cursor) = (Vec::new(), None);
                loop {
                    let asked = body(json!({"limit": limit, "cursor": cursor, "count": "true"}));
                    let page = history::list(&t, actor, record, &asked).await.unwrap();
                    assert_eq!(page.total, Some(i64::try_from(chain_of(&t, record).await.len()).unwrap() - hidden));
                    seen.extend(page.items.into_iter().map(|event| event.seq));
                    cursor = page.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                    let foreign = history::list(&t, actor, other, &body(json!({"cursor": cursor}))).await;
                    assert_eq!(refused(foreign), ["cursor foreign"]);
                }
                let all = chain_of(&t, record).await;
                let visible = all.iter().filter(|row| {
                    hidden == 0 || !row.field.as_deref().is_some_and(|field| field.starts_with("cost_entries/"))
                });
                let visible = i64::try_from(visible.count()).unwrap();
                assert_eq!(seen, (1..=visible).collect::<Vec<_>>(), "{limit} at a time: no gap tells of what is hidden");
            }
        }
    }

    async fn a_history_is_the_same_from_its_end_and_names_what_it_refers_to(t: TestSystem) {
        let record = t.bring_to(Status::Verification).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let money = body(json!({"kind": "freight", "amount": "7.50"}));
        service::defects::cost::add(&t, &engineer, record, &ANY, &money, None).await.unwrap();
        change(&t, &engineer, record, json!({"assignee_id": engineer.id})).await.unwrap();
        for actor in [&engineer, &t.member(Role::Viewer).await] {
            let forwards = history::list(&t, actor, record, &body(json!({"limit": 200}))).await.unwrap().items;
            for limit in [1, 7, 200] {
                let (mut told, mut cursor) = (Vec::new(), None);
                loop {
                    let asked = body(json!({"limit": limit, "cursor": cursor}));
                    let page = story::newest(&t, actor, record, &asked).await.unwrap();
                    told.extend(page.items);
                    cursor = page.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                let who = told[0].name("assignee_id", engineer.id.unwrap());
                assert_eq!(who, Some(engineer.name.as_str()));
                let backwards: Vec<_> = told.into_iter().rev().map(|told| told.event).collect();
                assert_eq!(backwards, forwards, "{limit} at a time");
            }
        }
    }

    async fn a_whole_life_leaves_a_chain_that_verifies(t: TestSystem) {
        let record = t.bring_to(Status::Execution).await.item.id;
        t.act(Role::QualityEngineer, record, Action::ReturnToDisposition).await;
        let quality = t.member(Role::QualityEngineer).await;
        let line = lines_of(&t, record).await.remove(0);
        lines::remove(&t, &quality, record, line.id, &ANY).await.unwrap();
        t.line(record, "scrap", "3").await;
        t.bring(record, Status::Verification).await;
        t.act(Role::QualityEngineer, record, Action::FailVerification).await;
        t.bring(record, Status::Verification).await;
        t.make_ready(record).await;
        let mistyped = json!({"action": "close", "signature": {"password": "no", "meaning": "closure"}});
        service::defects::transition::act(&t, &quality, record, &ANY, &body(mistyped), None).await.unwrap_err();
        t.bring(record, Status::Closed).await;
        t.act(Role::QualityManager, record, Action::Reopen).await;
        let manager = t.member(Role::QualityManager).await;
        let text = json!({
            "root_cause": "«Ñandú» \u{2028} \\u0041 \"quoted\" 漢字 😀 e\u{301}\r\n\t", "title": "{\"a\":null}",
        });
        change(&t, &manager, record, text).await.unwrap();
        t.act(Role::QualityManager, record, Action::Void).await;

        let mut progress = Vec::new();
        let verified = {
            let seen = std::sync::Mutex::new(&mut progress);
            audit::verify(&t, |rows| seen.lock().unwrap().push(rows)).await.unwrap()
        };
        assert_eq!(verified.findings, []);
        let all = audit_event::Entity::find().count(t.db.reader()).await.unwrap();
        assert_eq!(verified.rows, all, "those of users, parts and codes too");
        assert_eq!(progress.last(), Some(&verified.rows));
        let story = chain_of(&t, record).await;
        let moves = |word: &str| {
            story
                .iter()
                .filter(|row| row.field.as_deref() == Some("status") && row.new_value.as_deref() == Some(word))
                .count()
        };
        assert_eq!((moves("\"disposition\""), moves("\"closed\""), moves("\"void\"")), (4, 1, 1));
        let refusal = story.iter().find(|row| row.field.as_deref() == Some("signature_refused")).unwrap();
        assert_eq!(refusal.new_value, Some(format!("\"{}\"", quality.name)));
        assert!(story.iter().all(|row| !format!("{row:?}").contains(PASSWORD)), "no password in the history");
    }
}
