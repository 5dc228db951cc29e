//! Signals to processes that we started, by their ids.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;

/// Sends a signal to each of the processes; one that has ended meanwhile is passed over.
pub(crate) fn signal(name: &str, pids: &[u32]) -> Result<(), Failure> {
    if pids.is_empty() {
        return Err("there is no process to signal".into());
    }
    Command::new("kill")
        .arg(format!("-{name}"))
        .args(pids.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status()?;
    Ok(())
}

/// A process and its children.
pub(super) fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let listed = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    all.extend(
        listed
            .unwrap_or_default()
            .split_whitespace()
            .filter_map(|pid| pid.parse::<u32>().ok()),
    );
    all
}

/// Whether a process runs (a zombie does not).
pub(super) fn is_alive(pid: u32) -> bool {
    let stat = PathBuf::from(format!("/proc/{pid}/stat"));
    std::fs::read_to_string(stat)
        .ok()
        .and_then(|stat| {
            stat.rsplit_once(") ")
                .map(|(_, rest)| !rest.starts_with('Z'))
        })
        .unwrap_or(false)
}

/// Waits until all have ended.
pub(super) async fn wait_for_end(pids: &[u32], patience: Duration) -> Result<(), Failure> {
    let began = Instant::now();
    while pids.iter().any(|pid| is_alive(*pid)) {
        if began.elapsed() > patience {
            return Err(format!("the processes {pids:?} did not end").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
