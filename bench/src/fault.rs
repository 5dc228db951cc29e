//! What can happen to a database, how it is made to happen, and how it ends.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use db::{DatabaseUrl, Db, PoolOptions};
use sea_orm::ConnectionTrait;

use crate::Failure;
use crate::database::{Database, Engine};
use crate::proxy::{Mode, Proxy};

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server is shut down and stays away.
    Stopped,
    /// It is shut down and started again at once.
    Restarted,
    /// It is frozen: connections stay, nothing answers.
    Paused,
    /// Others have all of its connections.
    NoConnections,
    /// It takes no writes.
    ReadOnly,
    /// Each packet comes late.
    Slow,
    /// Each connection breaks after some bytes.
    Cut,
    /// Nobody is let in.
    Refused,
    /// Connections lead nowhere, and those of this time stay so.
    Silent,
    /// SQLite: another process holds the write lock.
    Locked,
    /// SQLite: the file system is full.
    DiskFull,
}

/// What answers are to be expected while a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// Nothing works, and `/ready` must say so.
    Not,
    /// Reads work.
    Still,
    /// It comes and goes.
    Either,
}

impl Fault {
    /// The faults of an engine.
    pub(crate) fn of(engine: Engine) -> &'static [Self] {
        match engine {
            Engine::Sqlite => &[Self::Locked, Self::DiskFull],
            _ => &[
                Self::Stopped,
                Self::Restarted,
                Self::Paused,
                Self::NoConnections,
                Self::ReadOnly,
                Self::Slow,
                Self::Cut,
                Self::Refused,
                Self::Silent,
            ],
        }
    }

    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Restarted => "restarted",
            Self::Paused => "paused (SIGSTOP)",
            Self::NoConnections => "out of connections",
            Self::ReadOnly => "read-only",
            Self::Slow => "slow (+300 ms a packet)",
            Self::Cut => "cut after 20 kB",
            Self::Refused => "refused",
            Self::Silent => "half-open (never answers)",
            Self::Locked => "write lock held by another",
            Self::DiskFull => "disk full",
        }
    }

    /// How long it lasts: longer than a request may take, where requests hang.
    pub(crate) fn lasts(self) -> Duration {
        Duration::from_secs(match self {
            Self::Paused | Self::Silent | Self::Locked => 5,
            Self::Restarted => 0,
            _ => 3,
        })
    }

    /// What `/ready` has to say.
    pub(crate) fn readiness(self) -> Readiness {
        match self {
            Self::Stopped | Self::Paused | Self::NoConnections | Self::Refused | Self::Silent => {
                Readiness::Not
            }
            Self::ReadOnly | Self::Locked | Self::DiskFull => Readiness::Still,
            Self::Restarted | Self::Slow | Self::Cut => Readiness::Either,
        }
    }
}

/// What holds a fault up, and ends it when asked.
pub(crate) enum Hold {
    Nothing,
    /// Sessions of others, and the administrator's, who would not be let in any more.
    Sessions(Vec<Db>, Db),
    Lock(Db),
    File(PathBuf),
}

/// Makes a fault happen.
pub(crate) async fn begin(
    fault: Fault,
    database: &Database,
    proxy: Option<&Proxy>,
) -> Result<Hold, Failure> {
    let set = |mode| proxy.iter().for_each(|proxy| proxy.set(mode));
    match fault {
        Fault::Stopped => database.stop().await?,
        Fault::Restarted => {
            database.stop().await?;
            database.start().await?;
        }
        Fault::Paused => database.pause()?,
        Fault::NoConnections => {
            let administrator = database.administrator().await?;
            let held = fill(database, &administrator).await?;
            return Ok(Hold::Sessions(held, administrator));
        }
        Fault::ReadOnly => read_only(database, true).await?,
        Fault::Slow => set(Mode::Delay(Duration::from_millis(300))),
        Fault::Cut => set(Mode::Cut(20_000)),
        Fault::Refused => set(Mode::Refuse),
        Fault::Silent => set(Mode::Silence),
        Fault::Locked => {
            let other = connect(&database.url()).await?;
            // Through a file that may be written: readers of a Db may not.
            let lock = "PRAGMA query_only=off; BEGIN IMMEDIATE";
            other.reader().execute_unprepared(lock).await?;
            return Ok(Hold::Lock(other));
        }
        Fault::DiskFull => {
            let file = database.folder().join("filler");
            let full = Command::new("dd")
                .arg("if=/dev/zero")
                .arg(format!("of={}", file.display()))
                .args(["bs=4096", "count=1000000"])
                .output()?;
            if full.status.success() {
                return Err("the file system did not get full".into());
            }
            return Ok(Hold::File(file));
        }
    }
    Ok(Hold::Nothing)
}

/// Ends a fault.
pub(crate) async fn end(
    fault: Fault,
    hold: Hold,
    database: &Database,
    proxy: Option<&Proxy>,
) -> Result<(), Failure> {
    match hold {
        Hold::Nothing => {}
        Hold::Sessions(all, administrator) => {
            let more = match database.engine {
                Engine::Postgres => "ALTER ROLE plain CONNECTION LIMIT -1",
                _ => "SET GLOBAL max_connections = 60",
            };
            administrator.reader().execute_unprepared(more).await?;
            for one in all {
                one.close().await;
            }
            administrator.close().await;
        }
        Hold::Lock(other) => {
            other.reader().execute_unprepared("ROLLBACK").await?;
            other.close().await;
        }
        Hold::File(file) => std::fs::remove_file(file)?,
    }
    match fault {
        Fault::Stopped => database.start().await?,
        Fault::Paused => database.resume()?,
        Fault::ReadOnly => read_only(database, false).await?,
        _ => proxy.iter().for_each(|proxy| proxy.set(Mode::Pass)),
    }
    Ok(())
}

async fn connect(url: &str) -> Result<Db, Failure> {
    let options = PoolOptions {
        max_connections: 1,
        recycle: Duration::MAX,
        acquire_timeout: Duration::from_secs(2),
        patience: Duration::from_secs(60),
    };
    Ok(Db::connect(&url.parse::<DatabaseUrl>()?, &options).await?)
}

/// Sees to it that there is no connection left for `dmt`, and ends those that it has.
async fn fill(database: &Database, administrator: &Db) -> Result<Vec<Db>, Failure> {
    let theirs = sessions(database).await?;
    let mut held = Vec::new();
    if database.engine == Engine::Postgres {
        let limit = "ALTER ROLE plain CONNECTION LIMIT 0";
        administrator.reader().execute_unprepared(limit).await?;
    } else {
        // As many as MariaDB lets be the limit.
        for _ in 0..10 {
            let one = connect(&database.url()).await?;
            // An open Db has closed its first connection again; asking keeps one.
            one.ping().await?;
            held.push(one);
        }
        let limit = "SET GLOBAL max_connections = 10";
        administrator.reader().execute_unprepared(limit).await?;
    }
    for id in theirs {
        // It may have ended meanwhile.
        let end = end_session(database.engine, &id);
        let _ = administrator.reader().execute_unprepared(&end).await;
    }
    Ok(held)
}

async fn sessions(database: &Database) -> Result<Vec<String>, Failure> {
    let query = match database.engine {
        Engine::Postgres => "SELECT pid::text FROM pg_stat_activity WHERE datname = 'dmt'",
        _ => "SELECT CAST(id AS CHAR) FROM information_schema.processlist WHERE db = 'dmt'",
    };
    database.texts(query).await
}

fn end_session(engine: Engine, id: &str) -> String {
    match engine {
        Engine::Postgres => format!("SELECT pg_terminate_backend({id})"),
        _ => format!("KILL {id}"),
    }
}

async fn read_only(database: &Database, is_on: bool) -> Result<(), Failure> {
    let value = if is_on { "on" } else { "off" };
    match database.engine {
        Engine::Postgres => {
            let set = format!("ALTER SYSTEM SET default_transaction_read_only = {value}");
            database
                .execute(&[
                    "SET default_transaction_read_only = off",
                    &set,
                    "SELECT pg_reload_conf()",
                ])
                .await
        }
        Engine::Mysql => {
            database
                .execute(&[
                    &format!("SET GLOBAL super_read_only = {value}"),
                    &format!("SET GLOBAL read_only = {value}"),
                ])
                .await
        }
        _ => {
            database
                .execute(&[&format!("SET GLOBAL read_only = {value}")])
                .await
        }
    }
}
