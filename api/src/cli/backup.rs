//! `dmt backup FILE`: a checked copy of an SQLite database while it is in use; for a server, the line to run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use migration::State;
use service::audit::{self, Finding};
use service::db::file::{self, FileError};
use service::db::{DatabaseUrl, Db, Family};
use service::holdings::Holdings;

use super::progress::Progress;
use super::{Failure, Outcome, dump, say, start};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file to write; it must not be there yet
    file: PathBuf,
}

pub(super) async fn run(args: &Args, config: &Config) -> Outcome {
    let db = connect(config).await?;
    let done = match config.database_url.family() {
        Family::Sqlite => copy(&db, &args.file, config).await,
        _ => {
            say(dump::backup(db.url(), db.engine(), &args.file));
            Ok(ExitCode::SUCCESS)
        }
    };
    db.close().await;
    done
}

/// A database that is there; none is made.
async fn connect(config: &Config) -> Result<Db, Failure> {
    let url = config.database_url.of_existing();
    Db::connect_waiting(&url, &config.pool, config.db_wait)
        .await
        .map_err(|error| Failure::database(&url, &error))
}

async fn copy(db: &Db, to: &Path, config: &Config) -> Outcome {
    if to.exists() {
        return Err(Failure::new(format!(
            "{} is there already; name another file",
            to.display()
        )));
    }
    let before = match migration::state(db).await? {
        State::Current => Holdings::of(db).await?,
        _ => Holdings::default(),
    };
    // Under another name until it has been checked: what has the name is a backup.
    let part = with(to, ".part");
    remove(&part)?;
    migration::backup::copy(db, &part, start::MIGRATION_WAIT).await?;
    let checked = check(&part, config).await;
    let checked = match checked {
        Ok(checked) if checked.faults.is_empty() && checked.holdings.has_all_of(&before) => checked,
        other => {
            remove(&part)?;
            return Err(match other {
                Ok(checked) => broken("the copy is not sound", &checked),
                Err(failure) => failure,
            });
        }
    };
    std::fs::File::open(&part)?.sync_all()?;
    file::rename(&part, to)?;
    checked.tell();
    say(format_args!(
        "backup of {} written to {}",
        db.url(),
        to.display()
    ));
    if checked.findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(
        "the backup is as its source is, and the source's history has been tampered with: see above",
    ))
}

/// What was found in a file.
pub(super) struct Checked {
    pub(super) faults: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) holdings: Holdings,
    is_current: bool,
}

impl Checked {
    pub(super) fn tell(&self) {
        for finding in &self.findings {
            super::audit::tell(finding);
        }
        let Holdings {
            users,
            parts,
            records,
            history,
        } = self.holdings;
        match self.is_current {
            true => say(format_args!(
                "checked: {users} users, {parts} parts, {records} records, {history} rows of history, {} findings",
                self.findings.len()
            )),
            false => say(
                "checked: the file is sound; its schema is older than this program, so its history was not verified",
            ),
        }
    }
}

/// Why a file is of no use.
pub(super) fn broken(what: &str, checked: &Checked) -> Failure {
    let reason = match checked.faults.is_empty() {
        true => "it lacks rows".to_owned(),
        false => checked.faults.join("; "),
    };
    Failure::new(format!("{what}: {reason}"))
}

/// Looks a file over: its pages, indexes and foreign keys, its schema, every chain of its history.
pub(super) async fn check(path: &Path, config: &Config) -> Result<Checked, Failure> {
    let url = DatabaseUrl::of_file(path);
    let db = Db::connect(&url, &config.pool)
        .await
        .map_err(|error| Failure::database(&url, &error))?;
    let checked = look_over(&db, config).await;
    db.close().await;
    checked
}

async fn look_over(db: &Db, config: &Config) -> Result<Checked, Failure> {
    let mut checked = Checked {
        faults: file::faults(db).await.map_err(service::Error::from)?,
        findings: Vec::new(),
        holdings: Holdings::default(),
        is_current: false,
    };
    match migration::state(db).await? {
        State::Newer { unknown } => {
            return Err(migration::MigrationError::Newer(unknown).into());
        }
        State::Behind { applied: 0, .. } => {
            return Err(Failure::new(
                "the file is no database of dmt: it has none of its tables",
            ));
        }
        State::Behind { .. } => {}
        State::Current if checked.faults.is_empty() => {
            let system = start::settled(db.clone(), config).await?;
            let progress = Progress::new(None, "rows checked");
            checked.findings = audit::verify(&system, |rows| progress.at(rows))
                .await?
                .findings;
            checked.holdings = Holdings::of(db).await?;
            checked.is_current = true;
        }
        State::Current => {}
    }
    Ok(checked)
}

/// A path with something behind it.
pub(super) fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Removes what an earlier try has left, the files beside it included.
pub(super) fn remove(part: &Path) -> Result<(), Failure> {
    for end in ["", "-wal", "-shm"] {
        let path = with(part, end);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(FileError::Io(path, error).into());
            }
            _ => {}
        }
    }
    Ok(())
}
