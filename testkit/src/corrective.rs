//! Corrective action requests for tests: raised, and brought to where a test begins.

use serde_json::{Value as Json, json};
use service::Draft;
use service::corrective::lifecycle::{CorrectiveMove, Transition};
use service::corrective::{self, CorrectiveView, actions, causes, checks, transition};
use service::role::Role;
use service::version::IfMatch;
use service::words::{CorrectiveStatus, RootCauseKind};

use crate::system::{PASSWORD, TestSystem, made};

impl TestSystem {
    /// Raises a request in the name of the quality engineer, who owns it; `fields` as a request writes them.
    pub async fn raise(&self, fields: Json) -> CorrectiveView {
        let mut form = json!({
            "title": "Burrs on flange bores",
            "description": "Burrs of up to 0.3 mm, the third time this quarter.",
        });
        if let (Json::Object(form), Json::Object(fields)) = (&mut form, fields) {
            form.extend(fields);
        }
        let quality = self.member(Role::QualityEngineer).await;
        made(
            "a request",
            corrective::raise(self, &quality, &Draft::json(&form), None).await,
        )
    }

    /// A new request, brought to `status`.
    pub async fn request_at(&self, status: CorrectiveStatus) -> CorrectiveView {
        let id = self.raise(json!({})).await.item.id;
        self.bring_request(id, status).await
    }

    /// Brings a request to `status`, each step by the team.
    pub async fn bring_request(&self, id: i64, status: CorrectiveStatus) -> CorrectiveView {
        loop {
            let now = self.request(id).await;
            if now.item.status == status {
                return now;
            }
            let action = match now.item.status {
                _ if status == CorrectiveStatus::Void => CorrectiveMove::Void,
                CorrectiveStatus::D8 => CorrectiveMove::Close,
                CorrectiveStatus::Closed | CorrectiveStatus::Void => {
                    panic!("testkit: {id} is {} already", now.item.status)
                }
                open => made("a move", move_from(open)),
            };
            self.make_request_ready(id).await;
            self.move_request(Role::QualityManager, id, action).await;
        }
    }

    /// A request as everybody sees it.
    pub async fn request(&self, id: i64) -> CorrectiveView {
        let viewer = self.member(Role::Viewer).await;
        made("a request", corrective::show(self, &viewer, id).await)
    }

    /// Gives a request all that its next step asks for, without taking the step.
    pub async fn make_request_ready(&self, id: i64) {
        let now = self.request(id).await.item.status;
        if CorrectiveMove::ALL.iter().any(|action| {
            Transition::of(*action)
                .completes
                .is_some_and(|step| step.word() == now.word())
        }) {
            self.set_request(id, json!({now.word(): {"text": "It is done."}}))
                .await;
        }
        match now {
            CorrectiveStatus::D3 => self.done_action(id, "containment").await,
            CorrectiveStatus::D4 => {
                for kind in [RootCauseKind::Occurrence, RootCauseKind::NonDetection] {
                    self.verified_cause(id, kind).await;
                }
            }
            CorrectiveStatus::D5 => {
                self.action(id, "corrective").await;
            }
            CorrectiveStatus::D6 => self.finish_actions(id).await,
            CorrectiveStatus::D7 => {
                self.done_action(id, "preventive").await;
                self.finish_actions(id).await;
            }
            CorrectiveStatus::D8 => self.check_request(id, "effective").await,
            _ => {}
        }
    }

    /// Makes a move in the name of the team's member of a role, with a reason and a signature where they are needed.
    pub async fn move_request(
        &self,
        role: Role,
        id: i64,
        action: CorrectiveMove,
    ) -> CorrectiveView {
        let actor = self.member(role).await;
        let row = Transition::of(action);
        let mut request = json!({"action": action.word()});
        if row.needs_reason {
            request["reason"] = "The test asks for it.".into();
        }
        if row.needs_signature {
            request["signature"] = json!({"password": PASSWORD, "meaning": "closure"});
        }
        let request = Draft::json(&request);
        made(
            action.word(),
            transition::act(self, &actor, id, &IfMatch::Any, &request, None).await,
        )
    }

    /// Sets fields of a request in the name of quality.
    pub async fn set_request(&self, id: i64, fields: Json) -> CorrectiveView {
        let quality = self.member(Role::QualityEngineer).await;
        let fields = Draft::json(&fields);
        made(
            "a change",
            corrective::change(self, &quality, id, &IfMatch::Any, &fields).await,
        )
    }

    /// Adds an action that the technical engineer owns.
    pub async fn action(&self, id: i64, kind: &str) -> i64 {
        let engineer = self.member(Role::TechEngineer).await;
        let new = Draft::json(&json!({"kind": kind, "text": "Count the holes."}));
        let added = actions::add(self, &engineer, id, &IfMatch::Any, &new, None).await;
        made("an action", added).item.id
    }

    async fn done_action(&self, id: i64, kind: &str) {
        let action = self.action(id, kind).await;
        self.set_action(Role::TechEngineer, id, action, json!({"is_done": true}))
            .await;
    }

    async fn finish_actions(&self, id: i64) {
        let viewer = self.member(Role::Viewer).await;
        let all = Draft::json(&json!({"limit": 200}));
        let all = made("actions", actions::list(self, &viewer, id, &all).await);
        for action in all.items {
            let done = json!({"is_done": true});
            self.set_action(Role::TechEngineer, id, action.id, done)
                .await;
            let verified = json!({"is_verified": true});
            self.set_action(Role::QualityEngineer, id, action.id, verified)
                .await;
        }
    }

    async fn set_action(&self, role: Role, id: i64, action: i64, change: Json) {
        let actor = self.member(role).await;
        let change = Draft::json(&change);
        made(
            "an action",
            actions::change(self, &actor, (id, action), &IfMatch::Any, &change).await,
        );
    }

    async fn verified_cause(&self, id: i64, kind: RootCauseKind) {
        let engineer = self.member(Role::TechEngineer).await;
        let new = Draft::json(&json!({"kind": kind.word(), "text": "Nobody counts the holes."}));
        let added = causes::add(self, &engineer, id, &IfMatch::Any, &new, None).await;
        let cause = made("a root cause", added).item.id;
        let verified = Draft::json(&json!({"is_verified": true}));
        made(
            "a root cause",
            causes::change(self, &engineer, (id, cause), &IfMatch::Any, &verified).await,
        );
    }

    /// Adds an effectiveness check in the name of quality.
    pub async fn check_request(&self, id: i64, outcome: &str) {
        let quality = self.member(Role::QualityEngineer).await;
        let new = Draft::json(&json!({"criterion": "No burr in 500 flanges.", "outcome": outcome}));
        made(
            "a check",
            checks::add(self, &quality, id, &IfMatch::Any, &new, None).await,
        );
    }
}

/// The move that completes a step.
fn move_from(status: CorrectiveStatus) -> Result<CorrectiveMove, String> {
    let begins = |action: &&CorrectiveMove| {
        let row = Transition::of(**action);
        row.completes.is_some() && row.from.contains(&status)
    };
    let found = CorrectiveMove::ALL.iter().find(begins);
    found
        .copied()
        .ok_or_else(|| format!("nothing leads on from {status}"))
}
