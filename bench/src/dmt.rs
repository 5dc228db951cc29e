//! The program under test: a `dmt serve` of our own, and its other commands.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::Failure;
use crate::client::Api;
use crate::database::free_port;

/// How a server is run.
#[derive(Clone)]
pub(crate) struct Set {
    program: PathBuf,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    port: u16,
}

/// A running server; dropped, it is killed.
pub(crate) struct Server {
    process: Child,
}

/// How long a start may take, demo data and debug builds included.
const START: Duration = Duration::from_secs(120);

impl Set {
    /// A server on `url`, with its log in `folder`.
    pub(crate) fn new(
        folder: &Path,
        url: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let port = free_port()?;
        let mut environment = vec![
            ("DATABASE_URL".to_owned(), url.to_owned()),
            ("DMT_BIND".to_owned(), format!("127.0.0.1:{port}")),
            ("RUST_LOG".to_owned(), "info,access=warn".to_owned()),
        ];
        environment.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        Ok(Self {
            program: program()?,
            folder: folder.to_owned(),
            environment,
            port,
        })
    }

    /// Where it is served.
    pub(crate) fn root(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts the server and waits until it is ready; `arguments` come after `serve`.
    pub(crate) async fn serve(&self, api: &Api, arguments: &[&str]) -> Result<Server, Failure> {
        let log = self.log()?;
        let process = self
            .command("serve")
            .args(arguments)
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let mut server = Server { process };
        tokio::select! {
            ended = server.process.wait() => {
                Err(format!("dmt ended: {}; see {}", ended?, self.folder.join("dmt.log").display()).into())
            }
            ready = api.wait_until_ready(START) => ready.map(|_| server),
        }
    }

    /// Fills the empty database with demo data.
    pub(crate) async fn demo(&self, records: u32) -> Result<(), Failure> {
        let records = records.to_string();
        self.run(&["demo", "--records", &records]).await.map(drop)
    }

    /// Copies its data into another database, which is empty.
    pub(crate) async fn copy(&self, to: &str) -> Result<(), Failure> {
        self.run(&["copy", "--to", to]).await.map(drop)
    }

    /// Makes anew what records are found by, and the sums that reports are read from.
    pub(crate) async fn rebuild(&self) -> Result<(), Failure> {
        self.run(&["search", "rebuild"]).await?;
        self.run(&["reports", "rebuild"]).await.map(drop)
    }

    /// Recomputes every audit chain and compares each record with its history; what was found otherwise.
    pub(crate) async fn verify(&self) -> Result<Vec<String>, Failure> {
        let output = self.command("audit").arg("verify").output().await?;
        let said = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => Ok(Vec::new()),
            Some(1) if said.contains(" findings") => Ok(said.lines().map(str::to_owned).collect()),
            _ => Err(format!(
                "dmt audit verify: {said}{}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into()),
        }
    }

    async fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let (command, arguments) = arguments.split_first().ok_or("no command")?;
        let output = self.command(command).args(arguments).output().await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let error = String::from_utf8_lossy(&output.stderr);
        Err(format!("dmt {command} failed: {said}{error}").into())
    }

    fn command(&self, command: &str) -> Command {
        let mut program = Command::new(&self.program);
        program
            .arg(command)
            .current_dir(&self.folder)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        program
    }

    fn log(&self) -> Result<File, Failure> {
        let log = self.folder.join("dmt.log");
        Ok(File::options().create(true).append(true).open(log)?)
    }

    /// Lines of the log that speak of a fault of dmt's own.
    pub(crate) fn faults(&self) -> Result<Vec<String>, Failure> {
        let log = std::fs::read_to_string(self.folder.join("dmt.log"))?;
        let is_fault = |line: &&str| {
            ["panicked", "internal:"]
                .iter()
                .any(|word| line.contains(word))
        };
        Ok(log.lines().filter(is_fault).map(str::to_owned).collect())
    }
}

impl Server {
    /// Ends it with SIGKILL.
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.process.kill().await?)
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

/// `DMT_BIN`, or the newest of those that cargo has built.
pub(crate) fn program() -> Result<PathBuf, Failure> {
    if let Some(program) = std::env::var_os("DMT_BIN") {
        return Ok(std::fs::canonicalize(program)?);
    }
    let built = ["release", "debug"].map(|profile| target().join(profile).join("dmt"));
    let newest = built
        .into_iter()
        .filter(|program| program.is_file())
        .max_by_key(|program| program.metadata().and_then(|data| data.modified()).ok());
    let program = newest.ok_or("there is no dmt; run `cargo build --release`, or set DMT_BIN")?;
    Ok(std::fs::canonicalize(program)?)
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    )
}
