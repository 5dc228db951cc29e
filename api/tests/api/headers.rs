//! Headers that people and programs rely on.

use actix_web::http::{Method, header};
use api::state::StateOptions;
use serde_json::json;
use service::System;
use service::role::Role;
use testkit::{Engine, Fixture, TestDatabase, TestSystem, run};

use crate::client::{Api, request};

#[test]
fn every_answer_carries_the_security_headers() {
    run(Engine::Sqlite, |api: Api| async move {
        let viewer = api.sign_in(Role::Viewer).await;
        let requests = [
            request(Method::GET, "/health"),
            request(Method::GET, "/nowhere"),
            request(Method::GET, "/docs/"),
            viewer.request(Method::GET, "/parts"),
            viewer.request(Method::GET, "/parts/4711"),
        ];
        for request in requests {
            let answer = api.send(request).await;
            assert_eq!(
                answer.header("x-content-type-options"),
                Some("nosniff"),
                "{answer:?}"
            );
            assert_eq!(answer.header("x-frame-options"), Some("DENY"));
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
            assert!(
                answer
                    .header("content-security-policy")
                    .unwrap()
                    .starts_with("default-src 'none'")
            );
            assert_eq!(answer.header("server"), None);
        }
    });
}

#[test]
fn nobody_else_may_keep_what_depends_on_roles() {
    run(Engine::Sqlite, |api: Api| async move {
        let person = api.system.user(Role::Viewer).await;
        let form = format!(
            "grant_type=password&username={}&password=correct+horse+battery",
            person.name
        );
        let token = api.send(crate::client::form_request(&form)).await;
        assert_eq!(token.header("cache-control"), Some("no-store"));
        let viewer = api.sign_in(Role::Viewer).await;
        assert_eq!(
            api.get(&viewer, "/parts").await.header("cache-control"),
            Some("private, no-cache")
        );
        let own = api
            .post(&viewer, "/me/tokens", &json!({"name": "mes"}))
            .await;
        assert_eq!(
            (own.status, own.header("cache-control")),
            (201, Some("no-store"))
        );
    });
}

#[test]
fn a_request_id_is_taken_over_or_made() {
    run(Engine::Sqlite, |api: Api| async move {
        let sent =
            |id: &'static str| request(Method::GET, "/nowhere").insert_header(("X-Request-Id", id));
        let answer = api.send(sent("line-3.42")).await;
        assert_eq!(answer.problem(404).instance, "line-3.42");
        for bad in ["a b", "a=b", &"x".repeat(65)] {
            let answer = api
                .send(request(Method::GET, "/nowhere").insert_header(("X-Request-Id", bad)))
                .await;
            assert_ne!(answer.problem(404).instance, bad);
        }
    });
}

#[test]
fn head_is_answered_like_get() {
    run(Engine::Sqlite, |api: Api| async move {
        assert_eq!(api.send(request(Method::HEAD, "/health")).await.status, 200);
        let viewer = api.sign_in(Role::Viewer).await;
        api.send(viewer.request(Method::HEAD, "/parts/4711"))
            .await
            .problem(404);
    });
}

#[test]
fn other_origins_are_let_in_only_where_configured() {
    run(Engine::Sqlite, |database: TestDatabase| async move {
        let ask = |origin: &'static str| {
            request(Method::OPTIONS, "/api/v1/parts/1")
                .insert_header((header::ORIGIN, origin))
                .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH"))
                .insert_header((
                    header::ACCESS_CONTROL_REQUEST_HEADERS,
                    "authorization,content-type,if-match,idempotency-key",
                ))
        };
        let system = TestSystem::on(database).await;
        let served = System::clone(&system);
        let closed = Api::with(system, served.clone(), StateOptions::default()).await;
        let answer = closed.send(ask("https://mes.example.com")).await;
        assert_eq!(answer.header("access-control-allow-origin"), None);

        let options = StateOptions {
            cors_origins: vec!["https://mes.example.com".to_owned()],
            ..StateOptions::default()
        };
        let open = Api::with(closed.system, served, options).await;
        let answer = open.send(ask("https://mes.example.com")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("https://mes.example.com")
        );
        let answer = open
            .send(
                request(Method::GET, "/health")
                    .insert_header((header::ORIGIN, "https://mes.example.com")),
            )
            .await;
        let exposed = answer
            .header("access-control-expose-headers")
            .unwrap()
            .to_ascii_lowercase();
        for name in ["etag", "location", "retry-after", "x-request-id"] {
            assert!(exposed.contains(name), "{exposed}");
        }
        let refused = open.send(ask("https://evil.example.com")).await;
        assert_eq!(refused.header("access-control-allow-origin"), None);
        let told = refused.problem(400).detail;
        assert!(told.contains("DMT_CORS_ORIGINS"), "{told}");
    });
}

#[test]
fn large_answers_are_compressed_for_who_asks() {
    run(Engine::Sqlite, |api: Api| async move {
        let asked =
            request(Method::GET, "/openapi.json").insert_header((header::ACCEPT_ENCODING, "gzip"));
        let (small, large) = (
            api.send(asked).await,
            api.send(request(Method::GET, "/openapi.json")).await,
        );
        assert_eq!(small.header("content-encoding"), Some("gzip"));
        assert!(small.body.len() * 4 < large.body.len());
    });
}
