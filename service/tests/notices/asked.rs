//! Whoever is asked for something: a vote on a disposition, or a look at a note that mentions him.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::approval_rule;
use service::defects::{approvals, lines, notes};
use service::lifecycle::Action;
use service::outbox::OutboxStatus;
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{audit, defects, user};
use testkit::{PASSWORD, TestSystem, defect, each_db};

use crate::catcher::{Catcher, draft, notices, outbox, reader, wait, webhook};

const ANY: IfMatch = IfMatch::Any;

/// Proposes something for some of the material.
async fn propose(t: &TestSystem, by: &Actor, record: i64, quantity: &str) -> i64 {
    let new =
        json!({"disposition": "use_as_is", "quantity": quantity, "justification": "It fits."});
    let line = lines::add(t, by, record, &ANY, &draft(&new), None).await;
    line.unwrap().item.id
}

async fn reword(t: &TestSystem, by: &Actor, record: i64, line: i64, text: &str) {
    let patch = draft(&json!({"justification": text}));
    lines::change(t, by, record, line, &ANY, &patch)
        .await
        .unwrap();
}

async fn vote(t: &TestSystem, by: &Actor, record: i64, mut vote: Json) {
    vote["signature"] = json!({"password": PASSWORD, "meaning": "approval"});
    approvals::cast(t, by, record, &ANY, &draft(&vote), None)
        .await
        .unwrap();
}

async fn note(t: &TestSystem, by: &Actor, record: i64, text: &str) {
    let new = draft(&json!({"body": text}));
    notes::add(t, by, record, &ANY, &new, None).await.unwrap();
}

/// Who got a mail, in the order of the names.
async fn told(t: &TestSystem, catcher: &Catcher) -> Vec<String> {
    catcher.work(t).await;
    let letters = catcher.letters().into_iter();
    let mut told: Vec<_> = letters
        .map(|letter| letter.to.trim_end_matches("@example.com").to_owned())
        .collect();
    told.sort();
    told
}

fn names(people: &[&Actor]) -> Vec<String> {
    let mut names: Vec<_> = people.iter().map(|one| one.name.clone()).collect();
    names.sort();
    names
}

each_db! {
    async fn whose_vote_is_missing_is_told_once_in_a_round(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        let choice = || json!({"immediate": ["approval_needed"], "daily": []});
        let proposer = reader(&t, Role::TechEngineer, choice()).await;
        let engineer = reader(&t, Role::TechEngineer, choice()).await;
        let manager = reader(&t, Role::QualityManager, choice()).await;
        reader(&t, Role::QualityEngineer, choice()).await;
        let catcher = Catcher::default();
        let record = t.bring_to(Status::Disposition).await.item.id;
        let first = propose(&t, &proposer, record, "4").await;
        assert_eq!(told(&t, &catcher).await, [""; 0], "not all of the material is proposed for");
        propose(&t, &proposer, record, "6").await;
        assert_eq!(told(&t, &catcher).await, names(&[&engineer, &manager]), "nobody votes on what he wrote");
        reword(&t, &proposer, record, first, "It fits well.").await;
        assert_eq!(told(&t, &catcher).await, [""; 0], "nobody has voted: it is the same round");
        vote(&t, &engineer, record, json!({"decision": "approve"})).await;
        assert_eq!(told(&t, &catcher).await, [""; 0]);
        reword(&t, &proposer, record, first, "It fits very well.").await;
        assert_eq!(told(&t, &catcher).await, names(&[&engineer, &manager]), "the vote was about something else");
        vote(&t, &manager, record, json!({"decision": "reject", "reason": "Why?", "goes_back_to": "disposition"})).await;
        assert_eq!(told(&t, &catcher).await, [""; 0], "it is to be proposed anew first");
        reword(&t, &proposer, record, first, "Drawing 7 allows it.").await;
        assert_eq!(told(&t, &catcher).await, names(&[&engineer, &manager]));
        t.act(Role::QualityManager, record, Action::ReturnToAnalysis).await;
        assert_eq!(told(&t, &catcher).await, [""; 0]);
        t.bring(record, Status::Disposition).await;
        assert_eq!(told(&t, &catcher).await, names(&[&engineer, &manager]), "what was proposed is decided on again");
        assert_eq!(audit::verify(&t, |_| ()).await.unwrap().findings, []);
    }

    async fn who_is_asked_by_a_change_is_told_and_nobody_where_no_rule_asks(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        let choice = json!({"immediate": ["approval_needed"], "daily": []});
        let manager = reader(&t, Role::QualityManager, choice).await;
        let quality = t.member(Role::QualityEngineer).await;
        let catcher = Catcher::default();
        let record = t.report(&t.member(Role::Inspector).await, defect().minor()).await.item.id;
        t.bring(record, Status::Disposition).await;
        t.line(record, "scrap", "9").await;
        let line = t.line(record, "scrap", "1").await.id;
        assert_eq!(told(&t, &catcher).await, [""; 0]);
        let critical = draft(&json!({"severity": "critical", "is_contained": true}));
        defects::change(&t, &quality, record, &ANY, &critical).await.unwrap();
        assert_eq!(told(&t, &catcher).await, names(&[&manager]), "now a rule asks");
        lines::remove(&t, &quality, record, line, &ANY).await.unwrap();
        t.line(record, "scrap", "1").await;
        assert_eq!(told(&t, &catcher).await, [""; 0], "once in a round, whatever is written meanwhile");
    }

    async fn a_vote_is_asked_of_those_who_may_still_give_it_when_the_mail_goes_out(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        let choice = || json!({"immediate": [], "daily": ["approval_needed"]});
        let engineer = reader(&t, Role::TechEngineer, choice()).await;
        let moved = reader(&t, Role::TechEngineer, choice()).await;
        let record = t.bring_to(Status::Disposition).await.item.id;
        t.line(record, "use_as_is", "10").await;
        let catcher = Catcher::default();
        assert_eq!(told(&t, &catcher).await, [""; 0]);
        let patch = draft(&json!({"roles": ["inspector"]}));
        user::change(&t, &Actor::command_line(), moved.id.unwrap(), &ANY, &patch).await.unwrap();
        wait(&t, TimeDelta::hours(23));
        assert_eq!(told(&t, &catcher).await, names(&[&engineer]));
    }

    async fn who_is_mentioned_is_told_if_he_may_still_read_it(t: TestSystem) {
        let at_once = json!({"immediate": ["mentioned"], "daily": []});
        let operator = reader(&t, Role::Operator, at_once.clone()).await;
        let writer = reader(&t, Role::Inspector, at_once).await;
        let gone = reader(&t, Role::Viewer, json!({"immediate": [], "daily": ["mentioned"]})).await;
        let record = t.report(&writer, defect()).await.item;
        note(&t, &writer, record.id, "Nobody is mentioned here.").await;
        assert_eq!(notices(&t).await, 0);
        let text = format!("@{} @{}, look, as @{} says. @{}", operator.name, gone.name, writer.name, operator.name);
        note(&t, &writer, record.id, &text).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let letters = catcher.letters();
        assert_eq!(letters.len(), 1, "once, and not who wrote it: {letters:?}");
        assert_eq!(letters[0].to, format!("{}@example.com", operator.name));
        assert_eq!(letters[0].subject, format!("{}: you were mentioned – {}", record.tag_number, record.title));
        let patch = draft(&json!({"is_active": false}));
        user::change(&t, &Actor::command_line(), gone.id.unwrap(), &ANY, &patch).await.unwrap();
        wait(&t, TimeDelta::hours(23));
        assert_eq!(told(&t, &catcher).await, [""; 0]);
        assert_eq!(outbox(&t).await.last().unwrap().status, OutboxStatus::Dropped);
    }

    async fn programs_are_told_who_is_asked(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        webhook(&t, &["approval_needed", "mentioned"]).await;
        let engineer = t.member(Role::TechEngineer).await;
        let record = t.bring_to(Status::Disposition).await.item.id;
        t.line(record, "repair", "10").await;
        note(&t, &engineer, record, &format!("@{}: can it be repaired?", engineer.name)).await;
        let catcher = Catcher::default();
        catcher.work(&t).await;
        let mut bodies: Vec<Json> = catcher.calls().iter().map(|call| serde_json::from_str(&call.body).unwrap()).collect();
        bodies.sort_by_key(|body| body["type"].to_string());
        let seen: Vec<_> = bodies.iter().map(|body| (body["type"].as_str().unwrap(), &body["data"])).collect();
        let [(first, needed), (second, mentioned)] = seen[..] else { panic!("{seen:?}") };
        assert_eq!((first, &needed["id"], &needed["roles"]), ("defect.approval_needed", &json!(record), &json!(["tech_engineer", "quality_manager"])));
        assert_eq!((second, &mentioned["id"], &mentioned["mentioned"]), ("defect.mentioned", &json!(record), &json!([engineer.id])));
        assert_eq!(mentioned["by"]["id"], json!(engineer.id));
    }
}
