//! What five servers on one database know of each other.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::Value as Json;
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
        let began = Instant::now();
        assert_eq!(status(&plant, 0).await, 401, "where it was revoked it ends at once");
        let all = (1..5).map(|server| {
            let plant = &plant;
            async move {
                while status(plant, server).await == 200 {
                    assert!(began.elapsed() < EVERYWHERE, "it still holds");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                began.elapsed()
            }
        });
        let last = join_all(all).await.into_iter().max().unwrap();
        println!("{}: a revoked token was refused everywhere after {last:.1?}", t.engine);
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
        assert_eq!(made.len(), 1, "it was done once");
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
