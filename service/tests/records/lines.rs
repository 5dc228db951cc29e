//! Disposition lines: what they must add up to, on whose authority, and how they come along.

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::defects::lines::{self, LineRights, LineView};
use service::defects::{self, Written, transition};
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::{LineStatus, Status};
use service::{Error, Result};
use testkit::{TestSystem, each_db};

use crate::plant::{
    ANY, assert_intact, body, errors, history_of, kind, lines_of, refused, rows, sent, shown,
};
use crate::writes::Laden;

async fn add(t: &TestSystem, actor: &Actor, record: i64, new: Json) -> Result<Written<LineView>> {
    lines::add(t, actor, record, &ANY, &body(new), None).await
}

/// Changes a line of its record.
async fn set(
    t: &TestSystem,
    actor: &Actor,
    line: (i64, i64),
    patch: Json,
) -> Result<Written<LineView>> {
    lines::change(t, actor, line.0, line.1, &ANY, &body(patch)).await
}

/// Whether somebody is offered to give a line the authority of engineering.
async fn offers_authority(t: &TestSystem, actor: &Actor, record: i64, line: &LineView) -> bool {
    let may = defects::permissions(t, actor, record).await.unwrap();
    LineRights::of(actor, &may, line).authorise
}

/// What the approval of a record's disposition still lacks.
async fn lacks(t: &TestSystem, record: i64) -> Vec<(String, String)> {
    let quality = t.member(Role::QualityEngineer).await;
    let approve = body(json!({"action": "approve_disposition"}));
    let answer = transition::act(t, &quality, record, &ANY, &approve, None).await;
    errors(answer)
        .into_iter()
        .map(|error| (error.field, error.message))
        .collect()
}

each_db! {
    async fn a_refusal_names_the_fields_that_were_sent_and_no_others(t: TestSystem) {
        let record = Laden::in_disposition(&t).await;
        let inspector = t.member(Role::Inspector).await;
        let patch = json!({"justification": "Mine.", "status": "done", "reinspection_result": "pass", "colour": "red"});
        let Err(Error::Forbidden { fields, .. }) = set(&t, &inspector, (record.id, record.line), patch).await else {
            panic!("it was not refused");
        };
        let named: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(named, ["justification", "reinspection_result", "status"]);
        let new = json!({"disposition": "scrap", "quantity": "1", "justification": "Bore scored."});
        let Err(Error::Forbidden { detail, fields }) = add(&t, &inspector, record.id, new).await else {
            panic!("it was not refused");
        };
        assert_eq!(fields, [], "no field of the request is at fault");
        assert!(detail.contains("disposition_lines may be written by tech_engineer"), "{detail}");
    }

    async fn a_new_line_is_proposed_on_the_authority_of_quality(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item;
        let engineer = t.member(Role::TechEngineer).await;
        let new = json!({
            "disposition": "regrade", "quantity": "2.50", "justification": "Within B.", "instructions": "Label B.",
        });
        let added = add(&t, &engineer, record.id, new).await.unwrap();
        let mut seen = sent(&added.item);
        seen["id"] = 7.into();
        assert_eq!(
            seen,
            json!({
                "id": 7, "disposition": "regrade", "quantity": "2.5",
                "justification": "Within B.", "instructions": "Label B.",
                "authority": "quality", "engineered_by": null, "status": "proposed", "reinspection_result": null,
                "concession_id": null, "proposed_by": {"id": engineer.id, "name": engineer.name},
                "decided_by": null, "decided_at": null, "rendered_unusable_by": null, "rendered_unusable_at": null,
                "return_number": null,
                "created_at": "2026-11-20T08:00:00.000000Z", "created_by": {"id": engineer.id, "name": engineer.name},
                "updated_at": "2026-11-20T08:00:00.000000Z",
            })
        );
        assert_eq!((added.version, lines_of(&t, record.id).await), (record.version + 1, vec![added.item]));
    }

    async fn lines_that_do_not_add_up_are_not_approved(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        assert_eq!(lacks(&t, record).await, [("disposition_lines".to_owned(), "at least one is needed".to_owned())]);
        let first = t.line(record, "scrap", "3").await.id;
        let quality = t.member(Role::QualityEngineer).await;
        for (quantity, total) in [("6.999", "9.999"), ("7.001", "10.001"), ("17", "20")] {
            let second = t.line(record, "rework", quantity).await.id;
            let told = format!("the lines total {total}, the defective quantity is 10");
            assert_eq!(lacks(&t, record).await, [("disposition_lines".to_owned(), told)]);
            lines::remove(&t, &quality, record, second, &ANY).await.unwrap();
        }
        set(&t, &quality, (record, first), json!({"quantity": "10.000"})).await.unwrap();
        let approved = t.act(Role::QualityEngineer, record, Action::ApproveDisposition).await;
        assert_eq!(approved.item.status, Status::Execution);
    }

    async fn what_no_line_speaks_of_is_left(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await;
        let left = async || lines::left(&record, &lines_of(&t, record.item.id).await);
        assert_eq!(left().await.as_deref(), Some("10"));
        t.line(record.item.id, "scrap", "2.5").await;
        assert_eq!(left().await.as_deref(), Some("7.5"));
        t.line(record.item.id, "rework", "7.5").await;
        assert_eq!(left().await, None);
        t.line(record.item.id, "sort", "1").await;
        assert_eq!(left().await, None, "nor is there less than nothing");
    }

    async fn the_authority_of_engineering_may_be_given_where_it_is_lacking(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let [quality, engineer] = [t.member(Role::QualityEngineer).await, t.member(Role::TechEngineer).await];
        let line = t.line(record, "use_as_is", "7").await;
        assert!(offers_authority(&t, &engineer, record, &line).await && !offers_authority(&t, &quality, record, &line).await);
        let rework = t.line(record, "rework", "3").await;
        assert!(!offers_authority(&t, &engineer, record, &rework).await, "quality decides that alone");
        let asked = set(&t, &quality, (record, rework.id), json!({"authority": "engineering"})).await.unwrap().item;
        assert!(offers_authority(&t, &engineer, record, &asked).await);
        let given = set(&t, &engineer, (record, rework.id), json!({"authority": "engineering"})).await.unwrap().item;
        assert!(!offers_authority(&t, &engineer, record, &given).await, "once is enough");
    }

    async fn the_authority_of_engineering_is_given_by_a_technical_engineer(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let [quality, engineer] = [t.member(Role::QualityEngineer).await, t.member(Role::TechEngineer).await];
        let manager = t.member(Role::QualityManager).await;
        let new =
            json!({"disposition": "repair", "quantity": "10", "justification": "Weld.", "authority": "engineering"});
        let claimed = add(&t, &quality, record, new).await.unwrap().item;
        assert_eq!(claimed.engineered_by, None);
        let wanted = format!("disposition_lines[{}].authority", claimed.id);
        assert_eq!(lacks(&t, record).await[0].0, wanted);
        let line = (record, claimed.id);
        for (actor, authority) in
            [(&manager, "engineering"), (&engineer, "mrb"), (&engineer, "quality"), (&engineer, "customer")]
        {
            let changed = set(&t, actor, line, json!({"authority": authority})).await.unwrap().item;
            assert_eq!(changed.engineered_by, None, "{authority}");
            assert_eq!(lacks(&t, record).await[0].0, wanted, "{authority}");
        }
        let given = set(&t, &engineer, line, json!({"authority": "engineering"})).await.unwrap().item;
        assert_eq!(given.engineered_by.map(|person| person.id), engineer.id);
        let repeated = set(&t, &quality, line, json!({"authority": "engineering"})).await.unwrap().item;
        assert_eq!(repeated.engineered_by.map(|person| person.id), engineer.id);
        let approved = t.act(Role::QualityEngineer, record, Action::ApproveDisposition).await;
        assert_eq!(approved.item.status, Status::Execution);
    }

    async fn an_engineer_who_is_in_quality_too_gives_the_authority_with_the_line(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let both = t.user_with(&[Role::QualityEngineer, Role::TechEngineer]).await;
        let new =
            json!({"disposition": "use_as_is", "quantity": "10", "justification": "Fits.", "authority": "engineering"});
        add(&t, &both, record, new).await.unwrap();
        let approved = t.act(Role::QualityEngineer, record, Action::ApproveDisposition).await;
        assert_eq!(approved.item.status, Status::Verification, "there is nothing to carry out");
        assert_eq!(lines_of(&t, record).await[0].status, LineStatus::Done);
    }

    async fn another_quantity_or_disposition_asks_the_engineer_anew(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let [quality, engineer] = [t.member(Role::QualityEngineer).await, t.member(Role::TechEngineer).await];
        let new =
            json!({"disposition": "repair", "quantity": "5", "justification": "Weld.", "authority": "engineering"});
        let line = (record, add(&t, &engineer, record, new).await.unwrap().item.id);
        let kept = json!({
            "justification": "Weld and grind.", "instructions": "WPS 12", "quantity": "5.0", "disposition": "repair",
        });
        let changed = set(&t, &quality, line, kept).await.unwrap().item;
        assert_eq!(changed.engineered_by.map(|person| person.id), engineer.id, "that was not what he decided");
        for patch in [json!({"quantity": "6"}), json!({"disposition": "use_as_is"})] {
            let changed = set(&t, &quality, line, patch.clone()).await.unwrap().item;
            assert_eq!(changed.engineered_by, None, "{patch}");
            assert!(lacks(&t, record).await.iter().any(|(field, _)| field.ends_with("authority")), "{patch}");
            let again = set(&t, &engineer, line, json!({"authority": "engineering"})).await.unwrap().item;
            assert_eq!(again.engineered_by.map(|person| person.id), engineer.id);
        }
        let own = set(&t, &engineer, line, json!({"quantity": "10"})).await.unwrap().item;
        assert_eq!(own.engineered_by.map(|person| person.id), engineer.id, "he decides what he changes");
        assert_eq!(lacks_nothing(&t, record).await, Status::Verification);
    }

    async fn a_line_is_removed_only_while_it_is_proposed(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item;
        let quality = t.member(Role::QualityEngineer).await;
        let extra = t.line(record.id, "scrap", "1").await.id;
        let unsaid = lines::remove(&t, &quality, record.id, extra, &IfMatch::Missing).await;
        assert_eq!(kind(&unsaid), "version missing");
        let stale = lines::remove(&t, &quality, record.id, extra, &IfMatch::Versions(vec![record.version])).await;
        assert_eq!(kind(&stale), "version stale");
        let version = lines::remove(&t, &quality, record.id, extra, &ANY).await.unwrap();
        assert_eq!((version, lines_of(&t, record.id).await.len()), (record.version + 2, 0));
        let last = history_of(&t, record.id).await.pop().unwrap();
        assert_eq!(
            (last.field, &last.old_value["quantity"]),
            (Some(format!("disposition_lines/{extra}")), &json!("1"))
        );
        let again = lines::remove(&t, &quality, record.id, extra, &ANY).await;
        assert_eq!(kind(&again), "not found");

        t.bring(record.id, Status::Execution).await;
        let line = lines_of(&t, record.id).await[0].id;
        assert_eq!(kind(&lines::remove(&t, &quality, record.id, line, &ANY).await), "wrong state");
        t.act(Role::QualityEngineer, record.id, Action::ReturnToDisposition).await;
        lines::remove(&t, &quality, record.id, line, &ANY).await.unwrap();
        assert_intact(&t).await;
    }

    async fn a_line_goes_from_approved_to_in_execution_and_done(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let operator = t.member(Role::Operator).await;
        let (slow, fast) = (t.line(record, "scrap", "3").await.id, t.line(record, "rework", "7").await.id);
        let status = async |line, status: &str| set(&t, &operator, (record, line), json!({"status": status})).await;
        assert_eq!(kind(&status(slow, "done").await), "wrong state", "nothing is approved yet");
        t.act(Role::QualityEngineer, record, Action::ApproveDisposition).await;
        for refused_one in ["proposed", "approved", "scrapped"] {
            assert_eq!(refused(status(slow, refused_one).await), ["status choice"], "{refused_one}");
        }
        assert_eq!(status(slow, "in_execution").await.unwrap().item.status, LineStatus::InExecution);
        assert_eq!(refused(status(slow, "approved").await), ["status choice"]);
        assert_eq!(status(slow, "done").await.unwrap().item.status, LineStatus::Done);
        assert_eq!(kind(&status(slow, "in_execution").await), "wrong state");
        assert_eq!(status(fast, "done").await.unwrap().item.status, LineStatus::Done, "straight to done");
        assert_eq!(refused(set(&t, &operator, (record, fast), json!({"status": null})).await), ["status not_null"]);
        let told: Vec<_> = history_of(&t, record)
            .await
            .into_iter()
            .filter(|event| event.field.as_deref() == Some(&format!("disposition_lines/{slow}.status")))
            .map(|event| event.new_value)
            .collect();
        assert_eq!(told, ["approved", "in_execution", "done"]);
    }

    async fn only_reworked_and_repaired_material_is_inspected_again(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let [quality, engineer] = [t.member(Role::QualityEngineer).await, t.member(Role::TechEngineer).await];
        let mut ids = Vec::new();
        for disposition in ["rework", "repair", "scrap", "sort", "use_as_is"] {
            let new = json!({
                "disposition": disposition, "quantity": "2", "justification": "So.", "authority": "engineering",
            });
            ids.push(add(&t, &engineer, record, new).await.unwrap().item.id);
        }
        let inspect =
            async |line, result: Json| set(&t, &quality, (record, line), json!({"reinspection_result": result})).await;
        t.bring(record, Status::Execution).await;
        assert_eq!(kind(&inspect(ids[0], json!("pass")).await), "wrong state", "the work is not done");
        t.bring(record, Status::Verification).await;
        for worked in &ids[..2] {
            assert_eq!(sent(&inspect(*worked, json!("fail")).await.unwrap().item)["reinspection_result"], "fail");
            assert_eq!(sent(&inspect(*worked, json!("pass")).await.unwrap().item)["reinspection_result"], "pass");
        }
        for other in &ids[2..] {
            assert_eq!(refused(inspect(*other, json!("pass")).await), ["reinspection_result unmet"]);
        }
        assert_eq!(refused(inspect(ids[0], Json::Null).await), ["reinspection_result not_null"]);
        assert_eq!(refused(inspect(ids[0], json!("maybe")).await), ["reinspection_result choice"]);
    }

    async fn every_change_of_a_line_moves_the_records_version(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item;
        let quality = t.member(Role::QualityEngineer).await;
        let (stale, now) = (IfMatch::Versions(vec![record.version - 1]), IfMatch::Versions(vec![record.version]));
        let new = || body(json!({"disposition": "scrap", "quantity": "10", "justification": "Cracked."}));
        assert_eq!(kind(&lines::add(&t, &quality, record.id, &stale, &new(), None).await), "version stale");
        let added = lines::add(&t, &quality, record.id, &now, &new(), None).await.unwrap();
        let patch = || body(json!({"justification": "Cracked through."}));
        let change =
            async |if_match: &IfMatch| lines::change(&t, &quality, record.id, added.item.id, if_match, &patch()).await;
        assert_eq!(kind(&change(&IfMatch::Missing).await), "version missing");
        assert_eq!(kind(&change(&now).await), "version stale");
        let changed = change(&IfMatch::Versions(vec![added.version])).await.unwrap();
        assert_eq!((added.version, changed.version), (record.version + 1, record.version + 2));
        assert_eq!(shown(&t, record.id).await.item.version, changed.version);
    }

    async fn a_line_patch_that_changes_nothing_leaves_no_trace(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let line = t.line(record, "scrap", "3").await;
        t.clock.advance(chrono::TimeDelta::minutes(5));
        let before = (shown(&t, record).await, rows(&t).await, lines_of(&t, record).await);
        let quality = t.member(Role::QualityEngineer).await;
        for patch in [
            json!({}),
            json!({
                "quantity": "3.0", "disposition": "scrap", "justification": line.justification, "instructions": null,
            }),
        ] {
            let answer = set(&t, &quality, (record, line.id), patch).await.unwrap();
            assert_eq!((&answer.item, answer.version), (&line, before.0.item.version));
        }
        assert_eq!((shown(&t, record).await, rows(&t).await, lines_of(&t, record).await), before);
    }

    async fn a_record_holds_at_most_200_lines_and_says_so(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        for _ in 0..200 {
            t.line(record, "scrap", "1").await;
        }
        let quality = t.member(Role::QualityEngineer).await;
        let one_more = json!({"disposition": "scrap", "quantity": "1", "justification": "Scored."});
        let refused = add(&t, &quality, record, one_more).await;
        assert!(matches!(&refused, Err(service::Error::WrongState(why)) if why.contains("200")), "{refused:?}");
    }

    async fn a_refused_line_is_told_what_is_allowed_and_not_written(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let line = t.line(record, "scrap", "3").await.id;
        let quality = t.member(Role::QualityEngineer).await;
        let before = rows(&t).await;
        let wrong = json!({
            "disposition": "melt", "quantity": "0", "justification": " ", "instructions": 5,
            "authority": "me", "colour": 1,
        });
        let all = [
            "authority choice",
            "colour unknown",
            "disposition choice",
            "instructions type",
            "justification blank",
            "quantity range",
        ];
        assert_eq!(refused(set(&t, &quality, (record, line), wrong.clone()).await), all);
        assert_eq!(refused(add(&t, &quality, record, wrong).await), all);
        let bare = ["disposition required", "justification required", "quantity required", "status unknown"];
        assert_eq!(refused(add(&t, &quality, record, json!({"status": "done"})).await), bare);
        assert_eq!(rows(&t).await, before);
    }
}

/// Approves the disposition and answers where that led.
async fn lacks_nothing(t: &TestSystem, record: i64) -> Status {
    let approved = t.act(Role::QualityEngineer, record, Action::ApproveDisposition);
    approved.await.item.status
}
