//! `writers`: many who write at once, for a while, each as fast as it is answered; every answer is counted.
//!
//! Each reports a defect, corrects its title, sets how grave it is and sends it on, again and again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Answer, Api, Request};
use crate::database::{Database, Engine};
use crate::dmt::Set;
use crate::storm::Ground;
use crate::times::Times;
use crate::{Failure, table};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which databases
    #[arg(long, value_delimiter = ',', default_value = "sqlite")]
    database: Vec<Engine>,
    /// How many write at once
    #[arg(long, default_value_t = 32)]
    clients: u32,
    /// For how long
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs it on each database; true if every write was done and nothing was locked.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let mut rows = Vec::new();
    let mut is_well = true;
    for engine in &args.database {
        let told = write(*engine, args.clients, Duration::from_secs(args.seconds)).await?;
        is_well &= told.is_well();
        rows.push(told.row(*engine, args.clients));
    }
    table::print(
        &[
            "database",
            "writers",
            "answers",
            "writes/s",
            "p50 ms",
            "p99 ms",
            "longest ms",
            "\"locked\" in the log",
        ],
        &rows,
    );
    Ok(is_well)
}

async fn write(engine: Engine, clients: u32, time: Duration) -> Result<Told, Failure> {
    let database = Database::create(engine).await?;
    let set = Set::new(database.logs.path(), &database.url(), &[])?;
    set.demo(50).await?;
    let mut api = Api::new(&set.root(), PATIENCE)?;
    let _server = set.serve(&api, &[]).await?;
    api.sign_in().await?;
    let ground = Ground::find(&api).await?;
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 0..clients {
        let writer = Writer {
            api: api.clone(),
            ground: ground.clone(),
            number,
            end: began + time,
            answers: Vec::new(),
        };
        tasks.spawn(writer.run());
    }
    let mut answers = Vec::new();
    while let Some(more) = tasks.join_next().await {
        answers.extend(more?);
    }
    let took = began.elapsed();
    let log = std::fs::read_to_string(database.logs.path().join("dmt.log"))?;
    let mut faults = set.faults()?;
    faults.extend(
        log.lines()
            .filter(|line| line.contains("locked"))
            .map(str::to_owned),
    );
    for fault in faults.iter().take(10) {
        println!("dmt's log: {fault}");
    }
    Ok(Told {
        answers,
        took,
        faults: faults.len(),
    })
}

/// The status of an answer (0 where none came), and how long it took.
type Answered = (u16, Duration);

struct Writer {
    api: Api,
    ground: Ground,
    number: u32,
    end: Instant,
    answers: Vec<Answered>,
}

impl Writer {
    async fn run(mut self) -> Vec<Answered> {
        let mut count = 0_u64;
        while Instant::now() < self.end {
            count += 1;
            let title = format!("writer {} {count}", self.number);
            self.life(&title).await;
        }
        self.answers
    }

    /// Four writes; what fails ends the life, and is counted.
    async fn life(&mut self, title: &str) -> Option<()> {
        let report = self.ground.report(title);
        let (id, version) = self
            .send("inspector", Method::POST, "/defects", report, None)
            .await?;
        let path = format!("/defects/{id}");
        let change = json!({"title": format!("{title}, corrected")});
        let (_, version) = self
            .send("inspector", Method::PATCH, &path, change, version)
            .await?;
        let change = json!({"severity": "minor"});
        self.send("engineer", Method::PATCH, &path, change, version)
            .await?;
        let step = json!({"action": "start_analysis"});
        let path = format!("{path}/transitions");
        self.send("engineer", Method::POST, &path, step, None)
            .await?;
        Some(())
    }

    /// The id and the version of what was written.
    async fn send(
        &mut self,
        person: &'static str,
        method: Method,
        path: &str,
        body: serde_json::Value,
        if_match: Option<i64>,
    ) -> Option<(i64, Option<i64>)> {
        let request = Request {
            person,
            method,
            path: path.to_owned(),
            body: Some(body),
            if_match,
            key: None,
        };
        let at = Instant::now();
        let answer = self.api.send(&request).await;
        let status = match &answer {
            Answer::Done { .. } => 200,
            Answer::Refused(refusal) => refusal.status,
            Answer::NotSent | Answer::Lost(_) => 0,
        };
        self.answers.push((status, at.elapsed()));
        match answer {
            Answer::Done { body, version } => {
                Some((body["id"].as_i64().unwrap_or_default(), version))
            }
            other => {
                println!("{person} {}: {other:?}", request.path);
                None
            }
        }
    }
}

/// What was told.
struct Told {
    answers: Vec<Answered>,
    took: Duration,
    faults: usize,
}

impl Told {
    fn is_well(&self) -> bool {
        self.faults == 0
            && !self.answers.is_empty()
            && self.answers.iter().all(|answer| answer.0 == 200)
    }

    fn row(&self, engine: Engine, clients: u32) -> Vec<String> {
        let mut statuses = BTreeMap::new();
        for (status, _) in &self.answers {
            *statuses.entry(status).or_insert(0_u64) += 1;
        }
        let statuses: Vec<String> = statuses
            .iter()
            .map(|(status, count)| format!("{status}×{count}"))
            .collect();
        let times = Times::of(self.answers.iter().map(|answer| answer.1));
        vec![
            engine.name().to_owned(),
            clients.to_string(),
            statuses.join(" "),
            format!("{:.0}", self.answers.len() as f64 / self.took.as_secs_f64()),
            times.shown(50),
            times.shown(99),
            times.shown(100),
            self.faults.to_string(),
        ]
    }
}
