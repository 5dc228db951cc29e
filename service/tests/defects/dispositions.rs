//! Lines from decision to end: who decided, what must be on record before one is done, and parts that fail inspection.

use serde_json::{Value as Json, json};
use service::audit::verify;
use service::defects::lines::{self, LineView};
use service::defects::{Written, history, signatures, transition};
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::{LineStatus, Reinspection, Status};
use service::{Draft, Error, Result};
use testkit::{PASSWORD, TestSystem, each_db};

const ANY: IfMatch = IfMatch::Any;

async fn set(
    t: &TestSystem,
    role: Role,
    line: (i64, i64),
    patch: Json,
) -> Result<Written<LineView>> {
    let actor = t.member(role).await;
    lines::change(t, &actor, line.0, line.1, &ANY, &Draft::json(&patch)).await
}

async fn all(t: &TestSystem, record: i64) -> Vec<LineView> {
    let viewer = t.member(Role::Viewer).await;
    let page = lines::list(t, &viewer, record, &Draft::json(&json!({}))).await;
    page.unwrap().items
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(errors)) = answer else {
        panic!("it was not refused for its content: {answer:?}");
    };
    errors
        .into_iter()
        .map(|error| format!("{} {}", error.field, error.code))
        .collect()
}

each_db! {
    async fn a_line_tells_who_decided_it_and_when_until_it_is_decided_anew(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let line = t.line(record, "rework", "10").await;
        assert_eq!((line.decided_by, line.decided_at), (None, None));
        t.clock.advance(chrono::TimeDelta::hours(1));
        t.act(Role::QualityManager, record, Action::ApproveDisposition).await;
        let manager = t.member(Role::QualityManager).await;
        let decided = all(&t, record).await.remove(0);
        assert_eq!(decided.decided_by.map(|person| person.id), manager.id);
        assert_eq!(decided.decided_at.as_deref(), Some("2026-11-20T09:00:00.000000Z"));
        t.act(Role::QualityManager, record, Action::ReturnToDisposition).await;
        let again = all(&t, record).await.remove(0);
        assert_eq!((again.decided_by, again.decided_at), (None, None));
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn scrap_is_done_when_somebody_rendered_it_unusable(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let (plain, named) = (t.line(record, "scrap", "3").await.id, t.line(record, "scrap", "4").await.id);
        let rework = t.line(record, "rework", "3").await.id;
        t.act(Role::QualityEngineer, record, Action::ApproveDisposition).await;
        let operator = t.member(Role::Operator).await;
        let done = set(&t, Role::Operator, (record, plain), json!({"status": "done"})).await.unwrap().item;
        assert_eq!(done.rendered_unusable_by.map(|person| person.id), operator.id, "whoever says so did it");
        assert_eq!(done.rendered_unusable_at.as_deref(), Some("2026-11-20T08:00:00.000000Z"));
        let other = t.user(Role::Operator).await;
        let evidence = json!({"rendered_unusable_by": other.id, "rendered_unusable_at": "2026-11-19T10:00:00Z"});
        let told = set(&t, Role::QualityEngineer, (record, named), evidence).await.unwrap().item;
        assert_eq!(told.status, LineStatus::Approved);
        let done = set(&t, Role::Operator, (record, named), json!({"status": "done"})).await.unwrap().item;
        assert_eq!(done.rendered_unusable_by.map(|person| person.id), other.id);
        assert_eq!(done.rendered_unusable_at.as_deref(), Some("2026-11-19T10:00:00.000000Z"));
        let wrong = json!({"rendered_unusable_by": 999_999, "rendered_unusable_at": "2027-01-01T00:00:00Z"});
        let told = refused(set(&t, Role::Operator, (record, named), wrong).await);
        assert_eq!(told, ["rendered_unusable_at range", "rendered_unusable_by reference"]);
        let strange = json!({"rendered_unusable_by": other.id, "return_number": "R-1"});
        let told = refused(set(&t, Role::Operator, (record, rework), strange).await);
        assert_eq!(told, ["rendered_unusable_by unmet", "return_number unmet"]);
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn what_goes_back_to_the_supplier_goes_under_a_number(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let back = t.line(record, "return_to_supplier", "10").await.id;
        t.act(Role::QualityEngineer, record, Action::ApproveDisposition).await;
        let line = (record, back);
        assert_eq!(refused(set(&t, Role::Operator, line, json!({"status": "done"})).await), ["return_number unmet"]);
        let operator = t.member(Role::Operator).await;
        let complete = Draft::json(&json!({"action": "complete_execution"}));
        let early = transition::act(&t, &operator, record, &ANY, &complete, None).await;
        let fields = [format!("disposition_lines[{back}].status unmet"), format!("disposition_lines[{back}].return_number unmet")];
        assert_eq!(refused(early), fields, "all at once");
        set(&t, Role::Operator, line, json!({"status": "done", "return_number": "RMA-17"})).await.unwrap();
        assert_eq!(refused(set(&t, Role::Operator, line, json!({"return_number": null})).await), ["return_number unmet"]);
        transition::act(&t, &operator, record, &ANY, &complete, None).await.unwrap();
        assert_eq!(all(&t, record).await[0].return_number.as_deref(), Some("RMA-17"));
    }

    async fn a_partial_pass_splits_the_line_and_keeps_the_sum(t: TestSystem) {
        let record = t.bring_to(Status::Verification).await.item.id;
        let rework = all(&t, record).await.into_iter().find(|line| line.disposition.word() == "rework").unwrap();
        let line = (record, rework.id);
        let inspect = |result: &str, quantity: &str| json!({"reinspection_result": result, "reinspection_quantity": quantity});
        assert_eq!(
            refused(set(&t, Role::QualityEngineer, line, inspect("pass", "7.001")).await),
            ["reinspection_quantity range"]
        );
        let silent = json!({"reinspection_quantity": "5"});
        assert_eq!(refused(set(&t, Role::QualityEngineer, line, silent).await), ["reinspection_result required"]);
        let operator = set(&t, Role::Operator, line, inspect("pass", "5")).await;
        assert!(matches!(operator, Err(Error::Forbidden { .. })));

        let passed = set(&t, Role::QualityEngineer, line, inspect("pass", "5")).await.unwrap().item;
        assert_eq!((passed.quantity.as_str(), passed.reinspection_result), ("5", Some(Reinspection::Pass)));
        let lines = all(&t, record).await;
        let failed = lines.last().unwrap();
        assert_eq!((failed.quantity.as_str(), failed.reinspection_result), ("2", Some(Reinspection::Fail)));
        assert_eq!((failed.status, failed.disposition), (LineStatus::Done, passed.disposition));
        assert_eq!((&failed.created_at, &failed.created_by), (&passed.created_at, &passed.created_by));
        assert_eq!(failed.decided_by, passed.decided_by);
        let whole = set(&t, Role::QualityEngineer, (record, failed.id), inspect("fail", "2")).await.unwrap().item;
        assert_eq!(whole.quantity, "2", "all of it is no part of it");
        assert_eq!(all(&t, record).await.len(), lines.len());

        t.set_failure_code(record).await;
        let close = json!({"action": "close", "signature": {"password": PASSWORD, "meaning": "closure"}});
        let quality = t.member(Role::QualityEngineer).await;
        let refusal = transition::act(&t, &quality, record, &ANY, &Draft::json(&close), None).await;
        assert_eq!(refused(refusal), [format!("disposition_lines[{}].reinspection_result unmet", failed.id)]);
        t.act(Role::QualityEngineer, record, Action::FailVerification).await;
        let scrap = json!({"disposition": "scrap", "justification": "It cannot be mended."});
        set(&t, Role::QualityEngineer, (record, failed.id), scrap).await.unwrap();
        t.bring(record, Status::Closed).await;
        let told = history::list(&t, &quality, record, &Draft::json(&json!({"limit": 200}))).await.unwrap().items;
        let path = format!("disposition_lines/{}", failed.id);
        let born = told.iter().find(|event| event.field.as_deref() == Some(&path)).unwrap();
        assert_eq!((&born.new_value["quantity"], &born.new_value["reinspection_result"]), (&json!("2"), &json!("fail")));
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_signature_tells_whether_what_was_signed_is_what_the_record_says(t: TestSystem) {
        let record = t.bring_to(Status::Closed).await.item.id;
        let viewer = t.member(Role::Viewer).await;
        let signed = async || {
            let all = Draft::json(&json!({}));
            let page = signatures::list(&t, &viewer, record, &all).await.unwrap();
            page.items.iter().map(|one| (one.action.word(), one.matches)).collect::<Vec<_>>()
        };
        assert_eq!(signed().await, [("close", Some(true))]);
        by_sql(&t, "UPDATE disposition_line SET justification = 'It was fine.'").await;
        assert_eq!(signed().await, [("close", Some(false))]);
        by_sql(&t, "UPDATE disposition_line SET justification = 'Cannot be used as it is.'").await;
        assert_eq!(signed().await, [("close", Some(true))]);
        by_sql(&t, "UPDATE defect SET title = 'Nothing to see'").await;
        assert_eq!(signed().await, [("close", Some(false))]);
        by_sql(&t, "UPDATE defect SET title = 'Burr on flange bore'").await;
        t.act(Role::QualityManager, record, Action::Reopen).await;
        assert_eq!(signed().await, [("close", Some(false)), ("reopen", Some(true))], "its lines are proposals again");
    }
}

async fn by_sql(t: &TestSystem, sql: &'static str) {
    use sea_orm::ConnectionTrait;
    let done = t.db.write(move |tx| {
        Box::pin(
            async move { Ok::<_, service::db::Error>(tx.execute_unprepared(sql).await.map(drop)?) },
        )
    });
    done.await.unwrap();
}
