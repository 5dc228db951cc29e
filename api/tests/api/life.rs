//! One defect's whole life over HTTP, each step by whoever takes it in the plant.

use std::collections::HashMap;

use actix_web::http::{Method, header};
use serde_json::{Value as Json, json};
use service::role::Role;
use service::words::CodeList;
use testkit::{PASSWORD, each_db};

use crate::client::{Answer, Api, Session};

/// Everybody in the plant, and the record that they work on.
struct Plant {
    api: Api,
    people: HashMap<Role, Session>,
    path: String,
}

impl Plant {
    async fn open(api: Api) -> Self {
        let mut people = HashMap::new();
        for role in Role::ALL {
            people.insert(*role, api.sign_in(*role).await);
        }
        let (part, center) = (api.system.part().await, api.system.work_center().await);
        api.system.code(CodeList::FailureCode, "BURR").await;
        let tag = json!({
            "part_id": part.id, "work_center_id": center.id, "origin": "in_process", "title": "Burr on flange bore",
            "description": "All around, 0.2 mm", "quantity_defective": "10", "language": "en",
        });
        let made = api.post(&people[&Role::Inspector], "/defects", &tag).await;
        assert_eq!(made.status, 201, "{made:?}");
        let path = made
            .header("location")
            .unwrap()
            .strip_prefix("/api/v1")
            .unwrap()
            .to_owned();
        Self { api, people, path }
    }

    async fn see(&self, role: Role) -> Answer {
        self.api.get(&self.people[&role], &self.path).await
    }

    async fn add(&self, role: Role, children: &str, body: Json) -> Answer {
        self.api
            .post(
                &self.people[&role],
                &format!("{}/{children}", self.path),
                &body,
            )
            .await
    }

    async fn change(&self, role: Role, below: &str, body: Json) -> Answer {
        let etag = self.see(Role::Viewer).await.etag();
        let answer = self
            .api
            .patch(
                &self.people[&role],
                &format!("{}{below}", self.path),
                &etag,
                &body,
            )
            .await;
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        answer
    }

    async fn act(&self, role: Role, action: &str) -> Answer {
        self.add(role, "transitions", json!({"action": action}))
            .await
    }

    /// Acts, and is at `status` afterwards.
    async fn moves(&self, role: Role, action: &str, status: &str) {
        let answer = self.act(role, action).await;
        assert_eq!(
            (answer.status, answer.json()["status"].as_str()),
            (200, Some(status)),
            "{action}: {answer:?}"
        );
    }
}

each_db! {
    async fn a_defect_goes_from_report_to_a_signed_closure(api: Api) {
        let plant = Plant::open(api).await;
        analyse(&plant).await;
        dispose_and_execute(&plant).await;
        close(&plant).await;
    }
}

async fn analyse(plant: &Plant) {
    plant
        .act(Role::Operator, "start_analysis")
        .await
        .problem(403);
    plant
        .act(Role::TechEngineer, "submit_analysis")
        .await
        .problem(409);
    assert_eq!(
        plant
            .act(Role::TechEngineer, "start_analysis")
            .await
            .refused(422),
        ["severity"]
    );
    plant
        .change(Role::TechEngineer, "", json!({"severity": "major"}))
        .await;
    plant
        .moves(Role::TechEngineer, "start_analysis", "analysis")
        .await;

    let unmet = plant
        .act(Role::TechEngineer, "submit_analysis")
        .await
        .refused(422);
    assert_eq!(unmet, ["process_analysis", "engineering_findings"]);
    plant
        .change(
            Role::Operator,
            "",
            json!({"process_analysis": "The tool was worn"}),
        )
        .await;
    let labor = json!({"work_date": "2026-11-20", "minutes": 90, "activity": "rework"});
    assert_eq!(
        plant
            .add(Role::Operator, "labor-entries", labor)
            .await
            .status,
        201
    );
    let cost = json!({"kind": "material", "amount": "12.50"});
    plant
        .add(Role::Operator, "cost-entries", cost.clone())
        .await
        .problem(403);
    plant
        .api
        .get(
            &plant.people[&Role::Operator],
            &format!("{}/cost-entries", plant.path),
        )
        .await
        .problem(403);
    assert_eq!(
        plant
            .add(Role::TechEngineer, "cost-entries", cost)
            .await
            .status,
        201
    );
    assert_eq!(
        plant.see(Role::TechEngineer).await.json()["cost_total"],
        "12.50"
    );
    let seen = plant.see(Role::Operator).await.json();
    assert!(
        seen.get("cost_total").is_none() && seen["labor_minutes"] == 90,
        "{seen}"
    );
    plant
        .change(
            Role::TechEngineer,
            "",
            json!({"engineering_findings": "Tool life was exceeded"}),
        )
        .await;
    plant
        .moves(Role::TechEngineer, "submit_analysis", "disposition")
        .await;
}

async fn dispose_and_execute(plant: &Plant) {
    let scrap = json!({"disposition": "scrap", "quantity": "3", "justification": "Beyond repair"});
    let rework = json!({"disposition": "rework", "quantity": "7", "justification": "Deburr"});
    plant
        .act(Role::QualityEngineer, "approve_disposition")
        .await
        .problem(422);
    for line in [&scrap, &rework] {
        let added = plant
            .add(Role::QualityEngineer, "disposition-lines", line.clone())
            .await;
        assert_eq!(added.status, 201, "{added:?}");
        assert_eq!(added.etag(), plant.see(Role::Viewer).await.etag());
    }
    // One too many, taken back.
    let extra = plant
        .add(Role::QualityEngineer, "disposition-lines", scrap)
        .await;
    let place = extra
        .header("location")
        .unwrap()
        .strip_prefix("/api/v1")
        .unwrap()
        .to_owned();
    let quality = &plant.people[&Role::QualityEngineer];
    plant
        .api
        .send(quality.request(Method::DELETE, &place))
        .await
        .problem(428);
    let removal = quality
        .request(Method::DELETE, &place)
        .insert_header((header::IF_MATCH, extra.etag()));
    let removed = plant.api.send(removal).await;
    assert_eq!(
        (removed.status, removed.etag()),
        (204, plant.see(Role::Viewer).await.etag())
    );

    plant
        .moves(Role::QualityEngineer, "approve_disposition", "execution")
        .await;
    plant
        .act(Role::Operator, "complete_execution")
        .await
        .problem(422);
    for line in lines(plant).await {
        plant
            .change(
                Role::Operator,
                &format!("/disposition-lines/{}", line["id"]),
                json!({"status": "done"}),
            )
            .await;
    }
    plant
        .moves(Role::Operator, "complete_execution", "verification")
        .await;
}

async fn lines(plant: &Plant) -> Vec<Json> {
    let page = plant
        .api
        .get(
            &plant.people[&Role::Viewer],
            &format!("{}/disposition-lines", plant.path),
        )
        .await
        .json();
    page["items"].as_array().unwrap().clone()
}

async fn close(plant: &Plant) {
    let signed = |password: &str| json!({"action": "close", "signature": {"password": password, "meaning": "closure"}});
    let unmet = plant
        .add(Role::QualityEngineer, "transitions", signed(PASSWORD))
        .await
        .refused(422);
    assert!(
        unmet.len() >= 2,
        "re-inspection and failure code at once: {unmet:?}"
    );
    let lines = lines(plant).await;
    let rework = lines
        .iter()
        .find(|line| line["disposition"] == "rework")
        .unwrap();
    let below = format!("/disposition-lines/{}", rework["id"]);
    plant
        .change(
            Role::QualityEngineer,
            &below,
            json!({"reinspection_result": "pass"}),
        )
        .await;
    plant
        .change(Role::QualityEngineer, "", json!({"failure_code": "BURR"}))
        .await;
    plant
        .add(Role::QualityEngineer, "transitions", signed("wrong"))
        .await
        .problem(403);
    plant.act(Role::QualityEngineer, "close").await.problem(422);
    let closed = plant
        .add(Role::QualityEngineer, "transitions", signed(PASSWORD))
        .await;
    assert_eq!(
        (closed.status, closed.json()["status"].as_str()),
        (200, Some("closed")),
        "{closed:?}"
    );

    let etag = plant.see(Role::Viewer).await.etag();
    let late = json!({"failure_code": "BURR"});
    plant
        .api
        .patch(
            &plant.people[&Role::QualityManager],
            &plant.path,
            &etag,
            &late,
        )
        .await
        .problem(409);
    let viewer = &plant.people[&Role::Viewer];
    let history = plant
        .api
        .get(viewer, &format!("{}/history?limit=200", plant.path))
        .await
        .json();
    let states: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["field"] == "status")
        .collect();
    assert_eq!(states.len(), 5, "{history}");
    assert!(
        !history.to_string().contains("12.50"),
        "a viewer sees no cost: {history}"
    );
    let signatures = plant
        .api
        .get(viewer, &format!("{}/signatures", plant.path))
        .await
        .json();
    assert_eq!(signatures["items"].as_array().unwrap().len(), 1);
    let verified = service::audit::verify(&plant.api.system, |_| {})
        .await
        .unwrap();
    assert_eq!(verified.findings, []);
}
