//! How each kind of object is made, through the API.

use actix_web::http::{Method, header};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::role::Role;
use service::words::{CorrectiveStatus, Status};
use service::{Draft, inspection};
use testkit::{PASSWORD, defect};

use super::objects::{NOWHERE, Object, Objects, Thing};
use super::people::Caller;
use crate::client::Session;

impl Objects<'_> {
    pub(super) async fn make(
        &self,
        thing: Thing,
        caller: &Caller,
        object: Object,
    ) -> Option<Vec<String>> {
        match thing {
            Thing::Nothing | Thing::OwnSession => Some(Vec::new()),
            Thing::List => Some(vec![
                if object == Object::Nonsense {
                    "colours"
                } else {
                    "area"
                }
                .to_owned(),
            ]),
            Thing::Master(list) => Some(self.master(list, object).await),
            Thing::User => self.user(caller, object).await,
            Thing::OwnToken => self.token(caller, object).await,
            Thing::OtherSession => self.session(caller, object).await,
            Thing::Job => Some(vec![self.job(object).await]),
            Thing::Rule => Some(vec![self.rule(object).await]),
            Thing::Webhook => Some(vec![self.webhook(object).await]),
            Thing::View => self.view(caller, object).await,
            Thing::Message => Some(vec![self.message(object).await]),
            Thing::Inspection => self.inspection_of(caller, object).await,
            Thing::Limits => Some(vec![self.limits_of(object).await]),
            Thing::Record(status) => {
                let id = self.record(status, caller, object).await?;
                Some(vec![id])
            }
            Thing::Child(children) => self.child(children, caller, object).await,
            Thing::Request(status) => Some(vec![self.request(status, object).await]),
            Thing::RequestChild(children) => Some(self.request_child(children, object).await),
            Thing::LinkedRequest => {
                let id = self.request("d0", object).await;
                if object == Object::Foreign {
                    self.link_of(&id).await;
                }
                Some(vec![id])
            }
            Thing::SupplierLink => {
                let id = self.request("d0", Object::Foreign).await;
                Some(vec![self.link_of(&id).await])
            }
        }
    }

    pub(super) async fn made(&self, by: &Session, path: &str, body: &Json) -> String {
        let answer = self.api.post(by, path, body).await;
        assert_eq!(answer.status, 201, "{path} {body}: {answer:?}");
        answer.json()["id"].to_string()
    }

    pub(super) async fn deleted(&self, by: &Session, path: &str) {
        let request = by
            .request(Method::DELETE, path)
            .insert_header((header::IF_MATCH, "*"));
        let answer = self.api.send(request).await;
        assert_eq!(answer.status, 204, "{path}: {answer:?}");
    }

    async fn master(&self, list: &str, object: Object) -> Vec<String> {
        let code = format!("M-{}", self.api.system.number());
        let (path, body) = match list {
            "parts" => (
                "/parts",
                json!({"number": code, "revision": "A", "name": "Flange"}),
            ),
            "work-centers" => ("/work-centers", json!({"code": code, "name": "Drilling"})),
            "concessions" => (
                "/concessions",
                json!({"number": code, "customer_id": self.customer, "max_quantity": "5",
                    "valid_until": "2030-12-31"}),
            ),
            "partners" => (
                "/partners",
                json!({"code": code, "name": "Supplier", "is_supplier": true}),
            ),
            "due-rules" => (
                "/due-rules",
                json!({"code": code, "severity": "minor", "milestone": "closure", "days": 30}),
            ),
            _ => (
                "/codes/area",
                json!({"code": code, "labels": {"en": "Hall"}}),
            ),
        };
        let mut id = match object {
            Object::Missing => NOWHERE.to_string(),
            Object::Nonsense => "01".to_owned(),
            _ => self.made(&self.manager, path, &body).await,
        };
        if object == Object::Deleted {
            self.deleted(&self.manager, &format!("{path}/{id}")).await;
        }
        if list != "codes" {
            return vec![id];
        }
        let name = if object == Object::Nonsense {
            "colours"
        } else {
            "area"
        };
        if object == Object::Nonsense {
            id = "1".to_owned();
        }
        vec![name.to_owned(), id]
    }

    async fn user(&self, caller: &Caller, object: Object) -> Option<Vec<String>> {
        let id = match object {
            Object::Own => caller.actor.as_ref()?.id?,
            Object::Missing => NOWHERE,
            Object::Nonsense => return Some(vec!["names-of-nobody".to_owned()]),
            _ => self.api.system.user(Role::Viewer).await.id?,
        };
        if object == Object::Deleted {
            self.deleted(&self.admin, &format!("/users/{id}")).await;
        }
        Some(vec![id.to_string()])
    }

    /// One that has come to its end, so that another can be begun.
    async fn job(&self, object: Object) -> String {
        match object {
            Object::Missing => return NOWHERE.to_string(),
            Object::Nonsense => return "+1".to_owned(),
            _ => {}
        }
        let archive = self.api.get(&self.admin, "/export").await.body;
        let begun = self
            .admin
            .request(Method::POST, "/import?dry_run=true")
            .insert_header((header::CONTENT_TYPE, "application/zip"))
            .set_payload(archive);
        let begun = self.api.send(begun).await;
        assert_eq!(begun.status, 202, "{begun:?}");
        let id = begun.json()["id"].to_string();
        loop {
            let job = self.api.get(&self.admin, &format!("/jobs/{id}")).await;
            if !job.json()["finished_at"].is_null() {
                return id;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn rule(&self, object: Object) -> String {
        match object {
            Object::Missing => return NOWHERE.to_string(),
            Object::Nonsense => return "x".to_owned(),
            _ => {}
        }
        let code = format!("R-{}", self.api.system.number());
        // About what no record of the matrix is.
        let rule = json!({"code": code, "name": "Votes", "roles": ["quality_manager"],
            "severity": "critical", "disposition": "sort"});
        self.made(&self.admin, "/approval-rules", &rule).await
    }

    async fn webhook(&self, object: Object) -> String {
        match object {
            Object::Missing => return NOWHERE.to_string(),
            Object::Nonsense => return "0x1".to_owned(),
            _ => {}
        }
        let new = json!({"url": "https://mes.example.com/dmt", "events": ["closed"]});
        let id = self.made(&self.admin, "/webhooks", &new).await;
        if object == Object::Deleted {
            self.deleted(&self.admin, &format!("/webhooks/{id}")).await;
        }
        id
    }

    async fn view(&self, caller: &Caller, object: Object) -> Option<Vec<String>> {
        let owner = match object {
            Object::Missing => return Some(vec![NOWHERE.to_string()]),
            Object::Nonsense => return Some(vec!["7.0".to_owned()]),
            Object::Own => {
                let name = &caller.actor.as_ref()?.name;
                self.api.sign_in_as(name, PASSWORD).await
            }
            _ => self.stranger_session.clone(),
        };
        let shared = matches!(object, Object::Foreign | Object::Deleted).then_some("everyone");
        let name = format!("V-{}", self.api.system.number());
        let new = json!({"name": name, "shared_with": shared, "query": {"severity": "major"}});
        let id = self.made(&owner, "/saved-views", &new).await;
        if object == Object::Deleted {
            self.deleted(&owner, &format!("/saved-views/{id}")).await;
        }
        Some(vec![id])
    }

    /// A test, which nobody sends here.
    async fn message(&self, object: Object) -> String {
        match object {
            Object::Missing => return NOWHERE.to_string(),
            Object::Nonsense => return "1.0".to_owned(),
            _ => {}
        }
        let webhook = self.webhook(Object::Foreign).await;
        let test = self
            .admin
            .request(Method::POST, &format!("/webhooks/{webhook}/test"));
        let added = self.api.send(test).await;
        assert_eq!(added.status, 201, "{added:?}");
        added.json()["id"].to_string()
    }

    async fn inspection_of(&self, caller: &Caller, object: Object) -> Option<Vec<String>> {
        let inspector = match object {
            Object::Missing => return Some(vec![NOWHERE.to_string()]),
            Object::Nonsense => return Some(vec!["0".to_owned()]),
            Object::Own => own_reporter(caller)?,
            _ => &self.stranger,
        };
        let (system, new) = (&self.api.system, Draft::json(&self.inspection()));
        let made = inspection::create(system, inspector, &new, None).await;
        let id = made.unwrap().id;
        if object == Object::Deleted {
            self.done(&format!("/inspections/{id}/void")).await;
        }
        Some(vec![id.to_string()])
    }

    async fn limits_of(&self, object: Object) -> String {
        match object {
            Object::Missing => return NOWHERE.to_string(),
            Object::Nonsense => return "1,2".to_owned(),
            _ => {}
        }
        self.made(&self.manager, "/inspections", &self.inspection())
            .await;
        let limits = self.limits();
        let id = self.made(&self.manager, "/control-limits", &limits).await;
        if object == Object::Deleted {
            self.done(&format!("/control-limits/{id}/retirement")).await;
        }
        id
    }

    /// Does what only needs a reason.
    async fn done(&self, path: &str) {
        let reason = json!({"reason": "A mistake."});
        let answer = self.api.post(&self.manager, path, &reason).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }

    async fn record(&self, status: &str, caller: &Caller, object: Object) -> Option<String> {
        let reporter = match object {
            Object::Missing => return Some(NOWHERE.to_string()),
            Object::Nonsense => return Some("1e3".to_owned()),
            Object::Own => own_reporter(caller)?,
            _ => &self.stranger,
        };
        let tag = defect()
            .major()
            .with("part_id", self.part)
            .with("work_center_id", self.work_center);
        let id = self.api.system.report(reporter, tag).await.item.id;
        let is_proposed = status == "proposed";
        let status = if is_proposed { "disposition" } else { status };
        let status = if object == Object::Deleted {
            "void"
        } else {
            status
        };
        let status = *Status::ALL.iter().find(|one| one.word() == status)?;
        self.api.system.bring(id, status).await;
        if is_proposed && object != Object::Deleted {
            self.api.system.line(id, "scrap", "10").await;
        }
        Some(id.to_string())
    }

    async fn child(
        &self,
        children: &'static str,
        caller: &Caller,
        object: Object,
    ) -> Option<Vec<String>> {
        let status = match children {
            "disposition-lines" => "disposition",
            "approvals" => "proposed",
            _ => "reported",
        };
        let on = match object {
            Object::Own | Object::Missing => object,
            _ => Object::Foreign,
        };
        let record = match on {
            Object::Missing => self.record(status, caller, Object::Foreign).await?,
            on => self.record(status, caller, on).await?,
        };
        match object {
            Object::Missing => return Some(vec![record, NOWHERE.to_string()]),
            Object::Nonsense => return Some(vec![record, "9223372036854775808".to_owned()]),
            _ => {}
        }
        let child = self.added(children, &record).await;
        match object {
            Object::UnderNothing => return Some(vec![NOWHERE.to_string(), child]),
            Object::Deleted => self.undone(children, &record, &child).await,
            Object::UnderAnother => {
                let another = self.record(status, caller, Object::Foreign).await?;
                return Some(vec![another, child]);
            }
            Object::OfVoid => {
                let void = json!({"action": "void", "reason": "A mistake."});
                let path = format!("/defects/{record}/transitions");
                assert_eq!(self.api.post(&self.manager, &path, &void).await.status, 200);
            }
            _ => {}
        }
        Some(vec![record, child])
    }

    async fn request(&self, status: &str, object: Object) -> String {
        match object {
            Object::Missing => return NOWHERE.to_string(),
            Object::Nonsense => return "0x1".to_owned(),
            _ => {}
        }
        let status = match object {
            Object::Deleted => CorrectiveStatus::Void,
            _ => CorrectiveStatus::of(status).unwrap(),
        };
        let fields = json!({"supplier_id": self.supplier});
        let id = self.api.system.raise(fields).await.item.id;
        self.api.system.bring_request(id, status).await;
        id.to_string()
    }

    async fn request_child(&self, children: &str, object: Object) -> Vec<String> {
        let status = if children == "effectiveness-checks" {
            "d7"
        } else {
            "d0"
        };
        let request = self.request(status, Object::Foreign).await;
        match object {
            Object::Missing => return vec![request, NOWHERE.to_string()],
            Object::Nonsense => return vec![request, "00".to_owned()],
            _ => {}
        }
        let body = match children {
            "defects" => self.about(),
            "root-causes" => json!({"kind": "systemic", "text": "Nobody looks."}),
            "actions" => json!({"kind": "preventive", "text": "Look."}),
            _ => json!({"criterion": "No burr.", "outcome": "effective"}),
        };
        let path = format!("/corrective-actions/{request}/{children}");
        let child = self.made(&self.manager, &path, &body).await;
        match object {
            Object::UnderNothing => return vec![NOWHERE.to_string(), child],
            Object::UnderAnother => {
                return vec![self.request(status, Object::Foreign).await, child];
            }
            Object::Deleted => {
                self.deleted(&self.manager, &format!("{path}/{child}"))
                    .await;
            }
            Object::OfVoid => {
                let id = request.parse().unwrap();
                self.api
                    .system
                    .bring_request(id, CorrectiveStatus::Void)
                    .await;
            }
            _ => {}
        }
        vec![request, child]
    }

    /// The text of a link to answer a request.
    async fn link_of(&self, request: &str) -> String {
        let path = format!("/corrective-actions/{request}/supplier-link");
        let given = self.api.post(&self.manager, &path, &json!({})).await;
        assert_eq!(given.status, 201, "{given:?}");
        given.json()["token"].as_str().unwrap().to_owned()
    }

    async fn added(&self, children: &str, record: &str) -> String {
        if children == "attachments" {
            let path = format!("/defects/{record}/attachments");
            let request = self.engineer.request(Method::POST, &path);
            let request = crate::client::with_file(request, "bore.csv", b"1.5;2.5\n");
            let answer = self.api.send(request).await;
            assert_eq!(answer.status, 201, "{answer:?}");
            return answer.json()["id"].to_string();
        }
        let body = match children {
            "serials" => json!({"serial_number": format!("S-{}", self.api.system.number())}),
            "labor-entries" => {
                json!({"work_date": "2026-11-19", "minutes": 5, "activity": "inspect"})
            }
            "cost-entries" => json!({"kind": "freight", "amount": "1"}),
            "approvals" => json!({"decision": "approve"}),
            "links" => self.link(),
            "notes" => json!({"body": "Seen before."}),
            _ => {
                json!({"disposition": "scrap", "quantity": "1", "justification": "Cannot be used."})
            }
        };
        self.made(
            &self.engineer,
            &format!("/defects/{record}/{children}"),
            &body,
        )
        .await
    }

    async fn undone(&self, children: &str, record: &str, child: &str) {
        let path = format!("/defects/{record}/{children}/{child}");
        if children == "approvals" {
            let back = json!({"action": "return_to_analysis", "reason": "Not enough."});
            let moves = format!("/defects/{record}/transitions");
            assert_eq!(
                self.api.post(&self.manager, &moves, &back).await.status,
                200
            );
        } else if children == "attachments" {
            let reason = json!({"reason": "Another part."});
            let place = format!("{path}/void");
            let answer = self.api.post(&self.manager, &place, &reason).await;
            assert_eq!(answer.status, 200);
        } else if children == "notes" {
            let reason = json!({"reason": "A name."});
            let place = format!("{path}/redaction");
            let answer = self.api.post(&self.manager, &place, &reason).await;
            assert_eq!(answer.status, 200);
        } else if matches!(children, "labor-entries" | "cost-entries") {
            let reason = json!({"reason": "Typed wrongly."});
            self.made(&self.engineer, &format!("{path}/reversal"), &reason)
                .await;
        } else {
            self.deleted(&self.engineer, &path).await;
        }
    }
}

/// The caller, if his roles ever report.
fn own_reporter(caller: &Caller) -> Option<&Actor> {
    let reports = |role: &Role| !matches!(role, Role::Admin | Role::Viewer);
    caller
        .actor
        .as_ref()
        .filter(|_| caller.roles.iter().any(reports))
}
