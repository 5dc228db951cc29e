//! A rolling restart under load: each of five servers is asked to leave and started again in turn, while clients go on.
//!
//! The clients are blind: they go round all servers and ask none whether it is ready. They do what a client may do:
//! a request that got no answer is sent to the next server, a POST with the same Idempotency-Key. What is said to be
//! saved must then be there exactly once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value as Json;
use testkit::{TestDatabase, each_db};
use tokio::task::JoinSet;

use crate::client::{Plant, settings};
use crate::process::start;
use crate::wire::{Failed, Reply, Wire};

const SERVERS: usize = 5;
const CLIENTS: usize = 8;

/// So often one request may fail before it counts as lost: two rounds and more.
const TRIES: usize = 20;

each_db! {
    async fn a_rolling_restart_under_load_loses_no_accepted_request(t: TestDatabase) {
        let mut plant = Plant::open(&t.url, SERVERS).await;
        let addresses: Vec<_> = plant.servers.iter().map(|server| server.address).collect();
        let is_over = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let client = Blind::new(&plant, &addresses, number);
            clients.spawn(client.work(Arc::clone(&is_over)));
        }
        let began = Instant::now();
        tokio::time::sleep(Duration::from_millis(500)).await;
        for number in 0..SERVERS {
            restart(&mut plant, number).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        is_over.store(true, Ordering::SeqCst);
        let mut all = Story::default();
        for story in clients.join_all().await {
            all.add(story);
        }
        println!(
            "{}: {} reports and {} reads in {:.1?} over {SERVERS} restarts; sent again {} times: \
             {} refused, {} broken off, {} answered 503",
            t.engine, all.saved.len(), all.reads, began.elapsed(),
            all.refused + all.broken + all.unavailable, all.refused, all.broken, all.unavailable,
        );
        assert_eq!(on_record(&plant).await, all.saved, "each report that was accepted is there, and once");
        assert!(all.broken > 0, "connections were closed under requests: {}", all.broken);
        assert!(all.refused > 0, "servers were away: {}", all.refused);
        assert!(all.saved.len() > 20);
    }
}

/// What became of a client's requests.
#[derive(Default)]
struct Story {
    /// The ids of the reports that were accepted, by their titles.
    saved: BTreeMap<String, i64>,
    reads: usize,
    refused: usize,
    broken: usize,
    unavailable: usize,
}

impl Story {
    fn add(&mut self, other: Self) {
        let before = self.saved.len() + other.saved.len();
        self.saved.extend(other.saved);
        assert_eq!(self.saved.len(), before, "titles are told apart");
        self.reads += other.reads;
        self.refused += other.refused;
        self.broken += other.broken;
        self.unavailable += other.unavailable;
    }
}

/// A client that takes the servers in turn.
struct Blind {
    wires: Vec<Wire>,
    turn: usize,
    number: usize,
    token: String,
    report: Json,
    story: Story,
}

impl Blind {
    fn new(plant: &Plant, addresses: &[SocketAddr], number: usize) -> Self {
        Self {
            wires: addresses.iter().map(|address| Wire::to(*address)).collect(),
            turn: number,
            number,
            token: plant.token.clone(),
            report: plant.report.clone(),
            story: Story::default(),
        }
    }

    /// Reports, and reads at once what it has reported, until it is over.
    async fn work(mut self, is_over: Arc<AtomicBool>) -> Story {
        for count in 0.. {
            if is_over.load(Ordering::SeqCst) {
                break;
            }
            let title = format!("report {count} of client {}", self.number);
            let id = self.report(&title, count).await;
            let (head, nothing) = (format!("GET /api/v1/defects/{id}"), String::new());
            let read = self.sent(&head, &nothing).await;
            assert_eq!(read.status, 200, "what one server saved, each one shows");
            self.story.reads += 1;
            self.story.saved.insert(title, id);
        }
        self.story
    }

    async fn report(&mut self, title: &str, count: usize) -> i64 {
        let mut report = self.report.clone();
        report["title"] = title.into();
        let head = "POST /api/v1/defects".to_owned();
        let body = report.to_string();
        let more = format!(
            "Idempotency-Key: {}-{count}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.number,
            body.len()
        );
        let made = self.sent(&head, &more).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let made: Json = serde_json::from_str(&made.body).unwrap();
        made["id"].as_i64().unwrap()
    }

    /// The answer of the first server that gives one. Whatever is sent here may be sent again.
    async fn sent(&mut self, head: &str, more: &str) -> Reply {
        let end = if more.is_empty() { "\r\n" } else { "" };
        let request = format!(
            "{head} HTTP/1.1\r\nHost: dmt\r\nAuthorization: Bearer {}\r\n{more}{end}",
            self.token
        );
        for _ in 0..TRIES {
            self.turn += 1;
            let place = self.turn % self.wires.len();
            match self.wires[place].send(&request).await {
                Ok(reply) if reply.status == 503 => self.story.unavailable += 1,
                // Another server may be at work on the same key, for a client that was not answered there.
                Ok(reply) if reply.status == 409 && reply.body.contains("in-flight") => {}
                Ok(reply) => return reply,
                Err(Failed::Refused) => self.story.refused += 1,
                Err(Failed::Broken) => self.story.broken += 1,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("client {} got no answer from anybody: {head}", self.number);
    }
}

/// All reports that are there; a title that is there twice is a report that was made twice.
async fn on_record(plant: &Plant) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/defects?limit=200{cursor}");
        let page = plant.ask(0, Method::GET, &path).send().await.unwrap();
        let page: Json = page.json().await.unwrap();
        for item in page["items"].as_array().unwrap() {
            let title = item["title"].as_str().unwrap().to_owned();
            let again = found.insert(title, item["id"].as_i64().unwrap());
            assert_eq!(again, None, "{item} is there twice");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

async fn restart(plant: &mut Plant, number: usize) {
    let address = plant.servers[number].address.to_string();
    plant.servers[number].signal("TERM");
    let status = plant.servers[number].child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", plant.servers[number].log());
    // Away for so long that the clients meet nobody there, however quick the machine is.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let same = [settings(&plant.url).as_slice(), &[("DMT_BIND", &address)]].concat();
    let name = format!("server-{number}");
    plant.servers[number] = start(plant.folder.path(), &name, &same, &[]).listening().0;
}
