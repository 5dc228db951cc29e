//! A steady load that writes down how each request was answered, and how long that took.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::task::JoinSet;

use crate::client::{Answer, Api, Request};
use crate::storm::Ground;

/// How many ask at once.
const CLIENTS: u32 = 16;
/// Between two requests of one client, and between two looks at `/ready` and `/health`.
const PAUSE: Duration = Duration::from_millis(20);
const LOOK: Duration = Duration::from_millis(100);

/// What is told of one request.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    /// The status; 0 where no answer came.
    pub(crate) status: u16,
    /// What is wrong with the answer.
    pub(crate) wrong: Option<String>,
}

/// A look at `/ready` or `/health`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    pub(crate) is_ok: bool,
}

/// All that was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) requests: Vec<Told>,
    pub(crate) ready: Vec<Look>,
    pub(crate) health: Vec<Look>,
}

impl Book {
    /// How often each status came.
    pub(crate) fn statuses(&self) -> String {
        let mut counts = BTreeMap::new();
        for told in &self.requests {
            *counts.entry(told.status).or_insert(0_u32) += 1;
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(status, count)| format!("{status}×{count}"))
            .collect();
        counts.join(" ")
    }
}

/// A load that runs until it is ended.
pub(crate) struct Load {
    book: Arc<Mutex<Book>>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Load {
    /// Starts it; `name` is unique in the run.
    pub(crate) fn start(api: &Api, ground: &Ground, name: &str) -> Self {
        let mut load = Self {
            book: Arc::default(),
            stop: Arc::default(),
            tasks: JoinSet::new(),
        };
        for number in 0..CLIENTS {
            let (api, ground) = (api.clone(), ground.clone());
            let (book, stop) = (load.book.clone(), load.stop.clone());
            let name = format!("{name} {number}");
            load.tasks
                .spawn(async move { ask(&api, &ground, &name, &book, &stop).await });
        }
        for path in ["/ready", "/health"] {
            let (api, book, stop) = (api.clone(), load.book.clone(), load.stop.clone());
            load.tasks
                .spawn(async move { look(&api, path, &book, &stop).await });
        }
        load
    }

    /// Whether everything was answered well for so long.
    pub(crate) fn is_well_for(&self, time: Duration) -> bool {
        let Some(since) = Instant::now().checked_sub(time) else {
            return false;
        };
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let recent: Vec<_> = book
            .requests
            .iter()
            .filter(|told| told.at + told.took > since)
            .collect();
        recent.len() > 20
            && recent.iter().all(|told| told.status < 300)
            && book.ready.last().is_some_and(|look| look.is_ok)
    }

    /// Ends it, once what was asked is answered.
    pub(crate) async fn end(mut self) -> Book {
        self.stop.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
        std::mem::take(&mut *self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn ask(api: &Api, ground: &Ground, name: &str, book: &Mutex<Book>, stop: &AtomicBool) {
    let mut count = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        count += 1;
        let request = match count % 3 {
            0 => Request::get("viewer", "/defects?limit=10"),
            1 => Request::get("viewer", "/defects/1"),
            _ => {
                let title = format!("{name} {count}");
                let mut report = Request::get("inspector", "/defects");
                report.method = Method::POST;
                report.body = Some(ground.report(&title));
                report.key = Some(title.replace(' ', "-"));
                report
            }
        };
        let at = Instant::now();
        let answer = api.send(&request).await;
        let told = tell(at, &answer);
        book.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .requests
            .push(told);
        tokio::time::sleep(PAUSE).await;
    }
}

fn tell(at: Instant, answer: &Answer) -> Told {
    let (status, wrong) = match answer {
        Answer::Done { .. } => (200, None),
        Answer::Refused(refusal) if refusal.status == 503 && refusal.has_retry_after => (503, None),
        Answer::Refused(refusal) => (
            refusal.status,
            Some(format!("{} {}", refusal.kind, refusal.detail)),
        ),
        Answer::NotSent => (0, Some("dmt is not there".to_owned())),
        Answer::Lost(error) => (0, Some(error.clone())),
    };
    Told {
        at,
        took: at.elapsed(),
        status,
        wrong,
    }
}

async fn look(api: &Api, path: &str, book: &Mutex<Book>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let at = Instant::now();
        let (status, took) = api.status(path).await;
        let look = Look {
            at,
            took,
            is_ok: status == Some(200),
        };
        {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            let looks = if path == "/ready" {
                &mut book.ready
            } else {
                &mut book.health
            };
            looks.push(look);
        }
        tokio::time::sleep(LOOK).await;
    }
}
