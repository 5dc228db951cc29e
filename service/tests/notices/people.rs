//! Mail: who gets it, in which language, at once or once a day; and who gets none any more.

use chrono::TimeDelta;
use entity::outbox as rows;
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use serde_json::json;
use service::actor::Actor;
use service::outbox::{OutboxStatus, Worker};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Error, audit, defects, subscription, user};
use testkit::{TestSystem, defect, each_db};

use crate::catcher::{Catcher, draft, outbox, reader, wait};

async fn assign(t: &TestSystem, id: i64, to: &Actor) {
    let quality = t.member(Role::QualityEngineer).await;
    let patch = draft(&json!({"assignee_id": to.id}));
    defects::change(t, &quality, id, &IfMatch::Any, &patch)
        .await
        .unwrap();
}

each_db! {
    async fn a_person_is_told_of_what_is_given_to_him_and_of_nothing_that_he_did_not_choose(t: TestSystem) {
        let engineer = reader(&t, Role::TechEngineer, json!({"immediate": ["assigned"], "daily": []})).await;
        let other = reader(&t, Role::TechEngineer, json!({"immediate": ["moved"], "daily": []})).await;
        let record = t.report(&t.member(Role::Inspector).await, defect().major()).await;
        assign(&t, record.item.id, &engineer).await;
        assign(&t, record.item.id, &engineer).await;
        assign(&t, record.item.id, &other).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let letters = catcher.letters();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0].to, format!("{}@example.com", engineer.name));
        assert_eq!(letters[0].subject, format!("{}: assigned – Burr on flange bore", record.item.tag_number));
    }

    async fn nobody_is_told_of_what_he_did_himself(t: TestSystem) {
        let all = json!({"immediate": ["reported"], "daily": []});
        let quality = reader(&t, Role::QualityEngineer, all.clone()).await;
        let manager = reader(&t, Role::QualityManager, all.clone()).await;
        reader(&t, Role::Viewer, all).await;
        t.report(&quality, defect()).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let told: Vec<_> = catcher.letters().into_iter().map(|letter| letter.to).collect();
        assert_eq!(told, [format!("{}@example.com", manager.name)]);
    }

    async fn a_day_comes_in_one_mail_however_many_servers_there_are(t: TestSystem) {
        let manager = reader(&t, Role::QualityManager, json!({"immediate": [], "daily": ["reported", "closed"]})).await;
        let inspector = t.member(Role::Inspector).await;
        let catcher = Catcher::default();
        for _ in 0..3 {
            t.report(&inspector, defect()).await;
            catcher.work(&t).await;
        }
        assert!(catcher.letters().is_empty(), "not before the morning");
        wait(&t, TimeDelta::hours(23));
        let workers: Vec<_> = (0..6).map(|_| Worker::new(t.another_server(|_| {}), catcher.post())).collect();
        for _ in 0..2 {
            for done in join_all(workers.iter().map(Worker::turn)).await {
                done.unwrap();
            }
        }
        let letters = catcher.letters();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!((letters[0].to.clone(), letters[0].subject.as_str()), (format!("{}@example.com", manager.name), "DMT: what happened (3)"));
        assert_eq!(letters[0].text.matches("Burr on flange bore").count(), 3);
    }

    async fn a_long_day_comes_in_several_mails_of_which_each_event_is_tried_as_often_as_any(t: TestSystem) {
        reader(&t, Role::QualityManager, json!({"immediate": [], "daily": ["reported"]})).await;
        let catcher = Catcher::default();
        t.report(&t.member(Role::Inspector).await, defect()).await;
        catcher.work(&t).await;
        let row = rows::Entity::find().one(t.db.reader()).await.unwrap().unwrap();
        // 601 in all, of which one has been tried eleven times.
        let more = (0..600).map(|number| rows::ActiveModel {
            id: NotSet,
            message_id: Set(format!("more-{number}")),
            attempts: Set(if number == 0 { 11 } else { 0 }),
            ..row.clone().into_active_model().reset_all()
        });
        let more: Vec<_> = more.collect();
        let written = t.db.write(move |tx| {
            let insert = rows::Entity::insert_many(more.clone());
            Box::pin(async move { insert.exec_without_returning(tx).await.map(drop).map_err(Error::from) })
        });
        written.await.unwrap();
        wait(&t, TimeDelta::hours(23));
        catcher.fail(false);
        catcher.work(&t).await;
        let dead = rows::Entity::find().filter(rows::Column::Status.eq("dead"));
        assert_eq!(dead.count(t.db.reader()).await.unwrap(), 1);
        catcher.recover();
        catcher.caught();
        wait(&t, TimeDelta::minutes(1));
        catcher.work(&t).await;
        let letters = catcher.letters();
        let mut told: Vec<_> = letters.iter().map(|letter| letter.text.matches("Burr on flange bore").count()).collect();
        told.sort_unstable();
        assert_eq!(told, [100, 500]);
    }

    async fn mail_is_in_the_readers_language(t: TestSystem) {
        let manager = reader(&t, Role::QualityManager, json!({"immediate": ["reported"], "daily": []})).await;
        let patch = draft(&json!({"locale": "zh"}));
        user::change(&t, &Actor::command_line(), manager.id.unwrap(), &IfMatch::Any, &patch).await.unwrap();
        t.report(&t.member(Role::Inspector).await, defect()).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        assert!(catcher.letters()[0].text.contains("您好"));
    }

    async fn who_is_disabled_or_has_lost_his_role_gets_nothing(t: TestSystem) {
        let choice = json!({"immediate": [], "daily": ["reported"]});
        let mut people = Vec::new();
        for _ in 0..5 {
            people.push(reader(&t, Role::QualityEngineer, choice.clone()).await.id.unwrap());
        }
        t.report(&t.member(Role::Inspector).await, defect()).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let admin = Actor::command_line();
        for (id, patch) in people.iter().zip([json!({"is_active": false}), json!({"roles": ["inspector"]}), json!({"email": null})]) {
            user::change(&t, &admin, *id, &IfMatch::Any, &draft(&patch)).await.unwrap();
        }
        let fourth = Actor { id: Some(people[3]), ..t.member(Role::QualityEngineer).await };
        subscription::choose(&t, &fourth, &draft(&json!({"immediate": [], "daily": []}))).await.unwrap();
        wait(&t, TimeDelta::hours(23));
        catcher.work(&t).await;
        assert_eq!(catcher.letters().len(), 1, "only the fifth");
        let why: Vec<_> = outbox(&t).await.into_iter().map(|row| (row.status, row.error)).collect();
        assert_eq!(why.iter().filter(|(status, why)| *status == OutboxStatus::Dropped && why.is_some()).count(), 4, "{why:?}");
    }

    async fn a_choice_is_replaced_as_a_whole(t: TestSystem) {
        let viewer = t.user(Role::Viewer).await;
        let choose = async |choice| subscription::choose(&t, &viewer, &draft(&choice)).await;
        let chosen = choose(json!({"immediate": ["closed", "assigned"], "daily": ["moved"]})).await.unwrap();
        assert_eq!(chosen, subscription::show(&t, &viewer).await.unwrap());
        assert_eq!((chosen.email, chosen.immediate.len(), chosen.daily.len()), (None, 2, 1));
        let both = choose(json!({"immediate": ["closed"], "daily": ["closed"]})).await;
        assert!(matches!(both, Err(Error::Invalid(errors)) if errors[0].field == "daily"));
        let none = choose(json!({"immediate": [], "daily": []})).await.unwrap();
        assert!(none.immediate.is_empty() && none.daily.is_empty());
    }

    async fn a_mail_address_stands_in_no_history_and_goes_with_its_user(t: TestSystem) {
        let person = reader(&t, Role::QualityManager, json!({"immediate": ["reported"], "daily": []})).await;
        t.report(&t.member(Role::Inspector).await, defect()).await;
        Catcher::default().work(&t).await;
        let id = person.id.unwrap();
        let told = crate::webhooks::history(&t, "app_user", id).await;
        assert!(told.contains("email") && !told.contains("@example.com"), "{told}");
        assert_eq!(audit::verify(&t, |_| {}).await.unwrap().findings, []);
        user::delete(&t, &Actor::command_line(), id, &IfMatch::Any).await.unwrap();
        assert!(outbox(&t).await.is_empty());
        assert_eq!(audit::verify(&t, |_| {}).await.unwrap().findings, []);
    }

    async fn without_a_way_to_send_mail_none_is_kept(t: TestSystem) {
        reader(&t, Role::QualityManager, json!({"immediate": ["reported"], "daily": []})).await;
        t.bring_to(Status::Reported).await;
        let mut post = Catcher::default().post();
        post.has_mail = false;
        assert!(Worker::new(t.another_server(|_| {}), post).turn().await.unwrap());
        assert!(outbox(&t).await.is_empty());
    }
}
