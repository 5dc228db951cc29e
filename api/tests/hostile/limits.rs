//! What too much is answered with: 429, when to come back, and nothing about users.

use actix_web::http::Method;
use api::state::StateOptions;
use serde_json::json;
use service::System;
use service::role::Role;
use testkit::{Engine, PASSWORD, TestDatabase, TestSystem, each_db, run};

use crate::client::{Answer, Api, form_request, request};

use testkit::Fixture;

const WRONG: &str = "grant_type=password&password=wrong&username=";

/// What a stranger learns: status and document, but for what differs with each request.
fn told(answer: &Answer) -> (u16, String, Option<String>) {
    let document = answer.problem(answer.status);
    (answer.status, document.kind, document.error)
}

each_db! {
    async fn failures_of_one_name_are_limited_alike_whether_a_user_has_it(api: Api) {
        let user = api.system.user(Role::Viewer).await;
        let mut stories = Vec::new();
        for name in [user.name.as_str(), "nobody-of-that-name"] {
            let mut story = Vec::new();
            for attempt in 0..25_u8 {
                // From many places, and in changing case: it is the name that is counted.
                let peer = format!("198.51.100.{attempt}:4711").parse().unwrap();
                let name = if attempt % 2 == 0 { name.to_owned() } else { name.to_uppercase() };
                story.push(told(&api.send(form_request(&format!("{WRONG}{name}")).peer_addr(peer)).await));
            }
            stories.push(story);
        }
        assert_eq!(stories[0], stories[1], "a 429 must not tell whether there is such a user");
        let statuses: Vec<_> = stories[0].iter().map(|told| told.0).collect();
        assert_eq!(statuses, [vec![401; 20], vec![429; 5]].concat());
    }
}

#[test]
fn failures_from_one_address_are_limited_and_others_go_on() {
    run(Engine::Sqlite, |api: Api| async move {
        let user = api.system.user(Role::Viewer).await;
        for attempt in 0..30 {
            api.send(form_request(&format!("{WRONG}guess-{attempt}")))
                .await
                .problem(401);
        }
        let refused = api.send(form_request(&format!("{WRONG}one-more"))).await;
        assert_eq!(refused.problem(429).error.as_deref(), Some("slow_down"));
        let header = |name| refused.header(name).unwrap().to_owned();
        let wait: u64 = header("retry-after").parse().unwrap();
        assert!((1..=10).contains(&wait), "{wait}");
        assert_eq!(header("ratelimit-policy"), "\"sign-in-address\";q=30;w=300");
        assert_eq!(
            header("ratelimit"),
            format!("\"sign-in-address\";r=0;t={wait}")
        );
        let form = format!(
            "grant_type=password&username={}&password={}",
            user.name,
            PASSWORD.replace(' ', "+")
        );
        api.send(form_request(&form)).await.problem(429);
        let elsewhere = form_request(&form).peer_addr("198.51.100.1:4711".parse().unwrap());
        assert_eq!(api.send(elsewhere).await.status, 200);
    });
}

#[test]
fn of_guesses_sent_at_once_only_so_many_are_answered() {
    run(Engine::Sqlite, |api: Api| async move {
        let all = (0..100).map(|guess| api.send(form_request(&format!("{WRONG}guess-{guess}"))));
        let answers = futures_util::future::join_all(all).await;
        let refused = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(refused, 30);
        assert!(
            answers
                .iter()
                .all(|answer| [401, 429].contains(&answer.status))
        );
    });
}

#[test]
fn who_signs_in_rightly_is_never_counted() {
    run(Engine::Sqlite, |api: Api| async move {
        let user = api.system.user(Role::Viewer).await;
        for _ in 0..50 {
            api.sign_in_as(&user.name, PASSWORD).await;
        }
    });
}

#[test]
fn set_up_tokens_cannot_be_tried_for_long() {
    run(Engine::Sqlite, |api: Api| async move {
        service::setup::prepare(&api.system).await.unwrap();
        let body = json!({"token": "guess", "username": "ada", "display_name": "Ada", "password": "analytical engine"});
        let guess = || request(Method::POST, "/api/v1/setup").set_json(&body);
        for _ in 0..10 {
            api.send(guess()).await.problem(403);
        }
        let refused = api.send(guess()).await;
        refused.problem(429);
        assert_eq!(
            refused.header("ratelimit-policy"),
            Some("\"set-up\";q=10;w=300")
        );
    });
}

async fn limited(database: TestDatabase, rate: &str) -> Api {
    let system = TestSystem::on(database).await;
    let served = System::clone(&system);
    let options = StateOptions {
        rate_limit: rate.parse().ok(),
        ..StateOptions::default()
    };
    Api::with(system, served, options).await
}

#[test]
fn requests_are_limited_by_user_and_without_a_token_by_address() {
    run(Engine::Sqlite, |database: TestDatabase| async move {
        let api = limited(database, "5/h").await;
        let (one, other) = (
            api.sign_in(Role::Viewer).await,
            api.sign_in(Role::Viewer).await,
        );
        for left in (0..5).rev() {
            let answer = api.get(&one, "/parts").await;
            assert_eq!(answer.status, 200);
            let expected = format!("\"requests\";r={left}");
            assert_eq!(answer.header("ratelimit"), Some(expected.as_str()));
            assert_eq!(
                answer.header("ratelimit-policy"),
                Some("\"requests\";q=5;w=3600")
            );
        }
        let refused = api.get(&one, "/parts").await;
        refused.problem(429);
        assert_eq!(refused.header("retry-after"), Some("720"));
        // Another token of the same user does not help; another user is another matter.
        assert_eq!(api.get(&other, "/me").await.status, 200);
        // Signing in was two requests of the address.
        for _ in 0..3 {
            let answer = api.send(request(Method::GET, "/nowhere")).await;
            answer.problem(404);
        }
        api.send(request(Method::GET, "/nowhere"))
            .await
            .problem(429);
        let forged = request(Method::GET, "/api/v1/parts")
            .insert_header(("Authorization", format!("Bearer dmt_{}", "A".repeat(43))));
        api.send(forged).await.problem(429);
        for path in ["/health", "/ready"] {
            assert_eq!(api.send(request(Method::GET, path)).await.status, 200);
        }
        assert_eq!(api.get(&other, "/me").await.status, 200);
        // Whoever reads pages is told on one; whoever has signed in there is counted as himself.
        let page = || request(Method::GET, "/me").insert_header(("Accept", "text/html"));
        let refused = api.send(page()).await;
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (429, Some("720"))
        );
        assert!(
            refused
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        let session = format!("dmt_session={}", other.token);
        let shown = api.send(page().insert_header(("Cookie", session))).await;
        assert_eq!(shown.status, 200);
    });
}

#[test]
fn without_a_rate_nothing_is_counted() {
    run(Engine::Sqlite, |api: Api| async move {
        let viewer = api.sign_in(Role::Viewer).await;
        for _ in 0..200 {
            let answer = api.get(&viewer, "/me").await;
            assert_eq!((answer.status, answer.header("ratelimit")), (200, None));
        }
    });
}
