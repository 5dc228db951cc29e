//! A database of its own for each test, whichever the engine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use db::{DatabaseUrl, Db, Engine, PoolOptions};

use crate::run::Fixture;
use crate::{Failure, pool, sqlite};

/// A test's own database with DMT's tables, empty but for the list of migrations.
///
/// A server's database is used again by other tests: ids go on counting where the last test stopped, and a test that
/// changes tables takes an [`EmptyDatabase`].
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// The connection.
    pub db: Db,
    /// Where it is.
    pub url: DatabaseUrl,
    /// What it is.
    pub engine: Engine,
}

impl Fixture for TestDatabase {
    async fn on(database: Self) -> Self {
        database
    }
}

/// A test's own database without any table.
#[derive(Clone, Debug)]
pub struct EmptyDatabase {
    /// The connection.
    pub db: Db,
    /// Where it is.
    pub url: DatabaseUrl,
    /// What it is.
    pub engine: Engine,
}

impl Fixture for EmptyDatabase {
    const MIGRATED: bool = false;

    async fn on(TestDatabase { db, url, engine }: TestDatabase) -> Self {
        Self { db, url, engine }
    }
}

/// A database that is lent to a test.
pub(crate) struct Lease {
    database: TestDatabase,
    source: Source,
}

enum Source {
    File(sqlite::Folder),
    Server(Box<pool::Slot>),
}

impl Lease {
    /// Waits for a database and connects to it; `server` is none for SQLite.
    pub(crate) async fn take(
        engine: Engine,
        server: Option<&DatabaseUrl>,
        migrated: bool,
    ) -> Result<Self, Failure> {
        let Some(server) = server else {
            let folder = sqlite::Folder::take(migrated).await?;
            let url = folder.url()?;
            let db = Db::connect(&url, &options(CONNECTIONS)).await?;
            return Ok(Self {
                database: TestDatabase { db, url, engine },
                source: Source::File(folder),
            });
        };
        let (slot, db) = pool::Slot::take(engine, server, migrated).await?;
        let database = TestDatabase {
            db,
            url: slot.url(),
            engine,
        };
        Ok(Self {
            database,
            source: Source::Server(Box::new(slot)),
        })
    }

    pub(crate) fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Ends the lease of a test that passed.
    pub(crate) async fn give_back(self) -> Result<(), Failure> {
        match self.source {
            Source::File(folder) => folder.remove(),
            Source::Server(slot) => slot.give_back().await,
        }
    }

    /// Puts the database of a test that failed where no other test will touch it.
    pub(crate) async fn keep(self) -> Result<DatabaseUrl, Failure> {
        match self.source {
            Source::File(folder) => folder.keep(),
            Source::Server(slot) => slot.keep().await,
        }
    }
}

/// The connections of a test's pool. With those for its lock, a migration and a first contact it has at most eleven.
pub(crate) const CONNECTIONS: u32 = 8;
/// So many tests at once on a server, however many it lets in: 24 × 11 connections are fewer than 300.
pub(crate) const SLOTS: i64 = 24;
/// Of a server that lets in fewer, this part is for one test: eleven, and some for people.
pub(crate) const CONNECTIONS_PER_SLOT: i64 = 16;
/// Between two looks for a free slot.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);
/// How long a server may be full, and how long another process may migrate, on a machine that builds meanwhile.
pub(crate) const WAIT: Duration = Duration::from_secs(300);
/// So many databases of failed tests are kept on each engine; then the oldest goes.
const KEPT: usize = 20;

/// Options of a pool for tests, which run on crowded machines.
pub(crate) fn options(max_connections: u32) -> PoolOptions {
    PoolOptions {
        max_connections,
        recycle: Duration::MAX,
        acquire_timeout: Duration::from_secs(30),
        patience: Duration::from_secs(120),
    }
}

/// A name for what is kept, which sorts by time.
pub(crate) fn kept_name(place: &str) -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    // Two tests on one slot may fail within a second.
    format!("dmt_kept_{:013}_{place}", since.as_millis())
}

/// Of the names of what is kept, those that are too many.
pub(crate) fn too_many(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.truncate(names.len().saturating_sub(KEPT));
    names
}
