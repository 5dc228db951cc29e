//! Every cell of the table of rights: each field, written by each role, in each state, on its own and another's record.

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::archive::Upload;
use service::defects::attachments::{self, Incoming};
use service::defects::{
    self, approvals, cost, hold, labor, lines, links, notes, serials, translations,
};
use service::role::Role;
use service::version::IfMatch;
use service::words::{CodeList, Status};
use service::{Draft, Error};
use testkit::design::{Expected, RIGHTS, ROLES};
use testkit::{TestSystem, defect, each_db};

use super::outcome;

each_db! {
    async fn every_cell_of_the_table_of_rights_holds(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let mut probes = 0;
        for status in Status::ALL {
            for reporter in [Role::QualityManager, Role::Inspector, Role::Operator] {
                let reporter = t.member(reporter).await;
                let record = t.report(&reporter, defect().major()).await.item.id;
                t.bring(record, *status).await;
                let line = rework_line(&t, record).await;
                for row in RIGHTS {
                    for field in row.fields {
                        for role in ROLES {
                            let actor = t.member(role).await;
                            let own = actor.id == reporter.id;
                            let expected = row.expected(role, *status, own);
                            let got = plant.probe(&actor, record, line, field).await;
                            assert_eq!(got.unwrap(), expected, "{role} writes {field} while {status}, own: {own}");
                            probes += 1;
                        }
                    }
                }
            }
        }
        assert!(probes > 4000, "{probes} probes");
    }

    async fn whoever_does_not_see_cost_finds_no_trace_of_it(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let new = Draft::json(&json!({"kind": "material", "amount": "12.50", "note": "blank"}));
        cost::add(&t, &engineer, record, &IfMatch::Any, &new, None).await.unwrap();
        let hidden = RIGHTS.iter().find(|row| row.fields == ["cost_entries"]).unwrap();
        for role in ROLES {
            let actor = t.member(role).await;
            let all = Draft::json(&json!({}));
            let view = serde_json::to_value(defects::show(&t, &actor, record).await.unwrap()).unwrap();
            let history = defects::history::list(&t, &actor, record, &all).await.unwrap();
            let told = serde_json::to_string(&history).unwrap().contains("12.50");
            let listed = cost::list(&t, &actor, record, &all).await;
            let permissions = defects::permissions(&t, &actor, record).await.unwrap();
            let named = permissions.fields["cost_entries"].word();
            if hidden.is_hidden(role) {
                assert_eq!(view.get("cost_total"), None, "{role}");
                assert!(!told, "{role} reads it in the history");
                assert!(matches!(listed, Err(Error::Forbidden { .. })), "{role} lists it");
                assert_eq!(named, "hidden", "{role}");
            } else {
                assert_eq!(view["cost_total"], "12.50", "{role}");
                assert!(told && listed.unwrap().items.len() == 1 && named != "hidden", "{role}");
            }
        }
    }
}

/// What requests refer to.
struct Plant<'a> {
    system: &'a TestSystem,
    part: i64,
    work_center: i64,
    customer: i64,
    supplier: i64,
    assignee: i64,
}

impl<'a> Plant<'a> {
    async fn of(t: &'a TestSystem) -> Self {
        t.failure_code("WELD-CRACK").await;
        t.code(CodeList::Cause, "TOOL").await;
        Self {
            system: t,
            part: t.part().await.id,
            work_center: t.work_center().await.id,
            customer: t.customer().await.id,
            supplier: t.supplier().await.id,
            assignee: t.user(Role::Operator).await.id.unwrap(),
        }
    }

    /// Writes a field as `actor`.
    async fn probe(
        &self,
        actor: &Actor,
        record: i64,
        line: i64,
        field: &str,
    ) -> Result<Expected, Error> {
        let (t, any) = (self.system, &IfMatch::Any);
        let patch_line = |patch: Json| async move {
            outcome(lines::change(t, actor, record, line, any, &Draft::json(&patch)).await)
        };
        match field {
            "serials" => {
                let new = Draft::json(&json!({"serial_number": format!("SN-{}", t.number())}));
                outcome(serials::add(t, actor, record, any, &new, None).await)
            }
            "labor_entries" => {
                let new = Draft::json(
                    &json!({"work_date": "2026-11-19", "minutes": 5, "activity": "inspect"}),
                );
                outcome(labor::add(t, actor, record, any, &new, None).await)
            }
            "cost_entries" => {
                let new = Draft::json(&json!({"kind": "freight", "amount": "1"}));
                outcome(cost::add(t, actor, record, any, &new, None).await)
            }
            "attachments" => {
                let mut upload = Upload::begin_attachment(&std::env::temp_dir()).unwrap();
                upload.push(b"1.5;2.5\n").unwrap();
                let (name, arrived) = ("bore.csv".to_owned(), upload.end().unwrap());
                let file = Incoming { name, arrived };
                outcome(attachments::add(t, actor, record, any, file, None).await)
            }
            "notes" => {
                let new = Draft::json(&json!({"body": "Seen before."}));
                outcome(notes::add(t, actor, record, any, &new, None).await)
            }
            "translations" => {
                let new = Draft::json(&json!({"title": format!("毛刺 {}", t.number())}));
                outcome(translations::put(t, actor, (record, "zh"), any, &new).await)
            }
            "links" => {
                let other = t.report(&t.member(Role::Inspector).await, defect()).await;
                let new = Draft::json(&json!({"kind": "relates_to", "other_id": other.item.id}));
                outcome(links::add(t, actor, record, any, &new, None).await)
            }
            "hold" => {
                let reason = Draft::json(&json!({"reason": "The customer decides."}));
                let held = outcome(hold::begin(t, actor, record, any, &reason, None).await);
                if matches!(held, Ok(Expected::Allowed)) {
                    let nothing = Draft::json(&json!({}));
                    let released = hold::release(t, actor, record, any, &nothing, None).await;
                    return outcome(released);
                }
                held
            }
            "disposition_lines" => {
                patch_line(json!({"justification": format!("Reason {}", t.number())})).await
            }
            "approvals" => {
                // Nobody votes on what he wrote, and the members write on the line; a rejection may be repeated.
                let role = actor.roles.iter().next().unwrap_or(Role::Viewer);
                let voter = t.user(role).await;
                let vote = Draft::json(
                    &json!({"decision": "reject", "reason": "No.", "goes_back_to": "disposition"}),
                );
                outcome(approvals::cast(t, &voter, record, any, &vote, None).await)
            }
            "disposition_lines.status" => patch_line(json!({"status": "done"})).await,
            "disposition_lines.reinspection_result" => {
                patch_line(json!({"reinspection_result": "pass"})).await
            }
            field => {
                let patch = Draft::json(&self.patch(field));
                outcome(defects::change(t, actor, record, any, &patch).await)
            }
        }
    }

    /// A new value for a field of the record.
    fn patch(&self, field: &str) -> Json {
        let number = self.system.number();
        let value = match field {
            "origin" => json!(if number.is_multiple_of(2) {
                "final"
            } else {
                "receiving"
            }),
            "part_id" => json!(self.part),
            "work_center_id" => json!(self.work_center),
            "customer_id" => json!(self.customer),
            "supplier_id" => json!(self.supplier),
            "assignee_id" => json!(self.assignee),
            "language" => json!("es"),
            "quantity_inspected" => json!(format!("{}", 100 + number)),
            "quantity_defective" => json!("10"),
            "units_sampled" | "defects_found" => json!(number),
            "detected_at" => json!("2026-11-19T10:00:00Z"),
            "due_at" => json!("2026-12-24T10:00:00Z"),
            // A probe that clears is a write as well.
            "repeat_of_id" => json!(null),
            "is_contained" => json!(number.is_multiple_of(2)),
            "severity" => json!("major"),
            "failure_code" => json!("WELD-CRACK"),
            "cause" => json!("TOOL"),
            "external_id" => {
                return json!({"external_system": "MES", "external_id": format!("X-{number}")});
            }
            _ => json!(format!("Text {number}")),
        };
        json!({ field: value })
    }
}

/// The record's rework line; a record that has none yet gets none, and a line of another record stands in: the rights
/// of the record decide before the line is looked for, except that a missing line is 404.
async fn rework_line(t: &TestSystem, record: i64) -> i64 {
    let viewer = t.member(Role::Viewer).await;
    let all = Draft::json(&json!({}));
    let page = lines::list(t, &viewer, record, &all).await.unwrap();
    if let Some(line) = page
        .items
        .iter()
        .find(|line| line.disposition.word() == "rework")
    {
        return line.id;
    }
    testkit::line_by_force(t, record).await
}
