//! Each row of the table of transitions and each rule that a system begins with, over HTTP: who is refused, from where,
//! for what, and who gets it done.

use serde_json::{Value as Json, json};
use service::approval_rule::{self, DEFAULTS};
use service::lifecycle::Action;
use service::role::Role;
use service::words::Status;
use testkit::design::{ROLES, TRANSITIONS};
use testkit::{PASSWORD, defect, each_db};

use crate::client::{Api, Session};

/// An action with all that it asks for.
fn request(action: Action) -> Json {
    let row = service::lifecycle::Transition::of(action);
    let mut request = json!({"action": action.word()});
    if row.needs_reason {
        request["reason"] = "The test asks for it.".into();
    }
    if row.needs_signature {
        request["signature"] = json!({"password": PASSWORD, "meaning": "approval"});
    }
    request
}

/// A record of ten pieces, ready for the action.
async fn ready(api: &Api, action: Action, from: Status) -> i64 {
    let record = api.system.bring_to(from).await.item.id;
    if !matches!(action, Action::Void | Action::Reopen) {
        api.system.make_ready(record).await;
    }
    record
}

async fn act(api: &Api, by: &Session, record: i64, request: &Json) -> crate::client::Answer {
    api.post(by, &format!("/defects/{record}/transitions"), request)
        .await
}

each_db! {
    async fn each_row_of_the_table_of_transitions_holds(api: Api) {
        for (action, from, to, who) in TRANSITIONS {
            let from: Vec<_> = Status::ALL.iter().filter(|status| from.split(", ").any(|one| one == status.word())).collect();
            for role in ROLES {
                let actor = api.sign_in(role).await;
                let record = ready(&api, *action, *from[0]).await;
                let answer = act(&api, &actor, record, &request(*action)).await;
                if who.split(", ").any(|one| one == role.word()) {
                    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(to)), "{role}: {action}");
                    let again = act(&api, &actor, record, &request(*action)).await;
                    again.problem(409);
                } else {
                    answer.problem(403);
                }
            }
            for status in from {
                let record = ready(&api, *action, *status).await;
                let actor = api.sign_in(Role::QualityManager).await;
                let answer = act(&api, &actor, record, &request(*action)).await;
                assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(to)), "{action} from {status}");
            }
        }
    }

    async fn each_row_names_all_that_is_unmet(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let reporter = api.system.member(Role::Inspector).await;
        let unmet = async |record: i64, action: Action| act(&api, &manager, record, &request(action)).await.refused(422);
        let record = api.system.report(&reporter, defect()).await.item.id;
        assert_eq!(unmet(record, Action::StartAnalysis).await, ["severity"]);
        let record = api.system.bring_to(Status::Analysis).await.item.id;
        assert_eq!(unmet(record, Action::SubmitAnalysis).await, ["process_analysis", "engineering_findings"]);
        let record = api.system.bring_to(Status::Disposition).await.item.id;
        assert_eq!(unmet(record, Action::ApproveDisposition).await, ["disposition_lines"]);
        let record = api.system.bring_to(Status::Disposition).await.item.id;
        let mut lines = Vec::new();
        for (disposition, quantity) in [("rework", "4"), ("return_to_supplier", "5")] {
            lines.push(api.system.line(record, disposition, quantity).await.id);
        }
        assert_eq!(unmet(record, Action::ApproveDisposition).await, ["disposition_lines"], "9 of 10");
        lines.push(api.system.line(record, "use_as_is", "1").await.id);
        let authority = format!("disposition_lines[{}].authority", lines[2]);
        assert_eq!(unmet(record, Action::ApproveDisposition).await, [authority]);
        let (engineer, path) = (api.sign_in(Role::TechEngineer).await, format!("/defects/{record}"));
        let voted = api.post(&engineer, &format!("{path}/approvals"), &json!({"decision": "approve"})).await;
        assert_eq!(voted.status, 201, "{voted:?}");
        assert_eq!(act(&api, &manager, record, &request(Action::ApproveDisposition)).await.status, 200);
        assert_eq!(
            unmet(record, Action::CompleteExecution).await,
            [
                format!("disposition_lines[{}].status", lines[0]),
                format!("disposition_lines[{}].status", lines[1]),
                format!("disposition_lines[{}].return_number", lines[1]),
                "labor_entries".to_owned(),
            ]
        );
        let record = api.system.bring_to(Status::Verification).await.item.id;
        let told = unmet(record, Action::Close).await;
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].ends_with("reinspection_result") && told[1] == "failure_code", "{told:?}");
        for (action, _, _, _) in TRANSITIONS {
            let row = service::lifecycle::Transition::of(*action);
            let record = ready(&api, *action, row.from[0]).await;
            let bare = act(&api, &manager, record, &json!({"action": action.word()})).await;
            let mut asked = Vec::new();
            asked.extend(row.needs_reason.then_some("reason"));
            asked.extend(row.needs_signature.then_some("signature"));
            if !asked.is_empty() {
                assert_eq!(bare.refused(422), asked, "{action}");
            }
        }
    }

    async fn each_rule_that_a_system_begins_with_asks_for_its_votes(api: Api) {
        approval_rule::seed(&api.system).await.unwrap();
        let quality = api.sign_in(Role::QualityEngineer).await;
        let reporter = api.system.member(Role::Inspector).await;
        let signature = json!({"password": PASSWORD, "meaning": "approval"});
        let mut approve = request(Action::ApproveDisposition);
        approve["signature"] = signature.clone();
        for rule in DEFAULTS {
            let tag = if rule.severity.is_some() { defect().critical() } else { defect().minor() };
            let record = api.system.report(&reporter, tag).await.item.id;
            api.system.bring(record, Status::Disposition).await;
            let disposition = rule.disposition.map_or("rework", |disposition| disposition.word());
            let line = api.system.line(record, disposition, "10").await.id;
            let path = format!("/defects/{record}");
            let engineer = api.sign_in(Role::TechEngineer).await;
            let authority = json!({"authority": "engineering"});
            let given = api.patch(&engineer, &format!("{path}/disposition-lines/{line}"), "*", &authority).await;
            assert_eq!(given.status, 200, "{given:?}");
            let mut missing = vec!["approvals[tech_engineer]", "approvals[quality_manager]"];
            for role in [Role::TechEngineer, Role::QualityManager] {
                assert_eq!(act(&api, &quality, record, &approve).await.refused(422), missing, "{}", rule.code);
                let voter = api.sign_in(role).await;
                let votes = format!("{path}/approvals");
                let unsigned = api.post(&voter, &votes, &json!({"decision": "approve"})).await;
                assert_eq!(unsigned.refused(422), ["signature"]);
                let mistyped = json!({"decision": "approve", "signature": {"password": "not this one", "meaning": "approval"}});
                api.post(&voter, &votes, &mistyped).await.problem(403);
                let vote = json!({"decision": "approve", "signature": signature});
                let cast = api.post(&voter, &votes, &vote).await;
                assert_eq!(cast.status, 201, "{cast:?}");
                let shown = api.get(&quality, cast.header("location").unwrap().strip_prefix("/api/v1").unwrap()).await;
                assert_eq!(shown.json(), cast.json());
                api.post(&voter, &votes, &vote).await.problem(409);
                missing.remove(0);
            }
            let unsigned = act(&api, &quality, record, &request(Action::ApproveDisposition)).await;
            assert_eq!(unsigned.refused(422), ["signature"]);
            let decided = act(&api, &quality, record, &approve).await;
            assert_eq!(decided.status, 200, "{decided:?}");
            let signed = api.get(&quality, &format!("{path}/signatures")).await.json();
            let signed: Vec<_> = signed["items"].as_array().unwrap().iter().map(|one| (one["action"].clone(), one["matches"].clone())).collect();
            let expected = [json!("vote"), json!("vote"), json!("approve_disposition")].map(|action| (action, json!(true)));
            assert_eq!(signed, expected, "{}", rule.code);
        }
    }
}
