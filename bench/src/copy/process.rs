//! A command that is run to its end, and what it took.

use std::collections::HashMap;
use std::pin::pin;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::Failure;
use crate::speed::usage;

/// The kernel keeps the largest memory of a process; what it grows by after the last look is missed.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a command said, and what it took.
#[derive(Debug)]
pub(super) struct Ran {
    /// Its standard output.
    pub(super) said: String,
    /// Seconds from its start to its end.
    pub(super) seconds: f64,
    /// The largest resident memory of its processes in MB, added up.
    pub(super) peak: f64,
    /// Seconds of CPU.
    pub(super) cpu: f64,
}

/// Runs it; that it fails is a failure.
pub(super) async fn run(mut command: Command) -> Result<Ran, Failure> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let began = Instant::now();
    let child = command
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let pid = child.id().ok_or("the process has no id")?;
    let mut taken = Taken::default();
    let mut ended = pin!(child.wait_with_output());
    let output = loop {
        taken.look(pid);
        tokio::select! {
            output = &mut ended => break output?,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program} failed: {said}{error}").into());
    }
    Ok(Ran {
        said,
        seconds,
        peak: taken.peaks.values().sum(),
        cpu: Duration::from_micros(taken.cpu).as_secs_f64(),
    })
}

/// What the processes have taken so far.
#[derive(Default)]
struct Taken {
    /// By process, in MB.
    peaks: HashMap<u32, f64>,
    /// In microseconds.
    cpu: u64,
}

impl Taken {
    fn look(&mut self, pid: u32) {
        for pid in usage::family(pid) {
            let peak = self.peaks.entry(pid).or_default();
            *peak = peak.max(usage::peak(pid));
        }
        self.cpu = self.cpu.max(usage::cpu(pid));
    }
}
