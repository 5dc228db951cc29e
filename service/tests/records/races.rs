//! What happens at the same time: one wins or all are kept, and never is anything lost.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::part;
use sea_orm::EntityTrait;
use serde_json::json;
use service::defects::{self, cost, labor, lines, serials, signatures, transition};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Result, System, audit};
use testkit::{PASSWORD, TestSystem, defect, each_db};
use tokio::sync::Notify;

use crate::plant::{ANY, assert_intact, body, chain_of, kind, lines_of, refused, shown};

/// Does it all at once, each in a task of its own, and counts the outcomes.
async fn at_once<T, F>(tasks: impl Iterator<Item = F>) -> BTreeMap<&'static str, usize>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let running: Vec<_> = tasks.map(tokio::spawn).collect();
    let mut outcomes = BTreeMap::new();
    for task in running {
        *outcomes.entry(kind(&task.await.unwrap())).or_default() += 1;
    }
    outcomes
}

fn system(t: &TestSystem) -> System {
    (**t).clone()
}

each_db! {
    /// The report has seen the part when it is gone: on the servers its key refuses the row, and the checks run again.
    async fn a_part_that_is_deleted_meanwhile_is_an_unknown_part(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let part = t.part().await.id;
        let form = body(t.form(&defect().with("part_id", part)).await);
        let (deleted, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let deletion = {
            let (db, deleted, goes_on) = (t.db.clone(), Arc::clone(&deleted), Arc::clone(&goes_on));
            tokio::spawn(async move {
                db.write::<(), service::db::Error, _>(move |tx| {
                    let (deleted, goes_on) = (Arc::clone(&deleted), Arc::clone(&goes_on));
                    Box::pin(async move {
                        part::Entity::delete_by_id(part).exec(tx).await?;
                        deleted.notify_one();
                        goes_on.notified().await;
                        Ok(())
                    })
                })
                .await
            })
        };
        deleted.notified().await;
        let system = system(&t);
        let report = tokio::spawn(async move { defects::report(&system, &inspector, &form, None).await });
        // Long enough for it to come to the key and wait there; were it not, it would not find the part at all.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        goes_on.notify_one();
        deletion.await.unwrap().unwrap();
        assert_eq!(refused(report.await.unwrap()), ["part_id reference"]);
    }

    async fn of_a_hundred_changes_of_one_version_exactly_one_is_made(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let outcomes = at_once((0..100).map(|number| {
            let (system, actor) = (system(&t), inspector.clone());
            async move {
                let patch = body(json!({"title": format!("Change {number}"), "lot_number": format!("L-{number}")}));
                defects::change(&system, &actor, record, &IfMatch::Versions(vec![1]), &patch).await
            }
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("ok", 1), ("version stale", 99)]));
        let seen = shown(&t, record).await.item;
        let (title, lot) = (seen.title.strip_prefix("Change "), seen.lot_number.as_deref().unwrap().strip_prefix("L-"));
        assert_eq!((seen.version, title), (2, lot), "the two fields are of one change");
        assert_eq!(chain_of(&t, record).await.len(), 3);
        assert_intact(&t).await;
    }

    async fn labor_that_twenty_people_enter_at_once_is_all_kept(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item;
        let operator = t.member(Role::Operator).await;
        let outcomes = at_once((1..=20).map(|minutes| {
            let (system, actor, id) = (system(&t), operator.clone(), record.id);
            async move {
                let new = body(json!({"work_date": "2026-11-20", "minutes": minutes, "activity": "sort"}));
                labor::add(&system, &actor, id, &IfMatch::Missing, &new, None).await
            }
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("ok", 20)]));
        let seen = shown(&t, record.id).await;
        assert_eq!((seen.labor_minutes, seen.item.version), (210, record.version));
        assert_intact(&t).await;
    }

    async fn lines_that_are_added_at_once_are_all_kept_and_each_moves_the_version(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item;
        let quality = t.member(Role::QualityEngineer).await;
        let outcomes = at_once((0..10).map(|_| {
            let (system, actor, id) = (system(&t), quality.clone(), record.id);
            async move {
                let new = body(json!({"disposition": "scrap", "quantity": "1", "justification": "Cracked."}));
                lines::add(&system, &actor, id, &IfMatch::Missing, &new, None).await
            }
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("ok", 10)]));
        assert_eq!(lines_of(&t, record.id).await.len(), 10);
        assert_eq!(shown(&t, record.id).await.item.version, record.version + 10);
        assert_intact(&t).await;
    }

    async fn of_two_closures_at_once_on_two_servers_one_is_signed(t: TestSystem) {
        let record = t.bring_to(Status::Verification).await.item.id;
        t.make_ready(record).await;
        let people = [t.user(Role::QualityEngineer).await, t.user(Role::QualityManager).await];
        let servers = [system(&t), t.another_server(|_| ())];
        let outcomes = at_once(people.into_iter().zip(servers).map(|(actor, system)| async move {
            let close = json!({"action": "close", "signature": {"password": PASSWORD, "meaning": "closure"}});
            transition::act(&system, &actor, record, &ANY, &body(close), None).await
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("ok", 1), ("wrong state", 1)]));
        let viewer = t.member(Role::Viewer).await;
        let signed = signatures::list(&t, &viewer, record, &body(json!({}))).await.unwrap().items;
        let closed_by = shown(&t, record).await.item.closed_by;
        assert_eq!(signed.into_iter().map(|signature| Some(signature.signer)).collect::<Vec<_>>(), [closed_by]);
        assert_intact(&t).await;
    }

    async fn an_entry_that_many_reverse_at_once_is_reversed_once(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let work = body(json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"}));
        let worked = labor::add(&t, &engineer, record, &ANY, &work, None).await.unwrap().item.id;
        let money = body(json!({"kind": "freight", "amount": "7.50"}));
        let paid = cost::add(&t, &engineer, record, &ANY, &money, None).await.unwrap().item.id;
        let reason = || body(json!({"reason": "Wrong tag."}));
        let outcomes = at_once((0..5).map(|_| {
            let (system, actor) = (system(&t), engineer.clone());
            async move { labor::reverse(&system, &actor, (record, worked), &ANY, &reason(), None).await }
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("ok", 1), ("wrong state", 4)]));
        let outcomes = at_once((0..5).map(|_| {
            let (system, actor) = (system(&t), engineer.clone());
            async move { cost::reverse(&system, &actor, (record, paid), &ANY, &reason(), None).await }
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("ok", 1), ("wrong state", 4)]));
        let seen = shown(&t, record).await;
        assert_eq!((seen.labor_minutes, seen.cost_total.as_deref()), (0, Some("0.00")));
        assert_intact(&t).await;
    }

    async fn one_external_id_and_one_serial_number_sent_by_many_are_kept_once(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect().with("external_system", "MES").with("external_id", "1")).await;
        let outcomes = at_once((0..8).map(|_| {
            let (system, actor, form) = (system(&t), inspector.clone(), form.clone());
            async move { defects::report(&system, &actor, &body(form), None).await }
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("duplicate", 7), ("ok", 1)]));
        let record = t.report(&inspector, defect()).await.item.id;
        let outcomes = at_once((0..8).map(|_| {
            let (system, actor) = (system(&t), inspector.clone());
            async move {
                let new = body(json!({"serial_number": "SN-1"}));
                serials::add(&system, &actor, record, &ANY, &new, None).await
            }
        }))
        .await;
        assert_eq!(outcomes, BTreeMap::from([("duplicate", 7), ("ok", 1)]));
        assert_intact(&t).await;
    }

    /// `dmt audit verify` runs beside the server.
    async fn a_history_that_grows_while_it_is_verified_is_no_finding(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        let mut ids = Vec::new();
        for _ in 0..10 {
            ids.push(t.report(&engineer, defect().minor()).await.item.id);
        }
        let done = Arc::new(AtomicBool::new(false));
        let form = t.form(&defect()).await;
        let working: Vec<_> = (0..4)
            .map(|number| {
                let (system, actor, done) = (system(&t), engineer.clone(), Arc::clone(&done));
                let (ids, form) = (ids.clone(), form.clone());
                tokio::spawn(async move {
                    for round in 0.. {
                        if done.load(Ordering::Relaxed) {
                            return round;
                        }
                        let patch = body(json!({"title": format!("Change {number}/{round}")}));
                        defects::change(&system, &actor, ids[round % ids.len()], &ANY, &patch).await.unwrap();
                        defects::report(&system, &actor, &body(form.clone()), None).await.unwrap();
                    }
                    0
                })
            })
            .collect();
        let mut alarms = Vec::new();
        for _ in 0..10 {
            alarms.extend(audit::verify(&t, |_| ()).await.unwrap().findings);
        }
        done.store(true, Ordering::Relaxed);
        for task in working {
            assert!(task.await.unwrap() > 0, "each of them has written");
        }
        assert_eq!(alarms, []);
    }

    async fn records_reported_at_once_have_numbers_of_their_own(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect()).await;
        let running: Vec<_> = (0..20)
            .map(|_| {
                let (system, actor, form) = (system(&t), inspector.clone(), form.clone());
                tokio::spawn(async move { defects::report(&system, &actor, &body(form), None).await })
            })
            .collect();
        for task in running {
            let item = task.await.unwrap().unwrap().item;
            assert_eq!(item.tag_number, format!("DMT-{:06}", item.id));
        }
        assert_intact(&t).await;
    }
}
