//! What stands on a new tag.

use serde_json::{Value as Json, json};
use service::Error;
use service::actor::Actor;
use service::defects;
use service::role::Role;
use service::words::{CodeList, Language};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{body, chain_of, refused, rows, sent, shown};

const NOW: &str = "2026-11-20T08:00:00.000000Z";

each_db! {
    async fn a_new_tag_has_the_number_of_its_id_and_the_usual_defaults(t: TestSystem) {
        let ines = Actor { language: Language::Spanish, ..t.user(Role::Inspector).await };
        let (part, center) = (t.part().await, t.work_center().await);
        let new = json!({
            "part_id": part.id, "work_center_id": center.id, "title": "Rebaba", "description": "En el borde.",
            "quantity_defective": "10.000",
        });
        let reported = defects::report(&t, &ines, &body(new), None).await.unwrap();
        let reporter = json!({"id": ines.id, "name": ines.name});
        let mut expected = json!({
            "id": 1, "tag_number": "DMT-000001", "status": "reported", "version": 1, "origin": "in_process",
            "severity": null, "failure_code": null,
            "part": {"id": part.id, "number": part.number, "revision": "A", "name": "Flange"},
            "work_center": {"id": center.id, "code": center.code, "name": "Drilling"},
            "customer": null, "supplier": null, "lot_number": null, "work_order": null,
            "title": "Rebaba", "description": "En el borde.", "language": "es",
            "quantity_inspected": null, "quantity_defective": "10", "units_sampled": null, "defects_found": null,
            "detected_at": NOW, "reported_at": NOW, "reported_by": reporter, "assignee": null, "due_at": null,
            "is_contained": false, "hold_location": null, "process_analysis": null, "repair_process": null,
            "engineering_findings": null, "root_cause": null, "cause": null, "repeat_of_id": null, "labor_minutes": 0,
            "closed_at": null, "closed_by": null, "external_system": null, "external_id": null,
            "created_at": NOW, "updated_at": NOW,
        });
        expected["on_hold"] = false.into();
        for field in ["hold_since", "hold_reason", "hold_until"] {
            expected[field] = Json::Null;
        }
        let id = reported.item.id;
        let mut seen = sent(&reported);
        // Ids do not begin at 1 in a database that other tests have used.
        assert_eq!(seen["tag_number"], format!("DMT-{id:06}"));
        seen["id"] = 1.into();
        seen["tag_number"] = "DMT-000001".into();
        assert_eq!(seen, expected);
        assert_eq!(defects::show(&t, &ines, id).await.unwrap(), reported);
    }

    async fn what_is_sent_is_what_stands_on_the_tag(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let (customer, supplier) = (t.customer().await, t.supplier().await);
        let assignee = t.user(Role::Operator).await;
        let code = t.failure_code("BURR").await.code;
        let written = json!({
            "origin": "receiving", "lot_number": "L-1 ", "work_order": "WO/881", "title": " Grat 😀 e\u{301} ",
            "description": "line\r\nline\t\u{1F529}\u{200D}", "language": "zh", "quantity_inspected": "1000000000.001",
            "quantity_defective": "2.5", "units_sampled": 0, "defects_found": 1_000_000_000,
            "is_contained": true, "hold_location": "cage 4", "severity": "critical", "failure_code": code,
            "external_system": "MES", "external_id": "a b/1",
        });
        let mut form = t.form(&defect()).await;
        for (field, value) in written.as_object().unwrap() {
            form[field] = value.clone();
        }
        form["customer_id"] = customer.id.into();
        form["supplier_id"] = supplier.id.into();
        form["assignee_id"] = assignee.id.into();
        form["detected_at"] = "2026-11-20T00:30:00.123456+02:00".into();
        form["due_at"] = "2040-01-01T00:00:00Z".into();
        form["quantity_defective"] = "2.500".into();
        let seen = sent(&defects::report(&t, &manager, &body(form), None).await.unwrap());
        for (field, value) in written.as_object().unwrap() {
            assert_eq!(&seen[field], value, "{field}");
        }
        assert_eq!(seen["customer"], json!({"id": customer.id, "code": customer.code, "name": customer.name}));
        assert_eq!(seen["supplier"], json!({"id": supplier.id, "code": supplier.code, "name": supplier.name}));
        assert_eq!(seen["assignee"], json!({"id": assignee.id, "name": assignee.name}));
        assert_eq!(seen["detected_at"], "2026-11-19T22:30:00.123456Z");
        assert_eq!(seen["due_at"], "2040-01-01T00:00:00.000000Z");
        assert_eq!((&seen["cost_total"], &seen["version"]), (&json!("0.00"), &json!(1)));
    }

    async fn the_longest_texts_are_kept_to_the_letter(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let (title, text) = ("😀".repeat(200), "漢😀".repeat(100_000));
        let tag = defect().with("title", title.clone()).with("description", text.clone());
        let record = t.report(&inspector, tag).await.item.id;
        let seen = shown(&t, record).await;
        assert!((seen.item.title == title, seen.description == text) == (true, true));
        let told = chain_of(&t, record).await.remove(0).new_value.unwrap();
        assert!(told.contains(&text), "the history has it too");
    }

    async fn a_new_tag_is_the_first_row_of_its_history(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect().with("lot_number", "L-1")).await.item;
        let chain = chain_of(&t, record.id).await;
        let told: serde_json::Value = serde_json::from_str(chain[0].new_value.as_ref().unwrap()).unwrap();
        assert_eq!((chain.len(), chain[0].seq, &chain[0].field, &chain[0].old_value), (1, 1, &None, &None));
        let expected = json!({
            "tag_number": record.tag_number, "origin": "in_process", "part_id": record.part.id, "lot_number": "L-1",
            "work_center_id": record.work_center.id, "title": "Burr on flange bore", "language": "en",
            "description": "A burr of 0.3 mm at the edge of the bore.", "quantity_defective": "10",
            "detected_at": NOW, "reported_at": NOW, "reported_by": inspector.id,
            "is_contained": false, "status": "reported",
        });
        assert_eq!(told, expected, "absent fields are left out");
    }

    async fn who_may_not_judge_a_defect_cannot_put_a_judgement_on_its_tag(t: TestSystem) {
        let code = t.failure_code("BURR").await.code;
        let judgement = [
            ("severity", json!("minor")),
            ("failure_code", json!(code)),
            ("assignee_id", json!(1)),
            ("due_at", json!("2026-12-01T00:00:00Z")),
        ];
        let mut form = t.form(&defect()).await;
        for (field, value) in judgement {
            form[field] = value;
        }
        let before = rows(&t).await;
        for role in [Role::Inspector, Role::Operator] {
            let actor = t.user(role).await;
            let refusal = refused(defects::report(&t, &actor, &body(form.clone()), None).await);
            let all = ["assignee_id forbidden", "due_at forbidden", "failure_code forbidden", "severity forbidden"];
            assert_eq!(refusal, all, "{role}");
        }
        let both = t.user_with(&[Role::Inspector, Role::Viewer, Role::TechEngineer]).await;
        form["assignee_id"] = both.id.into();
        let reported = defects::report(&t, &both, &body(form), None).await.unwrap();
        assert_eq!(reported.item.assignee.map(|person| person.name), Some(both.name), "several roles add up");
        assert_ne!(rows(&t).await, before);
    }

    async fn an_external_id_names_one_record_of_its_system(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let from = |system: &str, id: &str| defect().with("external_system", system).with("external_id", id);
        t.report(&inspector, from("MES", "1")).await;
        for (system, id) in [("ERP", "1"), ("MES", "2"), ("mes", "1"), ("MES", "1 "), ("MES", "１")] {
            t.report(&inspector, from(system, id)).await;
        }
        let before = rows(&t).await;
        let again = body(t.form(&from("MES", "1")).await);
        let refusal = defects::report(&t, &inspector, &again, None).await;
        assert!(matches!(refusal, Err(Error::Duplicate(_))), "{refusal:?}");
        assert_eq!(refused(refusal), ["external_id duplicate"]);
        assert_eq!(rows(&t).await, before);
    }

    async fn labels_of_other_lists_are_no_failure_codes(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        let cause = t.code(CodeList::Cause, "TOOL").await.code;
        let form = t.form(&defect().with("failure_code", cause)).await;
        let refusal = defects::report(&t, &engineer, &body(form), None).await;
        assert_eq!(refused(refusal), ["failure_code reference"]);
    }
}
