//! An SQLite file as a file: copied while it is in use, looked over, put in the place of another.
//!
//! The bytes of a file that is in use are not its contents: part of them is in the write-ahead log. So
//! a copy is made by SQLite itself, and a file is only put away when nobody has it open.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::{Db, Error};

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Some program has it open.
    #[error("{} is in use; stop the server that runs on it first", .0.display())]
    InUse(PathBuf),
    /// The operating system refused.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
    /// SQLite refused.
    #[error(transparent)]
    Database(#[from] Error),
}

impl FileError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |error| Self::Io(path, error)
    }
}

/// Copies the database behind a connection that may write into a new file, as it is at one moment,
/// while others read and write it. The copy can be read by its owner alone, and is on the disk when
/// this returns. What fails leaves no file.
///
/// # Errors
/// [`FileError::Io`] where there is such a file, or it cannot be made.
pub async fn copy(connection: &DatabaseConnection, to: &Path) -> Result<(), FileError> {
    // SQLite fills an empty file, and leaves its rights as they are.
    drop(create(to).map_err(FileError::io(to))?);
    let copied = match fill(connection, to).await {
        Ok(()) => sync_folder(to).map_err(FileError::io(to)),
        failed => failed,
    };
    if copied.is_err() {
        // It is the first error that counts.
        let _ = std::fs::remove_file(to);
    }
    copied
}

async fn fill(connection: &DatabaseConnection, to: &Path) -> Result<(), FileError> {
    let statement = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "VACUUM INTO ?",
        [to.to_string_lossy().into_owned().into()],
    );
    connection
        .execute_raw(statement)
        .await
        .map_err(Error::from)?;
    let written = OpenOptions::new().write(true).open(to);
    written
        .and_then(|file| file.sync_all())
        .map_err(FileError::io(to))
}

/// A new, empty file that its owner alone may read: it will hold password hashes.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A new folder that its owner alone may look into.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whether files can be made in the folder of a file, as SQLite makes them beside its own.
pub fn try_folder(file: &Path) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.probe", std::process::id()));
    let beside = Path::new(&beside);
    drop(create(beside)?);
    std::fs::remove_file(beside)
}

/// Gives a file another name, in the same folder, for good.
///
/// # Errors
/// [`FileError::Io`].
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    std::fs::rename(from, to).map_err(FileError::io(to))?;
    sync_folder(to).map_err(FileError::io(to))
}

/// Has the name of a file on the disk: it is there when its folder is.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    #[cfg(unix)]
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// What is wrong inside a file: its pages, its indexes, its foreign keys. Nothing, mostly.
///
/// # Errors
/// The database's.
pub async fn faults(db: &Db) -> Result<Vec<String>, Error> {
    let mut faults = Vec::new();
    for (sql, what) in [
        ("PRAGMA integrity_check(10)", ""),
        (
            "PRAGMA foreign_key_check",
            "a foreign key that leads nowhere in ",
        ),
    ] {
        let statement = Statement::from_string(db.reader().get_database_backend(), sql);
        for row in db.reader().query_all_raw(statement).await? {
            let text: String = row.try_get_by(0)?;
            if text != "ok" {
                faults.push(format!("{what}{text}"));
            }
        }
    }
    faults.truncate(10);
    Ok(faults)
}

/// How many tables there are.
///
/// # Errors
/// The database's.
pub async fn tables(db: &Db) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'";
    let statement = Statement::from_string(db.reader().get_database_backend(), sql);
    let row = db.reader().query_one_raw(statement).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by(0))?)
}

/// Puts `new` in the place of `file`, whose contents are kept under the name `kept`.
///
/// # Errors
/// [`FileError::InUse`] where a program has `file` open; then, and after any other error, it is as it was.
pub async fn replace(file: &Path, new: &Path, kept: &Path) -> Result<(), FileError> {
    let held = take(file).await?;
    if held.is_none() {
        put_log_aside(file, kept)?;
    }
    std::fs::rename(file, kept).map_err(FileError::io(kept))?;
    if let Err(error) = rename(new, file) {
        // Back to where it was; if that fails too, the message says where it is.
        let back = std::fs::rename(kept, file);
        log::error!("{} is kept as {}: {back:?}", file.display(), kept.display());
        return Err(error);
    }
    if let Some(held) = held {
        close(held).await;
    }
    Ok(())
}

/// Puts a write-ahead log away that was left beside `file`, which is not there, or is no database: SQLite would play it into
/// whatever comes in that place. It keeps its name behind `kept`.
///
/// # Errors
/// [`FileError::Io`].
pub fn put_log_aside(file: &Path, kept: &Path) -> Result<(), FileError> {
    for end in ["-wal", "-shm", "-journal"] {
        let beside = |file: &Path| {
            let mut name = file.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let (from, to) = (beside(file), beside(kept));
        match std::fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(FileError::io(&from)(error));
            }
            Ok(()) => log::warn!(
                "{} was left there, and is kept as {}",
                from.display(),
                to.display()
            ),
            Err(_) => {}
        }
    }
    Ok(())
}

/// Refuses a file that a program has open.
///
/// # Errors
/// [`FileError::InUse`].
pub async fn refuse_if_in_use(file: &Path) -> Result<(), FileError> {
    if let Some(held) = take(file).await? {
        close(held).await;
    }
    Ok(())
}

/// How long another one's short work is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps everybody out of a file, its write-ahead log emptied; none where it is no database.
///
/// SQLite leaves the write-ahead log only when no other connection is open, busy or not, so a server
/// that has nothing to do is seen as well.
async fn take(file: &Path) -> Result<Option<SqliteConnection>, FileError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .busy_timeout(PATIENCE);
    let attempt = async {
        let mut connection = options.connect().await?;
        sqlx::query("PRAGMA journal_mode=DELETE")
            .execute(&mut connection)
            .await?;
        sqlx::query("BEGIN EXCLUSIVE")
            .execute(&mut connection)
            .await?;
        Ok::<_, sqlx::Error>(connection)
    };
    match attempt.await.map_err(Error::from) {
        Ok(connection) => Ok(Some(connection)),
        Err(Error::Contention(_)) => Err(FileError::InUse(file.to_owned())),
        Err(Error::Rejected { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        log::debug!("closing a file: {error}");
    }
}

impl From<DbErr> for FileError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}
