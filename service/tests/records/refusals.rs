//! What is refused on a tag: each field by name, with what is allowed, everything at once, and nothing written.

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::defects;
use service::part;
use service::role::Role;
use service::words::CodeList;
use service::{code, user, work_center};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, body, change, errors, refused, rows};

/// A field, a value that is refused, the code of the refusal, and what its message says.
type Case = (&'static str, Json, &'static str, &'static str);

/// What no report and no change may say.
#[rustfmt::skip]
fn never() -> Vec<Case> {
    vec![
        ("title", json!(" \t\n"), "blank", "must not be blank"),
        ("title", json!("x".repeat(201)), "too_long", "at most 200 characters; it has 201"),
        ("title", json!("a\0b"), "format", "U+0000"),
        ("title", json!(5), "type", "must be a string"),
        ("description", json!(""), "blank", "must not be blank"),
        ("description", json!("é".repeat(200_001)), "too_long", "at most 200000 characters"),
        ("lot_number", json!("x".repeat(101)), "too_long", "at most 100 characters"),
        ("work_order", json!(["WO"]), "type", "must be a string"),
        ("hold_location", json!("x".repeat(201)), "too_long", "at most 200 characters"),
        ("origin", json!("moon"), "choice", "`receiving` `in_process` `final` `customer` `field` `supplier` `audit`"),
        ("origin", json!("Final"), "choice", "must be one of"),
        ("language", json!("fr"), "choice", "`en` `es` `zh`"),
        ("severity", json!("grave"), "choice", "`critical` `major` `minor`"),
        ("quantity_defective", json!("0"), "range", "more than 0"),
        ("quantity_defective", json!("-1"), "range", "more than 0"),
        ("quantity_defective", json!("0.0004"), "too_precise", "at most 3 digits"),
        ("quantity_defective", json!(1.23456), "too_precise", "at most 3 digits"),
        ("quantity_defective", json!("ten"), "format", "decimal number such as \"2.5\""),
        ("quantity_defective", json!("1e3"), "format", "decimal number"),
        ("quantity_defective", json!("1,5"), "format", "decimal number"),
        ("quantity_defective", json!(true), "type", "decimal number"),
        ("quantity_defective", json!("1000000000000.001"), "range", "too large"),
        ("quantity_defective", json!("99999999999999999999999"), "range", "too large"),
        ("quantity_inspected", json!("9.999"), "range", "at least quantity_defective"),
        ("units_sampled", json!(-1), "range", "between 0 and 1000000000"),
        ("units_sampled", json!(1_000_000_001), "range", "between 0 and 1000000000"),
        ("units_sampled", json!("5"), "type", "whole number"),
        ("defects_found", json!(1.5), "type", "whole number"),
        ("part_id", json!(0), "range", "at least 1"),
        ("part_id", json!("7"), "type", "whole number"),
        ("part_id", json!(999_999_999), "reference", "no such part"),
        ("part_id", serde_json::from_str("99999999999999999999").unwrap(), "range", "at most"),
        ("work_center_id", json!(i64::MAX), "reference", "no such work center"),
        ("customer_id", json!(999_999_999), "reference", "no such customer"),
        ("supplier_id", json!(999_999_999), "reference", "no such supplier"),
        ("assignee_id", json!(999_999_999), "reference", "no such user"),
        ("failure_code", json!("NONE"), "reference", "no such code"),
        ("failure_code", json!("two words"), "format", "white space"),
        ("failure_code", json!("x".repeat(41)), "too_long", "at most 40"),
        ("detected_at", json!("yesterday"), "format", "RFC 3339"),
        ("detected_at", json!("2026-11-20T08:00:00"), "format", "RFC 3339"),
        ("detected_at", json!("2026-11-20T07:00:00.1234567Z"), "too_precise", "six digits"),
        ("detected_at", json!("2026-11-21T08:00:00.000001Z"), "range", "future"),
        ("detected_at", json!("1969-12-31T23:59:59Z"), "range", "1970"),
        ("due_at", json!("9999-12-31T23:59:59Z"), "range", "9998"),
        ("is_contained", json!("yes"), "type", "true or false"),
        ("external_system", json!("A B"), "format", "white space"),
        ("colour", json!("red"), "unknown", "allowed are origin, part_id"),
        ("status", json!("closed"), "unknown", "allowed are"),
        ("tag_number", json!("DMT-000007"), "unknown", "allowed are"),
    ]
}

each_db! {
    async fn a_report_is_refused_by_the_field_that_is_wrong_and_told_what_is_allowed(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let form = t.form(&defect()).await;
        let mut cases = never();
        for field in ["title", "description", "quantity_defective", "part_id", "work_center_id"] {
            cases.push((field, Json::Null, "required", "is required"));
        }
        cases.extend(retired(&t).await);
        let before = rows(&t).await;
        for (field, value, code, says) in cases {
            let mut wrong = form.clone();
            wrong[field] = value;
            let refusal = errors(defects::report(&t, &manager, &body(wrong.clone()), None).await);
            let told: Vec<_> = refusal.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
            assert_eq!(told, [(field, code)], "{:?}", wrong[field].to_string().get(..60));
            assert!(refusal[0].message.contains(says), "{field}: {}", refusal[0].message);
        }
        assert_eq!(rows(&t).await, before, "nothing was written");
    }

    async fn a_change_is_refused_by_the_field_that_is_wrong_and_told_what_is_allowed(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect()).await.item.id;
        let mut cases = never();
        for field in [
            "origin",
            "part_id",
            "work_center_id",
            "title",
            "description",
            "language",
            "quantity_defective",
            "detected_at",
            "is_contained",
        ] {
            cases.push((field, Json::Null, "not_null", "cannot be cleared"));
        }
        cases.push(("cause", json!("NONE"), "reference", "no such code"));
        cases.push(("root_cause", json!(" "), "blank", "must not be blank"));
        cases.push(("process_analysis", json!("x".repeat(200_001)), "too_long", "at most 200000"));
        cases.extend(retired(&t).await);
        let before = (rows(&t).await, defects::show(&t, &manager, record).await.unwrap());
        for (field, value, code, says) in cases {
            let refusal = errors(change(&t, &manager, record, json!({field: value.clone()})).await);
            let told: Vec<_> = refusal.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
            assert_eq!(told, [(field, code)], "{:?}", value.to_string().get(..60));
            assert!(refusal[0].message.contains(says), "{field}: {}", refusal[0].message);
        }
        let after = (rows(&t).await, defects::show(&t, &manager, record).await.unwrap());
        assert_eq!(after, before, "nothing was written");
    }

    async fn everything_wrong_with_a_request_is_told_at_once(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let unreadable =
            json!({"title": "", "part_id": "x", "origin": 1, "quantity_defective": "0", "size": 1, "when": 2});
        assert_eq!(
            refused(defects::report(&t, &manager, &body(unreadable), None).await),
            [
                "description required",
                "origin type",
                "part_id type",
                "quantity_defective range",
                "size unknown",
                "title blank",
                "when unknown",
                "work_center_id required",
            ]
        );
        let wrong = json!({
            "title": "Burr", "description": "Burr.", "quantity_defective": "10", "quantity_inspected": "9",
            "part_id": 999_999_999, "work_center_id": 999_999_999, "customer_id": 999_999_999,
            "supplier_id": 999_999_999,
            "assignee_id": 999_999_999, "failure_code": "NONE", "detected_at": "2027-01-01T00:00:00Z",
            "external_id": "7",
        });
        let all = [
            "assignee_id reference",
            "customer_id reference",
            "detected_at range",
            "external_system required",
            "failure_code reference",
            "part_id reference",
            "quantity_inspected range",
            "supplier_id reference",
            "work_center_id reference",
        ];
        assert_eq!(refused(defects::report(&t, &manager, &body(wrong.clone()), None).await), all);
        let record = t.report(&manager, defect()).await.item.id;
        assert_eq!(refused(change(&t, &manager, record, wrong).await), all);
        let no_object = defects::report(&t, &manager, &body(json!(["title"])), None).await;
        assert_eq!(errors(no_object)[0].message, "the body must be a JSON object");
    }

    async fn a_thousand_unknown_fields_are_not_all_repeated(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let mut form = t.form(&defect()).await;
        for number in 0..1000 {
            form[format!("field {number} {}", "x".repeat(200))] = 1.into();
        }
        let refusal = errors(defects::report(&t, &manager, &body(form), None).await);
        assert_eq!(refusal.len(), 20);
        assert!(refusal.iter().all(|error| error.code == "unknown" && error.field.len() == 100), "{refusal:?}");
    }

    async fn what_was_inspected_is_at_least_what_was_found_wrong(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect().with("quantity_inspected", "10")).await.item.id;
        let refusal = ["quantity_inspected range"];
        assert_eq!(refused(change(&t, &manager, record, json!({"quantity_inspected": "9"})).await), refusal);
        assert_eq!(refused(change(&t, &manager, record, json!({"quantity_defective": "10.001"})).await), refusal);
        let both = json!({"quantity_inspected": "1", "quantity_defective": "1"});
        let changed = change(&t, &manager, record, both).await.unwrap().item;
        assert_eq!((changed.quantity_inspected.as_deref(), changed.quantity_defective.as_str()), (Some("1"), "1"));
        change(&t, &manager, record, json!({"quantity_inspected": null, "quantity_defective": "5"})).await.unwrap();
    }

    async fn an_external_id_and_its_system_go_together(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        for (sent, missing) in [("external_id", "external_system"), ("external_system", "external_id")] {
            let form = t.form(&defect().with(sent, "X1")).await;
            let refusal = refused(defects::report(&t, &manager, &body(form), None).await);
            assert_eq!(refusal, [format!("{missing} required")]);
            let tag = defect().with("external_system", "MES").with("external_id", format!("with {missing}"));
            let record = t.report(&manager, tag).await.item.id;
            assert_eq!(refused(change(&t, &manager, record, json!({sent: null})).await), [format!("{sent} required")]);
            let both = json!({"external_system": null, "external_id": null});
            assert_eq!(change(&t, &manager, record, both).await.unwrap().item.external_id, None);
            assert_eq!(
                refused(change(&t, &manager, record, json!({sent: "X"})).await),
                [format!("{missing} required")]
            );
        }
    }

    async fn a_part_that_is_retired_stays_on_the_tags_that_have_it(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect()).await.item;
        part::change(&t, &manager, record.part.id, &ANY, &body(json!({"is_active": false}))).await.unwrap();
        let whole = json!({"title": "Burr all around", "part_id": record.part.id});
        let changed = change(&t, &manager, record.id, whole).await.unwrap();
        assert_eq!((changed.item.part, changed.item.version), (record.part, 2));
    }
}

/// What was there once, and what is there as something else.
async fn retired(t: &TestSystem) -> Vec<Case> {
    let (admin, off) = (Actor::command_line(), json!({"is_active": false}));
    let (part, center) = (t.part().await.id, t.work_center().await.id);
    part::change(t, &admin, part, &ANY, &body(off.clone()))
        .await
        .unwrap();
    work_center::change(t, &admin, center, &ANY, &body(off.clone()))
        .await
        .unwrap();
    let old = t.failure_code("OLD").await.id;
    let list = CodeList::FailureCode.word();
    code::change(t, &admin, list, old, &ANY, &body(off.clone()))
        .await
        .unwrap();
    let gone = t.user(Role::Operator).await.id.unwrap();
    user::change(t, &admin, gone, &ANY, &body(off))
        .await
        .unwrap();
    let (customer, supplier) = (t.customer().await.id, t.supplier().await.id);
    vec![
        ("part_id", json!(part), "reference", "or it is retired"),
        (
            "work_center_id",
            json!(center),
            "reference",
            "or it is retired",
        ),
        (
            "failure_code",
            json!("OLD"),
            "reference",
            "or it is retired",
        ),
        ("assignee_id", json!(gone), "reference", "or it is retired"),
        (
            "customer_id",
            json!(supplier),
            "reference",
            "no such customer",
        ),
        (
            "supplier_id",
            json!(customer),
            "reference",
            "no such supplier",
        ),
    ]
}
