//! What becomes overdue is told by itself: to whom, and once for each due date, however many servers look.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::corrective::actions;
use service::corrective::lifecycle::CorrectiveMove;
use service::reminder::remind;
use service::role::Role;
use service::version::IfMatch;
use service::words::{CorrectiveStatus, Status};
use service::{Error, audit, defects, subscription};
use testkit::{TestSystem, defect, each_db};

use crate::catcher::{Catcher, draft, notices, outbox, reader, wait, webhook};

/// Has four servers look at once, for as long as any of them finds something; answers of how many things they told.
async fn remind_all(t: &TestSystem) -> usize {
    let servers: Vec<_> = (0..4).map(|_| t.another_server(|_| ())).collect();
    let mut told = 0;
    loop {
        let looks = join_all(servers.iter().map(remind)).await;
        match looks.into_iter().map(Result::unwrap).sum() {
            0 => return told,
            some => told += some,
        }
    }
}

/// Whose mails came, and the first words of their subjects, in the order of both.
async fn mails(t: &TestSystem, catcher: &Catcher) -> Vec<(String, String)> {
    catcher.work(t).await;
    let told = catcher.letters().into_iter().map(|letter| {
        let name = letter.to.trim_end_matches("@example.com").to_owned();
        let subject = letter.subject.split(" – ").next().unwrap().to_owned();
        (name, subject)
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

/// Mails in the order in which [`mails`] has them.
fn expected(mails: &[(&Actor, String)]) -> Vec<(String, String)> {
    let mails = mails.iter();
    let mut mails: Vec<_> = mails
        .map(|(to, subject)| (to.name.clone(), subject.clone()))
        .collect();
    mails.sort();
    mails
}

async fn set(t: &TestSystem, id: i64, patch: Json) {
    let quality = t.member(Role::QualityEngineer).await;
    defects::change(t, &quality, id, &IfMatch::Any, &draft(&patch))
        .await
        .unwrap();
}

fn at_once(event: &str) -> Json {
    json!({"immediate": [event], "daily": []})
}

each_db! {
    async fn who_is_in_charge_is_told_once_of_each_due_date_that_has_passed(t: TestSystem) {
        let engineer = reader(&t, Role::TechEngineer, at_once("overdue")).await;
        let inspector = reader(&t, Role::Inspector, at_once("overdue")).await;
        let manager = reader(&t, Role::QualityManager, at_once("overdue")).await;
        reader(&t, Role::QualityEngineer, at_once("overdue")).await;
        let given = t.report(&inspector, defect().major()).await.item;
        let nobodys = t.report(&inspector, defect().major()).await.item;
        set(&t, given.id, json!({"assignee_id": engineer.id, "due_at": "2026-11-20T10:00:00Z"})).await;
        set(&t, nobodys.id, json!({"due_at": "2026-11-20T09:00:00Z"})).await;
        let catcher = Catcher::default();
        assert_eq!(remind_all(&t).await, 0);
        assert_eq!(notices(&t).await, 0);
        wait(&t, TimeDelta::hours(3));
        assert_eq!(remind_all(&t).await, 2);
        let overdue = |tag: &str| format!("{tag}: overdue");
        let of_given = [(&engineer, overdue(&given.tag_number)), (&manager, overdue(&given.tag_number))];
        let of_nobodys = [(&inspector, overdue(&nobodys.tag_number)), (&manager, overdue(&nobodys.tag_number))];
        assert_eq!(mails(&t, &catcher).await, expected(&[of_given.clone(), of_nobodys].concat()));
        assert_eq!(remind_all(&t).await, 0);
        set(&t, given.id, json!({"due_at": "2026-11-20T10:30:00Z"})).await;
        assert_eq!(remind_all(&t).await, 1, "another due date has passed");
        assert_eq!(mails(&t, &catcher).await, expected(&of_given));
        set(&t, nobodys.id, json!({"due_at": "2026-11-20T13:00:00Z"})).await;
        t.bring(nobodys.id, Status::Closed).await;
        wait(&t, TimeDelta::hours(3));
        assert_eq!(remind_all(&t).await, 0, "what is closed is not overdue");
        assert_eq!(audit::verify(&t, |_| ()).await.unwrap().findings, []);
    }

    async fn more_than_is_told_at_once_is_told_in_the_end(t: TestSystem) {
        let manager = reader(&t, Role::QualityManager, json!({"immediate": [], "daily": ["overdue"]})).await;
        let quality = t.member(Role::QualityEngineer).await;
        for _ in 0..60 {
            t.report(&quality, defect().with("due_at", "2026-11-20T09:00:00Z")).await;
        }
        wait(&t, TimeDelta::hours(2));
        assert_eq!(remind(&t).await.unwrap(), 50);
        assert_eq!(remind_all(&t).await, 10);
        let catcher = Catcher::default();
        catcher.work(&t).await;
        wait(&t, TimeDelta::hours(23));
        catcher.work(&t).await;
        let letters = catcher.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].to.clone(), letters[0].subject.as_str()), (format!("{}@example.com", manager.name), "DMT: what happened (60)"));
    }

    async fn where_nobody_listens_nothing_is_kept_and_nobody_is_told_later(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect().major().with("due_at", "2026-11-20T09:00:00Z")).await.item;
        t.raise(json!({"due_at": "2026-11-20T09:00:00Z"})).await;
        wait(&t, TimeDelta::hours(2));
        let silent = t.another_server(|options| options.read_only = true);
        assert!(matches!(remind(&silent).await, Err(Error::ReadOnly)));
        assert_eq!(remind_all(&t).await, 2);
        assert_eq!(notices(&t).await, 0);
        let events = async || entity::audit_event::Entity::find().count(t.db.reader()).await.unwrap();
        let before = events().await;
        let late = reader(&t, Role::QualityManager, at_once("overdue")).await;
        subscription::choose(&t, &late, &draft(&json!({"immediate": ["overdue", "car_due"], "daily": []}))).await.unwrap();
        wait(&t, TimeDelta::minutes(1));
        assert_eq!(remind_all(&t).await, 0);
        let written = events().await - before;
        let seen = defects::show(&t, &late, record.id).await.unwrap().item;
        assert_eq!((seen.version, seen.updated_at), (record.version, record.updated_at), "being told is no change");
        assert_eq!(remind_all(&t).await + notices(&t).await as usize, 0);
        assert_eq!(events().await - before, written);
    }

    async fn of_a_corrective_action_whoever_sees_to_what_is_due_is_told(t: TestSystem) {
        let [owner, second, third] = [
            reader(&t, Role::QualityEngineer, at_once("car_due")).await,
            reader(&t, Role::TechEngineer, at_once("car_due")).await,
            reader(&t, Role::Operator, at_once("car_due")).await,
        ];
        reader(&t, Role::QualityManager, at_once("car_due")).await;
        let due = |hour| format!("2026-11-20T{hour}:00:00Z");
        let request = t.raise(json!({
            "owner_id": owner.id, "due_at": due("10"), "d0": {"due_at": due("09")},
            "d3": {"due_at": due("09")}, "d5": {"owner_id": second.id, "due_at": due("10")}, "d8": {"due_at": "2026-12-01T09:00:00Z"},
        })).await.item;
        let engineer = t.member(Role::TechEngineer).await;
        let add = async |fields: Json| {
            actions::add(&t, &engineer, request.id, &IfMatch::Any, &draft(&fields), None).await.unwrap().item.id
        };
        let new = |text: &str| json!({"kind": "containment", "text": text, "owner_id": third.id, "due_at": due("10")});
        let action = add(new("Count the holes.")).await;
        let done = add(new("Stop the line.")).await;
        let is_done = draft(&json!({"is_done": true}));
        actions::change(&t, &engineer, (request.id, done), &IfMatch::Any, &is_done).await.unwrap();
        t.bring_request(request.id, CorrectiveStatus::D1).await;
        let void = t.raise(json!({"owner_id": owner.id, "due_at": due("09"), "d3": {"due_at": due("09")}})).await.item.id;
        t.move_request(Role::QualityManager, void, CorrectiveMove::Void).await;
        assert_eq!(remind_all(&t).await, 0);
        wait(&t, TimeDelta::hours(3));
        assert_eq!(remind_all(&t).await, 4, "D3, D5, the action and the request itself");
        let subject = format!("{}: corrective action overdue", request.car_number);
        let catcher = Catcher::default();
        let mine = |to| (to, subject.clone());
        let four = expected(&[mine(&owner), mine(&owner), mine(&second), mine(&third)]);
        assert_eq!(mails(&t, &catcher).await, four);
        assert_eq!(remind_all(&t).await, 0);
        t.set_request(request.id, json!({"d3": {"due_at": due("09")}, "d5": {"due_at": "2026-11-20T10:30:00Z"}})).await;
        let changed = draft(&json!({"due_at": "2026-11-20T10:30:00Z"}));
        actions::change(&t, &engineer, (request.id, action), &IfMatch::Any, &changed).await.unwrap();
        assert_eq!(remind_all(&t).await, 2, "those with another due date");
        assert_eq!(mails(&t, &catcher).await, expected(&[mine(&second), mine(&third)]));
        assert_eq!(audit::verify(&t, |_| ()).await.unwrap().findings, []);
    }

    async fn programs_are_told_what_is_due_and_until_when(t: TestSystem) {
        webhook(&t, &["overdue", "car_due"]).await;
        let quality = t.member(Role::QualityEngineer).await;
        let record = t.report(&quality, defect().with("due_at", "2026-11-20T09:00:00Z")).await.item;
        let request = t.raise(json!({"d3": {"due_at": "2026-11-20T09:00:00Z"}})).await.item;
        let action = t.action(request.id, "corrective").await;
        let (engineer, patch) = (t.member(Role::TechEngineer).await, draft(&json!({"due_at": "2026-11-20T09:00:00Z"})));
        actions::change(&t, &engineer, (request.id, action), &IfMatch::Any, &patch).await.unwrap();
        wait(&t, TimeDelta::hours(2));
        assert_eq!(remind_all(&t).await, 3);
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let mut bodies: Vec<Json> = catcher.calls().iter().map(|call| serde_json::from_str(&call.body).unwrap()).collect();
        bodies.sort_by_key(|body| (body["type"].to_string(), body["data"]["step"].to_string()));
        let due_at = "2026-11-20T09:00:00.000000Z";
        let about = |step: Json, action: Json, owner: Option<i64>| json!({
            "id": request.id, "car_number": request.car_number, "status": "d0", "severity": null, "title": request.title,
            "supplier_id": null, "step": step, "action": action, "owner_id": owner, "due_at": due_at, "by": null,
        });
        let told: Vec<_> = bodies.iter().map(|body| (body["type"].as_str().unwrap(), body["data"].clone())).collect();
        assert_eq!(told[0], ("corrective_action.due", about(json!("d3"), json!(null), quality.id)));
        assert_eq!(told[1], ("corrective_action.due", about(json!(null), json!({"id": action, "kind": "corrective"}), engineer.id)));
        assert_eq!((told[2].0, &told[2].1["id"], &told[2].1["due_at"]), ("defect.overdue", &json!(record.id), &json!(due_at)));
        assert!(outbox(&t).await.iter().all(|row| row.user_id.is_none()));
    }
}
