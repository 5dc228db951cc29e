//! `dmt serve` as a process of its own, which ends with its test.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A server that listens.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a start may take on a crowded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is on its way up: what it prints is read from `lines`.
pub(crate) struct Starting {
    pub(crate) child: Child,
    lines: mpsc::Receiver<String>,
    log: PathBuf,
    told: usize,
}

/// Starts `dmt serve` in a folder, with no settings but those given; its log goes to `NAME.log` there.
pub(crate) fn start(
    folder: &Path,
    name: &str,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> Starting {
    let log = folder.join(format!("{name}.log"));
    let told = std::fs::read_to_string(&log)
        .unwrap_or_default()
        .lines()
        .count();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmt"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("DMT_") || name == "DATABASE_URL" || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    let mut child = command
        .current_dir(folder)
        .env("DMT_BIND", "127.0.0.1:0")
        .envs(settings.iter().copied())
        .arg("serve")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(
            File::options()
                .create(true)
                .append(true)
                .open(&log)
                .unwrap(),
        )
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    Starting {
        child,
        lines,
        log,
        told,
    }
}

impl Starting {
    /// Waits until it listens; also what it has printed until then.
    pub(crate) fn listening(mut self) -> (Server, Vec<String>) {
        let began = Instant::now();
        let address = loop {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            // A restart goes on writing into the same file.
            let told = log.lines().skip(self.told).find_map(listening_on);
            if let Some(address) = told {
                break address;
            }
            if began.elapsed() > PATIENCE || self.child.try_wait().unwrap().is_some() {
                let _ = self.child.kill();
                panic!("the server did not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut printed = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(50)) {
            printed.push(line);
        }
        let Self { child, log, .. } = self;
        (
            Server {
                child,
                address,
                log,
            },
            printed,
        )
    }
}

fn listening_on(line: &str) -> Option<SocketAddr> {
    let (_, place) = line.split_once("listening on http://")?;
    place.split_whitespace().next()?.parse().ok()
}

impl Server {
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}
