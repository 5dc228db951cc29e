//! Requests that people move about at random: only what the table allows succeeds, and every step leaves its history.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use service::Error;
use service::corrective::lifecycle::{CorrectiveMove, TRANSITIONS, Transition};
use service::words::CorrectiveStatus;
use testkit::design::ROLES;
use testkit::{Engine, PASSWORD, TestSystem, each_db};

use crate::{assert_intact, history_of, try_move};

each_db! {
    async fn whatever_people_try_only_the_steps_of_8d_succeed(t: TestSystem) {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let steps = if t.engine == Engine::Sqlite { 600 } else { 120 };
        let mut id = t.raise(json!({})).await.item.id;
        for _ in 0..steps {
            let before = t.request(id).await;
            if matches!(before.item.status, CorrectiveStatus::Closed | CorrectiveStatus::Void) {
                id = t.raise(json!({})).await.item.id;
                continue;
            }
            // Now and then somebody does the work that the next step asks for.
            if rng.random_bool(0.3) {
                t.make_request_ready(id).await;
                continue;
            }
            let role = ROLES[rng.random_range(0..ROLES.len())];
            // Voiding, the last of them, ends a request, so it is tried less often.
            let last = CorrectiveMove::ALL.len() - usize::from(rng.random_bool(0.95));
            let action = CorrectiveMove::ALL[rng.random_range(0..last)];
            let row = Transition::of(action);
            let mut request = json!({"action": action.word()});
            if row.needs_reason {
                request["reason"] = "A reason.".into();
            }
            if row.needs_signature {
                request["signature"] = json!({"password": PASSWORD, "meaning": "closure"});
            }
            let told = history_of(&t, id).await.len();
            let actor = t.member(role).await;
            let done = try_move(&t, &actor, id, request).await;
            let after = t.request(id).await;
            match done {
                Ok(_) => {
                    assert!(TRANSITIONS.iter().any(|row| row.action == action
                        && row.from.contains(&before.item.status)
                        && row.to == after.item.status
                        && row.who.contains(&role)));
                    assert_eq!(after.item.version, before.item.version + 1);
                    assert!(told == 200 || history_of(&t, id).await.len() > told);
                }
                Err(Error::Forbidden { .. } | Error::WrongState(_) | Error::Invalid(_)) => {
                    assert_eq!(after, before, "what was refused left something behind");
                }
                Err(other) => panic!("{role}, {action}: {other:?}"),
            }
        }
        assert_intact(&t).await;
    }
}
