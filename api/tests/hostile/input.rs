//! Input from hell, through the application: always a problem of the client, never one of the server.

use std::iter::repeat_n;

use actix_web::http::{Method, header};
use serde_json::{Value as Json, json};
use service::role::Role;
use testkit::each_db;

use crate::client::{Api, Session, request};

/// The statuses that a client's mistake may get.
const REFUSALS: [u16; 8] = [400, 404, 405, 412, 413, 415, 422, 428];

async fn refused(api: &Api, session: &Session, method: Method, path: &str, body: Vec<u8>) -> u16 {
    let request = session
        .request(method, path)
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::IF_MATCH, "*"))
        .set_payload(body.clone());
    let answer = api.send(request).await;
    assert!(
        REFUSALS.contains(&answer.status),
        "{path} {:.200}: {answer:?}",
        String::from_utf8_lossy(&body)
    );
    answer.problem(answer.status);
    assert!(
        answer.body.len() < 20_000,
        "{} bytes of refusal",
        answer.body.len()
    );
    answer.status
}

each_db! {
    async fn bodies_from_hell_are_refused(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let form = api.system.form(&testkit::defect()).await;
        let reported = api.post(&manager, "/defects", &form).await.json()["id"].to_string();
        let record = format!("/defects/{reported}");
        let with = |field: &str, value: &str| {
            let mut rest = form.clone();
            rest.as_object_mut().unwrap().remove(field);
            let mut text = rest.to_string();
            text.insert_str(1, &format!("\"{field}\":{value},"));
            text.into_bytes()
        };
        let unknown: serde_json::Map<_, _> = (0..1000).map(|n| (format!("unknown_{n}"), Json::from(n))).collect();
        let deep = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
        let mut bodies = vec![
            Json::from(unknown).to_string().into_bytes(),
            with("x", &deep(100)),
            with("x", &deep(100_000)),
            with("title", &deep(126)),
            deep(100_000).into_bytes(),
            "{\"a\":".repeat(100_000).into_bytes(),
            with("title", "\"\\u0000\""),
            with("title", "\"\\ud800\""),
            b"{\"title\": \"\xff\xfe\"}".to_vec(),
            b"\x00\x00".to_vec(),
            b"\xef\xbb\xbf{}x".to_vec(),
            format!("\"{}\"", "x".repeat(1_000_000)).into_bytes(),
            format!("[{}1]", "1,".repeat(400_000)).into_bytes(),
            vec![b' '; 2_000_000],
        ];
        for number in ["1e400", "-1e400", "99999999999999999999999999", "1.5", "-1", "0", "1e2", "NaN", "\"1\"", "true"] {
            bodies.push(with("part_id", number));
        }
        bodies.push(with("part_id", &"9".repeat(10_000)));
        for quantity in ["\"1e3\"", "\"0.0001\"", "\"-1\"", "\"99999999999999999999\"", "\"NaN\"", "\"\u{661}\""] {
            bodies.push(with("quantity_inspected", quantity));
        }
        for body in bodies {
            refused(&api, &manager, Method::POST, "/defects", body.clone()).await;
            refused(&api, &manager, Method::PATCH, &record, body).await;
        }
    }

    async fn a_thousand_unknown_fields_are_all_refused_in_a_short_answer(api: Api) {
        let viewer = api.sign_in(Role::Viewer).await;
        let query: String = (0..1000).map(|n| format!("u{n}={n}&")).collect();
        let answer = api.get(&viewer, &format!("/parts?{query}")).await;
        assert!(!answer.refused(422).is_empty());
        assert!(answer.body.len() < 20_000, "{} bytes", answer.body.len());
    }

    async fn addresses_from_hell_lead_nowhere(api: Api) {
        let viewer = api.sign_in(Role::Viewer).await;
        let long = "9".repeat(5000);
        for id in [
            long.as_str(), "0", "-1", "+1", "01", "1.0", "1e3", "%00", "1%00", "%ff", "%E2%82", "%0d%0aX-Evil:%201",
            "9223372036854775808", "..", "%2e%2e", "1%2f..", "'%20OR%201=1--", "\u{661}", "%F0%9F%92%A9", "null",
        ] {
            for path in [format!("/parts/{id}"), format!("/defects/{id}/history"), format!("/codes/area/{id}"), format!("/codes/{id}")] {
                let uri = format!("/api/v1{path}");
                if uri.parse::<actix_web::http::Uri>().is_err() {
                    continue;
                }
                let answer = api.get(&viewer, &path).await;
                assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
                answer.problem(answer.status);
                assert_eq!(answer.header("x-evil"), None);
            }
        }
    }

    async fn queries_from_hell_are_refused(api: Api) {
        let viewer = api.sign_in(Role::Viewer).await;
        let long = "x".repeat(10_000);
        for query in [
            format!("q={long}"), format!("{long}=1"), format!("cursor={long}"), "q=%ff".to_owned(), "q=%00".to_owned(),
            "limit=0".to_owned(), "limit=201".to_owned(), "limit=1&limit=2".to_owned(), "limit=99999999999999999999".to_owned(),
            "limit=-1".to_owned(), "limit=1%00".to_owned(), "cursor=%00".to_owned(), "count=perhaps".to_owned(), "%00=1".to_owned(),
        ] {
            let answer = api.get(&viewer, &format!("/parts?{query}")).await;
            assert!([400, 422].contains(&answer.status), "{query:.60}: {answer:?}");
            answer.problem(answer.status);
        }
    }

    async fn headers_from_hell_are_refused_or_passed_over(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let part = api.system.part().await.id;
        let long = "x".repeat(10_000);
        let many = repeat_n("\"1\"", 2000).collect::<Vec<_>>().join(",");
        for (name, value) in [
            ("If-Match", long.as_str()), ("If-Match", ""), ("If-Match", "\""), ("If-Match", many.as_str()), ("If-Match", "\"99999999999999999999\""),
            ("If-None-Match", long.as_str()), ("Authorization", long.as_str()), ("Authorization", "Bearer"), ("X-Request-Id", long.as_str()),
            ("X-Request-Id", "a\tb"), ("Content-Type", long.as_str()), ("Content-Type", "application/json; charset=\u{e9}"),
            ("Idempotency-Key", long.as_str()), ("Accept", long.as_str()), ("Accept-Encoding", "gzip;q=x,,;"), ("Origin", "null"), ("X-Forwarded-For", long.as_str()),
        ] {
            let request = manager.request(Method::PATCH, &format!("/parts/{part}")).set_json(json!({"name": "Flange"}));
            let answer = api.send(request.insert_header((name, value))).await;
            assert!(answer.status < 500, "{name}: {value:.40}: {answer:?}");
            if answer.status >= 400 {
                answer.problem(answer.status);
            }
        }
    }

    async fn a_name_that_is_in_the_body_twice_is_refused(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let twice = [
            r#"{"number": "A", "revision": "A", "name": "one", "name": "two"}"#,
            r#"{"number": "A", "revision": "A", "name": "one", "\u006eame": "one"}"#,
        ];
        for body in twice {
            let request = manager.request(Method::POST, "/parts")
                .insert_header((header::CONTENT_TYPE, "application/json")).set_payload(body);
            let detail = api.send(request).await.problem(400).detail;
            assert!(detail.contains(r#""name" is there twice"#), "{detail}");
        }
        let nested = r#"{"code": "C-1", "labels": {"en": "Hall", "en": "Yard"}}"#;
        let request = manager.request(Method::POST, "/codes/area")
            .insert_header((header::CONTENT_TYPE, "application/json")).set_payload(nested);
        api.send(request).await.problem(400);
    }

    async fn what_is_wrong_beside_the_body_is_told_in_its_turn_and_with_the_rest(api: Api) {
        let (viewer, manager) = (api.sign_in(Role::Viewer).await, api.sign_in(Role::QualityManager).await);
        let part = api.system.part().await.id;
        let post = |session: &Session, path: &str, body: Json| session.request(Method::POST, &format!("{path}?stray=1"))
            .insert_header(("Idempotency-Key", "not one key")).set_json(body);
        // 404 and 403 come first.
        let missing = post(&manager, "/defects/999999999/serials", json!({"serial_number": 7}));
        api.send(missing).await.problem(404);
        api.send(post(&viewer, "/parts", json!({"number": 7}))).await.problem(403);
        let refused = api.send(post(&manager, "/parts", json!({"number": 7, "revision": "A", "name": "x"}))).await;
        let mut fields = refused.refused(422);
        fields.sort();
        assert_eq!(fields, ["Idempotency-Key", "number", "stray"]);
        let patch = |session: &Session, id: i64| session.request(Method::PATCH, &format!("/parts/{id}?stray=1"))
            .set_json(json!({"name": "y"}));
        api.send(patch(&manager, 999_999_999)).await.problem(404);
        api.send(patch(&viewer, part)).await.problem(403);
        assert_eq!(api.send(patch(&manager, part)).await.refused(422), ["stray"]);
        // Of a read.
        api.get(&viewer, "/parts/999999999?stray=1").await.problem(404);
        api.get(&viewer, &format!("/defects/{part}/permissions?stray=1")).await.problem(404);
        assert_eq!(api.get(&viewer, &format!("/parts/{part}?stray=1")).await.refused(422), ["stray"]);
        api.send(request(Method::GET, &format!("/api/v1/parts/{part}?stray=1"))).await.problem(401);
        // Nothing is deleted by a request that is not in order.
        let gone = manager.request(Method::DELETE, &format!("/parts/{part}?stray=1"));
        assert_eq!(api.send(gone).await.refused(422), ["stray"]);
        assert_eq!(api.get(&viewer, &format!("/parts/{part}")).await.status, 200);
    }

    async fn an_idempotency_key_is_refused_where_it_is_not_honoured(api: Api) {
        let user = api.system.user(Role::Viewer).await;
        let form = format!("grant_type=password&username={}&password={}", user.name, testkit::PASSWORD.replace(' ', "+"));
        let keyed = crate::client::form_request(&form).insert_header(("Idempotency-Key", "k-1"));
        let refused = api.send(keyed).await;
        assert_eq!(refused.problem(422).error.as_deref(), Some("invalid_request"));
        assert_eq!(refused.refused(422), ["Idempotency-Key"]);
        assert_eq!(api.send(crate::client::form_request(&form)).await.status, 200);
    }

    async fn an_if_match_that_is_no_etag_names_itself(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let part = api.system.part().await.id;
        let answer = api.patch(&manager, &format!("/parts/{part}"), "3", &json!({"name": "x"})).await;
        assert_eq!(answer.refused(400), ["If-Match"]);
    }

    async fn methods_that_nobody_uses_are_refused(api: Api) {
        for method in ["TRACE", "CONNECT", "PROPFIND", "BREW", "get"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            for path in ["/health", "/api/v1/defects", "/nowhere", "/"] {
                let answer = api.send(request(method.clone(), path)).await;
                assert!([401, 404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
                answer.problem(answer.status);
            }
        }
        // A word in the place of an id is another address, or none, whatever else is wrong.
        let admin = api.sign_in(Role::Admin).await;
        let answer = api.send(admin.request(Method::PATCH, "/users/names")).await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        api.send(admin.request(Method::PATCH, "/parts/abc")).await.problem(404);
        let answer = api.send(request(Method::OPTIONS, "/api/v1/defects")).await;
        assert_eq!((answer.status, answer.header("allow")), (204, Some("GET, POST, HEAD")));
    }
}
