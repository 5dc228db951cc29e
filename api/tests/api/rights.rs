//! Every cell of the table of rights over HTTP: each group of fields, written by each role, in each state.

use std::collections::HashMap;

use actix_web::http::{Method, header};
use serde_json::{Value as Json, json};
use service::role::Role;
use service::words::{CodeList, Status};
use testkit::design::{Expected, RIGHTS, ROLES};
use testkit::{PASSWORD, defect, each_db, line_by_force};

use crate::client::{Answer, Api, Session};

each_db! {
    async fn every_cell_of_the_table_of_rights_holds_over_http(api: Api) {
        let plant = Plant::open(&api).await;
        for status in Status::ALL {
            for reporter in [Role::QualityManager, Role::Inspector, Role::Operator] {
                let reporter_actor = api.system.member(reporter).await;
                let record = api.system.report(&reporter_actor, defect().major()).await.item.id;
                api.system.bring(record, *status).await;
                let line = plant.line_of(record).await;
                for row in RIGHTS {
                    // Every field of a group is probed through the service; over HTTP one stands for all.
                    let field = row.fields[row.fields.len() / 2];
                    for role in ROLES {
                        let answer = plant.probe(role, record, line, field).await;
                        let expected = match row.expected(role, *status, role == reporter) {
                            Expected::Allowed => [200, 201],
                            Expected::Forbidden => [403; 2],
                            Expected::WrongState => [409; 2],
                        };
                        assert!(
                            expected.contains(&answer.status),
                            "{role} writes {field} while {status}, reported by {reporter}: {answer:?}"
                        );
                        if answer.status >= 400 {
                            answer.problem(expected[0]);
                        } else {
                            assert!(answer.header("etag").is_some(), "{answer:?}");
                        }
                    }
                }
            }
        }
    }
}

struct Plant<'a> {
    api: &'a Api,
    people: HashMap<Role, Session>,
}

impl<'a> Plant<'a> {
    async fn open(api: &'a Api) -> Self {
        api.system.failure_code("WELD-CRACK").await;
        api.system.code(CodeList::Cause, "TOOL").await;
        let mut people = HashMap::new();
        for role in ROLES {
            let name = api.system.member(role).await.name;
            people.insert(role, api.sign_in_as(&name, PASSWORD).await);
        }
        Self { api, people }
    }

    /// A rework line of the record, put there by force where it has none yet.
    async fn line_of(&self, record: i64) -> i64 {
        let path = format!("/defects/{record}/disposition-lines?limit=200");
        let lines = self
            .api
            .get(&self.people[&Role::Viewer], &path)
            .await
            .json();
        let rework = lines["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["disposition"] == "rework")
            .and_then(|line| line["id"].as_i64());
        match rework {
            Some(id) => id,
            None => line_by_force(&self.api.system, record).await,
        }
    }

    async fn probe(&self, role: Role, record: i64, line: i64, field: &str) -> Answer {
        let path = format!("/defects/{record}");
        let line = format!("{path}/disposition-lines/{line}");
        let text = format!("Text {}", self.api.system.number());
        match field {
            "labor_entries" => {
                let entry = json!({"work_date": "2026-11-19", "minutes": 5, "activity": "inspect"});
                self.post(role, &format!("{path}/labor-entries"), &entry)
                    .await
            }
            "cost_entries" => {
                let entry = json!({"kind": "freight", "amount": "1"});
                self.post(role, &format!("{path}/cost-entries"), &entry)
                    .await
            }
            "disposition_lines" => {
                self.patch(role, &line, &json!({"justification": text}))
                    .await
            }
            "approvals" => {
                // Nobody votes on what he wrote, and the members write on the line; a rejection may be repeated.
                let voter = self.api.sign_in(role).await;
                let vote =
                    json!({"decision": "reject", "reason": "No.", "goes_back_to": "disposition"});
                self.api
                    .post(&voter, &format!("{path}/approvals"), &vote)
                    .await
            }
            "disposition_lines.status" => self.patch(role, &line, &json!({"status": "done"})).await,
            "disposition_lines.reinspection_result" => {
                self.patch(role, &line, &json!({"reinspection_result": "pass"}))
                    .await
            }
            "severity" => self.patch(role, &path, &json!({"severity": "major"})).await,
            // A probe that clears is a write as well.
            "repeat_of_id" => {
                self.patch(role, &path, &json!({"repeat_of_id": null}))
                    .await
            }
            "links" => {
                let reporter = self.api.system.member(Role::Inspector).await;
                let other = self.api.system.report(&reporter, defect()).await.item.id;
                let link = json!({"kind": "relates_to", "other_id": other});
                self.post(role, &format!("{path}/links"), &link).await
            }
            "notes" => {
                self.post(role, &format!("{path}/notes"), &json!({"body": text}))
                    .await
            }
            "translations" => {
                let place = format!("{path}/translations/zh");
                let request = self.people[&role].request(Method::PUT, &place);
                self.api
                    .send(request.set_json(json!({"title": text})))
                    .await
            }
            "attachments" => {
                let request =
                    self.people[&role].request(Method::POST, &format!("{path}/attachments"));
                let request = crate::client::with_file(request, "bore.csv", b"1.5;2.5\n");
                self.api.send(request).await
            }
            "failure_code" => {
                self.patch(role, &path, &json!({"failure_code": "WELD-CRACK"}))
                    .await
            }
            "due_at" => {
                self.patch(role, &path, &json!({"due_at": "2026-12-24T10:00:00Z"}))
                    .await
            }
            field => self.patch(role, &path, &json!({ field: text })).await,
        }
    }

    async fn post(&self, role: Role, path: &str, body: &Json) -> Answer {
        self.api.post(&self.people[&role], path, body).await
    }

    /// For whatever version there is.
    async fn patch(&self, role: Role, path: &str, body: &Json) -> Answer {
        let request = self.people[&role]
            .request(Method::PATCH, path)
            .insert_header((header::IF_MATCH, "*"));
        self.api.send(request.set_json(body)).await
    }
}
