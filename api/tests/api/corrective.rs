//! Corrective action requests over HTTP: what headers carry, and what a supplier does without an account.

use actix_web::http::{Method, header};
use serde_json::json;
use service::role::Role;
use service::words::CorrectiveStatus;
use testkit::{PASSWORD, each_db};

use crate::client::{Api, request};

each_db! {
    async fn a_request_is_raised_once_and_changed_by_whoever_has_seen_it(api: Api) {
        let quality = api.sign_in(Role::QualityEngineer).await;
        let new = json!({"title": "Burrs", "description": "The third time this quarter."});
        let raise = || {
            quality
                .request(Method::POST, "/corrective-actions")
                .insert_header(("Idempotency-Key", "once"))
                .set_json(&new)
        };
        let raised = api.send(raise()).await;
        assert_eq!((raised.status, raised.etag().as_str()), (201, "\"1\""));
        let again = api.send(raise()).await;
        assert_eq!(again.json(), raised.json(), "the same request is done once");
        let id = &raised.json()["id"];
        assert_eq!(raised.header("location"), Some(format!("/api/v1/corrective-actions/{id}").as_str()));
        let path = format!("/corrective-actions/{id}");
        let seen = quality.request(Method::GET, &path).insert_header((header::IF_NONE_MATCH, "\"1\""));
        assert_eq!(api.send(seen).await.status, 304);

        let text = json!({"d0": {"text": "All stock is held."}});
        let blind = quality.request(Method::PATCH, &path).set_json(&text);
        api.send(blind).await.problem(428);
        let changed = api.patch(&quality, &path, "\"1\"", &text).await;
        assert_eq!((changed.status, changed.etag().as_str()), (200, "\"2\""));
        api.patch(&quality, &path, "\"1\"", &text).await.problem(412);
        let wrong = json!({"d0": {"text": " ", "colour": "red"}, "d9": {}});
        assert_eq!(api.patch(&quality, &path, "*", &wrong).await.refused(422), ["d0.text", "d0.colour", "d9"]);
        let added = api.post(&quality, &format!("{path}/actions"), &json!({"kind": "corrective", "text": "Count."})).await;
        assert_eq!((added.status, added.etag().as_str()), (201, "\"3\""));
        let place = added.header("location").unwrap().trim_start_matches("/api/v1");
        assert_eq!(api.get(&quality, place).await.json(), added.json());
    }

    async fn closing_is_signed_over_http(api: Api) {
        let id = api.system.request_at(CorrectiveStatus::D8).await.item.id;
        let manager = api.sign_in(Role::QualityManager).await;
        let path = format!("/corrective-actions/{id}/transitions");
        let close = |password: &str| json!({"action": "close", "signature": {"password": password, "meaning": "closure"}});
        assert_eq!(api.post(&manager, &path, &close("not it")).await.refused(422), ["d8.text", "effectiveness_checks"]);
        api.system.make_request_ready(id).await;
        api.post(&manager, &path, &close("not it")).await.problem(403);
        let closed = api.post(&manager, &path, &close(PASSWORD)).await;
        assert_eq!((closed.status, closed.json()["status"].as_str()), (200, Some("closed")));
        let signed = api.get(&manager, &format!("/corrective-actions/{id}/signatures")).await.json();
        assert_eq!((&signed["items"][0]["matches"], &signed["items"][0]["action"]), (&json!(true), &json!("close")));
        api.post(&manager, &path, &json!({"action": "void", "reason": "Too late."})).await.problem(409);
    }

    async fn a_supplier_answers_by_his_link_alone(api: Api) {
        let supplier = api.system.supplier().await;
        let id = api.system.raise(json!({"supplier_id": supplier.id})).await.item.id;
        let quality = api.sign_in(Role::QualityEngineer).await;
        let place = format!("/corrective-actions/{id}/supplier-link");
        let give = || {
            quality
                .request(Method::POST, &place)
                .insert_header(("Idempotency-Key", "link"))
                .set_json(json!({"valid_days": 3}))
        };
        let given = api.send(give()).await;
        assert_eq!((given.status, given.header("cache-control")), (201, Some("no-store")));
        let token = given.json()["token"].as_str().unwrap().to_owned();
        let repeated = api.send(give()).await;
        assert!(repeated.json()["token"].is_null(), "the text is shown once");
        assert_eq!(api.get(&quality, &place).await.json()["supplier"]["code"], json!(supplier.code));

        let link = format!("/api/v1/supplier/{token}");
        let seen = api.send(request(Method::GET, &link)).await;
        assert_eq!(seen.status, 200);
        let answer = |tag: &str, text: &str| {
            request(Method::PATCH, &link)
                .insert_header((header::IF_MATCH, tag))
                .set_json(json!({"d3": text}))
        };
        let answered = api.send(answer(&seen.etag(), "Sorted.")).await;
        assert_eq!((answered.status, answered.json()["d3"]["text"].as_str()), (200, Some("Sorted.")));
        api.send(answer(&seen.etag(), "Sorted twice.")).await.problem(412);
        let foreign = request(Method::PATCH, &link).set_json(json!({"d2": "Not asked."}));
        assert_eq!(api.send(foreign).await.refused(422), ["d2"]);
        let stray = request(Method::GET, &format!("{link}?q=1"));
        assert_eq!(api.send(stray).await.refused(422), ["q"]);

        let gone = quality.request(Method::DELETE, &place).insert_header((header::IF_MATCH, "*"));
        assert_eq!(api.send(gone).await.status, 204);
        api.send(request(Method::GET, &link)).await.problem(404);
    }

    async fn whoever_tries_links_is_stopped(api: Api) {
        let tried = async || api.send(request(Method::GET, "/api/v1/supplier/car_made-up")).await;
        for _ in 0..30 {
            tried().await.problem(404);
        }
        let stopped = tried().await;
        stopped.problem(429);
        assert!(stopped.header("retry-after").is_some());
    }

    async fn a_request_is_raised_and_worked_on_with_the_examples(api: Api) {
        let quality = api.sign_in(Role::QualityEngineer).await;
        let example = crate::examples::example;
        let made = api.post(&quality, "/corrective-actions", &example("post", "/corrective-actions")).await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.json()["id"].as_i64().unwrap();
        let path = format!("/corrective-actions/{id}");
        let patch = example("patch", "/corrective-actions/{id}");
        assert_eq!(api.patch(&quality, &path, "*", &patch).await.status, 200);
        for children in ["root-causes", "actions"] {
            let pattern = format!("/corrective-actions/{{id}}/{children}");
            let added = api.post(&quality, &format!("{path}/{children}"), &example("post", &pattern)).await;
            assert_eq!(added.status, 201, "{added:?}");
            let child = format!("{path}/{children}/{}", added.json()["id"]);
            let patch = example("patch", &format!("{pattern}/{{child_id}}"));
            assert_eq!(api.patch(&quality, &child, "*", &patch).await.status, 200);
        }
        let action = example("post", "/corrective-actions/{id}/transitions");
        assert_eq!(api.post(&quality, &format!("{path}/transitions"), &action).await.status, 200);
        api.system.bring_request(id, CorrectiveStatus::D7).await;
        let check = example("post", "/corrective-actions/{id}/effectiveness-checks");
        assert_eq!(api.post(&quality, &format!("{path}/effectiveness-checks"), &check).await.status, 201);
    }
}
