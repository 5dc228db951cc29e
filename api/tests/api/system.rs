//! The routes for those who run the server.

use actix_web::http::Method;
use serde_json::json;
use service::role::Role;
use testkit::each_db;

use crate::client::{Api, request};

each_db! {
    async fn a_server_is_ready_until_it_drains(api: Api) {
        for path in ["/health", "/ready"] {
            let answer = api.send(request(Method::GET, path)).await;
            assert_eq!((answer.status, answer.json()), (200, json!({"status": "ok"})), "{path}");
        }
        api.state.drain();
        let answer = api.send(request(Method::GET, "/ready")).await;
        answer.problem(503);
        assert!(answer.header("retry-after").is_some());
        assert_eq!(api.send(request(Method::GET, "/health")).await.status, 200);
    }

    async fn a_server_without_its_database_is_alive_but_not_ready(api: Api) {
        let viewer = api.sign_in(Role::Viewer).await;
        api.system.db.close().await;
        api.send(request(Method::GET, "/ready")).await.problem(503);
        api.get(&viewer, "/parts").await.problem(503);
        assert_eq!(api.send(request(Method::GET, "/health")).await.status, 200);
    }

    async fn metrics_are_for_this_machine_or_a_token_of_their_own(api: Api) {
        let local = || request(Method::GET, "/metrics").peer_addr("127.0.0.1:40000".parse().unwrap());
        let answer = api.send(local()).await;
        assert_eq!(answer.status, 200);
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(text.contains("dmt_db_connections ") && text.contains("dmt_build_info"), "{text}");

        api.send(request(Method::GET, "/metrics")).await.problem(401);
        api.send(local().insert_header(("X-Forwarded-For", "192.0.2.7"))).await.problem(401);
        let viewer = api.sign_in(Role::Viewer).await;
        let with = |token: &str| request(Method::GET, "/metrics").insert_header(("Authorization", format!("Bearer {token}")));
        api.send(with(&viewer.token)).await.problem(403);
        let issued = api.post(&viewer, "/me/tokens", &json!({"name": "prometheus", "scopes": ["metrics"]})).await;
        assert_eq!(issued.status, 201, "{issued:?}");
        let token = issued.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(api.send(with(&token)).await.status, 200);
        api.send(request(Method::GET, "/api/v1/parts").insert_header(("Authorization", format!("Bearer {token}")))).await.problem(403);
    }

    async fn requests_and_refused_sign_ins_are_counted(api: Api) {
        let viewer = api.sign_in(Role::Viewer).await;
        api.get(&viewer, "/parts/4711").await.problem(404);
        api.get(&viewer, "/nowhere").await.problem(404);
        api.send(crate::client::form_request("grant_type=password&username=x&password=y")).await.problem(401);
        let text = api.state.metrics.render(api.system.db.pool_state());
        for line in [
            r#"dmt_http_requests_total{method="GET",route="/api/v1/parts/{id}",status="404"} 1"#,
            r#"dmt_http_requests_total{method="GET",route="unmatched",status="404"} 1"#,
            "dmt_sign_in_failures_total 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}

#[test]
fn swagger_ui_needs_no_network() {
    testkit::run(testkit::Engine::Sqlite, |api: Api| async move {
        let answer = api.send(request(Method::GET, "/docs")).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (308, Some("/docs/"))
        );
        let page = api.send(request(Method::GET, "/docs/")).await;
        assert_eq!(page.status, 200);
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{text}"
        );
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.contains("script-src 'self'") && !text.contains("<script>"),
            "{text}"
        );
        for file in [
            "swagger-ui.css",
            "swagger-ui-bundle.js",
            "swagger-ui-standalone-preset.js",
            "swagger-initializer.js",
        ] {
            assert!(text.contains(file));
            assert_eq!(
                api.send(request(Method::GET, &format!("/docs/{file}")))
                    .await
                    .status,
                200,
                "{file}"
            );
        }
        let start = api
            .send(request(Method::GET, "/docs/swagger-initializer.js"))
            .await;
        assert!(String::from_utf8_lossy(&start.body).contains("/openapi.json"));
    });
}
