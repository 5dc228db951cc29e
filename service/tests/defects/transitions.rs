//! Every action by every role in every state, against the design's table.

use serde_json::json;
use service::defects::transition;
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Draft, Error};
use testkit::design::{Expected, ROLES, TRANSITIONS, expected_move};
use testkit::{PASSWORD, TestSystem, defect, each_db};

use super::outcome;

each_db! {
    async fn every_action_in_every_state_by_every_role_does_what_the_table_says(t: TestSystem) {
        let (mut done, mut refused) = (0, 0);
        let mut people = Vec::new();
        for role in ROLES {
            // None of them is the reporter.
            people.push((role, t.user(role).await));
        }
        for status in Status::ALL {
            let mut record = t.bring_to(*status).await.item.id;
            for row in TRANSITIONS {
                for (role, actor) in &people {
                    let request = Draft::json(&json!({
                        "action": row.0.word(),
                        "reason": needs_reason(row.0).then_some("because"),
                        "signature": needs_signature(row.0).then(|| json!({"password": PASSWORD, "meaning": "approval"})),
                    }));
                    prepare(&t, record, *status, row.0).await;
                    let asked = transition::may_act(&t, actor, record, row.0).await;
                    let got = transition::act(&t, actor, record, &IfMatch::Any, &request, None).await;
                    let expected = expected_move(row, *role, *status);
                    assert_eq!(outcome(asked).unwrap(), expected, "{role} is asked to {} while {status}", row.0);
                    if expected == Expected::Allowed {
                        assert_eq!(got.unwrap().item.status.word(), row.2, "{role}: {} while {status}", row.0);
                        record = t.bring_to(*status).await.item.id;
                        done += 1;
                    } else {
                        let got = outcome(got).unwrap();
                        assert_eq!(got, expected, "{role}: {} while {status}", row.0);
                        refused += 1;
                    }
                }
            }
        }
        assert_eq!(done + refused, 7 * TRANSITIONS.len() * ROLES.len());
        assert!(done >= 26, "{done} done");
    }

    async fn the_reporter_may_void_what_is_still_reported(t: TestSystem) {
        let request = Draft::json(&json!({"action": "void", "reason": "Raised twice."}));
        for role in [Role::Inspector, Role::Operator, Role::TechEngineer, Role::QualityEngineer] {
            let reporter = t.member(role).await;
            let other = t.user(role).await;
            let record = t.report(&reporter, defect().minor()).await.item.id;
            let foreign = transition::act(&t, &other, record, &IfMatch::Any, &request, None).await;
            assert!(matches!(foreign, Err(Error::Forbidden { .. })), "{role}: {foreign:?}");
            let asked = transition::may_act(&t, &other, record, Action::Void).await;
            assert!(matches!(asked, Err(Error::Forbidden { .. })), "{role}: {asked:?}");
            transition::may_act(&t, &reporter, record, Action::Void).await.unwrap();
            let own = transition::act(&t, &reporter, record, &IfMatch::Any, &request, None).await.unwrap();
            assert_eq!(own.item.status, Status::Void, "{role}");
            let later = t.report(&reporter, defect().minor()).await.item.id;
            t.bring(later, Status::Analysis).await;
            let late = transition::act(&t, &reporter, later, &IfMatch::Any, &request, None).await;
            assert!(matches!(late, Err(Error::WrongState(_))), "{role}: {late:?}");
        }
    }
}

fn needs_reason(action: Action) -> bool {
    matches!(
        action,
        Action::ReturnToAnalysis
            | Action::ReturnToDisposition
            | Action::FailVerification
            | Action::Reopen
            | Action::Void
    )
}

fn needs_signature(action: Action) -> bool {
    matches!(action, Action::Close | Action::Reopen)
}

/// Gives the record what the action asks for, so that only role and state decide.
async fn prepare(t: &TestSystem, record: i64, status: Status, action: Action) {
    match (status, action) {
        (Status::Analysis, Action::SubmitAnalysis)
        | (Status::Disposition, Action::ApproveDisposition)
        | (Status::Execution, Action::CompleteExecution)
        | (Status::Verification, Action::Close) => t.make_ready(record).await,
        _ => {}
    }
}
