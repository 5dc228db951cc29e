//! A request that is sent again with its key is answered again and not done again.

use chrono::TimeDelta;
use entity::idempotency_key;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::defects::{self, DefectView, labor};
use service::idempotency::Idempotency;
use service::lifecycle::Action;
use service::role::Role;
use service::{Error, Result, System, housekeeping};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{
    ANY, assert_intact, body, change, count, kind, past_the_service, refused, rows, sent,
};

/// A key that came with a POST to `/defects`.
pub(crate) fn key(text: &str, request: &Json) -> Idempotency {
    let request = request.to_string();
    Idempotency::new(text, &[b"POST", b"/api/v1/defects", request.as_bytes()]).unwrap()
}

async fn report(system: &System, actor: &Actor, text: &str, form: &Json) -> Result<DefectView> {
    let key = key(text, form);
    defects::report(system, actor, &body(form.clone()), Some(&key)).await
}

each_db! {
    async fn a_request_that_is_sent_again_gets_the_answer_of_the_first(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect().with("external_system", "MES").with("external_id", "1")).await;
        let first = report(&t, &inspector, "k1", &form).await.unwrap();
        change(&t, &inspector, first.item.id, json!({"title": "Changed since"})).await.unwrap();
        let before = rows(&t).await;
        // At once, again and again: the first is never still being worked on when its answer is there.
        for _ in 0..20 {
            assert_eq!(sent(&report(&t, &inspector, "k1", &form).await.unwrap()), sent(&first));
        }
        let elsewhere = t.another_server(|_| ());
        assert_eq!(sent(&report(&elsewhere, &inspector, "k1", &form).await.unwrap()), sent(&first));
        assert_eq!(rows(&t).await, before);
        let other = defects::report(&t, &inspector, &body(form), None).await;
        assert_eq!(kind(&other), "duplicate", "without the key it is another request");
    }

    async fn a_key_belongs_to_one_request(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect()).await;
        report(&t, &inspector, "k1", &form).await.unwrap();
        let before = rows(&t).await;
        let mut other = form.clone();
        other["title"] = "Another".into();
        assert!(matches!(report(&t, &inspector, "k1", &other).await, Err(Error::KeyReused)));
        let path = Idempotency::new("k1", &[b"POST", b"/api/v1/parts", form.to_string().as_bytes()]).unwrap();
        let elsewhere = defects::report(&t, &inspector, &body(form.clone()), Some(&path)).await;
        assert_eq!(kind(&elsewhere), "key reused", "the same body, sent to another place");
        let whole = [b"POST/api/v1/defects", form.to_string().as_bytes()].concat();
        let joined = Idempotency::new("k1", &[&whole]).unwrap();
        let glued = defects::report(&t, &inspector, &body(form.clone()), Some(&joined)).await;
        assert_eq!(kind(&glued), "key reused", "where one part ends and the next begins counts");
        assert_eq!(rows(&t).await, before);
        report(&t, &inspector, "K1", &other).await.unwrap();
    }

    async fn a_key_belongs_to_one_user(t: TestSystem) {
        let form = t.form(&defect()).await;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let actor = t.user(Role::Inspector).await;
            let reported = report(&t, &actor, "k1", &form).await.unwrap().item;
            assert_eq!(Some(reported.reported_by.id), actor.id);
            ids.push(reported.id);
        }
        assert_ne!(ids[0], ids[1]);
    }

    async fn a_key_is_forgotten_after_a_day(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect()).await;
        let first = report(&t, &inspector, "k1", &form).await.unwrap().item.id;
        t.clock.advance(TimeDelta::hours(24));
        assert_eq!(report(&t, &inspector, "k1", &form).await.unwrap().item.id, first);
        t.clock.advance(TimeDelta::microseconds(1));
        let second = report(&t, &inspector, "k1", &form).await.unwrap().item.id;
        assert_ne!(second, first);
        let mut other = form.clone();
        other["title"] = "Another".into();
        assert_eq!(kind(&report(&t, &inspector, "k1", &other).await), "key reused", "the day begins anew");
        t.clock.advance(TimeDelta::hours(25));
        assert_ne!(report(&t, &inspector, "k1", &other).await.unwrap().item.id, second);
        assert_eq!(count(&t, "idempotency_key").await, 1);
    }

    async fn housekeeping_removes_what_is_forgotten_and_nothing_younger(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect()).await;
        report(&t, &inspector, "old", &form).await.unwrap();
        t.clock.advance(TimeDelta::hours(24));
        let young = report(&t, &inspector, "young", &form).await.unwrap();
        assert_eq!(housekeeping::tidy(&t).await.unwrap(), 0, "a day is not over yet");
        t.clock.advance(TimeDelta::seconds(1));
        assert_eq!(housekeeping::tidy(&t).await.unwrap(), 1);
        assert_eq!(report(&t, &inspector, "young", &form).await.unwrap().item, young.item);
        assert_eq!((count(&t, "defect").await, count(&t, "idempotency_key").await), (2, 1));
    }

    async fn the_same_request_at_the_same_time_makes_one_record(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        for external in [false, true] {
            let tag =
                if external { defect().with("external_system", "MES").with("external_id", "1") } else { defect() };
            let form = t.form(&tag).await;
            let before = count(&t, "defect").await;
            let text = format!("with an external id: {external}").replace(' ', "-");
            let servers = [(*t).clone(), t.another_server(|_| ()), t.another_server(|_| ())];
            let running: Vec<_> = (0..12)
                .map(|number| {
                    let (system, actor) = (servers[number % 3].clone(), inspector.clone());
                    let (text, form) = (text.clone(), form.clone());
                    tokio::spawn(async move { report(&system, &actor, &text, &form).await })
                })
                .collect();
            let mut answers = Vec::new();
            for task in running {
                match task.await.unwrap() {
                    Ok(view) => answers.push(view),
                    Err(Error::KeyInFlight) => {}
                    Err(error) => panic!("{text}: {error:?}"),
                }
            }
            assert!(
                !answers.is_empty() && answers.iter().all(|view| view.item == answers[0].item),
                "{text}: {answers:?}"
            );
            assert_eq!(report(&t, &inspector, &text, &form).await.unwrap().item, answers[0].item);
            assert_eq!(count(&t, "defect").await, before + 1, "{text}");
        }
        assert_intact(&t).await;
    }

    async fn a_request_that_failed_does_not_burn_its_key(t: TestSystem) {
        let operator = t.member(Role::Operator).await;
        let record = t.report(&operator, defect().major()).await.item.id;
        let work = json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"});
        let add = async || labor::add(&t, &operator, record, &ANY, &body(work.clone()), Some(&key("k1", &work))).await;
        assert_eq!(kind(&add().await), "wrong state");
        t.act(Role::TechEngineer, record, Action::StartAnalysis).await;
        let entry = add().await.unwrap();
        assert_eq!(add().await.unwrap(), entry);
        let mut form = t.form(&defect()).await;
        form["part_id"] = 999_999_999.into();
        assert_eq!(refused(report(&t, &operator, "k2", &form).await), ["part_id reference"]);
        form["part_id"] = t.part().await.id.into();
        report(&t, &operator, "k2", &form).await.unwrap();
        assert_eq!(count(&t, "labor_entry").await, 1);
    }

    async fn an_answer_that_an_older_version_kept_in_another_form_is_no_second_request(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect()).await;
        report(&t, &inspector, "k1", &form).await.unwrap();
        past_the_service(&t, |tx| {
            Box::pin(async move {
                let older = idempotency_key::Entity::update_many()
                    .col_expr(idempotency_key::Column::Answer, Expr::value(r#"{"id": 1, "tag": "DMT-000001"}"#));
                older.exec(tx).await.map(|_| ())
            })
        })
        .await;
        let before = rows(&t).await;
        assert_eq!(kind(&report(&t, &inspector, "k1", &form).await), "answer outdated");
        assert_eq!(rows(&t).await, before);
    }

    async fn of_a_key_and_a_request_only_digests_are_kept(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let form = t.form(&defect()).await;
        report(&t, &inspector, "a-key-of-mine", &form).await.unwrap();
        report(&t, &inspector, "another-key-of-mine", &form).await.unwrap();
        let kept = idempotency_key::Entity::find().all(t.db.reader()).await.unwrap();
        assert!(!format!("{kept:?}").contains("key-of-mine"));
        assert_ne!(
            kept[0].request_hash, kept[1].request_hash,
            "one request's fingerprint is another under another key"
        );
    }
}

#[test]
fn a_key_is_one_to_255_visible_characters() {
    for good in ["x", "0a9f-77:~!", &"k".repeat(255)] {
        assert!(Idempotency::new(good, &[]).is_ok(), "{good}");
    }
    for bad in ["", " ", "a b", "a\tb", "é", "a\u{7f}", &"k".repeat(256)] {
        assert_eq!(
            refused(Idempotency::new(bad, &[])),
            ["Idempotency-Key format"],
            "{bad:?}"
        );
    }
}
