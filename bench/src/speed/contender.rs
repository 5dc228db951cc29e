//! The servers that are compared: `dmt` and its peers, each on data of its own and a port of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::book::Measure;
use super::place::{Kind, Place};
use super::usage;
use crate::Failure;
use crate::client::Api;
use crate::database::{Engine, free_port, process};
use crate::dmt;
use crate::storm::Ground;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Server {
    Dmt,
    /// `dmt` that keeps no sums for reports
    DmtWithoutSums,
    ActixSqlx,
    ActixRusqlite,
    Fastapi,
}

impl Server {
    /// Those that run on a database.
    pub(super) fn of(engine: Engine) -> &'static [Self] {
        match engine {
            Engine::Sqlite => &[
                Self::Dmt,
                Self::DmtWithoutSums,
                Self::ActixSqlx,
                Self::ActixRusqlite,
                Self::Fastapi,
            ],
            Engine::Postgres => &[
                Self::Dmt,
                Self::DmtWithoutSums,
                Self::ActixSqlx,
                Self::Fastapi,
            ],
            Engine::Mariadb | Engine::Mysql => &[Self::Dmt],
        }
    }

    /// Its name in tables and folders.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dmt => "dmt",
            Self::DmtWithoutSums => "dmt_without_sums",
            Self::ActixSqlx => "actix_sqlx",
            Self::ActixRusqlite => "actix_rusqlite",
            Self::Fastapi => "fastapi",
        }
    }

    /// Whether it is `dmt`.
    pub(super) fn is_dmt(self) -> bool {
        matches!(self, Self::Dmt | Self::DmtWithoutSums)
    }

    /// The data that it works on.
    pub(super) fn kind(self) -> Kind {
        if self.is_dmt() { Kind::Dmt } else { Kind::Peer }
    }

    /// What answers 200 once it is ready.
    fn ready_path(self) -> &'static str {
        if self.is_dmt() { "/ready" } else { "/health" }
    }

    /// Where its defects are.
    pub(super) fn defects(self) -> &'static str {
        if self.is_dmt() {
            "/api/v1/defects"
        } else {
            "/defects"
        }
    }

    /// How it is started, with its environment and its arguments; all with two workers, and durable commits.
    fn command(self, place: &Place, port: u16) -> Result<Command, Failure> {
        let peers = dmt::target().join("peers");
        let mut command = match self {
            Self::Dmt | Self::DmtWithoutSums => Command::new(dmt::program()?),
            Self::ActixSqlx => Command::new(peers.join("release/actix_sqlx")),
            Self::ActixRusqlite => Command::new(peers.join("release/actix_rusqlite")),
            Self::Fastapi => Command::new(peers.join("venv/bin/uvicorn")),
        };
        match self {
            Self::Dmt | Self::DmtWithoutSums => command
                .arg("serve")
                .args((self == Self::DmtWithoutSums).then_some("--without-summaries"))
                .env("DATABASE_URL", place.url())
                .env("DMT_BIND", format!("127.0.0.1:{port}")),
            Self::ActixSqlx | Self::ActixRusqlite => command
                .env("DB", place.peer_url())
                .env("PORT", port.to_string())
                .env("WORKERS", "2")
                .env("SYNC", "FULL")
                .env("GROUP", "64"),
            Self::Fastapi => command
                .args(["app:app", "--host", "127.0.0.1", "--workers", "2"])
                .args(["--port", &port.to_string()])
                .args(["--no-access-log", "--log-level", "warning", "--app-dir"])
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/fastapi"))
                .env("DB_URL", place.python_url())
                // Each worker's; no more requests are under way, and a server has 60 connections for all.
                .env("POOL", "16")
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .env("SYNC", "FULL"),
        };
        Ok(command)
    }
}

/// A server that runs; dropped, it is killed.
pub(super) struct Contender {
    pub(super) server: Server,
    pub(super) place: Place,
    pub(super) root: String,
    /// What a client shows to be let in.
    pub(super) token: Option<String>,
    /// A client that is signed in, for what is looked at beside the load.
    pub(super) api: Option<Api>,
    /// From the start of the program to its first 200.
    pub(super) ready_after: Duration,
    process: Child,
    pid: u32,
}

/// How long a start may take.
const START: Duration = Duration::from_secs(60);
/// Between two looks at whether a server is ready.
const LOOK: Duration = Duration::from_millis(1);
/// How long an end in order may take.
const END: Duration = Duration::from_secs(20);

impl Contender {
    /// Starts a server on data that is there, and waits until it is ready; its output goes to a file in `folder`.
    pub(super) async fn start(
        server: Server,
        place: Place,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let port = free_port()?;
        let output = folder.join(format!("{}.log", server.name()));
        let log = File::create(&output)?;
        let mut command = server.command(&place, port)?;
        command
            .current_dir(folder)
            .env_remove("DMT_BIN")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let began = Instant::now();
        let process = command
            .spawn()
            .map_err(|error| format!("{}: {error}; bench/peers/build.sh", server.name()))?;
        let pid = process.id().ok_or("the server ended at once")?;
        let mut contender = Self {
            server,
            place,
            root: format!("http://127.0.0.1:{port}"),
            token: None,
            api: None,
            ready_after: Duration::ZERO,
            process,
            pid,
        };
        while !is_ready(port, server.ready_path()).await {
            let has_ended = !matches!(contender.process.try_wait(), Ok(None));
            if has_ended || began.elapsed() > START {
                return Err(Self::not_ready(server, &output));
            }
            tokio::time::sleep(LOOK).await;
        }
        contender.ready_after = began.elapsed();
        Ok(contender)
    }

    /// Who asks: an inspector, but for what is only for those who see cost.
    pub(super) fn token_for(&self, measure: Measure) -> Option<&str> {
        match (measure, &self.api) {
            (Measure::Copq, Some(api)) => api.token("manager"),
            _ => self.token.as_deref(),
        }
    }

    /// Signs in, where that is asked for.
    pub(super) async fn sign_in(&mut self) -> Result<(), Failure> {
        if self.server.is_dmt() {
            let mut api = Api::new(&self.root, START)?;
            api.sign_in().await?;
            self.token = api.token("inspector").map(str::to_owned);
            self.api = Some(api);
        }
        Ok(())
    }

    /// What a report is, as JSON.
    pub(super) async fn report(&self) -> Result<String, Failure> {
        let title = "Surface crack on housing, lot 4711";
        let Some(api) = &self.api else {
            let body = serde_json::json!({
                "title": title, "description": DESCRIPTION, "severity": "minor", "status": "open", "failure_code": "FC07",
                "part_id": 7, "work_center_id": 3, "customer_id": 5, "area_id": 2, "reporter_id": 11,
            });
            return Ok(body.to_string());
        };
        let mut body = Ground::find(api).await?.report(title);
        body["description"] = DESCRIPTION.into();
        Ok(body.to_string())
    }

    /// The CPU time used so far, in microseconds.
    pub(super) fn cpu(&self) -> u64 {
        usage::cpu(self.pid)
    }

    /// The memory that it has.
    pub(super) fn memory(&self) -> usage::Memory {
        usage::memory(self.pid)
    }

    /// Ends it in order, and gives its data back.
    pub(super) async fn stop(mut self) -> Result<Place, Failure> {
        process::signal("TERM", &[self.pid])?;
        tokio::time::timeout(END, self.process.wait())
            .await
            .map_err(|_| format!("{} does not end", self.server.name()))??;
        Ok(self.place.clone())
    }

    fn not_ready(server: Server, output: &PathBuf) -> Failure {
        let said = std::fs::read_to_string(output).unwrap_or_default();
        let name = server.name();
        format!("{name} did not become ready: {}", said.trim()).into()
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        // Of a run that breaks off, with the workers, which would outlive their parent.
        if let Ok(None) = self.process.try_wait() {
            let _ = process::signal("KILL", &usage::family(self.pid));
        }
    }
}

/// As long as those of the data.
const DESCRIPTION: &str = "Operator reports scratch and burr near the flange bore after station torque check; gauge \
    reading out of tolerance. Operator reports scratch and burr near the flange bore after station torque check; gauge \
    reading out of tolerance. Operator reports scratch and burr near the flange bore after station.";

/// One look, with a connection of its own: a pool would wait before it tries again.
async fn is_ready(port: u16, path: &str) -> bool {
    let look = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    look.await.unwrap_or(false)
}
