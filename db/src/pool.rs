//! Pools of connections: sizes and times, and the pool of each driver behind SeaORM's
//! `DatabaseConnection`.
//!
//! The pools are built with sqlx and then handed to SeaORM, because the session set-up
//! (`session.rs`), the check of idle connections and of unfinished transactions are hooks of sqlx's
//! pool. They open their connections lazily: `connect.rs` has tried one before, and gives better
//! errors than a pool, which keeps trying until its time is up.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, MySql, Postgres, Sqlite};

use crate::doubt::{self, Doubt};
use crate::lend;
use crate::session::{self, Purpose};
use crate::{DatabaseUrl, Engine, Error};

/// A connection that was idle for this long is tried before it is used: firewalls and servers drop
/// idle ones. SQLAlchemy's `pool_pre_ping`, without a round trip for each busy connection.
pub(crate) const PING_AFTER_IDLE: Duration = Duration::from_secs(30);

/// How many connections, for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolOptions {
    /// At most this many connections to a server, or readers of an SQLite file (which has one
    /// writer besides).
    pub max_connections: u32,
    /// A connection to a server is replaced when it is this old (SQLAlchemy's `pool_recycle`).
    pub recycle: Duration,
    /// How long to wait for a free connection, or for a new one to be made, before
    /// [`Error::Unavailable`](crate::Error::Unavailable).
    pub acquire_timeout: Duration,
    /// How long a statement may run on a server, and a transaction there may stand still, before
    /// the server ends it: whoever asked has given up by then.
    pub patience: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            max_connections: 10,
            recycle: Duration::from_secs(3600),
            acquire_timeout: Duration::from_secs(5),
            patience: Duration::from_secs(30),
        }
    }
}

impl PoolOptions {
    /// One connection that stays the same for as long as its pool lives.
    pub(crate) fn single(&self) -> Self {
        Self {
            max_connections: 1,
            recycle: Duration::MAX,
            ..self.clone()
        }
    }

    fn server<D: sqlx::Database>(&self, doubt: &Doubt) -> sqlx::pool::PoolOptions<D> {
        let doubt = doubt.clone();
        let lasting = self.recycle == Duration::MAX;
        self.file::<D>()
            .max_lifetime((!lasting).then_some(self.recycle))
            .before_acquire(|connection, state| {
                Box::pin(async move {
                    if state.idle_for >= PING_AFTER_IDLE {
                        doubt::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            // The pool itself tries each connection that comes back, but waits for ever.
            .after_release(move |connection, _| {
                let is_doubtful = doubt.is_fresh();
                Box::pin(async move {
                    if is_doubtful {
                        doubt::return_alive(connection).await;
                    }
                    Ok(true)
                })
            })
    }

    fn file<D: sqlx::Database>(&self) -> sqlx::pool::PoolOptions<D> {
        sqlx::pool::PoolOptions::new()
            .max_connections(self.max_connections.max(1))
            .acquire_timeout(self.acquire_timeout)
            .max_lifetime(None)
            .idle_timeout((self.max_connections > 1).then_some(Duration::from_secs(600)))
            .test_before_acquire(false)
    }
}

/// Opens a pool to a server.
pub(crate) fn server(
    url: &DatabaseUrl,
    engine: Engine,
    options: &PoolOptions,
    purpose: Purpose,
    doubt: &Doubt,
) -> Result<DatabaseConnection, Error> {
    let set_up = session::statements(engine, purpose, options.patience);
    if engine.is_mysql_like() {
        let driver = session::mysql(driver_options::<MySqlConnectOptions>(url)?, engine);
        let pool = options
            .server::<MySql>(doubt)
            .after_connect(move |connection, _| {
                let set_up = AssertSqlSafe(set_up.clone());
                lend::opened();
                Box::pin(async move { connection.execute(set_up).await.map(drop) })
            });
        Ok(SqlxMySqlConnector::from_sqlx_mysql_pool(
            pool.connect_lazy_with(driver),
        ))
    } else {
        let driver = session::postgres(driver_options::<PgConnectOptions>(url)?);
        let pool = options
            .server::<Postgres>(doubt)
            .after_connect(move |connection, _| {
                let set_up = AssertSqlSafe(set_up.clone());
                lend::opened();
                Box::pin(async move { connection.execute(set_up).await.map(drop) })
            });
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(
            pool.connect_lazy_with(driver),
        ))
    }
}

/// Opens a pool to an SQLite file.
pub(crate) fn file(driver: SqliteConnectOptions, options: &PoolOptions) -> DatabaseConnection {
    let pool = options.file::<Sqlite>().after_release(|connection, _| {
        Box::pin(async move {
            // SQLite: after some errors (a failing disk) it rolls back by itself; the driver's own
            // ROLLBACK then fails, and it would go on counting a transaction that is no more, and
            // begin the next one as a SAVEPOINT. Such a connection is thrown away. Only where a
            // transaction was not ended in order is there anything to wait for.
            if !connection.is_in_transaction() {
                return Ok(true);
            }
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    });
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.connect_lazy_with(driver))
}

/// The driver's options for a URL; the pinned drivers read what [`DatabaseUrl::expose`] writes.
pub(crate) fn driver_options<O: FromStr<Err = sqlx::Error>>(url: &DatabaseUrl) -> Result<O, Error> {
    Ok(url.expose().parse::<O>()?)
}
