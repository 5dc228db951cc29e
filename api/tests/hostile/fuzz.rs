//! Input by chance, thousands of times, near enough to the right one to get far: never a panic, never a 5xx.
//!
//! The chance is always the same, so that a failure comes again; what failed is in its message. The URL parser has
//! its targets in `db`, cursors within the service in `service`.

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use service::role::Role;
use testkit::{Engine, defect, run};

use crate::client::{Answer, Api, Session};

const TRIES: usize = 1000;

/// So many values of a kind.
fn tries<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> impl Iterator<Item = T> {
    let mut runner = TestRunner::deterministic();
    (0..TRIES).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

#[track_caller]
fn is_answered(answer: &Answer, input: &dyn std::fmt::Debug) {
    assert!(answer.status < 500, "{input:?}: {answer:?}");
    if answer.status >= 400 {
        answer.problem(answer.status);
    }
}

/// Texts that programs stumble over, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "",
            " ",
            "0",
            "-1",
            "1",
            "1.5",
            "1e9",
            "9223372036854775807",
            "9223372036854775808",
            "null",
            "true",
            "*",
            "\"1\"",
            "W/\"1\"",
            "\0",
            "\u{feff}",
            "%",
            "%00",
            "_",
            "\\",
            "'",
            "';--",
            "\u{202e}",
            "2026-11-20T08:00:00Z",
            "2026-02-30",
            "+275760-09-13T00:00:00Z",
            "0000-00-00T00:00:00Z",
            "critical",
            "critical,major",
            ",,",
            "-reported_at",
            "-30d",
            "+9999999999y",
            "!none,any",
            "open,!void",
            "5..10",
            "PN-%*",
            "me",
            "severity:major -supplier:none due:<today",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
        vec(any::<char>(), 0..300).prop_map(|all| all.into_iter().collect()),
    ]
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

async fn get(api: &Api, session: &Session, path: &str) -> Option<Answer> {
    format!("/api/v1{path}").parse::<Uri>().ok()?;
    Some(api.get(session, path).await)
}

#[test]
fn filters_by_chance() {
    const KEYS: [&str; 32] = [
        "filter",
        "part",
        "work_center",
        "supplier",
        "assignee",
        "reported_by",
        "cause",
        "lot_number",
        "due_before",
        "closed_after",
        "quantity_defective",
        "cost_total",
        "is_contained",
        "on_hold",
        "overdue",
        "status",
        "severity",
        "origin",
        "part_id",
        "work_center_id",
        "customer_id",
        "supplier_id",
        "assignee_id",
        "failure_code",
        "reported_after",
        "reported_before",
        "external_id",
        "sort",
        "limit",
        "cursor",
        "count",
        "q",
    ];
    run(Engine::Sqlite, |api: Api| async move {
        let manager = api.sign_in(Role::QualityManager).await;
        let pair = (
            prop_oneof![9 => select(KEYS.to_vec()).prop_map(str::to_owned), 1 => text()],
            text(),
        );
        let lists = select(vec![
            "/defects",
            "/parts",
            "/users/names",
            "/codes/area",
            "/partners",
        ]);
        for (list, pairs) in tries((lists, vec(pair, 0..5))) {
            let query: Vec<_> = pairs
                .iter()
                .map(|(key, value)| format!("{}={}", encoded(key), encoded(value)))
                .collect();
            let path = format!("{list}?{}", query.join("&"));
            let answer = get(&api, &manager, &path).await.unwrap();
            is_answered(&answer, &path);
        }
        // The language of filters.
        let term = prop_oneof![
            "-?(severity|status|part|lot|cost|due|reported|overdue|q|filter):[-!,<>=.*\"a-z0-9]{0,12}",
            "[ -~]{0,12}",
            text(),
        ];
        for terms in tries(vec(term, 0..6)) {
            let path = format!("/defects?filter={}", encoded(&terms.join(" ")));
            is_answered(&get(&api, &manager, &path).await.unwrap(), &path);
        }
        // Not even encoded as it should be.
        for bytes in tries("[ -~]{0,80}") {
            if let Some(answer) = get(&api, &manager, &format!("/defects?{bytes}")).await {
                is_answered(&answer, &bytes);
            }
        }
    });
}

#[test]
fn cursors_by_chance() {
    run(Engine::Sqlite, |api: Api| async move {
        let manager = api.sign_in(Role::QualityManager).await;
        let reporter = api.system.member(Role::Inspector).await;
        for _ in 0..3 {
            api.system.report(&reporter, defect()).await;
        }
        let first = api.get(&manager, "/defects?limit=1").await.json();
        let cursor = first["next_cursor"].as_str().unwrap().to_owned();
        let length = cursor.len();
        let broken = (0..length, any::<u8>(), 0..=length, any::<bool>()).prop_map(
            move |(at, byte, cut, whole)| {
                let mut bytes = cursor.clone().into_bytes();
                bytes[at] = byte;
                bytes.truncate(if whole { length } else { cut });
                String::from_utf8_lossy(&bytes).into_owned()
            },
        );
        for cursor in tries(prop_oneof![3 => broken, 1 => text()]) {
            let path = format!("/defects?limit=1&cursor={}", encoded(&cursor));
            is_answered(&api.get(&manager, &path).await, &path);
        }
    });
}

/// JSON of any shape, with names that mean something.
fn body() -> impl Strategy<Value = Json> {
    const FIELDS: [&str; 26] = [
        "title",
        "description",
        "severity",
        "failure_code",
        "part_id",
        "work_center_id",
        "quantity_defective",
        "quantity_inspected",
        "detected_at",
        "due_at",
        "reason",
        "until",
        "is_contained",
        "assignee_id",
        "external_system",
        "external_id",
        "cause",
        "language",
        "origin",
        "name",
        "labels",
        "roles",
        "unit_cost",
        "action",
        "signature",
        "en",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        text().prop_map(Json::from),
    ];
    let field = prop_oneof![9 => select(FIELDS.to_vec()).prop_map(str::to_owned), 1 => text()];
    let any_shape = leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            btree_map(field.clone(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    });
    let named = select(FIELDS.to_vec()).prop_map(str::to_owned);
    prop_oneof![
        1 => any_shape.clone(),
        4 => btree_map(named, any_shape, 1..5).prop_map(|map| map.into_iter().collect()),
    ]
}

#[test]
fn merge_patches_by_chance() {
    run(Engine::Sqlite, |api: Api| async move {
        let (manager, admin) = (
            api.sign_in(Role::QualityManager).await,
            api.sign_in(Role::Admin).await,
        );
        let reporter = api.system.member(Role::Inspector).await;
        let record = api.system.report(&reporter, defect().major()).await.item.id;
        let (part, user) = (
            api.system.part().await.id,
            api.system.user(Role::Viewer).await.id.unwrap(),
        );
        for body in tries(body()) {
            for (who, path) in [
                (&manager, format!("/defects/{record}")),
                (&manager, format!("/parts/{part}")),
                (&admin, format!("/users/{user}")),
            ] {
                is_answered(&api.patch(who, &path, "*", &body).await, &(path, &body));
            }
            for path in [
                "/defects",
                "/codes/area",
                &format!("/defects/{record}/transitions"),
            ] {
                is_answered(&api.post(&manager, path, &body).await, &(path, &body));
            }
        }
    });
}

/// What a header may carry at all.
fn header_text() -> impl Strategy<Value = HeaderValue> {
    let bytes = vec(prop_oneof![9 => 0x20..0x7f_u8, 1 => 0x80..=0xff_u8], 0..300);
    let near = "(W/)?\"?[0-9*,\" ]{0,30}\"?";
    prop_oneof![bytes, near.prop_map(String::into_bytes)]
        .prop_filter_map("no header", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

#[test]
fn preconditions_keys_and_tokens_by_chance() {
    run(Engine::Sqlite, |api: Api| async move {
        let manager = api.sign_in(Role::QualityManager).await;
        let part = api.system.part().await.id;
        let token = manager.token.clone();
        for (number, value) in tries(header_text()).enumerate() {
            let path = format!("/parts/{part}");
            for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
                let method = if name == header::IF_MATCH {
                    Method::PATCH
                } else {
                    Method::GET
                };
                let request = manager
                    .request(method, &path)
                    .insert_header((name, value.clone()));
                is_answered(
                    &api.send(request.set_json(json!({"name": "Flange"}))).await,
                    &value,
                );
            }
            let new = json!({"number": format!("N-{number}"), "revision": "A", "name": "Flange"});
            let keyed = manager
                .request(Method::POST, "/parts")
                .insert_header(("Idempotency-Key", value.clone()));
            is_answered(&api.send(keyed.set_json(&new)).await, &value);
            // A token with a few letters wrong, or none at all.
            let at = number % token.len();
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1;
            let near = HeaderValue::from_bytes(&[b"Bearer ", bytes.as_slice()].concat()).unwrap();
            for wrong in [near, value] {
                let request = crate::client::request(Method::GET, "/api/v1/me")
                    .insert_header((header::AUTHORIZATION, wrong.clone()));
                let answer = api.send(request).await;
                assert_eq!(answer.status, 401, "{wrong:?}");
                is_answered(&answer, &wrong);
            }
        }
    });
}
