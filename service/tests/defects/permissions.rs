//! What `permissions` promises is what happens.

use serde_json::json;
use service::defects::{self, FieldAccess, transition};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Draft, Error};
use testkit::design::{Expected, RIGHTS, ROLES, TRANSITIONS, expected_move};
use testkit::{TestSystem, defect, each_db};

each_db! {
    async fn permissions_say_for_each_role_and_state_what_the_tables_say(t: TestSystem) {
        for status in Status::ALL {
            let record = t.bring_to(*status).await;
            for role in ROLES {
                let actor = t.member(role).await;
                let own = record.item.reported_by.id == actor.id.unwrap();
                let permissions = defects::permissions(&t, &actor, record.item.id).await.unwrap();
                for row in RIGHTS {
                    let expected = match row.expected(role, *status, own) {
                        Expected::Allowed => FieldAccess::Write,
                        _ if row.is_hidden(role) => FieldAccess::Hidden,
                        _ => FieldAccess::Read,
                    };
                    for field in row.fields {
                        assert_eq!(permissions.fields[*field], expected, "{role}: {field} while {status}");
                    }
                }
                let offered: Vec<_> = permissions.actions.iter().map(|action| action.action).collect();
                let expected: Vec<_> = TRANSITIONS
                    .iter()
                    .filter(|row| {
                        let reporter = own && row.0.word() == "void" && *status == Status::Reported;
                        reporter || expected_move(row, role, *status) == Expected::Allowed
                    })
                    .map(|row| row.0)
                    .collect();
                assert_eq!(offered, expected, "{role} while {status}");
            }
        }
    }

    async fn the_unmet_conditions_that_permissions_list_are_those_that_refuse(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let engineer = t.member(Role::TechEngineer).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let told = defects::permissions(&t, &engineer, record).await.unwrap();
        let start = Draft::json(&json!({"action": "start_analysis"}));
        let refused = transition::act(&t, &engineer, record, &IfMatch::Any, &start, None).await;
        let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(told.actions[0].unmet, errors);
    }
}
