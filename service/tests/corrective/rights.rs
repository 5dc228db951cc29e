//! Who may do what: each role against each field, each move against each role and step, typed anew from what the table
//! is meant to say.

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::corrective::lifecycle::{CorrectiveMove, Transition};
use service::corrective::supplier::link;
use service::corrective::{self, ActionRights, actions, causes, checks, defects};
use service::role::Role;
use service::words::CorrectiveStatus;
use service::{Error, Result};
use testkit::design::ROLES;
use testkit::{TestSystem, defect, each_db};

use crate::{ANY, body, fields, try_move};

/// Those who write a request; quality alone checks whether it was effective.
const WRITERS: [Role; 3] = [
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
];
const QUALITY: [Role; 2] = [Role::QualityEngineer, Role::QualityManager];

#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "reads better with what was tried"
)]
fn assert_may<T: std::fmt::Debug>(done: Result<T>, may: bool, what: &str) {
    let forbidden = matches!(done, Err(Error::Forbidden { .. }));
    assert_eq!(!forbidden, may, "{what}: {done:?}");
}

/// What an answer amounts to: what is wrong with what was sent is told to those who may send it.
fn verdict<T>(answer: Result<T>) -> &'static str {
    match answer {
        Ok(_) | Err(Error::Invalid(_)) => "may",
        Err(Error::Forbidden { .. }) => "forbidden",
        Err(Error::WrongState(_)) => "not now",
        Err(other) => panic!("{other:?}"),
    }
}

each_db! {
    async fn each_role_writes_what_the_table_says(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let tag = t.report(&inspector, defect()).await.item.id;
        let id = t.request_at(CorrectiveStatus::D7).await.item.id;
        let action = t.action(id, "preventive").await;
        for role in ROLES {
            let actor = t.user(role).await;
            let (writes, corrects) = (WRITERS.contains(&role), role == Role::Admin);
            let raised = corrective::raise(&t, &actor, &body(json!({"title": "A", "description": "B"})), None).await;
            assert_may(raised, writes, &format!("{role} raises"));
            for change in [json!({"title": "New"}), json!({"d3": {"text": "New"}})] {
                let done = corrective::change(&t, &actor, id, &ANY, &body(change)).await;
                assert_may(done, writes || corrects, &format!("{role} changes"));
            }
            let new = body(json!({"kind": "systemic", "text": "Why."}));
            assert_may(causes::add(&t, &actor, id, &ANY, &new, None).await, writes, &format!("{role} finds a cause"));
            let new = body(json!({"kind": "preventive", "text": "What."}));
            assert_may(actions::add(&t, &actor, id, &ANY, &new, None).await, writes, &format!("{role} adds an action"));
            let link = body(json!({"defect_id": tag}));
            assert_may(defects::add(&t, &actor, id, &ANY, &link, None).await, writes, &format!("{role} links"));
            for field in ["is_done", "is_verified"] {
                let done = actions::change(&t, &actor, (id, action), &ANY, &body(json!({field: false}))).await;
                assert_may(done, writes, &format!("{role} says {field}"));
            }
            let check = body(json!({"criterion": "None.", "outcome": "effective"}));
            let checked = checks::add(&t, &actor, id, &ANY, &check, None).await;
            assert_may(checked, QUALITY.contains(&role), &format!("{role} checks"));
        }
    }

    async fn whoever_owns_an_action_says_that_it_is_done_and_nothing_else(t: TestSystem) {
        let id = t.raise(json!({})).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let (owner, other) = (t.user(Role::Operator).await, t.user(Role::Operator).await);
        let new = body(json!({"kind": "containment", "text": "Sort the stock.", "owner_id": owner.id}));
        let action = actions::add(&t, &quality, id, &ANY, &new, None).await.unwrap().item.id;
        let change = async |actor, fields: Json| actions::change(&t, actor, (id, action), &ANY, &body(fields)).await;
        let done = || json!({"is_done": true, "outcome": "Four of 200."});
        assert_eq!(fields(change(&other, done()).await), ["is_done", "outcome"]);
        assert_eq!(change(&owner, done()).await.unwrap().item.done_by.map(|by| by.id), owner.id);
        assert_eq!(fields(change(&owner, json!({"text": "Something easier.", "is_verified": true})).await), ["is_verified", "text"]);
    }

    async fn what_is_asked_before_a_form_is_answered_as_the_deed_is(t: TestSystem) {
        let supplier = t.supplier().await;
        for status in [CorrectiveStatus::D3, CorrectiveStatus::D7, CorrectiveStatus::Void] {
            let id = t.raise(json!({"supplier_id": supplier.id})).await.item.id;
            t.bring_request(id, status).await;
            for role in ROLES {
                let actor = t.member(role).await;
                let what = format!("{role} while {status}");
                for (field, value) in [("title", json!(null)), ("d4", json!({"text": 7})), ("defects", json!(null))] {
                    let asked = corrective::may_write(&actor, status, field);
                    let done = match field {
                        "defects" => defects::add(&t, &actor, id, &ANY, &body(json!({})), None).await.map(|_| ()),
                        _ => corrective::change(&t, &actor, id, &ANY, &body(json!({field: value}))).await.map(|_| ()),
                    };
                    assert_eq!(verdict(asked), verdict(done), "{what}: {field}");
                }
                let done = checks::add(&t, &actor, id, &ANY, &body(json!({})), None).await;
                assert_eq!(verdict(checks::may_add(&actor, status)), verdict(done), "{what}: checks");
                let wrong = body(json!({"valid_days": 400}));
                let done = link::give(&t, &actor, id, &ANY, &wrong, None).await;
                assert_eq!(verdict(link::may_give(&actor, status)), verdict(done), "{what}: gives a link");
            }
        }
    }

    async fn an_action_is_finished_by_one_and_verified_by_another(t: TestSystem) {
        let id = t.raise(json!({})).await.item.id;
        let (quality, owner) = (t.member(Role::QualityEngineer).await, t.user(Role::Operator).await);
        let new = body(json!({"kind": "containment", "text": "Sort the stock.", "owner_id": owner.id}));
        let action = actions::add(&t, &quality, id, &ANY, &new, None).await.unwrap().item.id;
        let people = [owner, t.user(Role::Operator).await, t.member(Role::TechEngineer).await, quality];
        let [owner, other, engineer, quality] = &people;
        let offered = async |actor: &Actor| {
            let view = actions::show(&t, actor, id, action).await.unwrap();
            let status = t.request(id).await.item.status;
            let asked = corrective::may_change_action(actor, status, &view);
            let rights = ActionRights::of(actor, status, &view);
            assert_eq!(verdict(asked), if rights.is_any() { "may" } else { "forbidden" }, "{}", actor.name);
            rights
        };
        let set = async |actor: &Actor, fields: Json| actions::change(&t, actor, (id, action), &ANY, &body(fields)).await;
        let (nothing, all) = (ActionRights::default(), ActionRights {
            plan: true, tell: true, judge: false, finish: true, verify: false, remove: true,
        });
        let tells = ActionRights { tell: true, finish: true, ..nothing };
        assert_eq!((offered(owner).await, offered(other).await, offered(engineer).await), (tells, nothing, all));
        set(engineer, json!({"is_done": true})).await.unwrap();
        let done = ActionRights { plan: true, tell: true, ..nothing };
        assert_eq!(offered(engineer).await, done, "who did it does not verify it");
        assert_eq!(offered(quality).await, ActionRights { judge: true, verify: true, ..done });
        assert_eq!(offered(owner).await, ActionRights { finish: false, ..tells });
        assert_eq!(fields(set(engineer, json!({"is_verified": true})).await), ["is_verified"]);
        set(quality, json!({"is_verified": true})).await.unwrap();
        assert_eq!(offered(quality).await, ActionRights { judge: true, ..done });
        t.bring_request(id, CorrectiveStatus::Void).await;
        let view = actions::show(&t, quality, id, action).await.unwrap();
        assert_eq!(ActionRights::of(quality, CorrectiveStatus::Void, &view), nothing);
        let late = corrective::may_change_action(quality, CorrectiveStatus::Void, &view);
        assert_eq!(verdict(late), "not now");
    }

    async fn each_move_is_for_its_roles_and_begins_where_it_begins(t: TestSystem) {
        for status in [CorrectiveStatus::D0, CorrectiveStatus::D5, CorrectiveStatus::D8, CorrectiveStatus::Void] {
            let id = t.request_at(status).await.item.id;
            for action in CorrectiveMove::ALL {
                let who = match action {
                    CorrectiveMove::Close | CorrectiveMove::ReturnToCauses => &QUALITY[..],
                    CorrectiveMove::Void => &[Role::QualityManager],
                    _ => &WRITERS[..],
                };
                let begins = match (action, status) {
                    (_, CorrectiveStatus::Void) => false,
                    (CorrectiveMove::Void, _) => true,
                    (CorrectiveMove::ReturnToCauses, _) => status >= CorrectiveStatus::D5,
                    (CorrectiveMove::Close, _) => status == CorrectiveStatus::D8,
                    (complete, _) => complete.word().ends_with(status.word()),
                };
                for role in ROLES {
                    let actor = t.member(role).await;
                    // Nothing is given that the move asks for, so none is made.
                    let tried = try_move(&t, &actor, id, json!({"action": action.word()})).await;
                    let expected = match (who.contains(&role), begins) {
                        (false, _) => matches!(tried, Err(Error::Forbidden { .. })),
                        (true, false) => matches!(tried, Err(Error::WrongState(_))),
                        (true, true) => matches!(tried, Err(Error::Invalid(_))),
                    };
                    assert!(expected, "{role}, {action} from {status}: {tried:?}");
                }
                assert_eq!(Transition::of(*action).action, *action);
            }
        }
    }

    async fn permissions_say_what_may_be_done_now_and_what_is_missing(t: TestSystem) {
        let id = t.request_at(CorrectiveStatus::D3).await.item.id;
        let may = async |actor: Actor| corrective::permissions(&t, &actor, id).await.unwrap();
        let engineer = may(t.member(Role::TechEngineer).await).await;
        let told = serde_json::to_value(&engineer).unwrap();
        assert_eq!((&told["fields"]["d3"], &told["fields"]["effectiveness_checks"]), (&json!("write"), &json!("read")));
        assert_eq!(told["actions"][0]["action"], "complete_d3");
        assert_eq!(told["actions"][0]["unmet"][0]["field"], "d3.text");
        assert!(may(t.member(Role::Viewer).await).await.actions.is_empty());
    }
}
