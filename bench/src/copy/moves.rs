//! The moves of `dmt`, and what it says about them.

use std::path::Path;

use tokio::process::Command;

use super::process::{self, Ran};
use crate::{Failure, dmt};

/// A move that was done and verified.
#[derive(Debug)]
pub(super) struct Move {
    /// How many rows.
    pub(super) rows: u64,
    /// Rows a second while they are moved; verification is apart.
    pub(super) rate: f64,
    /// Seconds of verification; none where nothing is verified.
    pub(super) verification: Option<f64>,
    /// Rows of history that were recomputed.
    pub(super) history: Option<u64>,
    /// Seconds of the whole command.
    pub(super) seconds: f64,
    /// In MB.
    pub(super) peak: f64,
    /// Seconds of `dmt`'s CPU.
    pub(super) cpu: f64,
}

impl Move {
    /// Rows a second by the clock: all that the command did but verification.
    pub(super) fn clock_rate(&self) -> f64 {
        self.rows as f64 / (self.seconds - self.verification.unwrap_or_default()).max(0.001)
    }
}

/// Makes the tables of a target, so that no move has to.
pub(super) async fn migrate(url: &str) -> Result<(), Failure> {
    process::run(command(url, &["migrate"])?).await.map(drop)
}

/// Copies from one database into another.
pub(super) async fn copy(from: &str, to: &str) -> Result<Move, Failure> {
    told(&process::run(command(from, &["copy", "--to", to])?).await?)
}

/// Whether a database that something else has filled is what the source is: fails if not.
pub(super) async fn require_same(from: &str, to: &str) -> Result<(), Failure> {
    let compared = command(from, &["copy", "--resume", "--to", to])?;
    process::run(compared).await.map(drop)
}

/// Writes an archive.
pub(super) async fn export(from: &str, file: &Path) -> Result<Move, Failure> {
    told(&process::run(command(from, &["export", &file.to_string_lossy()])?).await?)
}

/// Reads an archive into an empty database.
pub(super) async fn import(to: &str, file: &Path) -> Result<Move, Failure> {
    let mut done = told(&process::run(command(to, &["import", &file.to_string_lossy()])?).await?)?;
    // It does not say how long it verified: it is all that comes after the rows.
    let moving = done.rows as f64 / done.rate.max(1.0);
    done.verification = Some((done.seconds - moving).max(0.0));
    Ok(done)
}

fn command(database: &str, arguments: &[&str]) -> Result<Command, Failure> {
    let mut command = Command::new(dmt::program()?);
    command
        .args(arguments)
        .env("DATABASE_URL", database)
        .env_remove("DMT_BIN")
        .current_dir(std::env::temp_dir());
    Ok(command)
}

fn told(ran: &Ran) -> Result<Move, Failure> {
    let said = ran.said.as_str();
    let moved = said.lines().find_map(moved);
    let Some((rows, rate)) = moved else {
        return Err(format!("dmt did not say how fast it was: {said}").into());
    };
    Ok(Move {
        rows,
        rate,
        verification: said.lines().find_map(verification),
        history: said.lines().find_map(history),
        seconds: ran.seconds,
        peak: ran.peak,
        cpu: ran.cpu,
    })
}

/// `176895 rows from SQLite into MariaDB by prepared INSERTs of many rows in 3.9 s, 45358 rows/s`
fn moved(line: &str) -> Option<(u64, f64)> {
    let (rows, _) = line.split_once(" rows ")?;
    let (before, _) = line.split_once(" rows/s")?;
    Some((rows.parse().ok()?, before.rsplit(' ').next()?.parse().ok()?))
}

/// `verified in 6.1 s: …`
fn verification(line: &str) -> Option<f64> {
    let rest = line.strip_prefix("verified in ")?;
    rest.split_once(" s")?.0.parse().ok()
}

/// `…; 20097 records with 74113 rows of history, 0 findings`
fn history(line: &str) -> Option<u64> {
    let (before, _) = line.split_once(" rows of history")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dmt_says_is_understood() {
        let copied = "176895 rows from SQLite into PostgreSQL by COPY, foreign keys and indexes made \
                      behind the rows, in 3.9 s, 45358 rows/s";
        assert_eq!(moved(copied), Some((176_895, 45358.0)));
        let exported = "176895 rows in 2.0 s, 88447 rows/s, into a.zip with password hashes";
        assert_eq!(moved(exported), Some((176_895, 88447.0)));
        let verified =
            "verified in 6.1 s: rows; 20097 records with 74113 rows of history, 0 findings";
        assert_eq!(moved(verified), None);
        assert_eq!(verification(verified), Some(6.1));
        assert_eq!(history(verified), Some(74113));
    }
}
