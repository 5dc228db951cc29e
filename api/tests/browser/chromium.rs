//! Debian's Chromium and its chromedriver: found, started and ended.
//!
//! Each test has a chromedriver of its own on a free port, and each browser a profile of its own, so that two of them are
//! two people. Browsers are in their driver's process group and end with it, whether a test passes or fails.

use std::cell::Cell;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;

/// Width and height in pixels.
pub(crate) type Size = (u32, u32);

/// A screen on a desk.
pub(crate) const DESK: Size = (1280, 900);

/// A phone.
pub(crate) const PHONE: Size = (360, 740);

/// How long anything may take on a crowded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
pub(crate) const STEP: Duration = Duration::from_millis(50);

/// How often a free port is looked for: another program may take it first.
const TRIES: usize = 5;

/// Why there is no browser on this machine, if there is none.
pub(crate) fn missing() -> Option<String> {
    let wanted = ["chromium", "chromedriver"].into_iter();
    let missing: Vec<_> = wanted.filter(|name| find(name).is_none()).collect();
    if missing.is_empty() {
        return None;
    }
    let what = missing.join(" and no ");
    Some(format!(
        "there is no {what} in the PATH; scripts/browser.sh installs them (as root)"
    ))
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(program));
    files.find(|file| file.is_file())
}

/// A chromedriver; its browsers end with it.
pub(crate) struct Chromium {
    child: Child,
    address: String,
    profiles: TempDir,
    begun: Cell<u32>,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let mut kill = Command::new("kill");
        kill.args(["-KILL", "--", group.as_str()]);
        let _ = kill.stderr(Stdio::null()).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Chromium {
    pub(crate) async fn start() -> Self {
        let profiles = tempfile::tempdir().unwrap();
        for _ in 0..TRIES {
            let port = free_port();
            let mut child = spawn(port, profiles.path());
            if listens(&mut child, port).await {
                return Self {
                    child,
                    address: format!("http://127.0.0.1:{port}/"),
                    profiles,
                    begun: Cell::new(0),
                };
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("chromedriver did not start");
    }

    /// A new browser that has been nowhere.
    pub(crate) async fn begin(&self, size: Size) -> Client {
        let number = self.begun.get();
        self.begun.set(number + 1);
        let profile = self.profiles.path().join(number.to_string());
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&profile, size));
        match Box::pin(builder.connect(&self.address)).await {
            Ok(client) => client,
            Err(error) => panic!("chromium did not start: {error}"),
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Chromedriver in a group of its own; what it and its browsers write in passing goes where their profiles are.
fn spawn(port: u16, folder: &Path) -> Child {
    let mut command = Command::new("chromedriver");
    command
        .arg(format!("--port={port}"))
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().unwrap()
}

async fn listens(child: &mut Child, port: u16) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return true;
        }
        tokio::time::sleep(STEP).await;
    }
    false
}

fn capabilities(profile: &Path, (width, height): Size) -> Capabilities {
    let binary = find("chromium").unwrap_or_default();
    let wanted = json!({
        "browserName": "chrome",
        "timeouts": {"script": 120_000, "pageLoad": 120_000, "implicit": 0},
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {
            "binary": binary.to_string_lossy(),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                "--no-first-run", "--disable-component-update", "--disable-background-networking",
                format!("--user-data-dir={}", profile.display()),
                format!("--window-size={width},{height}"),
            ],
        },
    });
    wanted.as_object().cloned().unwrap_or_default()
}
