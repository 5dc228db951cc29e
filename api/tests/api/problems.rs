//! What bad input gets: a problem document that says what is allowed, and nothing is written.

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use api::state::StateOptions;
use chrono::TimeDelta;
use serde_json::json;
use service::Draft;
use service::System;
use service::actor::Actor;
use service::role::Role;
use service::user::{self, UserPatch};
use service::version::IfMatch;
use testkit::{Fixture, PASSWORD, TestDatabase, TestSystem, each_db};

use crate::client::{Api, Session, form_request, request};

const JSON: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/json");

fn part() -> serde_json::Value {
    json!({"number": "PN-100", "revision": "B", "name": "Flange"})
}

async fn parts(api: &Api, session: &Session) -> usize {
    api.get(session, "/parts").await.json()["items"]
        .as_array()
        .unwrap()
        .len()
}

each_db! {
    async fn a_stranger_learns_nothing_but_401(api: Api) {
        let requests = [
            request(Method::GET, "/api/v1/me"),
            request(Method::GET, "/api/v1/parts/4711"),
            request(Method::GET, "/api/v1/parts/nonsense"),
            request(Method::GET, "/api/v1/codes/nonsense"),
            request(Method::GET, "/api/v1/parts?limit=0"),
            request(Method::POST, "/api/v1/parts").insert_header(JSON).set_payload("{"),
            request(Method::POST, "/api/v1/parts").insert_header((header::CONTENT_TYPE, "text/plain")),
            request(Method::PATCH, "/api/v1/defects/1").insert_header((header::IF_MATCH, "nonsense")),
            request(Method::GET, "/api/v1/me").insert_header((header::AUTHORIZATION, "Basic YTpi")),
            request(Method::GET, "/api/v1/me").insert_header((header::AUTHORIZATION, "Bearer")),
        ];
        for request in requests {
            let answer = api.send(request).await;
            answer.problem(401);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"dmt\""));
        }
        for token in ["x", "dmt_", "dmt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let answer = api.get(&Session { token: token.to_owned() }, "/me").await;
            answer.problem(401);
            assert!(answer.header("www-authenticate").unwrap().contains("invalid_token"));
        }
    }

    async fn a_token_that_has_ended_is_401(api: Api) {
        let expired = api.sign_in(Role::Viewer).await;
        api.system.clock.advance(TimeDelta::hours(13));
        api.get(&expired, "/me").await.problem(401);

        let left = api.sign_in(Role::Viewer).await;
        assert_eq!(api.send(left.request(Method::DELETE, "/auth/token")).await.status, 204);
        api.get(&left, "/me").await.problem(401);

        let person = api.system.user(Role::Viewer).await;
        let disabled = api.sign_in_as(&person.name, PASSWORD).await;
        let patch = Draft::<UserPatch>::json(&json!({"is_active": false}));
        let admin = Actor::command_line();
        user::change(&api.system, &admin, person.id.unwrap(), &IfMatch::Any, &patch).await.unwrap();
        api.get(&disabled, "/me").await.problem(401);
    }

    async fn a_refused_sign_in_is_a_problem_with_an_oauth_error(api: Api) {
        let person = api.system.user(Role::Viewer).await;
        let wrong = format!("grant_type=password&username={}&password=wrong", person.name);
        let cases = [
            (wrong.as_str(), 401, "invalid_grant"),
            ("grant_type=password&username=nobody&password=wrong", 401, "invalid_grant"),
            ("grant_type=client_credentials", 400, "unsupported_grant_type"),
            ("grant_type=password&username=x", 422, "invalid_request"),
            ("grant_type=password&username=x&password=y&z=1", 422, "invalid_request"),
            ("grant_type=password&username=%ff&password=y", 400, "invalid_request"),
            ("", 422, "invalid_request"),
        ];
        for (form, status, error) in cases {
            let problem = api.send(form_request(form)).await.problem(status);
            assert_eq!(problem.error.as_deref(), Some(error), "{form}");
        }
        let json = request(Method::POST, "/api/v1/auth/token").set_json(json!({}));
        assert_eq!(api.send(json).await.problem(415).error.as_deref(), Some("invalid_request"));
    }

    async fn what_cannot_be_parsed_is_400_and_nothing_is_written(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let deep = format!("{}1{}", "{\"a\":".repeat(300), "}".repeat(300));
        let bodies: [&[u8]; 7] =
            [b"", b"{", b"{\"number\": \"\xff\"}", b"{} {}", b"{\"number\": 1e999}", b"{\"name\": \"\\ud800\"}", deep.as_bytes()];
        for body in bodies {
            let request = admin.request(Method::POST, "/parts").insert_header(JSON).set_payload(body.to_vec());
            api.send(request).await.problem(400);
        }
        api.get(&admin, "/parts?q=%ff").await.problem(400);
        assert_eq!(parts(&api, &admin).await, 0);
    }

    async fn what_is_parsed_but_wrong_is_422_with_every_field_at_once(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let body = json!({"number": 5, "revision": "x".repeat(500), "colour": "red", "unit_cost": "1.234"});
        let answer = api.post(&admin, "/parts", &body).await;
        let mut fields = answer.refused(422);
        fields.sort();
        assert_eq!(fields, ["colour", "name", "number", "revision"]);
        for body in [json!([]), json!("x"), json!(null)] {
            api.post(&admin, "/parts", &body).await.problem(422);
        }
        assert_eq!(api.get(&admin, "/parts?limit=201&colour=red").await.refused(422), ["limit", "colour"]);
        assert_eq!(api.get(&admin, "/parts?cursor=nonsense").await.refused(422), ["cursor"]);
        assert_eq!(api.get(&admin, "/defects?sort=colour").await.refused(422), ["sort"]);
        assert_eq!(api.get(&admin, "/defects?status=opened,void").await.refused(422), ["status"]);
        assert_eq!(api.get(&admin, "/me?colour=red").await.refused(422), ["colour"]);
        assert_eq!(parts(&api, &admin).await, 0);
    }

    async fn an_unknown_id_is_404_in_an_address_and_a_field_error_in_a_body(api: Api) {
        let inspector = api.sign_in(Role::Inspector).await;
        for path in ["/parts/4711", "/parts/x", "/parts/0", "/parts/-1", "/parts/01", "/parts/99999999999999999999"] {
            api.get(&inspector, path).await.problem(404);
        }
        for path in ["/codes/colours", "/defects/4711/history", "/defects/4711/permissions", "/defects/4711/serials"] {
            api.get(&inspector, path).await.problem(404);
        }
        let body = json!({
            "part_id": 4711, "work_center_id": 4712, "title": "Burr", "description": "On the bore", "quantity_defective": "1",
        });
        let mut fields = api.post(&inspector, "/defects", &body).await.refused(422);
        fields.sort();
        assert_eq!(fields, ["part_id", "work_center_id"]);
    }

    async fn a_wrong_media_type_is_415(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/merge-patch+json", ""] {
            let request = admin.request(Method::POST, "/parts").set_payload(part().to_string());
            api.send(request.insert_header((header::CONTENT_TYPE, media_type))).await.problem(415);
        }
        let typed = admin.request(Method::POST, "/parts").set_payload(part().to_string());
        let typed = typed.insert_header((header::CONTENT_TYPE, "Application/JSON; charset=utf-8"));
        let made = api.send(typed).await;
        assert_eq!(made.status, 201);
        let place = format!("/parts/{}", made.json()["id"]);
        let patch = admin.request(Method::PATCH, &place).insert_header((header::IF_MATCH, "\"1\""));
        let patch = patch.insert_header((header::CONTENT_TYPE, "application/merge-patch+json"));
        assert_eq!(api.send(patch.set_payload("{\"name\": \"Ring\"}")).await.status, 200);
    }

    async fn a_body_over_the_limit_is_413(database: TestDatabase) {
        let system = TestSystem::on(database).await;
        let served = System::clone(&system);
        let api = Api::with(system, served, StateOptions { max_body_kb: 1, ..StateOptions::default() }).await;
        let admin = api.sign_in(Role::Admin).await;
        let large = json!({"number": "x".repeat(2000)});
        api.post(&admin, "/parts", &large).await.problem(413);
        assert_eq!(api.post(&admin, "/parts", &part()).await.status, 201);
    }

    async fn an_unknown_address_is_404_and_a_wrong_method_405(api: Api) {
        for path in ["/nowhere", "/api", "/api/v1", "/api/v1/nowhere", "/api/v1/parts/", "/docs/nowhere"] {
            api.send(request(Method::GET, path)).await.problem(404);
        }
        for (method, path, allowed) in [
            (Method::DELETE, "/api/v1/parts", "GET, POST, HEAD"),
            (Method::PUT, "/api/v1/parts/1", "GET, PATCH, DELETE, HEAD"),
            (Method::POST, "/api/v1/me", "GET, HEAD"),
            (Method::GET, "/api/v1/auth/token", "POST, DELETE"),
            (Method::POST, "/health", "GET, HEAD"),
            (Method::POST, "/openapi.json", "GET, HEAD"),
        ] {
            let answer = api.send(request(method, path)).await;
            answer.problem(405);
            assert_eq!(answer.header("allow"), Some(allowed), "{path}");
        }
    }

    async fn a_duplicate_is_409_and_names_its_field(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        assert_eq!(api.post(&admin, "/parts", &part()).await.status, 201);
        assert_eq!(api.post(&admin, "/parts", &part()).await.refused(409), ["number"]);
    }

    async fn who_may_not_is_403_whatever_he_sends(api: Api) {
        let viewer = api.sign_in(Role::Viewer).await;
        api.post(&viewer, "/parts", &part()).await.problem(403);
        api.post(&viewer, "/parts", &json!({"colour": "red"})).await.problem(403);
        api.post(&viewer, "/defects", &json!({})).await.problem(403);
        api.get(&viewer, "/users").await.problem(403);
    }

    async fn a_read_only_server_says_so(database: TestDatabase) {
        let system = TestSystem::on(database).await;
        let viewer = system.user(Role::Admin).await;
        let served = system.another_server(|_| {});
        let writable = Api::with(system, served, StateOptions::default()).await;
        let session = writable.sign_in_as(&viewer.name, PASSWORD).await;
        let read_only = writable.system.another_server(|options| options.read_only = true);
        let api = Api::with(writable.system, read_only, StateOptions::default()).await;
        assert_eq!(parts(&api, &session).await, 0);
        let answer = api.post(&session, "/parts", &part()).await;
        answer.problem(503);
        assert!(answer.header("retry-after").is_some());
        assert!(answer.problem(503).detail.contains("DMT_READ_ONLY"));
        // Signing in and out stay possible: without them nobody could read.
        let another = api.sign_in_as(&viewer.name, PASSWORD).await;
        assert_eq!(parts(&api, &another).await, 0);
        assert_eq!(api.send(another.request(Method::DELETE, "/auth/token")).await.status, 204);
        api.get(&another, "/parts").await.problem(401);
        let password = json!({"current_password": PASSWORD, "new_password": "staple horse battery"});
        api.send(session.request(Method::PUT, "/me/password").set_json(password)).await.problem(503);
    }
}

/// A request that the framework itself refuses is dressed as well.
#[test]
fn an_answer_in_no_acceptable_encoding_is_a_problem_too() {
    testkit::run(testkit::Engine::Sqlite, |api: Api| async move {
        let nothing: TestRequest = request(Method::GET, "/health");
        let nothing = nothing.insert_header((header::ACCEPT_ENCODING, "identity;q=0, *;q=0"));
        api.send(nothing).await.problem(406);
    });
}
