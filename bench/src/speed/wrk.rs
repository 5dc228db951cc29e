//! One run of wrk (Debian's package): one thread, connections that are kept, each with one request at a time.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::Failure;

/// The script that it runs.
const SCRIPT: &str = include_str!("load.lua");

/// What is sent, over and over.
pub(super) struct Load<'a> {
    /// Where the server is.
    pub(super) root: &'a str,
    pub(super) method: &'static str,
    /// Sent one after the other, and again from the beginning.
    pub(super) paths: &'a [String],
    pub(super) body: Option<&'a str>,
    pub(super) token: Option<&'a str>,
    pub(super) connections: u32,
    pub(super) seconds: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// Answers, all of them with a status below 400.
    pub(super) requests: u64,
    pub(super) seconds: f64,
    /// Latencies in milliseconds.
    pub(super) p50: f64,
    pub(super) p99: f64,
}

impl Load<'_> {
    /// Runs it; `folder` takes the files that wrk reads. A request that failed is a failure of the whole.
    pub(super) async fn run(&self, folder: &Path) -> Result<Outcome, Failure> {
        let script = written(folder, "load.lua", SCRIPT)?;
        let paths = written(folder, "paths", &self.paths.join("\n"))?;
        let body = match self.body {
            Some(body) => written(folder, "body", body)?,
            None => PathBuf::new(),
        };
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "--latency", "--timeout", "30s"])
            .arg(format!("-c{}", self.connections))
            .arg(format!("-d{}s", self.seconds))
            .arg("-s")
            .arg(script)
            .args(["-H", "Content-Type: application/json"]);
        if let Some(token) = self.token {
            wrk.args(["-H", &format!("Authorization: Bearer {token}")]);
        }
        wrk.arg(self.root)
            .arg("--")
            .arg(paths)
            .arg(self.method)
            .arg(body);
        let output = wrk.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.map_err(|error| format!("wrk: {error}; bench/peers/build.sh"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let measured = said.lines().find_map(|line| line.strip_prefix("measured"));
        let Some([requests, micros, p50, p99, refused, lost]) = measured.and_then(numbers) else {
            let error = String::from_utf8_lossy(&output.stderr);
            return Err(format!("wrk: {said}{error}").into());
        };
        if refused + lost > 0.0 {
            let (method, root) = (self.method, self.root);
            let path = self.paths.first().map_or("", String::as_str);
            return Err(format!(
                "{method} {root}{path}: {refused} of {requests} refused, {lost} without an answer"
            )
            .into());
        }
        Ok(Outcome {
            requests: requests as u64,
            seconds: micros / 1e6,
            p50: p50 / 1e3,
            p99: p99 / 1e3,
        })
    }
}

fn numbers(line: &str) -> Option<[f64; 6]> {
    let numbers = line.split_whitespace().map(|word| word.parse().ok());
    numbers.collect::<Option<Vec<f64>>>()?.try_into().ok()
}

fn written(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}
