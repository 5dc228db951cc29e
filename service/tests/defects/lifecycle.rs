//! The whole way from the floor to the signed closure, what stands in its way, and back from there.

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::audit::verify;
use service::defects::{self, DefectView, cost, history, labor, lines, signatures, transition};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Draft, Error, FieldError, user};
use testkit::{PASSWORD, TestSystem, defect, each_db};

each_db! {
    async fn a_defect_goes_from_the_floor_to_a_signed_closure(t: TestSystem) {
        let [inspector, operator, engineer, quality] = team(&t).await;
        let code = t.failure_code("BURR").await.code;
        let record = t.report(&inspector, defect()).await.item.id;
        let act = async |actor, request: Json| {
            transition::act(&t, actor, record, &IfMatch::Any, &Draft::json(&request), None).await
        };
        let set = async |actor, fields: Json| {
            let version = defects::show(&t, actor, record).await.unwrap().item.version;
            let if_match = IfMatch::Versions(vec![version]);
            defects::change(&t, actor, record, &if_match, &Draft::json(&fields)).await.unwrap()
        };

        unmet(act(&engineer, json!({"action": "start_analysis"})).await, &["severity"]);
        set(&engineer, json!({"severity": "critical"})).await;
        unmet(act(&engineer, json!({"action": "start_analysis"})).await, &["is_contained"]);
        set(&inspector, json!({"is_contained": true, "hold_location": "cage 4"})).await;
        let started = act(&engineer, json!({"action": "start_analysis"})).await.unwrap();
        assert_eq!(started.item.status, Status::Analysis);

        let missing = act(&engineer, json!({"action": "submit_analysis"})).await;
        unmet(missing, &["process_analysis", "engineering_findings"]);
        set(&operator, json!({"process_analysis": "Reamer worn."})).await;
        let work = Draft::json(&json!({"work_date": "2026-11-20", "minutes": 90, "activity": "rework"}));
        labor::add(&t, &operator, record, &IfMatch::Any, &work, None).await.unwrap();
        set(&engineer, json!({"engineering_findings": "Within tolerance.", "failure_code": code})).await;
        let money = Draft::json(&json!({"kind": "material", "amount": "12.50"}));
        cost::add(&t, &engineer, record, &IfMatch::Any, &money, None).await.unwrap();
        act(&engineer, json!({"action": "submit_analysis"})).await.unwrap();

        unmet(act(&quality, json!({"action": "approve_disposition"})).await, &["disposition_lines"]);
        let scrap = t.line(record, "scrap", "3").await.id;
        unmet(act(&quality, json!({"action": "approve_disposition"})).await, &["disposition_lines"]);
        let rework = t.line(record, "rework", "7").await.id;
        let approved = act(&quality, json!({"action": "approve_disposition"})).await.unwrap();
        assert_eq!(approved.item.status, Status::Execution);

        let undone = act(&operator, json!({"action": "complete_execution"})).await;
        let both = [format!("disposition_lines[{scrap}].status"), format!("disposition_lines[{rework}].status")];
        unmet(undone, &[&both[0], &both[1]]);
        for line in [scrap, rework] {
            let done = Draft::json(&json!({"status": "done"}));
            lines::change(&t, &operator, record, line, &IfMatch::Any, &done).await.unwrap();
        }
        act(&operator, json!({"action": "complete_execution"})).await.unwrap();

        let signed = json!({"action": "close", "signature": {"password": PASSWORD, "meaning": "closure"}});
        let uninspected = act(&quality, signed.clone()).await;
        unmet(uninspected, &[&format!("disposition_lines[{rework}].reinspection_result")]);
        let pass = Draft::json(&json!({"reinspection_result": "pass"}));
        lines::change(&t, &quality, record, rework, &IfMatch::Any, &pass).await.unwrap();
        let unsigned = act(&quality, json!({"action": "close"})).await;
        assert!(matches!(unsigned, Err(Error::Invalid(errors)) if errors[0].field == "signature"));
        let mistyped = json!({"action": "close", "signature": {"password": "wrong one", "meaning": "closure"}});
        assert!(matches!(act(&quality, mistyped).await, Err(Error::SignatureRefused)));
        let closed = act(&quality, signed).await.unwrap();
        assert_eq!(closed.item.closed_by.as_ref().map(|by| by.id), quality.id);
        assert_eq!((closed.labor_minutes, closed.cost_total.as_deref()), (90, Some("12.50")));

        let late = Draft::json(&json!({"title": "too late"}));
        let late = defects::change(&t, &engineer, record, &IfMatch::Any, &late).await;
        assert!(matches!(late, Err(Error::WrongState(_))), "{late:?}");
        the_history_tells_it(&t, &closed).await;
    }

    async fn a_minor_defect_needs_no_engineering_findings(t: TestSystem) {
        let [inspector, ..] = team(&t).await;
        let record = t.report(&inspector, defect().minor()).await.item.id;
        t.bring(record, Status::Analysis).await;
        let engineer = t.member(Role::TechEngineer).await;
        let analysis = Draft::json(&json!({"process_analysis": "Handling mark."}));
        defects::change(&t, &engineer, record, &IfMatch::Any, &analysis).await.unwrap();
        let submit = Draft::json(&json!({"action": "submit_analysis"}));
        let submitted = transition::act(&t, &engineer, record, &IfMatch::Any, &submit, None).await.unwrap();
        assert_eq!(submitted.item.status, Status::Disposition);
    }

    async fn what_is_used_as_it_is_goes_straight_to_verification(t: TestSystem) {
        let [_, _, engineer, quality] = team(&t).await;
        let record = t.bring_to(Status::Disposition).await.item.id;
        let line = t.line(record, "use_as_is", "10").await.id;
        let approve = Draft::json(&json!({"action": "approve_disposition"}));
        let unauthorised = transition::act(&t, &quality, record, &IfMatch::Any, &approve, None).await;
        unmet(unauthorised, &[&format!("disposition_lines[{line}].authority")]);
        let authority = Draft::json(&json!({"authority": "engineering"}));
        lines::change(&t, &quality, record, line, &IfMatch::Any, &authority).await.unwrap();
        let claimed = transition::act(&t, &quality, record, &IfMatch::Any, &approve, None).await;
        unmet(claimed, &[&format!("disposition_lines[{line}].authority")]);
        lines::change(&t, &engineer, record, line, &IfMatch::Any, &authority).await.unwrap();
        let approved = transition::act(&t, &quality, record, &IfMatch::Any, &approve, None).await.unwrap();
        assert_eq!(approved.item.status, Status::Verification);
    }

    async fn rework_without_labor_is_not_complete(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        t.line(record, "rework", "10").await;
        t.bring(record, Status::Execution).await;
        let operator = t.member(Role::Operator).await;
        let page = lines::list(&t, &operator, record, &Draft::json(&json!({}))).await.unwrap();
        let done = Draft::json(&json!({"status": "done"}));
        lines::change(&t, &operator, record, page.items[0].id, &IfMatch::Any, &done).await.unwrap();
        let complete = Draft::json(&json!({"action": "complete_execution"}));
        let idle = transition::act(&t, &operator, record, &IfMatch::Any, &complete, None).await;
        unmet(idle, &["labor_entries"]);
        let work = Draft::json(&json!({"work_date": "2026-11-20", "minutes": 30, "activity": "rework"}));
        let entry = labor::add(&t, &operator, record, &IfMatch::Any, &work, None).await.unwrap().item;
        let reason = Draft::json(&json!({"reason": "Booked on the wrong tag."}));
        labor::reverse(&t, &operator, (record, entry.id), &IfMatch::Any, &reason, None).await.unwrap();
        let reversed = transition::act(&t, &operator, record, &IfMatch::Any, &complete, None).await;
        unmet(reversed, &["labor_entries"]);
        labor::add(&t, &operator, record, &IfMatch::Any, &work, None).await.unwrap();
        transition::act(&t, &operator, record, &IfMatch::Any, &complete, None).await.unwrap();
    }

    async fn the_reporter_does_not_close_his_own_major_record(t: TestSystem) {
        let quality = t.member(Role::QualityEngineer).await;
        for (tag, alone) in [(defect().major(), false), (defect().critical(), false), (defect().minor(), true)] {
            let record = t.report(&quality, tag).await.item.id;
            t.bring(record, Status::Verification).await;
            t.make_ready(record).await;
            let close = json!({"action": "close", "signature": {"password": PASSWORD, "meaning": "closure"}});
            let closed = transition::act(&t, &quality, record, &IfMatch::Any, &Draft::json(&close), None).await;
            if alone {
                closed.unwrap();
            } else {
                unmet(closed, &["closed_by"]);
            }
        }
    }

    async fn a_failed_verification_and_a_reopening_begin_the_disposition_anew(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.bring_to(Status::Verification).await.item.id;
        let fail = Draft::json(&json!({"action": "fail_verification", "reason": "Burr still there."}));
        transition::act(&t, &manager, record, &IfMatch::Any, &fail, None).await.unwrap();
        assert_eq!(statuses(&t, record).await, ["proposed", "proposed"]);
        t.bring(record, Status::Closed).await;
        let unexplained = json!({"action": "reopen", "signature": {"password": PASSWORD, "meaning": "responsibility"}});
        let refused = transition::act(&t, &manager, record, &IfMatch::Any, &Draft::json(&unexplained), None).await;
        assert!(matches!(refused, Err(Error::Invalid(errors)) if errors[0].field == "reason"));
        let mut reopen = unexplained;
        reopen["reason"] = "Customer found two more.".into();
        let reopened = transition::act(&t, &manager, record, &IfMatch::Any, &Draft::json(&reopen), None).await.unwrap();
        assert_eq!((reopened.item.status, reopened.item.closed_at), (Status::Disposition, None));
        assert_eq!(statuses(&t, record).await, ["proposed", "proposed"]);
        let signed = signatures::list(&t, &manager, record, &Draft::json(&json!({}))).await.unwrap();
        let actions: Vec<_> = signed.items.iter().map(|signature| signature.action.word()).collect();
        assert_eq!(actions, ["close", "reopen"]);
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_wrong_password_is_told_last_and_counts_only_then(t: TestSystem) {
        let record = t.bring_to(Status::Execution).await.item.id;
        let quality = t.user(Role::QualityEngineer).await;
        let mistyped = Draft::json(&json!({"action": "close", "signature": {"password": "not this one", "meaning": "closure"}}));
        let close = async |if_match: IfMatch| transition::act(&t, &quality, record, &if_match, &mistyped, None).await;
        let failures = async || user::show(&t, &Actor::command_line(), quality.id.unwrap()).await.unwrap().failed_attempts;
        assert!(matches!(close(IfMatch::Versions(vec![1])).await, Err(Error::VersionStale { .. })));
        let Err(Error::WrongState(told)) = close(IfMatch::Any).await else {
            panic!("it was not refused for its state");
        };
        assert!(told.contains("from there your roles can return_to_disposition, complete_execution"), "{told}");
        t.bring(record, Status::Verification).await;
        assert!(matches!(close(IfMatch::Any).await, Err(Error::Invalid(_))));
        assert_eq!(failures().await, 0, "nobody asked for the password");
        t.make_ready(record).await;
        assert!(matches!(close(IfMatch::Any).await, Err(Error::SignatureRefused)));
        assert_eq!(failures().await, 1);
    }

    async fn wrong_passwords_at_signing_lock_the_signer_out(t: TestSystem) {
        let record = t.bring_to(Status::Verification).await.item.id;
        t.make_ready(record).await;
        let quality = t.user(Role::QualityEngineer).await;
        let close = |password: &str| {
            Draft::json(&json!({"action": "close", "signature": {"password": password, "meaning": "closure"}}))
        };
        for _ in 0..5 {
            let refused = transition::act(&t, &quality, record, &IfMatch::Any, &close("not this one"), None).await;
            assert!(matches!(refused, Err(Error::SignatureRefused)));
        }
        let locked = transition::act(&t, &quality, record, &IfMatch::Any, &close(PASSWORD), None).await;
        assert!(matches!(locked, Err(Error::SignatureRefused)), "{locked:?}");
        t.clock.advance(chrono::TimeDelta::hours(1));
        transition::act(&t, &quality, record, &IfMatch::Any, &close(PASSWORD), None).await.unwrap();
    }
}

async fn team(t: &TestSystem) -> [service::actor::Actor; 4] {
    [
        t.member(Role::Inspector).await,
        t.member(Role::Operator).await,
        t.member(Role::TechEngineer).await,
        t.member(Role::QualityEngineer).await,
    ]
}

/// The guards that refused, all of them and nothing else.
#[track_caller]
fn unmet<T: std::fmt::Debug>(answer: Result<T, Error>, fields: &[&str]) {
    let Err(Error::Invalid(errors)) = answer else {
        panic!("not refused for {fields:?}: {answer:?}");
    };
    let found: Vec<&str> = errors
        .iter()
        .map(|FieldError { field, .. }| field.as_str())
        .collect();
    assert_eq!(found, fields);
    assert!(
        errors.iter().all(|error| error.code == "unmet"),
        "{errors:?}"
    );
}

async fn statuses(t: &TestSystem, record: i64) -> Vec<&'static str> {
    let viewer = t.member(Role::Viewer).await;
    let page = lines::list(t, &viewer, record, &Draft::json(&json!({})))
        .await
        .unwrap();
    page.items.iter().map(|line| line.status.word()).collect()
}

/// The history has every step in order, and the chain holds.
async fn the_history_tells_it(t: &TestSystem, closed: &DefectView) {
    let engineer = t.member(Role::TechEngineer).await;
    let all = Draft::json(&json!({"limit": 200}));
    let page = history::list(t, &engineer, closed.item.id, &all)
        .await
        .unwrap();
    let moves: Vec<String> = page
        .items
        .iter()
        .filter(|event| event.field.as_deref() == Some("status"))
        .map(|event| format!("{} {}", event.new_value.as_str().unwrap(), event.actor.name))
        .collect();
    let name = async |role| t.member(role).await.name;
    let expected = [
        format!("analysis {}", name(Role::TechEngineer).await),
        format!("disposition {}", name(Role::TechEngineer).await),
        format!("execution {}", name(Role::QualityEngineer).await),
        format!("verification {}", name(Role::Operator).await),
        format!("closed {}", name(Role::QualityEngineer).await),
    ];
    assert_eq!(moves, expected);
    assert_eq!(page.items[0].field, None);
    assert_eq!(page.items[0].new_value["title"], "Burr on flange bore");
    let fields: Vec<_> = page
        .items
        .iter()
        .filter_map(|event| event.field.as_deref())
        .collect();
    for wanted in [
        "severity",
        "hold_location",
        "process_analysis",
        "labor_entries/",
        "cost_entries/",
        "signatures/",
    ] {
        assert!(
            fields.iter().any(|field| field.starts_with(wanted)),
            "{wanted} is not in {fields:?}"
        );
    }
    let verification = verify(t, |_| ()).await.unwrap();
    assert_eq!(verification.findings, []);
    assert!(verification.rows > 20, "{verification:?}");
}
