//! The examples of the OpenAPI document can be sent as they are.

use actix_web::http::Method;
use serde_json::{Value as Json, json};
use service::role::Role;
use service::words::Status;
use testkit::{defect, each_db};

use crate::client::Api;

/// The example of an operation.
pub(crate) fn example(method: &str, path: &str) -> Json {
    let document: Json = serde_json::from_str(api::openapi::json()).unwrap();
    let body = &document["paths"][format!("/api/v1{path}")][method]["requestBody"];
    let example = body["content"]["application/json"]["example"].clone();
    assert!(example.is_object(), "{method} {path} has no example");
    example
}

#[test]
fn every_body_of_json_has_an_example() {
    let document: Json = serde_json::from_str(api::openapi::json()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            assert!(
                content.is_null() || content["example"].is_object(),
                "{method} {path} has no example in api/src/openapi/examples.rs"
            );
        }
    }
}

each_db! {
    async fn the_examples_of_lists_are_accepted(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        for (path, place) in [
            ("/parts", "/parts"),
            ("/work-centers", "/work-centers"),
            ("/partners", "/partners"),
            ("/due-rules", "/due-rules"),
            ("/saved-views", "/saved-views"),
            ("/users", "/users"),
            ("/codes/{list}", "/codes/failure_code"),
            ("/approval-rules", "/approval-rules"),
            ("/webhooks", "/webhooks"),
        ] {
            let made = api.post(&admin, place, &example("post", path)).await;
            assert_eq!(made.status, 201, "{path}: {made:?}");
            let one = format!("{place}/{}", made.json()["id"]);
            let patch = example("patch", &format!("{path}/{{id}}"));
            let changed = api.patch(&admin, &one, "\"1\"", &patch).await;
            assert_eq!(changed.status, 200, "{path}: {changed:?}");
            let seen = changed.json();
            for (field, value) in patch.as_object().unwrap() {
                assert_eq!(&seen[field], value, "{path}");
            }
        }
        let mut concession = example("post", "/concessions");
        concession["customer_id"] = api.system.customer().await.id.into();
        let made = api.post(&admin, "/concessions", &concession).await;
        assert_eq!(made.status, 201, "{made:?}");
        let place = format!("/concessions/{}", made.json()["id"]);
        let changed = api.patch(&admin, &place, "\"1\"", &example("patch", "/concessions/{id}")).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let token = api.post(&admin, "/me/tokens", &example("post", "/me/tokens")).await;
        assert_eq!(token.status, 201, "{token:?}");
    }

    async fn the_examples_of_a_defect_are_accepted(api: Api) {
        let inspector = api.sign_in(Role::Inspector).await;
        let mut report = example("post", "/defects");
        // As in a database that nobody used before.
        assert_eq!((&report["part_id"], &report["work_center_id"]), (&json!(1), &json!(1)));
        report["part_id"] = api.system.part().await.id.into();
        report["work_center_id"] = api.system.work_center().await.id.into();
        let made = api.post(&inspector, "/defects", &report).await;
        assert_eq!(made.status, 201, "{made:?}");
        let path = format!("/defects/{}", made.json()["id"]);
        let contained = api.patch(&inspector, &path, "*", &example("patch", "/defects/{id}")).await;
        assert_eq!(contained.status, 200, "{contained:?}");
        let serial = example("post", "/defects/{id}/serials");
        assert_eq!(api.post(&inspector, &format!("{path}/serials"), &serial).await.status, 201);

        let request = inspector.request(Method::PUT, &format!("{path}/translations/es"));
        let translation = example("put", "/defects/{id}/translations/{language}");
        let put = api.send(request.set_json(&translation)).await;
        assert_eq!((put.status, &put.json()["title"]), (200, &translation["title"]), "{put:?}");

        let reporter = api.system.member(Role::Inspector).await;
        let major = api.system.report(&reporter, defect().major()).await.item.id;
        let engineer = api.sign_in(Role::TechEngineer).await;
        let action = example("post", "/defects/{id}/transitions");
        let moved = api.post(&engineer, &format!("/defects/{major}/transitions"), &action).await;
        assert_eq!(moved.status, 200, "{moved:?}");
        for action in ["hold", "release"] {
            let body = example("post", &format!("/defects/{{id}}/{action}"));
            let done = api.post(&engineer, &format!("/defects/{major}/{action}"), &body).await;
            assert_eq!(done.status, 200, "{done:?}");
        }
        for entries in ["labor-entries", "cost-entries"] {
            let (path, place) = (format!("/defects/{{id}}/{entries}"), format!("/defects/{major}/{entries}"));
            let added = api.post(&engineer, &place, &example("post", &path)).await;
            assert_eq!(added.status, 201, "{added:?}");
            let reversal = example("post", &format!("{path}/{{child_id}}/reversal"));
            let back = api.post(&engineer, &format!("{place}/{}/reversal", added.json()["id"]), &reversal).await;
            assert_eq!(back.status, 201, "{back:?}");
        }

        let disposed = api.system.bring_to(Status::Disposition).await.item.id;
        let quality = api.sign_in(Role::QualityEngineer).await;
        let place = format!("/defects/{disposed}/disposition-lines");
        let line = api.post(&quality, &place, &example("post", "/defects/{id}/disposition-lines")).await;
        assert_eq!(line.status, 201, "{line:?}");
        let voted = api.system.bring_to(Status::Disposition).await.item.id;
        api.system.line(voted, "scrap", "10").await;
        let vote = example("post", "/defects/{id}/approvals");
        let cast = api.post(&quality, &format!("/defects/{voted}/approvals"), &vote).await;
        assert_eq!(cast.status, 201, "{cast:?}");
        let executed = api.system.bring_to(Status::Execution).await.item.id;
        let place = format!("/defects/{executed}/disposition-lines");
        let first = api.get(&quality, &place).await.json()["items"][0]["id"].to_string();
        let patch = example("patch", "/defects/{id}/disposition-lines/{child_id}");
        let done = api.patch(&quality, &format!("{place}/{first}"), "*", &patch).await;
        assert_eq!(done.status, 200, "{done:?}");
    }
}
