//! What each server is asked: the same questions in its own words, tried once before they are counted.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::{Client, Method};
use serde_json::Value as Json;

use super::book::Measure;
use super::contender::{Contender, Server};
use super::wrk::Load;
use crate::Failure;

/// How many ids are drawn for a run.
const IDS: usize = 20_000;
/// How deep a deep page is.
const DEPTH: f64 = 0.9;

/// The questions for one server.
pub(super) struct Questions {
    records: u32,
    list: String,
    first: String,
    deep: Option<String>,
    report: String,
}

impl Questions {
    /// Puts them together.
    pub(super) async fn of(contender: &Contender, records: u32) -> Result<Self, Failure> {
        let list = match contender.server {
            Server::Dmt | Server::DmtWithoutSums => "?status=analysis&limit=50",
            _ => "?status=open&limit=50&total=0",
        };
        Ok(Self {
            records,
            list: list.to_owned(),
            first: "?status=closed&limit=50".to_owned(),
            deep: None,
            report: contender.report().await?,
        })
    }

    /// Goes nine tenths down the list of what is closed, page by page, as everybody must.
    pub(super) async fn dive(&mut self, contender: &Contender) -> Result<(), Failure> {
        let (Some(api), None) = (&contender.api, &self.deep) else {
            return Ok(());
        };
        let (page, _) = api
            .read("/defects?status=closed&limit=1&count=true")
            .await?;
        let total = page["total"]
            .as_f64()
            .unwrap_or(f64::from(self.records) * 0.8);
        let mut cursor = String::new();
        for _ in 0..(total * DEPTH / 200.0) as u64 {
            let path = format!("/defects?status=closed&limit=200{cursor}");
            let (page, _) = api.read(&path).await?;
            let next = page["next_cursor"]
                .as_str()
                .ok_or("the list is too short")?;
            cursor = format!("&cursor={next}");
        }
        self.deep = Some(format!("{}{cursor}", self.first));
        Ok(())
    }

    /// What is sent in one run.
    pub(super) fn ask(&self, contender: &Contender, measure: Measure, round: u32) -> Asked {
        let at = contender.server.defects();
        let mut rng = ChaCha8Rng::seed_from_u64(round.into());
        let paths = match measure {
            Measure::Get => (0..IDS)
                .map(|_| format!("{at}/{}", rng.random_range(1..=self.records)))
                .collect(),
            Measure::List => vec![format!("{at}{}", self.list)],
            Measure::First => vec![format!("{at}{}", self.first)],
            Measure::Deep => vec![format!("{at}{}", self.deep.as_deref().unwrap_or_default())],
            Measure::Open => vec![format!("{at}?status=open&limit=50")],
            Measure::Search => SEARCHES
                .map(|words| format!("{at}?q={words}&limit=50"))
                .into(),
            Measure::Post | Measure::Post32 | Measure::Start => vec![at.to_owned()],
            report => vec![report_path(report)],
        };
        Asked {
            paths,
            body: measure.adds().then(|| self.report.clone()),
            measure,
        }
    }
}

/// Words that many records of a demo have and words that few have, a phrase, a word that is not finished, Chinese, a tag.
const SEARCHES: [&str; 6] = [
    "crack",
    "weld%20crack",
    "%22paint%20run%22",
    "scrat",
    "%E8%A3%82%E7%BA%B9",
    "DMT-000042",
];

/// Where a report is asked for, over as long a time as a demo has.
fn report_path(measure: Measure) -> String {
    let name = match measure {
        Measure::Pareto => "pareto?by=failure_code&measure=records&top=20&",
        Measure::Trend => "trend?interval=month&",
        Measure::Flow => "flow?",
        Measure::Copq => "copq?interval=month&",
        Measure::Suppliers => "suppliers?",
        Measure::Ageing => return "/api/v1/reports/ageing".to_owned(),
        _ => return "/api/v1/reports/summary".to_owned(),
    };
    format!("/api/v1/reports/{name}from=2017-01-01&to=2026-12-31")
}

/// One question.
pub(super) struct Asked {
    paths: Vec<String>,
    body: Option<String>,
    measure: Measure,
}

impl Asked {
    /// As a load on a server.
    pub(super) fn load<'a>(&'a self, contender: &'a Contender, seconds: u32) -> Load<'a> {
        Load {
            root: &contender.root,
            method: if self.body.is_some() { "POST" } else { "GET" },
            paths: &self.paths,
            body: self.body.as_deref(),
            token: contender.token_for(self.measure),
            connections: self.measure.connections(),
            seconds,
        }
    }

    /// Asks once, and looks whether the answer is what it must be.
    pub(super) async fn try_once(&self, contender: &Contender) -> Result<(), Failure> {
        let method = if self.body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let path = self.paths.first().map_or("", String::as_str);
        let mut request = Client::new()
            .request(method, format!("{}{path}", contender.root))
            .header("Content-Type", "application/json");
        if let Some(token) = contender.token_for(self.measure) {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body: Json = answer.json().await?;
        let is_right = match self.measure {
            Measure::Get => status == 200 && path.ends_with(&format!("/{}", body["id"])),
            Measure::List | Measure::First | Measure::Deep | Measure::Open => {
                status == 200
                    && body["items"]
                        .as_array()
                        .is_some_and(|items| items.len() == 50)
            }
            Measure::Post | Measure::Post32 => status == 201 && body["id"].is_i64(),
            Measure::Start => true,
            Measure::Search => {
                status == 200
                    && body["items"]
                        .as_array()
                        .is_some_and(|items| !items.is_empty())
            }
            _ => status == 200,
        };
        if is_right {
            return Ok(());
        }
        let name = contender.server.name();
        Err(format!("{name} answers {path} with {status}: {body}").into())
    }
}
