//! Editing a record: what a merge patch changes, whose change is made, and what a refused one leaves behind.

use serde_json::{Value as Json, json};
use service::Error;
use service::actor::Actor;
use service::defects::{self, DefectView};
use service::role::Role;
use service::version::IfMatch;
use service::words::{CodeList, Status};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{
    ANY, assert_intact, body, chain_of, change, history_of, kind, refused, rows, sent, shown,
};

async fn meant_for(
    t: &TestSystem,
    actor: &Actor,
    id: i64,
    versions: &[i64],
    patch: Json,
) -> service::Result<DefectView> {
    let if_match = IfMatch::Versions(versions.to_vec());
    defects::change(t, actor, id, &if_match, &body(patch)).await
}

/// A record with something in every field.
async fn full(t: &TestSystem) -> DefectView {
    let manager = t.member(Role::QualityManager).await;
    let tag = defect()
        .with("customer_id", t.customer().await.id)
        .with("supplier_id", t.supplier().await.id)
        .with("assignee_id", manager.id)
        .with("failure_code", t.failure_code("BURR").await.code)
        .with("lot_number", "L-1")
        .with("work_order", "WO-1")
        .with("quantity_inspected", "12.5")
        .with("units_sampled", 5)
        .with("defects_found", 3)
        .with("external_system", "MES")
        .with("external_id", "1")
        .with("hold_location", "cage 4")
        .with("severity", "major")
        .with("due_at", "2026-12-01T00:00:00Z");
    let record = t.report(&manager, tag).await.item.id;
    let rest = json!({
        "process_analysis": "Reamer worn.", "repair_process": "Ream again.", "engineering_findings": "Tool life.",
        "root_cause": "No counter.", "cause": t.code(CodeList::Cause, "TOOL").await.code,
    });
    change(t, &manager, record, rest).await.unwrap()
}

each_db! {
    async fn a_patch_changes_what_it_sends_and_nothing_else(t: TestSystem) {
        let before = sent(&full(&t).await);
        let record = before["id"].as_i64().unwrap();
        t.clock.advance(chrono::TimeDelta::minutes(5));
        let engineer = t.member(Role::TechEngineer).await;
        let part = t.part().await;
        let patch = json!({
            "title": "Burr all around", "quantity_defective": "2.50", "part_id": part.id, "severity": "minor",
            "detected_at": "2026-11-20T10:00:00+02:00", "is_contained": true, "origin": "final",
        });
        let changed = meant_for(&t, &engineer, record, &[2], patch).await.unwrap();
        let mut expected = before;
        for (field, value) in [
            ("title", json!("Burr all around")),
            ("quantity_defective", json!("2.5")),
            ("severity", json!("minor")),
            ("part", json!({"id": part.id, "number": part.number, "revision": "A", "name": "Flange"})),
            ("is_contained", json!(true)),
            ("origin", json!("final")),
            ("version", json!(3)),
            ("updated_at", json!("2026-11-20T08:05:00.000000Z")),
        ] {
            expected[field] = value;
        }
        assert_eq!(sent(&changed), expected);
        assert_eq!(sent(&shown(&t, record).await), expected);
        let told: Vec<_> = history_of(&t, record).await.into_iter().filter_map(|event| event.field).collect();
        let fields = ["origin", "part_id", "title", "quantity_defective", "is_contained", "severity"];
        assert_eq!(told[5..], fields, "detected_at was the same moment");
    }

    async fn null_clears_what_may_be_absent(t: TestSystem) {
        let before = full(&t).await;
        let record = before.item.id;
        let fields = [
            "lot_number",
            "work_order",
            "customer_id",
            "supplier_id",
            "quantity_inspected",
            "units_sampled",
            "defects_found",
            "external_system",
            "external_id",
            "hold_location",
            "failure_code",
            "assignee_id",
            "due_at",
            "process_analysis",
            "repair_process",
            "engineering_findings",
            "root_cause",
            "cause",
        ];
        let patch: serde_json::Map<_, _> = fields.iter().map(|field| ((*field).to_owned(), Json::Null)).collect();
        let manager = t.member(Role::QualityManager).await;
        let cleared = sent(&change(&t, &manager, record, Json::Object(patch)).await.unwrap());
        for field in fields {
            assert_eq!(
                cleared[field.strip_suffix("_id").filter(|name| *name != "external").unwrap_or(field)],
                Json::Null,
                "{field}"
            );
        }
        let ungraded = change(&t, &manager, record, json!({"severity": null})).await;
        assert!(matches!(ungraded, Err(Error::Invalid(errors)) if errors[0].code == "not_null"), "severity stays");
        let told: Vec<_> = history_of(&t, record).await.into_iter().filter(|event| event.new_value.is_null()).collect();
        assert_eq!(told.len(), fields.len());
        let quantity = told.iter().find(|event| event.field.as_deref() == Some("quantity_inspected")).unwrap();
        assert_eq!(quantity.old_value, "12.5");
        assert_intact(&t).await;
    }

    async fn a_patch_that_changes_nothing_leaves_no_trace(t: TestSystem) {
        let before = full(&t).await;
        let (id, item) = (before.item.id, &before.item);
        t.clock.advance(chrono::TimeDelta::minutes(5));
        let manager = t.member(Role::QualityManager).await;
        let same = json!({
            "title": item.title, "description": before.description, "origin": item.origin, "language": "en",
            "part_id": item.part.id, "work_center_id": item.work_center.id,
            "customer_id": item.customer.as_ref().unwrap().id,
            "quantity_inspected": "12.500", "quantity_defective": 10, "units_sampled": 5, "severity": "major",
            "detected_at": "2026-11-20T09:00:00.0+01:00", "due_at": "2026-11-30T23:00:00-01:00", "is_contained": false,
            "failure_code": "BURR", "cause": "TOOL", "assignee_id": manager.id,
            "external_system": "MES", "external_id": "1",
            "root_cause": "No counter.",
        });
        let left = rows(&t).await;
        for patch in [same, json!({})] {
            let answer = meant_for(&t, &manager, id, &[item.version], patch).await.unwrap();
            assert_eq!(answer, before);
        }
        assert_eq!(shown(&t, id).await, before);
        assert_eq!(rows(&t).await, left);
    }

    async fn a_change_says_which_version_it_is_meant_for(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect()).await.item.id;
        let patch = json!({"title": "Second"});
        let unsaid = defects::change(&t, &manager, record, &IfMatch::Missing, &body(patch.clone())).await;
        assert!(matches!(unsaid, Err(Error::VersionMissing)), "{unsaid:?}");
        assert_eq!(meant_for(&t, &manager, record, &[1], patch).await.unwrap().item.version, 2);
        let stale = json!({"title": "Third"});
        for versions in [&[1][..], &[3], &[0, 1, 3], &[]] {
            let refusal = meant_for(&t, &manager, record, versions, stale.clone()).await;
            assert!(matches!(refusal, Err(Error::VersionStale { current: 2 })), "{versions:?}: {refusal:?}");
        }
        let nothing = meant_for(&t, &manager, record, &[1], json!({})).await;
        assert_eq!(kind(&nothing), "version stale", "even where nothing would change");
        assert_eq!(meant_for(&t, &manager, record, &[1, 2], stale).await.unwrap().item.version, 3);
        let seen = defects::change(&t, &manager, record, &ANY, &body(json!({"title": "Fourth"}))).await.unwrap();
        assert_eq!((seen.item.version, chain_of(&t, record).await.len()), (4, 4));
    }

    async fn a_patch_with_a_field_that_is_not_his_changes_nothing(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let before = (shown(&t, record).await, rows(&t).await);
        let mixed = json!({
            "title": "Mine", "hold_location": "cage 4", "severity": "minor", "root_cause": "x", "cost_entries": [],
            "failure_code": null, "disposition_lines": [],
        });
        let theirs = [
            "cost_entries forbidden",
            "disposition_lines forbidden",
            "failure_code forbidden",
            "root_cause forbidden",
            "severity forbidden",
        ];
        assert_eq!(refused(change(&t, &inspector, record, mixed.clone()).await), theirs);
        let operator = t.member(Role::Operator).await;
        let foreign = json!({"title": "Not mine", "is_contained": true});
        assert_eq!(refused(change(&t, &operator, record, foreign).await), ["title foreign"]);
        let viewer = t.member(Role::Viewer).await;
        let refusal = change(&t, &viewer, record, json!({"is_contained": true})).await;
        assert!(matches!(&refusal, Err(Error::Forbidden { .. })), "{refusal:?}");
        assert_eq!(refused(refusal), ["is_contained forbidden"]);
        assert_eq!(kind(&change(&t, &viewer, record, json!({})).await), "forbidden", "nothing is his to change");
        assert_eq!(kind(&change(&t, &viewer, record, json!({"colour": 1})).await), "forbidden");
        assert_eq!((shown(&t, record).await, rows(&t).await), before);
    }

    async fn of_several_refusals_the_first_in_order_is_told(t: TestSystem) {
        let record = t.bring_to(Status::Closed).await.item;
        let (engineer, viewer) = (t.member(Role::TechEngineer).await, t.member(Role::Viewer).await);
        let wrong = || body(json!({"title": "", "colour": 1}));
        let (missing, stale) = (IfMatch::Missing, IfMatch::Versions(vec![1]));
        let told = |outcome: service::Result<DefectView>| kind(&outcome);
        assert_eq!(told(defects::change(&t, &viewer, record.id + 1, &missing, &wrong()).await), "not found");
        assert_eq!(told(defects::change(&t, &viewer, record.id, &missing, &wrong()).await), "forbidden");
        assert_eq!(told(defects::change(&t, &engineer, record.id, &missing, &wrong()).await), "version missing");
        assert_eq!(told(defects::change(&t, &engineer, record.id, &stale, &wrong()).await), "version stale");
        assert_eq!(told(defects::change(&t, &engineer, record.id, &ANY, &wrong()).await), "wrong state");
        let open = t.report(&engineer, defect()).await.item.id;
        assert_eq!(
            refused(defects::change(&t, &engineer, open, &ANY, &wrong()).await),
            ["colour unknown", "title blank"]
        );
    }

    async fn an_external_id_of_another_record_cannot_be_taken(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let tag = || defect().with("external_system", "MES");
        t.report(&manager, tag().with("external_id", "1")).await;
        let second = t.report(&manager, tag().with("external_id", "2")).await;
        let before = rows(&t).await;
        let refusal = change(&t, &manager, second.item.id, json!({"external_id": "1", "title": "Other"})).await;
        assert!(matches!(&refusal, Err(Error::Duplicate(_))), "{refusal:?}");
        assert_eq!(refused(refusal), ["external_id duplicate"]);
        assert_eq!((shown(&t, second.item.id).await, rows(&t).await), (second, before));
    }

    async fn the_command_line_corrects_no_record(t: TestSystem) {
        let record = t.report(&t.member(Role::Inspector).await, defect()).await.item.id;
        let refusal = change(&t, &Actor::command_line(), record, json!({"title": "By nobody"})).await;
        assert_eq!(kind(&refusal), "forbidden");
        assert_eq!(shown(&t, record).await.item.title, "Burr on flange bore");
    }
}
