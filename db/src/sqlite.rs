//! SQLite: one writer and a pool of readers on one file.
//!
//! SQLite has one write lock per file. A writer pool of exactly one connection makes the writers of
//! this process queue up in order, instead of racing for the lock; readers are `query_only`, so
//! that a write cannot slip past [`Db::write`](crate::Db::write). The write-ahead log lets them
//! read while it writes.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::pool::{self, PoolOptions};
use crate::session::LOCK_WAIT;
use crate::{DatabaseUrl, Error, Rejection, file};

/// How long several starting processes may get in each other's way.
const WAL_WAIT: Duration = Duration::from_secs(10);

/// The writer's pages in memory, in KiB (SQLite writes them with a minus). A record has its place in thirty indexes; with
/// the 2 MiB that SQLite has by itself a third of the work of a report is reading their pages again.
const WRITER_CACHE: &str = "-32768";

/// After so many pages of 4 KiB the log is carried over into the file. Pages that change with each report are carried
/// over once for 8,000 pages of log and not once for 1,000.
const CHECKPOINT: &str = "8000";

/// The writer and the readers of a file.
pub(crate) struct Connections {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    pub(crate) version: String,
}

/// Opens the file, creates it if it may, and turns the write-ahead log on.
pub(crate) async fn connect(
    url: &DatabaseUrl,
    options: &PoolOptions,
) -> Result<Connections, Error> {
    let driver = driver(url)?;
    make_private(url)?;
    // The file has to be there before readers look for it.
    let mut first = match driver.connect().await {
        Ok(first) => first,
        Err(error) => return Err(explain_rights(url, error.into())),
    };
    if let Err(error) = turn_on_write_ahead_log(&mut first).await {
        return Err(explain_rights(url, error));
    }
    let version = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut first)
        .await?;
    let writing = driver
        .clone()
        .pragma("cache_size", WRITER_CACHE)
        .pragma("wal_autocheckpoint", CHECKPOINT);
    let writer = pool::file(writing, &options.single());
    writer.ping().await?;
    first.close().await?;
    let reader = pool::file(
        driver.create_if_missing(false).pragma("query_only", "on"),
        options,
    );
    Ok(Connections {
        writer,
        reader,
        version,
    })
}

/// One more connection that may write, for a migration.
pub(crate) fn migration_connection(
    url: &DatabaseUrl,
    options: &PoolOptions,
) -> Result<DatabaseConnection, Error> {
    Ok(pool::file(driver(url)?, &options.single()))
}

fn driver(url: &DatabaseUrl) -> Result<SqliteConnectOptions, Error> {
    let path = url
        .sqlite_path()
        .ok_or_else(|| Error::rejected(Rejection::InMemory))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder
        && !folder.is_dir()
    {
        return Err(Error::rejected(Rejection::MissingFolder(folder.to_owned())));
    }
    if path.is_dir() {
        return Err(Error::rejected(Rejection::NotADatabase));
    }
    if !url.may_create() && !path.exists() {
        return Err(Error::rejected(Rejection::MissingFile(path.to_owned())));
    }
    Ok(SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(url.may_create())
        .busy_timeout(LOCK_WAIT)
        .foreign_keys(true)
        // In the write-ahead log, NORMAL loses the last commits when the power fails.
        .synchronous(SqliteSynchronous::Full))
}

/// SQLite makes a new file readable for everybody, and its log like the file; it holds password hashes.
fn make_private(url: &DatabaseUrl) -> Result<(), Error> {
    let Some(path) = url.sqlite_path().filter(|_| url.may_create()) else {
        return Ok(());
    };
    match file::create(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if is_a_matter_of_rights(&error) => {
            Err(Error::rejected(Rejection::NotWritable(path.to_owned())))
        }
        // SQLite will say it.
        Err(_) => Ok(()),
    }
}

/// SQLite says of missing rights that the file cannot be opened, as it says of what passes.
fn explain_rights(url: &DatabaseUrl, error: Error) -> Error {
    let (Error::Unavailable(_), Some(path)) = (&error, url.sqlite_path()) else {
        return error;
    };
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let tried = [opened.map(drop), file::try_folder(path)];
    let refused = |tried: &std::io::Result<()>| tried.as_ref().is_err_and(is_a_matter_of_rights);
    match tried.iter().any(refused) {
        true => Error::rejected(Rejection::NotWritable(path.to_owned())),
        false => error,
    }
}

fn is_a_matter_of_rights(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}

/// SQLite: the switch needs the file for itself for a moment and does not always wait for it, so
/// that processes which start together may get `SQLITE_BUSY` at once. It lasts in the file: only
/// the very first start does it.
async fn turn_on_write_ahead_log(connection: &mut SqliteConnection) -> Result<(), Error> {
    let began = Instant::now();
    loop {
        let answer = sqlx::query_scalar("PRAGMA journal_mode=WAL")
            .fetch_one(&mut *connection)
            .await;
        match answer.map_err(Error::from) {
            Ok::<String, _>(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(_) => return Err(Error::rejected(Rejection::NoWriteAheadLog)),
            Err(Error::Contention(_)) if began.elapsed() < WAL_WAIT => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => return Err(error),
        }
    }
}
