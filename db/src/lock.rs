//! One migration at a time, although ten servers may start at once.
//!
//! PostgreSQL: an advisory lock; MariaDB and MySQL: `GET_LOCK`; both belong to the session that the
//! migration runs in, so the server frees them when the process dies. SQLite has no lock that
//! outlasts a statement and lets the statements of a migration commit: there it is an operating
//! system lock on `<file>.migrate.lock`, freed by the system. That file stays behind, because
//! removing it would let two others lock two different files of that name.

use std::fs::{File, OpenOptions, TryLockError};
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, Statement, Value};

use crate::{Db, Engine, Error};

/// "DMT migr" in ASCII. PostgreSQL's advisory locks belong to a database, so one number will do.
const POSTGRES_KEY: i64 = 0x444D_5420_6D69_6772;
/// MariaDB's and MySQL's locks belong to the server, and their names have at most 64 characters.
const MYSQL_PREFIX: &str = "dmt_migrate_";
const MYSQL_NAME_LENGTH: usize = 64;
/// Between two tries. Waiting inside the server would hold a snapshot on PostgreSQL for as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs `run` while no other process does the same on this database, on a connection of its own,
/// which is one session from beginning to end. The lock is released when `run` is over, whether it
/// succeeded or not.
///
/// # Errors
/// [`Error::Contention`] if another process holds the lock for longer than `wait`; otherwise what
/// `run` returns.
pub async fn with_migration_lock<T, E, F, Fut>(db: &Db, wait: Duration, run: F) -> Result<T, E>
where
    E: From<Error>,
    F: FnOnce(DatabaseConnection) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let connection = db.migration_connection()?;
    let lock = Lock::of(db);
    let held = match lock.wait(&connection, wait).await {
        Ok(held) => held,
        Err(error) => {
            close(&connection).await;
            return Err(error.into());
        }
    };
    let result = run(connection.clone()).await;
    lock.release(&connection, held).await;
    close(&connection).await;
    result
}

enum Lock {
    Sqlite(PathBuf),
    Postgres,
    MySql(String),
}

/// The proof of having the lock. A file's lock goes with its handle.
enum Held {
    File(#[expect(dead_code, reason = "held for its Drop")] File),
    Session,
}

impl Lock {
    fn of(db: &Db) -> Self {
        match (db.engine(), db.url().sqlite_path()) {
            (Engine::Sqlite, path) => {
                let mut name = path.unwrap_or(Path::new("dmt.db")).as_os_str().to_owned();
                name.push(".migrate.lock");
                Self::Sqlite(PathBuf::from(name))
            }
            (Engine::Postgres, _) => Self::Postgres,
            _ => Self::MySql(mysql_name(db.url().database().unwrap_or_default())),
        }
    }

    async fn wait(&self, connection: &DatabaseConnection, wait: Duration) -> Result<Held, Error> {
        let end = Instant::now() + wait;
        let mut told = false;
        loop {
            if let Some(held) = self.take(connection).await? {
                return Ok(held);
            }
            if Instant::now() >= end {
                let text = format!(
                    "another process has been migrating for more than {} s",
                    wait.as_secs()
                );
                return Err(Error::Contention(DbErr::Custom(text)));
            }
            if !told {
                log::info!("waiting for another process that migrates the database");
                told = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn take(&self, connection: &DatabaseConnection) -> Result<Option<Held>, Error> {
        let taken = match self {
            Self::Sqlite(path) => return Ok(take_file(path)?.map(Held::File)),
            Self::Postgres => {
                ask(
                    connection,
                    "SELECT pg_try_advisory_lock($1)::int::bigint",
                    POSTGRES_KEY,
                )
                .await?
            }
            Self::MySql(name) => {
                ask(
                    connection,
                    "SELECT CAST(GET_LOCK(?, 0) AS SIGNED)",
                    name.as_str(),
                )
                .await?
            }
        };
        Ok(taken.then_some(Held::Session))
    }

    async fn release(&self, connection: &DatabaseConnection, held: Held) {
        drop(held);
        let released = match self {
            Self::Sqlite(_) => return,
            Self::Postgres => {
                ask(
                    connection,
                    "SELECT pg_advisory_unlock($1)::int::bigint",
                    POSTGRES_KEY,
                )
                .await
            }
            Self::MySql(name) => {
                ask(
                    connection,
                    "SELECT CAST(RELEASE_LOCK(?) AS SIGNED)",
                    name.as_str(),
                )
                .await
            }
        };
        if !matches!(released, Ok(true)) {
            log::warn!(
                "the migration lock had been lost before the migration was over (session ended)"
            );
        }
    }
}

async fn ask(
    connection: &DatabaseConnection,
    sql: &str,
    parameter: impl Into<Value>,
) -> Result<bool, DbErr> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [parameter.into()]);
    let row = connection.query_one_raw(statement).await?;
    let answer: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by(0))?;
    Ok(answer == Some(1))
}

/// A long name of a database is shortened by a digest (FNV-1a), which no version of DMT may change.
fn mysql_name(database: &str) -> String {
    let name = format!("{MYSQL_PREFIX}{database}");
    if name.chars().count() <= MYSQL_NAME_LENGTH {
        return name;
    }
    let digest = database
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{MYSQL_PREFIX}{digest:016x}")
}

fn take_file(path: &Path) -> Result<Option<File>, Error> {
    let open = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let mut file = open.map_err(unavailable)?;
    match file.try_lock() {
        Ok(()) => {
            if file.metadata().is_ok_and(|data| data.len() == 0) {
                // Not more than a courtesy to whoever finds the file.
                let _ = file.write_all(
                    b"Locked by dmt while it migrates. May be deleted when no dmt is running.\n",
                );
            }
            Ok(Some(file))
        }
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unavailable(error)),
    }
}

fn unavailable(error: std::io::Error) -> Error {
    Error::Unavailable(DbErr::Conn(RuntimeErr::SqlxError(
        sqlx::Error::Io(error).into(),
    )))
}

async fn close(connection: &DatabaseConnection) {
    if let Err(error) = connection.close_by_ref().await {
        log::debug!("closing the migration's connection: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::mysql_name;

    #[test]
    fn the_lock_of_a_long_database_name_fits_and_differs() {
        assert_eq!(mysql_name("dmt_db"), "dmt_migrate_dmt_db");
        let (one, other) = ("x".repeat(64), format!("{}y", "x".repeat(63)));
        assert!(mysql_name(&one).len() <= 64);
        assert_ne!(mysql_name(&one), mysql_name(&other));
    }
}
