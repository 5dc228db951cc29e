//! What a server uses, from `/proc`: its own process and those that it has started.

use std::fs::read_to_string;

/// How the kernel counts time in `stat`: a hundredth of a second, on every architecture that Debian has.
const TICK_MICROS: u64 = 10_000;

/// Memory in MB, a million bytes each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Now, pages shared between processes counted once.
    pub(super) now: f64,
    /// At most since the start, the processes' own peaks added up.
    pub(super) peak: f64,
}

/// A process and all that descend from it.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let children = read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let mut all = vec![pid];
    for child in children.split_whitespace() {
        all.extend(child.parse().ok().into_iter().flat_map(family));
    }
    all
}

/// The CPU time that a server has used so far, in microseconds.
pub(crate) fn cpu(pid: u32) -> u64 {
    let ticks = |pid: u32| -> Option<u64> {
        let stat = read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; user and system time are the 14th and 15th field.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let (user, system): (u64, u64) =
            (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(user + system)
    };
    family(pid).into_iter().filter_map(ticks).sum::<u64>() * TICK_MICROS
}

/// The largest resident memory that a process has had so far, in MB.
pub(crate) fn peak(pid: u32) -> f64 {
    megabytes(&format!("/proc/{pid}/status"), "VmHWM:")
}

/// The memory that a server has.
pub(super) fn memory(pid: u32) -> Memory {
    let mut memory = Memory::default();
    for pid in family(pid) {
        memory.now += megabytes(&format!("/proc/{pid}/smaps_rollup"), "Pss:");
        memory.peak += peak(pid);
    }
    memory
}

fn megabytes(file: &str, field: &str) -> f64 {
    let text = read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() * 1024.0 / 1e6
}
