//! Saved views over HTTP: addresses, ETags, keys, and where a refusal points.

use actix_web::http::{Method, header};
use serde_json::json;
use service::role::Role;
use testkit::{defect, each_db};

use crate::client::Api;

each_db! {
    async fn a_view_is_kept_read_changed_and_deleted(api: Api) {
        let ines = api.sign_in(Role::Inspector).await;
        let query = json!({"severity": ["major"], "sort": "tag_number"});
        let made = api.post(&ines, "/saved-views", &json!({"name": "Majors", "query": query})).await;
        assert_eq!((made.status, made.etag()), (201, "\"1\"".to_owned()), "{made:?}");
        let path = format!("/saved-views/{}", made.json()["id"]);
        assert_eq!(made.header("location"), Some(format!("/api/v1{path}").as_str()));
        let seen = api.get(&ines, &path).await;
        assert_eq!((seen.json(), seen.etag()), (made.json(), made.etag()));
        assert_eq!(seen.json()["query"], query);
        let changed = api.patch(&ines, &path, "\"1\"", &json!({"name": "The majors"})).await;
        assert_eq!((changed.status, changed.etag()), (200, "\"2\"".to_owned()));
        api.patch(&ines, &path, "\"1\"", &json!({"name": "Mine"})).await.problem(412);
        let remove = |tag: &str| ines.request(Method::DELETE, &path).insert_header((header::IF_MATCH, tag.to_owned()));
        api.send(remove("\"1\"")).await.problem(412);
        assert_eq!(api.send(remove("\"2\"")).await.status, 204);
        api.get(&ines, &path).await.problem(404);
    }

    async fn what_is_wrong_is_told_with_its_place(api: Api) {
        let ines = api.sign_in(Role::Inspector).await;
        let query = json!({"severity": ["grave"], "colour": "red", "limit": 5});
        let wrong = api.post(&ines, "/saved-views", &json!({"name": "x", "query": query, "colour": 1})).await;
        let mut fields = wrong.refused(422);
        fields.sort();
        assert_eq!(fields, ["colour", "query.colour", "query.limit", "query.severity[0]"]);
        assert_eq!(api.get(&ines, "/saved-views?colour=red").await.refused(422), ["colour"]);
        assert_eq!(api.get(&ines, "/saved-views?mine=perhaps").await.refused(422), ["mine"]);
        let everyone = api.post(&ines, "/saved-views", &json!({"name": "x", "query": {}, "shared_with": "everyone"})).await;
        assert_eq!(everyone.refused(403), ["shared_with"]);
    }

    async fn the_same_request_twice_keeps_one_view(api: Api) {
        let ines = api.sign_in(Role::Inspector).await;
        let new = json!({"name": "Majors", "query": {"severity": "major"}});
        let send = || ines.request(Method::POST, "/saved-views").insert_header(("Idempotency-Key", "v-1")).set_json(&new);
        let (first, second) = (api.send(send()).await, api.send(send()).await);
        assert_eq!((first.status, second.status, first.json()), (201, 201, second.json()));
        assert_eq!(api.get(&ines, "/saved-views?count=true").await.json()["total"], 1);
        assert_eq!(api.post(&ines, "/saved-views", &new).await.refused(409), ["name"]);
    }

    async fn one_begins_with_the_view_that_one_chose_and_the_list_takes_its_query(api: Api) {
        let ines = api.sign_in(Role::Inspector).await;
        let reporter = api.system.member(Role::Inspector).await;
        let major = api.system.report(&reporter, defect().major()).await.item;
        api.system.report(&reporter, defect().minor()).await;
        api.get(&ines, "/saved-views/default").await.problem(404);
        let new = json!({"name": "Majors", "query": {"severity": "critical,major", "reported_after": "2026-01-01T00:00:00Z"}});
        let path = format!("/saved-views/{}", api.post(&ines, "/saved-views", &new).await.json()["id"]);
        let choose = |choice| ines.request(Method::PUT, &format!("{path}/choice")).set_json(choice);
        let chosen = api.send(choose(json!({"is_default": true, "digest": "weekly"}))).await;
        assert_eq!(chosen.status, 200, "{chosen:?}");
        let begun = api.get(&ines, "/saved-views/default").await.json();
        assert_eq!((&begun, &begun["is_default"], &begun["digest"]), (&chosen.json(), &json!(true), &json!("weekly")));
        let pairs: Vec<_> = begun["query"].as_object().unwrap().iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
        let list = api.get(&ines, &format!("/defects?{}", pairs.join("&"))).await.json();
        assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]["id"]), (1, &json!(major.id)));
        api.send(choose(json!({"digest": "hourly"}))).await.refused(422);
        let left = api.send(choose(json!({"is_default": false}))).await.json();
        assert_eq!((&left["is_default"], &left["digest"]), (&json!(false), &json!(null)));
        api.get(&ines, "/saved-views/default").await.problem(404);
        api.send(ines.request(Method::PATCH, "/saved-views/default").set_json(json!({}))).await.problem(405);
    }
}
