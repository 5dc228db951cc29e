//! Requests to `dmt`, and what became of them: answered, refused, or without an answer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::Value as Json;

use crate::Failure;
use crate::retry::until;

/// Who signs in; each has the password NAME-demo.
const PEOPLE: [&str; 6] = [
    "inspector",
    "operator",
    "engineer",
    "quality",
    "manager",
    "viewer",
];

/// A request as it is sent, and sent again.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Who sends it.
    pub(crate) person: &'static str,
    /// GET, POST or PATCH.
    pub(crate) method: Method,
    /// Below `/api/v1`.
    pub(crate) path: String,
    /// What is sent.
    pub(crate) body: Option<Json>,
    /// The version that it is meant for.
    pub(crate) if_match: Option<i64>,
    /// The Idempotency-Key.
    pub(crate) key: Option<String>,
}

impl Request {
    /// A reading one.
    pub(crate) fn get(person: &'static str, path: impl Into<String>) -> Self {
        Self {
            person,
            method: Method::GET,
            path: path.into(),
            body: None,
            if_match: None,
            key: None,
        }
    }
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// 2xx: it is done.
    Done { body: Json, version: Option<i64> },
    /// Any other status: nothing was done, unless the status says that this is not known.
    Refused(Refusal),
    /// Not even a connection: nothing was done.
    NotSent,
    /// The answer did not come.
    Lost(String),
}

/// A problem document.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The last word of its type.
    pub(crate) kind: String,
    pub(crate) detail: String,
    /// Whether it says when to come again.
    pub(crate) has_retry_after: bool,
}

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    /// Its media type.
    pub(crate) media: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// True where the change may or may not have been made.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Refused(refusal) => refusal.kind == "outcome-unknown",
            _ => false,
        }
    }

    /// True where the database or the server was away, and nothing was done.
    pub(crate) fn is_away(&self) -> bool {
        match self {
            Self::NotSent => true,
            Self::Refused(refusal) => refusal.status == 503 && refusal.kind != "outcome-unknown",
            _ => false,
        }
    }
}

/// Says with what TLS would be spoken: the client asks even where it never speaks it.
pub(crate) fn trust_ring() {
    // It is there already from the second time on.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client that is signed in as everybody.
#[derive(Clone)]
pub(crate) struct Api {
    http: Client,
    root: String,
    tokens: HashMap<&'static str, String>,
}

impl Api {
    /// A client of the server at `root`.
    pub(crate) fn new(root: &str, patience: Duration) -> Result<Self, Failure> {
        let http = Client::builder()
            .timeout(patience)
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(64)
            .build()?;
        Ok(Self {
            http,
            root: root.to_owned(),
            tokens: HashMap::new(),
        })
    }

    /// Signs everybody in.
    pub(crate) async fn sign_in(&mut self) -> Result<(), Failure> {
        for person in PEOPLE {
            let form = format!("grant_type=password&username={person}&password={person}-demo");
            let answer = self
                .http
                .post(format!("{}/api/v1/auth/token", self.root))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(form)
                .send()
                .await?;
            let body: Json = answer.json().await?;
            let token = body["access_token"]
                .as_str()
                .ok_or_else(|| format!("{person} could not sign in: {body}"))?;
            self.tokens.insert(person, token.to_owned());
        }
        Ok(())
    }

    /// The token of one of those who are signed in.
    pub(crate) fn token(&self, person: &str) -> Option<&str> {
        self.tokens.get(person).map(String::as_str)
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let url = format!("{}/api/v1{}", self.root, request.path);
        let mut call = self.http.request(request.method.clone(), url);
        if let Some(token) = self.tokens.get(request.person) {
            call = call.bearer_auth(token);
        }
        if let Some(version) = request.if_match {
            call = call.header("If-Match", format!("\"{version}\""));
        }
        if let Some(key) = &request.key {
            call = call.header("Idempotency-Key", key);
        }
        if let Some(body) = &request.body {
            call = call.json(body);
        }
        match call.send().await {
            Ok(response) => read(response).await,
            Err(error) if error.is_connect() => Answer::NotSent,
            Err(error) => Answer::Lost(format!("{error:?}")),
        }
    }

    /// Reads what is below `/api/v1`, whatever is answered.
    pub(crate) async fn raw(&self, person: &str, path: &str) -> Result<Raw, Failure> {
        let mut call = self.http.get(format!("{}/api/v1{path}", self.root));
        if let Some(token) = self.token(person) {
            call = call.bearer_auth(token);
        }
        let response = call.send().await?;
        let media = response.headers().get("Content-Type");
        let media = media.and_then(|value| value.to_str().ok());
        Ok(Raw {
            status: response.status().as_u16(),
            media: media.unwrap_or_default().to_owned(),
            body: response.bytes().await?.to_vec(),
        })
    }

    /// Reads what must be there.
    pub(crate) async fn read(&self, path: &str) -> Result<(Json, Option<i64>), Failure> {
        let request = Request::get("manager", path);
        match self.send(&request).await {
            Answer::Done { body, version } => Ok((body, version)),
            other => Err(format!("GET {path}: {other:?}").into()),
        }
    }

    /// Every row of a list.
    pub(crate) async fn rows(&self, path: &str) -> Result<Vec<Json>, Failure> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let separator = if path.contains('?') { '&' } else { '?' };
            let (page, _) = self
                .read(&format!("{path}{separator}limit=200{cursor}"))
                .await?;
            rows.extend(page["items"].as_array().into_iter().flatten().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(rows),
            }
        }
    }

    /// The status of a route at the root, such as `/ready`; none where nothing answers.
    pub(crate) async fn status(&self, path: &str) -> (Option<u16>, Duration) {
        let began = Instant::now();
        let answer = self.http.get(format!("{}{path}", self.root)).send().await;
        (
            answer.ok().map(|answer| answer.status().as_u16()),
            began.elapsed(),
        )
    }

    /// The number of a metric.
    pub(crate) async fn metric(&self, name: &str) -> Result<u32, Failure> {
        let answer = self.http.get(format!("{}/metrics", self.root)).send();
        let text = answer.await?.text().await?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.ok_or("there is no such metric")?.parse()?)
    }

    /// Waits until `/ready` says yes, and says how long that took.
    pub(crate) async fn wait_until_ready(&self, patience: Duration) -> Result<Duration, Failure> {
        let began = Instant::now();
        until(patience, Duration::from_millis(10), async || {
            self.status("/ready").await.0 == Some(200)
        })
        .await
        .then(|| began.elapsed())
        .ok_or_else(|| "dmt did not become ready".into())
    }
}

async fn read(response: reqwest::Response) -> Answer {
    let status = response.status();
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let version = header("ETag").and_then(|tag| tag.trim_matches('"').parse().ok());
    let has_retry_after = header("Retry-After").is_some();
    let body = match response.bytes().await {
        Ok(body) => body,
        // The status came, so that a 2xx is an acknowledgement; but nobody can say of what.
        Err(error) => return Answer::Lost(format!("{error:?}")),
    };
    let body: Json = serde_json::from_slice(&body).unwrap_or(Json::Null);
    if status.is_success() {
        return Answer::Done { body, version };
    }
    let kind = body["type"].as_str().unwrap_or_default();
    Answer::Refused(Refusal {
        status: status.as_u16(),
        kind: kind.rsplit(':').next().unwrap_or_default().to_owned(),
        detail: format!("{} {}", body["detail"], body["errors"]),
        has_retry_after,
    })
}
