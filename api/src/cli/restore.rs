//! `dmt restore FILE`: a backup in the place of an SQLite database; for a server, the lines to run.
//!
//! The copy is checked before anything is touched, and what was there is kept under another name.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use migration::State;
use service::db::file;
use service::db::{DatabaseUrl, Db, Family};
use service::holdings::Holdings;

use super::backup::{Checked, broken, check, remove, with};
use super::{Failure, Outcome, dump, say, start};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The backup
    file: PathBuf,
    /// Restore over a database that holds data; it is kept under another name
    #[arg(long)]
    replace: bool,
}

pub(super) async fn run(args: &Args, config: &Config) -> Outcome {
    let url = &config.database_url;
    if url.family() != Family::Sqlite {
        let db = start::connect(config).await?;
        say(dump::restore(url, db.engine(), &args.file));
        db.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(target) = url.sqlite_path() else {
        return Err(Failure::new("DATABASE_URL names no file"));
    };
    refuse_live(&args.file, target)?;
    if target.exists() {
        file::refuse_if_in_use(target).await?;
        if !args.replace && !is_empty(target, config).await {
            return Err(Failure::new(format!(
                "{} holds data; with --replace it is put aside, under another name, and the backup takes its place",
                target.display()
            )));
        }
    }
    let part = with(target, ".restore.part");
    remove(&part)?;
    let checked = copy_and_check(&args.file, &part, config).await;
    let checked = match checked {
        Ok(checked) if checked.faults.is_empty() && checked.findings.is_empty() => checked,
        other => {
            remove(&part)?;
            return Err(other.map_or_else(|failure| failure, |checked| unsound(&checked)));
        }
    };
    put_in_place(&part, target).await?;
    checked.tell();
    say(format_args!(
        "{} restored from {}",
        target.display(),
        args.file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// A database that is open, or was not closed, is no backup: part of it is in another file.
fn refuse_live(file: &Path, target: &Path) -> Result<(), Failure> {
    let same = |one: &Path, other: &Path| match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    if same(file, target) {
        return Err(Failure::new("the backup is the database itself"));
    }
    let log = with(file, "-wal");
    if log.metadata().is_ok_and(|data| data.len() > 0) {
        return Err(Failure::new(format!(
            "{} is a database in use, or one that was not closed ({} lies beside it); make a backup of it with `dmt backup`",
            file.display(),
            log.display()
        )));
    }
    Ok(())
}

/// Whether nobody has worked in a database yet; what cannot be read is not empty.
async fn is_empty(target: &Path, config: &Config) -> bool {
    let Ok(db) = Db::connect(&DatabaseUrl::of_file(target), &config.pool).await else {
        return false;
    };
    let empty = match migration::state(&db).await {
        Ok(State::Current) => Holdings::of(&db).await.is_ok_and(|held| held.is_empty()),
        Ok(State::Behind { applied: 0, .. }) => has_no_tables(&db).await,
        _ => false,
    };
    db.close().await;
    empty
}

async fn has_no_tables(db: &Db) -> bool {
    file::tables(db).await.is_ok_and(|count| count == 0)
}

async fn copy_and_check(from: &Path, part: &Path, config: &Config) -> Result<Checked, Failure> {
    let told = |error| file::FileError::Io(from.to_owned(), error);
    let mut source = std::fs::File::open(from).map_err(told)?;
    let mut copy =
        file::create(part).map_err(|error| file::FileError::Io(part.to_owned(), error))?;
    std::io::copy(&mut source, &mut copy).map_err(told)?;
    copy.sync_all()?;
    let mut checked = check(part, config).await?;
    std::fs::File::open(part)?.sync_all()?;
    checked.faults.truncate(10);
    Ok(checked)
}

fn unsound(checked: &Checked) -> Failure {
    if !checked.faults.is_empty() {
        return broken("the backup is damaged, and nothing was changed", checked);
    }
    checked.tell();
    Failure::new(
        "the history in the backup has been tampered with, and nothing was changed: see above",
    )
}

async fn put_in_place(part: &Path, target: &Path) -> Result<(), Failure> {
    let now = chrono::Utc::now().format("%Y%m%dT%H%M%S%3fZ");
    let kept = with(target, &format!(".before-restore-{now}.bak"));
    if !target.exists() {
        file::put_log_aside(target, &kept)?;
        file::rename(part, target)?;
        return Ok(());
    }
    if let Err(error) = file::replace(target, part, &kept).await {
        remove(part)?;
        return Err(error.into());
    }
    say(format_args!("what was there is kept as {}", kept.display()));
    Ok(())
}
