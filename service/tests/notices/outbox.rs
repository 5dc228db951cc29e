//! The outbox: written with the change, sent by one of several servers, tried again, given up.

use chrono::TimeDelta;
use entity::notice;
use futures_util::future::join_all;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value as Json, json};
use service::outbox::{OutboxStatus, Worker, list, retry, show};
use service::role::Role;
use service::words::Status;
use service::{Error, housekeeping, webhook as webhooks};
use testkit::{TestSystem, defect, each_db};

use crate::catcher::{Catcher, draft, notices, outbox, wait, webhook};

each_db! {
    async fn nothing_is_written_where_nobody_listens(t: TestSystem) {
        t.bring_to(Status::Analysis).await;
        assert_eq!(notices(&t).await, 0);
        webhook(&t, &["closed"]).await;
        t.bring_to(Status::Analysis).await;
        assert_eq!(notices(&t).await, 0, "nobody listens to these");
    }

    async fn a_webhook_is_told_of_the_events_that_it_names(t: TestSystem) {
        webhook(&t, &["reported", "moved", "closed", "signed"]).await;
        let record = t.bring_to(Status::Closed).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let bodies: Vec<Json> = catcher.calls().iter().map(|call| serde_json::from_str(&call.body).unwrap()).collect();
        let mut kinds: Vec<_> = bodies.iter().map(|body| body["type"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        let moved = "defect.moved";
        assert_eq!(kinds, ["defect.closed", moved, moved, moved, moved, "defect.reported", "defect.signed"]);
        for body in &bodies {
            assert_eq!(body["data"]["id"], record.item.id);
            assert_eq!(body["data"]["tag_number"], record.item.tag_number);
            assert!(!body.to_string().contains("cost"), "{body}");
        }
        let closed = bodies.iter().find(|body| body["type"] == "defect.closed").unwrap();
        assert_eq!((&closed["data"]["status"], &closed["data"]["from"]), (&json!("closed"), &json!("verification")));
        assert_eq!(notices(&t).await, 0);
        assert!(outbox(&t).await.iter().all(|row| row.status == OutboxStatus::Sent && row.answer == Some(204)));
    }

    async fn a_change_that_is_refused_tells_nothing(t: TestSystem) {
        webhook(&t, &["reported", "assigned"]).await;
        let reporter = t.member(Role::QualityEngineer).await;
        let form = t.form(&defect().with("assignee_id", 999_999)).await;
        assert!(service::defects::report(&t, &reporter, &draft(&form), None).await.is_err());
        assert_eq!(notices(&t).await, 0);
    }

    async fn of_many_servers_exactly_one_sends(t: TestSystem) {
        let hook = webhook(&t, &["reported"]).await;
        let reporter = t.member(Role::Inspector).await;
        for _ in 0..5 {
            t.report(&reporter, defect()).await;
        }
        let admin = t.member(Role::Admin).await;
        webhooks::test(&t, &admin, hook.view.id, None).await.unwrap();
        let catcher = Catcher::default();
        let workers: Vec<_> = (0..8).map(|_| Worker::new(t.another_server(|_| {}), catcher.post())).collect();
        for _ in 0..3 {
            for done in join_all(workers.iter().map(Worker::turn)).await {
                done.unwrap();
            }
        }
        let mut ids: Vec<_> = catcher.calls().into_iter().map(|call| call.message_id).collect();
        assert_eq!(ids.len(), 6, "each was sent once");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 6);
        assert!(outbox(&t).await.iter().all(|row| row.attempts == 1));
    }

    async fn notices_that_nobody_understands_do_not_hold_up_the_others(t: TestSystem) {
        webhook(&t, &["reported"]).await;
        let strange = (0..60).map(|_| notice::ActiveModel {
            event: Set("melted".to_owned()),
            content: Set("{}".to_owned()),
            created_at: Set(t.clock.now()),
            ..Default::default()
        });
        let strange: Vec<_> = strange.collect();
        let written = t.db.write(move |tx| {
            let insert = notice::Entity::insert_many(strange.clone());
            Box::pin(async move { insert.exec_without_returning(tx).await.map(drop).map_err(Error::from) })
        });
        written.await.unwrap();
        t.report(&t.member(Role::Inspector).await, defect()).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        assert_eq!(catcher.calls().len(), 1);
        assert_eq!(notices(&t).await, 60, "perhaps a newer server understands them");
    }

    async fn what_a_server_that_died_was_sending_is_sent_by_another(t: TestSystem) {
        let hook = webhook(&t, &["reported"]).await;
        let admin = t.member(Role::Admin).await;
        webhooks::test(&t, &admin, hook.view.id, None).await.unwrap();
        let mut dying = Catcher::default().post();
        let (reached, mut at) = tokio::sync::mpsc::unbounded_channel();
        dying.carry = std::sync::Arc::new(move |_| {
            reached.send(()).unwrap();
            Box::pin(std::future::pending())
        });
        let worker = Worker::new(t.another_server(|_| {}), dying);
        // It dies while it sends.
        tokio::select! {
            _ = worker.turn() => panic!("it came to its end"),
            _ = at.recv() => {}
        }
        let catcher = Catcher::default();
        catcher.work(&t).await;
        assert!(catcher.calls().is_empty(), "it is still held");
        wait(&t, TimeDelta::seconds(91));
        catcher.work(&t).await;
        assert_eq!(catcher.calls().len(), 1);
        assert_eq!(outbox(&t).await[0].attempts, 2);
    }

    async fn what_does_not_arrive_is_tried_again_later_and_later_and_at_last_given_up(t: TestSystem) {
        let hook = webhook(&t, &["reported"]).await;
        let admin = t.member(Role::Admin).await;
        let sent = webhooks::test(&t, &admin, hook.view.id, None).await.unwrap();
        let catcher = Catcher::default();
        catcher.fail(false);
        catcher.work(&t).await;
        let waiting = show(&t, &admin, sent.id).await.unwrap();
        assert_eq!((waiting.status, waiting.answer), (OutboxStatus::Pending, Some(500)));
        assert_eq!((waiting.error.as_deref(), waiting.due_at.as_str()), (Some("it answered 500"), "2026-11-20T08:00:10.000000Z"));
        catcher.work(&t).await;
        assert_eq!(catcher.calls().len(), 1, "not before its time");
        for _ in 0..20 {
            wait(&t, TimeDelta::hours(15));
            catcher.work(&t).await;
        }
        let calls = catcher.calls();
        assert_eq!(calls.len(), 11, "twelve attempts in all");
        assert!(calls.iter().all(|call| call.message_id == sent.message_id), "each tells that it is the same");
        assert_eq!(list(&t, &admin, &draft(&json!({"status": ["dead"]}))).await.unwrap().items[0].id, sent.id);

        let manager = t.member(Role::QualityManager).await;
        assert!(matches!(retry(&t, &manager, sent.id, None).await, Err(Error::Forbidden { .. })));
        catcher.recover();
        let again = retry(&t, &admin, sent.id, None).await.unwrap();
        assert_eq!((again.status, again.attempts, again.finished_at), (OutboxStatus::Pending, 0, None));
        catcher.work(&t).await;
        assert_eq!(catcher.calls().len(), 1);
        assert_eq!(show(&t, &admin, sent.id).await.unwrap().status, OutboxStatus::Sent);
        assert!(matches!(retry(&t, &admin, sent.id, None).await, Err(Error::WrongState(_))));
    }

    async fn what_would_be_of_no_use_is_given_up_at_once(t: TestSystem) {
        let hook = webhook(&t, &["reported"]).await;
        let admin = t.member(Role::Admin).await;
        let sent = webhooks::test(&t, &admin, hook.view.id, None).await.unwrap();
        let catcher = Catcher::default();
        catcher.fail(true);
        catcher.work(&t).await;
        let dead = show(&t, &admin, sent.id).await.unwrap();
        assert_eq!((dead.status, dead.attempts), (OutboxStatus::Dead, 1));
        assert!(dead.finished_at.is_some());
    }

    async fn what_was_sent_is_forgotten_after_a_month_and_what_is_dead_after_three(t: TestSystem) {
        let hook = webhook(&t, &["reported"]).await;
        let admin = t.member(Role::Admin).await;
        let catcher = Catcher::default();
        webhooks::test(&t, &admin, hook.view.id, None).await.unwrap();
        catcher.work(&t).await;
        webhooks::test(&t, &admin, hook.view.id, None).await.unwrap();
        catcher.fail(true);
        catcher.work(&t).await;
        for (days, left) in [(29, 2), (2, 1), (58, 1), (2, 0)] {
            wait(&t, TimeDelta::days(days));
            housekeeping::tidy(&t).await.unwrap();
            assert_eq!(outbox(&t).await.len(), left);
        }
    }
}
