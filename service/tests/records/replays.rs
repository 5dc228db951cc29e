//! Every POST under a record, sent again with its key: the stored answer, and nothing done twice.

use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};
use service::defects::{cost, labor, lines, serials, signatures, transition};
use service::idempotency::Idempotency;
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Error, user};
use testkit::{PASSWORD, TestSystem, each_db};

use crate::idempotency::key;
use crate::plant::{ANY, assert_intact, body, count, kind, rows, sent, shown};

/// Sends a request twice here and once to another server, and answers what all three were told.
macro_rules! thrice {
    ($t:ident, $send:expr) => {{
        let send = $send;
        let first = send((**$t).clone()).await.unwrap();
        let before = rows($t).await;
        let again = send((**$t).clone()).await.unwrap();
        assert_eq!(sent(&again), sent(&first));
        let elsewhere = send($t.another_server(|_| ())).await.unwrap();
        assert_eq!(sent(&elsewhere), sent(&first));
        assert_eq!(rows($t).await, before);
        first
    }};
}

each_db! {
    async fn what_is_added_under_a_record_is_added_once(t: TestSystem) {
        let t = &t;
        let record = t.bring_to(Status::Disposition).await.item;
        let (id, engineer) = (record.id, t.member(Role::TechEngineer).await);
        // What the record's version is meant to be is asked of the first alone.
        let now = &IfMatch::Versions(vec![record.version]);
        let new = json!({"disposition": "scrap", "quantity": "10", "justification": "Cracked."});
        let line =
            thrice!(t, async |s| lines::add(&s, &engineer, id, now, &body(new.clone()), Some(&key("k1", &new))).await);
        assert_eq!(line.version, record.version + 1);
        let new = json!({"serial_number": "SN-1"});
        let serial =
            thrice!(t, async |s| serials::add(&s, &engineer, id, &ANY, &body(new.clone()), Some(&key("k2", &new)))
                .await);
        assert_eq!(serial.version, record.version + 2);
        let new = json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"});
        let work =
            thrice!(t, async |s| labor::add(&s, &engineer, id, &ANY, &body(new.clone()), Some(&key("k3", &new))).await);
        let new = json!({"kind": "freight", "amount": "7.50"});
        let money =
            thrice!(t, async |s| cost::add(&s, &engineer, id, &ANY, &body(new.clone()), Some(&key("k4", &new))).await);
        let why = json!({"reason": "Wrong tag."});
        let (work, money) = ((id, work.item.id), (id, money.item.id));
        thrice!(t, async |s| labor::reverse(&s, &engineer, work, &ANY, &body(why.clone()), Some(&key("k5", &why)))
            .await);
        thrice!(t, async |s| cost::reverse(&s, &engineer, money, &ANY, &body(why.clone()), Some(&key("k6", &why)))
            .await);
        let seen = shown(t, id).await;
        assert_eq!((seen.labor_minutes, seen.cost_total.as_deref()), (0, Some("0.00")));
        assert_intact(t).await;
    }

    async fn an_action_that_is_sent_again_is_answered_as_the_first_time(t: TestSystem) {
        let t = &t;
        let record = t.bring_to(Status::Reported).await.item;
        let (id, engineer) = (record.id, t.member(Role::TechEngineer).await);
        let now = &IfMatch::Versions(vec![record.version]);
        let start = json!({"action": "start_analysis"});
        let act =
            async |s| transition::act(&s, &engineer, id, now, &body(start.clone()), Some(&key("k1", &start))).await;
        assert_eq!(thrice!(t, act).item.status, Status::Analysis);
        t.bring(id, Status::Disposition).await;
        assert_eq!(act((**t).clone()).await.unwrap().item.status, Status::Analysis, "as it was then");
        let unkeyed = transition::act(t, &engineer, id, &ANY, &body(start.clone()), None).await;
        assert_eq!(kind(&unkeyed), "wrong state");
        assert_eq!(shown(t, id).await.item.status, Status::Disposition);
    }

    async fn a_closure_that_is_sent_again_is_signed_once(t: TestSystem) {
        let t = &t;
        let id = t.bring_to(Status::Verification).await.item.id;
        t.make_ready(id).await;
        let quality = t.member(Role::QualityEngineer).await;
        let close =
            |password: &str| json!({"action": "close", "signature": {"password": password, "meaning": "closure"}});
        let send = async |system, request: Json, key: &Idempotency| {
            transition::act(&system, &quality, id, &ANY, &body(request), Some(key)).await
        };
        let mistyped = close("not this one");
        let refused = send((**t).clone(), mistyped.clone(), &key("k1", &mistyped)).await;
        assert!(matches!(refused, Err(Error::SignatureRefused)), "{refused:?}");
        assert_eq!(count(t, "idempotency_key").await, 0, "a refused signature does not burn its key");
        let right = close(PASSWORD);
        let closed = thrice!(t, async |s| send(s, right.clone(), &key("k1", &right)).await);
        assert_eq!(closed.item.status, Status::Closed);
        let reused = send((**t).clone(), mistyped.clone(), &key("k1", &mistyped)).await;
        assert_eq!(kind(&reused), "key reused");
        let signed = signatures::list(t, &quality, id, &body(json!({}))).await.unwrap();
        assert_eq!(signed.items.len(), 1);
        let kept = entity::idempotency_key::Entity::find().all(t.db.reader()).await.unwrap();
        assert!(!format!("{kept:?}").contains(PASSWORD));
        let signer = user::show(t, &service::actor::Actor::command_line(), quality.id.unwrap()).await.unwrap();
        assert_eq!(signer.failed_attempts, 0, "on a closed record no password is looked at");
    }

    /// Whichever server comes second has waited for the record, and finds that the work is done.
    async fn a_request_that_two_servers_get_at_once_is_done_by_one_and_answered_by_both(t: TestSystem) {
        let record = t.bring_to(Status::Reported).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let start = json!({"action": "start_analysis"});
        let work = json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"});
        for round in 0..5 {
            let running: Vec<_> = (0..4)
                .map(|_| {
                    let (system, actor) = (t.another_server(|_| ()), engineer.clone());
                    let (start, work) = (start.clone(), work.clone());
                    tokio::spawn(async move {
                        let moved = transition::act(
                            &system,
                            &actor,
                            record,
                            &ANY,
                            &body(start.clone()),
                            Some(&key("k1", &start)),
                        )
                        .await;
                        let text = format!("work-{round}");
                        let added =
                            labor::add(&system, &actor, record, &ANY, &body(work.clone()), Some(&key(&text, &work)))
                                .await;
                        (sent(&moved.unwrap()), sent(&added.unwrap()))
                    })
                })
                .collect();
            let mut answers = Vec::new();
            for task in running {
                answers.push(task.await.unwrap());
            }
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        }
        assert_eq!(shown(&t, record).await.labor_minutes, 150);
        assert_intact(&t).await;
    }

    async fn one_key_for_two_kinds_of_request_is_refused(t: TestSystem) {
        let id = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let money = json!({"kind": "freight", "amount": "7.50"});
        cost::add(&t, &engineer, id, &ANY, &body(money.clone()), Some(&key("k1", &money))).await.unwrap();
        let before = rows(&t).await;
        let work = json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"});
        let reused = labor::add(&t, &engineer, id, &ANY, &body(work.clone()), Some(&key("k1", &work))).await;
        assert_eq!(kind(&reused), "key reused");
        assert_eq!(rows(&t).await, before);
    }
}
