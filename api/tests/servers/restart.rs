//! A rolling restart under load: each server is asked to leave and started again in turn, while clients go on.
//!
//! A client does what a load balancer does: it leaves out servers that are not ready, and takes another one after
//! 503 or a connection that was refused. Everything else that goes wrong is a request lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::Value as Json;
use testkit::{TestDatabase, each_db};
use tokio::task::JoinSet;

use crate::client::{Plant, settings};
use crate::process::start;

const CLIENTS: usize = 8;

/// The servers as the load balancer sees them.
struct Balance {
    roots: Vec<String>,
    ready: Vec<AtomicBool>,
    next: AtomicUsize,
    is_over: AtomicBool,
}

impl Balance {
    async fn watch(self: Arc<Self>, http: Client) {
        while !self.is_over.load(Ordering::SeqCst) {
            for (root, ready) in self.roots.iter().zip(&self.ready) {
                let answer = http.get(format!("{root}/ready")).send().await;
                ready.store(
                    answer.is_ok_and(|answer| answer.status() == 200),
                    Ordering::SeqCst,
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn root(&self) -> &str {
        let place = || self.next.fetch_add(1, Ordering::SeqCst) % self.roots.len();
        let ready = (0..self.roots.len()).map(|_| place());
        let chosen = ready
            .into_iter()
            .find(|place| self.ready[*place].load(Ordering::SeqCst));
        &self.roots[chosen.unwrap_or_else(place)]
    }
}

each_db! {
    async fn a_rolling_restart_under_load_loses_no_request(t: TestDatabase) {
        let mut plant = Plant::open(&t.url, 3).await;
        let roots: Vec<_> = plant.servers.iter().map(|server| server.url("")).collect();
        let balance = Arc::new(Balance {
            ready: roots.iter().map(|_| AtomicBool::new(true)).collect(),
            roots,
            next: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let watch = tokio::spawn(Arc::clone(&balance).watch(plant.http.clone()));
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (http, token, report) = (plant.http.clone(), plant.token.clone(), plant.report.clone());
            clients.spawn(work(Arc::clone(&balance), http, token, report, client));
        }
        let began = Instant::now();
        tokio::time::sleep(Duration::from_secs(1)).await;
        for number in 0..plant.servers.len() {
            restart(&mut plant, number);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        balance.is_over.store(true, Ordering::SeqCst);
        let (mut accepted, mut retried) = (BTreeSet::new(), 0);
        while let Some(done) = clients.join_next().await {
            let (ids, again) = done.unwrap();
            accepted.extend(ids);
            retried += again;
        }
        watch.await.unwrap();
        let page = plant.ask(0, Method::GET, "/defects?count=exact&limit=1").send().await.unwrap();
        let total = page.json::<Json>().await.unwrap()["total"].as_u64().unwrap();
        assert_eq!(usize::try_from(total).unwrap(), accepted.len(), "what was accepted is there, and once");
        println!("{}: {} reports accepted in {:.1?} over three restarts, {retried} tried again, none lost",
            t.engine, accepted.len(), began.elapsed());
        assert!(accepted.len() > 20);
    }
}

/// Reports until it is over; the ids that were accepted, and how often another server was taken.
async fn work(
    balance: Arc<Balance>,
    http: Client,
    token: String,
    report: Json,
    client: usize,
) -> (Vec<i64>, usize) {
    let (mut accepted, mut retried) = (Vec::new(), 0);
    for number in 0.. {
        if balance.is_over.load(Ordering::SeqCst) {
            break;
        }
        loop {
            let sent = http
                .post(format!("{}/api/v1/defects", balance.root()))
                .bearer_auth(&token)
                .header("Idempotency-Key", format!("{client}-{number}"))
                .json(&report)
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status() == StatusCode::CREATED => {
                    let made: Json = answer.json().await.unwrap();
                    accepted.push(made["id"].as_i64().unwrap());
                    break;
                }
                Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {}
                Err(error) if error.is_connect() => {}
                Ok(answer) => panic!("{}: {:?}", answer.status(), answer.text().await),
                Err(error) => panic!("a request was lost: {error:?}"),
            }
            retried += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    (accepted, retried)
}

fn restart(plant: &mut Plant, number: usize) {
    let address = plant.servers[number].address.to_string();
    plant.servers[number].signal("TERM");
    let status = plant.servers[number].child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", plant.servers[number].log());
    let same = [settings(&plant.url).as_slice(), &[("DMT_BIND", &address)]].concat();
    let name = format!("server-{number}");
    plant.servers[number] = start(plant.folder.path(), &name, &same, &[]).listening().0;
}
