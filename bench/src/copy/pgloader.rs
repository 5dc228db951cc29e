//! pgloader (Debian's package), SQLite into PostgreSQL: only the data, into tables that `dmt migrate` has made.
//!
//! It drops the foreign keys before it copies and makes them again afterwards. Commits are not waited for, as `dmt`'s
//! are not either until its end. It reads 10,000 rows ahead instead of 100,000, with which the 1 GB that Debian's package
//! gives it is used up by 200,000 records ("Heap exhausted, game over"); all else is as pgloader has it by itself.

use std::path::Path;

use db::DatabaseUrl;
use tokio::process::Command;

use super::process;
use crate::Failure;

/// What pgloader did.
pub(super) struct Loaded {
    /// How many rows.
    pub(super) rows: u64,
    /// Rows a second of its import, which like `dmt`'s ends with foreign keys that hold.
    pub(super) rate: f64,
    /// Rows a second while they are copied, without foreign keys and sequences.
    pub(super) copy_rate: f64,
    /// Rows a second by the clock, over all that it does.
    pub(super) clock_rate: f64,
    /// In MB.
    pub(super) peak: f64,
    /// Seconds of CPU.
    pub(super) cpu: f64,
}

/// Rows that pgloader copies and `dmt` makes anew: the setting which says that every record can be found.
const LEFT_BEHIND: u64 = 1;

/// Whether it is there.
pub(super) async fn require() -> Result<(), Failure> {
    let asked = Command::new("pgloader").arg("--version").output().await;
    asked.map(drop).map_err(|error| {
        format!(
            "pgloader: {error}; it is a package of Debian (apt-get install pgloader); without it: --only pairs,archive"
        )
        .into()
    })
}

/// Copies a file into a database; its own files are in `folder`.
pub(super) async fn load(from: &str, to: &str, folder: &Path) -> Result<Loaded, Failure> {
    let script = folder.join("copy.load");
    std::fs::write(&script, commands(from, to)?)?;
    let mut command = Command::new("pgloader");
    command
        .arg("--root-dir")
        .arg(folder.join("pgloader"))
        .arg(&script);
    let ran = process::run(command).await?;
    let said = ran.said.as_str();
    let (Some((errors, rows, importing)), Some(copying)) =
        (said.lines().find_map(total), said.lines().find_map(copying))
    else {
        return Err(format!("pgloader did not say what it did: {said}").into());
    };
    if errors {
        return Err(format!("pgloader did not copy everything: {said}").into());
    }
    let rows = rows - LEFT_BEHIND;
    Ok(Loaded {
        rows,
        rate: rows as f64 / importing.max(0.001),
        copy_rate: rows as f64 / copying.max(0.001),
        clock_rate: rows as f64 / ran.seconds.max(0.001),
        peak: ran.peak,
        cpu: ran.cpu,
    })
}

fn commands(from: &str, to: &str) -> Result<String, Failure> {
    let file = from.parse::<DatabaseUrl>()?;
    let file = file
        .sqlite_path()
        .ok_or("pgloader copies from SQLite here")?;
    let to = to.replacen("postgres://", "postgresql://", 1);
    Ok(format!(
        "LOAD DATABASE FROM sqlite://{} INTO {to}
WITH data only, truncate, reset sequences, prefetch rows = 10000
EXCLUDING TABLE NAMES LIKE 'seaql_migrations', 'sqlite_sequence', 'setup_token', 'idempotency_key', 'defect_search', 'defect_words%', 'summary%'
SET synchronous_commit TO 'off';\n",
        file.display()
    ))
}

/// `Total import time          ✓     176895    77.1 MB          6.096s`: whether there were errors, the rows,
/// and the seconds.
fn total(line: &str) -> Option<(bool, u64, f64)> {
    let mut words = line
        .trim()
        .strip_prefix("Total import time")?
        .split_whitespace();
    let errors = words.next()? != "✓";
    let rows = words.next()?.parse().ok()?;
    Some((errors, rows, seconds(words.last()?)?))
}

/// `COPY Threads Completion          0          4                     5.712s`
fn copying(line: &str) -> Option<f64> {
    let rest = line.trim().strip_prefix("COPY Threads Completion")?;
    seconds(rest.split_whitespace().last()?)
}

/// `1h2m3.456s`
fn seconds(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut rest = text;
    for (unit, worth) in [('h', 3600.0), ('m', 60.0), ('s', 1.0)] {
        if let Some((number, after)) = rest.split_once(unit) {
            seconds += number.parse::<f64>().ok()? * worth;
            rest = after;
        }
    }
    rest.is_empty().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pgloader_says_is_understood() {
        let line = "      Total import time          ✓     176895    77.1 MB          6.096s";
        assert_eq!(total(line), Some((false, 176_895, 6.096)));
        let line = "      Total import time          3     176892    77.1 MB          6.096s";
        assert_eq!(total(line), Some((true, 176_892, 6.096)));
        let line = "COPY Threads Completion          0          4                  1m5.712s";
        assert_eq!(copying(line), Some(65.712));
        assert_eq!(seconds("1h0m1.5s"), Some(3601.5));
        assert_eq!(seconds("5.7"), None);
    }
}
