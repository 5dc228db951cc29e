//! How each kind of object is made, through the API.

use actix_web::http::{Method, header};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::role::Role;
use service::words::Status;
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
            Thing::Record(status) => {
                let id = self.record(status, caller, object).await?;
                Some(vec![id])
            }
            Thing::Child(children) => self.child(children, caller, object).await,
        }
    }

    async fn made(&self, by: &Session, path: &str, body: &Json) -> String {
        let answer = self.api.post(by, path, body).await;
        assert_eq!(answer.status, 201, "{path} {body}: {answer:?}");
        answer.json()["id"].to_string()
    }

    async fn deleted(&self, by: &Session, path: &str) {
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
            "partners" => (
                "/partners",
                json!({"code": code, "name": "Supplier", "is_supplier": true}),
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

    async fn token(&self, caller: &Caller, object: Object) -> Option<Vec<String>> {
        let new = json!({"name": "mes"});
        let owner = match object {
            Object::Missing => return Some(vec![NOWHERE.to_string()]),
            Object::Nonsense => return Some(vec!["-1".to_owned()]),
            Object::Foreign => self.stranger_session.clone(),
            _ => {
                self.api
                    .sign_in_as(&caller.actor.as_ref()?.name, PASSWORD)
                    .await
            }
        };
        let id = self.made(&owner, "/me/tokens", &new).await;
        if object == Object::Deleted {
            self.deleted(&owner, &format!("/me/tokens/{id}")).await;
        }
        Some(vec![id])
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
        let status = if object == Object::Deleted {
            "void"
        } else {
            status
        };
        let status = *Status::ALL.iter().find(|one| one.word() == status)?;
        self.api.system.bring(id, status).await;
        Some(id.to_string())
    }

    async fn child(
        &self,
        children: &'static str,
        caller: &Caller,
        object: Object,
    ) -> Option<Vec<String>> {
        let status = if children == "disposition-lines" {
            "disposition"
        } else {
            "reported"
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

    async fn added(&self, children: &str, record: &str) -> String {
        let body = match children {
            "serials" => json!({"serial_number": format!("S-{}", self.api.system.number())}),
            "labor-entries" => {
                json!({"work_date": "2026-11-19", "minutes": 5, "activity": "inspect"})
            }
            "cost-entries" => json!({"kind": "freight", "amount": "1"}),
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
        if matches!(children, "labor-entries" | "cost-entries") {
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
