//! What five servers on one database know of each other.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value as Json, json};
use testkit::{TestDatabase, each_db};

use crate::client::{PASSWORD, Plant};

/// Within so long a revoked token is worth nothing anywhere, as documented; and a little for the way.
const EVERYWHERE: Duration = Duration::from_millis(5500);

each_db! {
    async fn a_session_holds_at_once_and_ends_within_five_seconds_on_every_server(t: TestDatabase) {
        let mut plant = Plant::open(&t.url, 5).await;
        plant.token = plant.sign_in(0, "grace").await;
        for server in 0..5 {
            assert_eq!(status(&plant, server).await, 200, "a session holds at once");
        }
        let revoked = plant.ask(0, Method::DELETE, "/auth/token").send().await.unwrap();
        assert_eq!(revoked.status(), 204);
        let last = refused_everywhere(&plant).await;
        println!("{}: a revoked token was refused everywhere after {last:.1?}", t.engine);
    }

    async fn who_is_disabled_is_out_within_five_seconds_on_every_server(t: TestDatabase) {
        let mut plant = Plant::open(&t.url, 5).await;
        let new = json!({"username": "joan", "display_name": "Joan", "roles": ["viewer"], "password": PASSWORD});
        let id = plant.ask_as_admin(0, Method::POST, "/users").json(&new).send().await.unwrap();
        let id = id.json::<Json>().await.unwrap()["id"].as_i64().unwrap();
        plant.token = plant.sign_in(3, "joan").await;
        for server in 0..5 {
            assert_eq!(status(&plant, server).await, 200);
        }
        let disabled = plant.ask_as_admin(0, Method::PATCH, &format!("/users/{id}"))
            .json(&json!({"is_active": false})).send().await.unwrap();
        assert_eq!(disabled.status(), 200);
        let last = refused_everywhere(&plant).await;
        println!("{}: a disabled user was refused everywhere after {last:.1?}", t.engine);
        for server in 0..5 {
            assert_eq!(plant.try_sign_in(server, "joan", PASSWORD).await.status(), 401);
        }
    }

    async fn an_idempotency_key_holds_on_every_server(t: TestDatabase) {
        let plant = Plant::open(&t.url, 5).await;
        let report = |server: usize, key: &'static str| plant.ask(server, Method::POST, "/defects")
            .header("Idempotency-Key", key).json(&plant.report).send();
        let mut ids = BTreeSet::new();
        for server in 0..5 {
            let answer = report(server, "one-after-another").await.unwrap();
            assert_eq!(answer.status(), 201);
            ids.insert(answer.json::<Json>().await.unwrap()["id"].as_i64().unwrap());
        }
        assert_eq!(ids.len(), 1);
        let mut made = BTreeSet::new();
        for answer in join_all((0..20).map(|n| report(n % 5, "all-at-once"))).await {
            let answer = answer.unwrap();
            match answer.status().as_u16() {
                201 => drop(made.insert(answer.json::<Json>().await.unwrap()["id"].as_i64().unwrap())),
                status => assert_eq!(status, 409),
            }
        }
        for server in 0..5 {
            let answer = report(server, "all-at-once").await.unwrap();
            assert_eq!(answer.status(), 201, "afterwards every server has the answer");
            made.insert(answer.json::<Json>().await.unwrap()["id"].as_i64().unwrap());
        }
        assert_eq!(made.len(), 1, "it was done once");
        let mut other = plant.report.clone();
        other["title"] = "Another burr".into();
        let reused = plant.ask(4, Method::POST, "/defects").header("Idempotency-Key", "all-at-once");
        assert_eq!(reused.json(&other).send().await.unwrap().status(), 422, "the key is another request's");
        let total = plant.ask(3, Method::GET, "/defects?count=exact").send().await.unwrap();
        assert_eq!(total.json::<Json>().await.unwrap()["total"], 2);
    }

    async fn failures_to_sign_in_count_on_every_server_together(t: TestDatabase) {
        let plant = Plant::open(&t.url, 5).await;
        for server in 0..5 {
            assert_eq!(plant.try_sign_in(server, "ada", "wrong").await.status(), 401);
        }
        for server in 0..5 {
            let answer = plant.try_sign_in(server, "ada", PASSWORD).await;
            assert_eq!(answer.status(), 401, "five failures pause the account everywhere");
            assert_eq!(plant.try_sign_in(server, "grace", PASSWORD).await.status(), 200);
        }
    }

    async fn of_guesses_sent_to_all_servers_at_once_five_count(t: TestDatabase) {
        let plant = Plant::open(&t.url, 5).await;
        let guesses = (0..20).map(|n| plant.try_sign_in(n % 5, "grace", "wrong"));
        for answer in join_all(guesses).await {
            assert_eq!(answer.status(), 401);
        }
        for server in 0..5 {
            let page = plant.ask_as_admin(server, Method::GET, "/users").send().await.unwrap();
            let page: Json = page.json().await.unwrap();
            let grace = page["items"].as_array().unwrap().iter().find(|user| user["username"] == "grace").unwrap();
            assert_eq!(grace["failed_attempts"], 5);
            assert!(grace["locked_until"].is_string());
        }
    }
}

/// How long it took until no server believed the token any more; the first one at once.
async fn refused_everywhere(plant: &Plant) -> Duration {
    let began = Instant::now();
    assert_eq!(
        status(plant, 0).await,
        401,
        "where it was taken it ends at once"
    );
    let all = (1..5).map(|server| async move {
        while status(plant, server).await == 200 {
            assert!(began.elapsed() < EVERYWHERE, "it still holds");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        began.elapsed()
    });
    join_all(all).await.into_iter().max().unwrap()
}

async fn status(plant: &Plant, server: usize) -> u16 {
    plant
        .ask(server, Method::GET, "/me")
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}
