//! From D0 to closure: steps in their order, guards all at once, a check that fails, and what a signature stands for.

use serde_json::{Value as Json, json};
use service::Error;
use service::corrective::{self, actions, causes, checks, signatures};
use service::role::Role;
use service::version::IfMatch;
use service::words::{CorrectiveStatus, Effectiveness};
use testkit::{PASSWORD, TestSystem, each_db};

use crate::{ANY, assert_intact, body, fields, history_of, try_move};

fn close() -> Json {
    json!({"action": "close", "signature": {"password": PASSWORD, "meaning": "closure"}})
}

each_db! {
    async fn a_request_goes_from_d0_to_a_signed_closure(t: TestSystem) {
        let raised = t.raise(json!({"severity": "major", "due_at": "2026-12-20T16:00:00Z"})).await;
        let id = raised.item.id;
        assert_eq!(raised.item.car_number, format!("CAR-{id:06}"));
        assert_eq!((raised.item.status, raised.item.version, raised.item.attempt), (CorrectiveStatus::D0, 1, 1));
        let manager = t.member(Role::QualityManager).await;
        let skipped = try_move(&t, &manager, id, json!({"action": "complete_d1"})).await;
        assert!(matches!(skipped, Err(Error::WrongState(told)) if told.contains("complete_d0")), "steps have an order");
        assert_eq!(fields(try_move(&t, &manager, id, json!({"action": "complete_d0"})).await), ["d0.text"]);

        t.bring_request(id, CorrectiveStatus::D4).await;
        let unexplained = try_move(&t, &manager, id, json!({"action": "complete_d4"})).await;
        assert_eq!(fields(unexplained), ["d4.text", "root_causes", "root_causes"]);
        t.bring_request(id, CorrectiveStatus::D8).await;
        let unchecked = try_move(&t, &manager, id, close()).await;
        assert_eq!(fields(unchecked), ["d8.text", "effectiveness_checks"]);
        t.make_request_ready(id).await;
        let owner = t.member(Role::QualityEngineer).await;
        assert_eq!(fields(try_move(&t, &owner, id, close()).await), ["closed_by"]);
        let unsigned = try_move(&t, &manager, id, json!({"action": "close"})).await;
        assert_eq!(fields(unsigned), ["signature"]);
        let closed = try_move(&t, &manager, id, close()).await.unwrap();
        assert_eq!(closed.item.closed_by.as_ref().map(|by| by.id), manager.id);
        assert!(closed.d8.done_at.is_some() && closed.d0.done_at.is_some());
        let late = corrective::change(&t, &manager, id, &ANY, &body(json!({"title": "Too late"}))).await;
        assert!(matches!(late, Err(Error::WrongState(_))), "{late:?}");
        assert_intact(&t).await;
    }

    async fn a_check_that_fails_sends_the_request_back_and_asks_for_another_action(t: TestSystem) {
        let id = t.request_at(CorrectiveStatus::D8).await.item.id;
        t.check_request(id, "effective").await;
        t.check_request(id, "not_effective").await;
        let back = t.request(id).await;
        assert_eq!((back.item.status, back.item.attempt), (CorrectiveStatus::D4, 2));
        assert!(back.d3.done_at.is_some(), "what came before the causes stands");
        assert!([&back.d4, &back.d5, &back.d6, &back.d7].iter().all(|step| step.done_at.is_none()));
        assert_eq!(back.d5.text.as_deref(), Some("It is done."), "what was written stays");
        let manager = t.member(Role::QualityManager).await;
        let found = causes::list(&t, &manager, id, &body(json!({}))).await.unwrap().items;
        assert!(found.len() == 2 && found.iter().all(|cause| cause.verified_at.is_none() && cause.verified_by.is_none()));
        let told = history_of(&t, id).await;
        for (cause, name) in found.iter().flat_map(|cause| ["verified_at", "verified_by"].map(|name| (cause, name))) {
            let field = format!("root_causes/{}.{name}", cause.id);
            let last = told.iter().rfind(|event| event.field.as_deref() == Some(field.as_str())).unwrap();
            assert!(!last.old_value.is_null() && last.new_value.is_null(), "{field}");
        }
        let complete = || try_move(&t, &manager, id, json!({"action": "complete_d4"}));
        assert_eq!(fields(complete().await), ["root_causes", "root_causes"], "they did not hold");
        t.make_request_ready(id).await;
        complete().await.unwrap();
        let same_again = try_move(&t, &manager, id, json!({"action": "complete_d5"})).await;
        assert_eq!(fields(same_again), ["actions"], "the action of the first attempt did not help");
        t.bring_request(id, CorrectiveStatus::D8).await;
        t.set_request(id, json!({"d8": {"text": "Thank you."}})).await;
        let of_before = try_move(&t, &manager, id, close()).await;
        assert_eq!(fields(of_before), ["effectiveness_checks"], "the first attempt's check says nothing of this one");
        t.bring_request(id, CorrectiveStatus::Closed).await;
        let outcomes = checks::list(&t, &manager, id, &body(json!({}))).await.unwrap().items;
        let outcomes: Vec<_> = outcomes.iter().map(|check| (check.attempt, check.outcome)).collect();
        let (good, bad) = (Effectiveness::Effective, Effectiveness::NotEffective);
        assert_eq!(outcomes, [(1, good), (1, bad), (2, good)]);
        assert_intact(&t).await;
    }

    async fn effectiveness_is_not_checked_before_there_is_something_to_check(t: TestSystem) {
        let id = t.request_at(CorrectiveStatus::D6).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let new = body(json!({"criterion": "No burr.", "outcome": "effective"}));
        let early = checks::add(&t, &quality, id, &ANY, &new, None).await;
        assert!(matches!(early, Err(Error::WrongState(_))), "{early:?}");
    }

    async fn an_action_is_verified_by_somebody_else_than_who_did_it(t: TestSystem) {
        let id = t.request_at(CorrectiveStatus::D6).await.item.id;
        let action = t.action(id, "corrective").await;
        let engineer = t.member(Role::TechEngineer).await;
        let quality = t.member(Role::QualityEngineer).await;
        let change = async |actor, fields: Json| actions::change(&t, actor, (id, action), &ANY, &body(fields)).await;
        assert_eq!(fields(change(&quality, json!({"is_verified": true})).await), ["is_verified"], "it is not done");
        let done = change(&engineer, json!({"is_done": true, "outcome": "The counter works."})).await.unwrap().item;
        assert_eq!(done.done_by.as_ref().map(|by| by.id), engineer.id);
        assert_eq!(fields(change(&engineer, json!({"is_verified": true})).await), ["is_verified"]);
        let verified = change(&quality, json!({"is_verified": true})).await.unwrap().item;
        assert_eq!(verified.verified_by.as_ref().map(|by| by.id), quality.id);
        let other = change(&engineer, json!({"outcome": "It did not, after all."})).await.unwrap().item;
        assert_eq!(other.verified_at, None, "new words are verified anew");
        let manager = t.member(Role::QualityManager).await;
        t.set_request(id, json!({"d6": {"text": "Done."}})).await;
        let unmet = fields(try_move(&t, &manager, id, json!({"action": "complete_d6"})).await);
        assert!(unmet.contains(&format!("actions[{action}].is_verified")), "{unmet:?}");
        let gone = actions::remove(&t, &engineer, (id, action), &ANY).await;
        assert!(matches!(gone, Err(Error::WrongState(_))), "what was done is not taken back");
    }

    async fn a_wrong_password_is_told_last_and_noted(t: TestSystem) {
        let id = t.request_at(CorrectiveStatus::D8).await.item.id;
        let manager = t.user(Role::QualityManager).await;
        let mistyped = json!({"action": "close", "signature": {"password": "not this one", "meaning": "closure"}});
        assert!(matches!(try_move(&t, &manager, id, mistyped.clone()).await, Err(Error::Invalid(_))));
        t.make_request_ready(id).await;
        assert!(matches!(try_move(&t, &manager, id, mistyped).await, Err(Error::SignatureRefused)));
        let told = history_of(&t, id).await.pop().unwrap();
        assert_eq!(told.field.as_deref(), Some("signature_refused"));
        assert_intact(&t).await;
    }

    async fn a_signature_says_whether_what_was_signed_is_still_what_is_written(t: TestSystem) {
        use entity::car_step;
        use sea_orm::sea_query::Expr;
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
        let id = t.request_at(CorrectiveStatus::Closed).await.item.id;
        let viewer = t.member(Role::Viewer).await;
        let signed = async || signatures::list(&t, &viewer, id, &body(json!({}))).await.unwrap().items.remove(0);
        let before = signed().await;
        assert_eq!((before.matches, before.record_version), (true, t.request(id).await.item.version));
        t.db.write(move |tx| {
            Box::pin(async move {
                car_step::Entity::update_many()
                    .col_expr(car_step::Column::Content, Expr::value("Something else."))
                    .filter(car_step::Column::CarId.eq(id))
                    .filter(car_step::Column::Step.eq("d4"))
                    .exec(tx)
                    .await?;
                Ok::<(), service::db::Error>(())
            })
        })
        .await
        .unwrap();
        assert!(!signed().await.matches);
        let found = service::audit::verify(&t, |_| ()).await.unwrap().findings;
        assert!(found.iter().any(|one| one.entity == "corrective_action" && one.entity_id == id), "{found:?}");
    }

    async fn nobody_overwrites_what_he_has_not_seen(t: TestSystem) {
        let id = t.raise(json!({})).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let change = || body(json!({"d1": {"text": "Ana, Eva."}}));
        let blind = corrective::change(&t, &quality, id, &IfMatch::Missing, &change()).await;
        assert!(matches!(blind, Err(Error::VersionMissing)));
        let seen = IfMatch::Versions(vec![1]);
        let changed = corrective::change(&t, &quality, id, &seen, &change()).await.unwrap();
        assert_eq!((changed.item.version, changed.d1.text.as_deref()), (2, Some("Ana, Eva.")));
        let stale = corrective::change(&t, &quality, id, &seen, &change()).await;
        assert!(matches!(stale, Err(Error::VersionStale { current: 2 })));
        let same = corrective::change(&t, &quality, id, &ANY, &change()).await.unwrap();
        assert_eq!(same.item.version, 2, "nothing was changed");
    }

    async fn two_who_complete_a_step_at_once_complete_it_once(t: TestSystem) {
        let id = t.raise(json!({"title": "At once"})).await.item.id;
        t.make_request_ready(id).await;
        let (one, other) = (t.user(Role::QualityEngineer).await, t.user(Role::TechEngineer).await);
        let complete = || json!({"action": "complete_d0"});
        let both = tokio::join!(try_move(&t, &one, id, complete()), try_move(&t, &other, id, complete()));
        let done = [&both.0, &both.1].iter().filter(|done| done.is_ok()).count();
        assert_eq!(done, 1, "{both:?}");
        assert_eq!(t.request(id).await.item.status, CorrectiveStatus::D1);
        assert_intact(&t).await;
    }
}
