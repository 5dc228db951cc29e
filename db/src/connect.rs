//! [`Db`]: the one handle on the database that the whole program shares.
//!
//! Connecting tries a single connection first. It gives the exact error that a pool would swallow,
//! tells MariaDB from MySQL, and refuses a server that cannot keep what DMT stores (encoding,
//! collation).

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr, RuntimeErr};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::doubt::Doubt;
use crate::group::Queue;
use crate::in_place::Readers;
use crate::lent::{Lending, Reads};
use crate::pool::{self, PoolOptions};
use crate::session::{self, Purpose};
use crate::write::Writer;
use crate::{DatabaseUrl, Engine, Error, Family, Rejection, sqlite};

/// The shared connection. Cheap to clone; all clones use the same pools.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    url: DatabaseUrl,
    options: PoolOptions,
    engine: Engine,
    version: String,
    reader: DatabaseConnection,
    writer: Writer,
    /// SQLite alone: where writes wait for each other.
    queue: Option<Queue>,
    /// SQLite alone: what is read without the driver.
    readers: Option<Readers>,
}

/// How long whatever is not a request may take: longer than anything does.
pub const UNHURRIED: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long connections whose work does not end may delay the end of the program.
const CLOSING: Duration = Duration::from_secs(10);

/// How full the pools are, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Connections that are open, those of SQLite's writer included.
    pub size: u32,
    /// Connections that are open and unused.
    pub idle: u32,
}

impl Db {
    /// Connects, and finds out which engine answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if nobody answers within `acquire_timeout`, [`Error::Rejected`] with
    /// the reason if what answers cannot be used.
    pub async fn connect(url: &DatabaseUrl, options: &PoolOptions) -> Result<Self, Error> {
        let doubt = Doubt::default();
        let (engine, version, reader, writer) = match url.family() {
            Family::Sqlite => {
                let file = sqlite::connect(url, options).await?;
                (Engine::Sqlite, file.version, file.reader, file.writer)
            }
            Family::Postgres | Family::MySql => {
                let (engine, version) = first_contact(url, options).await?;
                let pool = pool::server(url, engine, options, Purpose::Work, &doubt)?;
                (engine, version, pool.clone(), pool)
            }
        };
        let readers = url.sqlite_path().map(|path| Readers::of(path.to_owned()));
        let (url, options) = (url.clone(), options.clone());
        let writer = Writer {
            lending: Lending::of(&writer, engine, &options, &doubt),
            connection: writer,
            engine,
            doubt: doubt.clone(),
        };
        let queue = (engine == Engine::Sqlite).then(|| Queue::open(writer.clone()));
        Ok(Self {
            inner: Arc::new(Inner {
                url,
                options,
                engine,
                version,
                reader,
                writer,
                queue,
                readers,
            }),
        })
    }

    /// The same database for work that may take longer than a request: on servers by connections of its own, whose sessions
    /// have no such limits. SQLite has none, and there it is this one.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect).
    pub async fn unhurried(&self) -> Result<Self, Error> {
        if self.engine() == Engine::Sqlite {
            return Ok(self.clone());
        }
        let options = PoolOptions {
            patience: UNHURRIED,
            max_connections: 4,
            ..self.inner.options.clone()
        };
        Self::connect(&self.inner.url, &options).await
    }

    /// [`connect`](Self::connect), again and again while the database is not available, until
    /// `wait` is over. A wrong password and the like is not waited for.
    ///
    /// # Errors
    /// The last error of [`connect`](Self::connect).
    pub async fn connect_waiting(
        url: &DatabaseUrl,
        options: &PoolOptions,
        wait: Duration,
    ) -> Result<Self, Error> {
        let end = Instant::now() + wait;
        let mut pause = Duration::from_millis(250);
        loop {
            let error = match Self::connect(url, options).await {
                Err(error) if error.is_transient() && Instant::now() + pause < end => error,
                result => return result,
            };
            log::warn!(
                "waiting for the database {url}: {error}: {}",
                driver_text(&error)
            );
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    /// Which database it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// The version that the server (or the built-in SQLite) tells, as it tells it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.inner.version
    }

    /// Where it is. Shows no password.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// For queries outside a write. On SQLite it cannot write (`query_only`); on the others nothing
    /// prevents it, so the tests on SQLite do.
    #[must_use]
    pub fn reader(&self) -> &DatabaseConnection {
        &self.inner.reader
    }

    /// For queries outside a write, the quickest way: each on a connection of its own, in no transaction.
    #[must_use]
    pub fn reads(&self) -> Reads<'_> {
        Reads {
            pool: &self.inner.reader,
            lending: self.writer().lending.as_ref(),
        }
    }

    /// For [`write`](Self::write) alone.
    pub(crate) fn writer(&self) -> &Writer {
        &self.inner.writer
    }

    /// For [`write`](Self::write) alone: SQLite's queue.
    pub(crate) fn queue(&self) -> Option<&Queue> {
        self.inner.queue.as_ref()
    }

    /// SQLite's connections for reads in place.
    pub(crate) fn readers(&self) -> Option<&Readers> {
        self.inner.readers.as_ref()
    }

    /// A connection of its own for a migration, which stays the same session until it is closed.
    pub(crate) fn migration_connection(&self) -> Result<DatabaseConnection, Error> {
        let Inner {
            url,
            options,
            engine,
            ..
        } = &*self.inner;
        match engine {
            Engine::Sqlite => sqlite::migration_connection(url, options),
            _ => {
                let lasting = options.single();
                pool::server(
                    url,
                    *engine,
                    &lasting,
                    Purpose::Migration,
                    &self.inner.writer.doubt,
                )
            }
        }
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if there is none.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.reader().ping().await?)
    }

    /// Says that an answer did not come in time, before its connection goes back to the pool: for
    /// a while, connections that do not answer are thrown away.
    pub fn doubt(&self) {
        self.writer().doubt();
    }

    /// Waits for the work in hand, for a while, and closes all connections. Afterwards everything
    /// is [`Error::Unavailable`].
    pub async fn close(&self) {
        if let Some(readers) = self.readers() {
            readers.close();
        }
        if let Some(lending) = &self.writer().lending {
            lending.close();
        }
        // SQLite: the last connection to close empties the write-ahead log, which a reader may not.
        for connection in [self.reader(), &self.writer().connection] {
            match tokio::time::timeout(CLOSING, connection.close_by_ref()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    log::warn!("could not close a connection to the database: {error}");
                }
                Err(_) => log::warn!("the database does not answer: its connections are dropped"),
            }
        }
    }

    /// How full the pools are.
    #[must_use]
    pub fn pool_state(&self) -> PoolState {
        let (size, idle) = match self.inner.engine {
            Engine::Sqlite => {
                let pools = [self.reader(), &self.writer().connection]
                    .map(DatabaseConnection::get_sqlite_connection_pool);
                (
                    pools.iter().map(|pool| pool.size()).sum(),
                    pools.iter().map(|pool| pool.num_idle()).sum(),
                )
            }
            Engine::Postgres => {
                let pool = self.reader().get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            }
            Engine::MariaDb | Engine::MySql => {
                let pool = self.reader().get_mysql_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        let idle = idle + self.writer().lending.as_ref().map_or(0, Lending::idle);
        PoolState {
            size,
            idle: u32::try_from(idle).unwrap_or(u32::MAX),
        }
    }
}

/// The first connection to a server, closed again: engine, version, and whether it will do.
async fn first_contact(
    url: &DatabaseUrl,
    options: &PoolOptions,
) -> Result<(Engine, String), Error> {
    let contact = async {
        match url.family() {
            Family::Postgres => postgres_contact(url).await,
            _ => mysql_contact(url, options.patience).await,
        }
    };
    match tokio::time::timeout(options.acquire_timeout, contact).await {
        Ok(result) => result,
        Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout).into()),
    }
}

async fn postgres_contact(url: &DatabaseUrl) -> Result<(Engine, String), Error> {
    let driver = session::postgres(pool::driver_options::<PgConnectOptions>(url)?);
    let mut connection = driver
        .connect()
        .await
        .map_err(|error| explain_tls(url, error))?;
    let (version, encoding): (String, String) = sqlx::query_as(
        "SELECT current_setting('server_version'), current_setting('server_encoding')",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    if encoding != "UTF8" {
        return Err(Error::rejected(Rejection::NotUtf8(encoding)));
    }
    Ok((Engine::Postgres, version))
}

async fn mysql_contact(url: &DatabaseUrl, patience: Duration) -> Result<(Engine, String), Error> {
    let driver = pool::driver_options::<MySqlConnectOptions>(url)?;
    let mut connection = driver
        .connect()
        .await
        .map_err(|error| explain_tls(url, error))?;
    let version: String = sqlx::query_scalar("SELECT VERSION()")
        .fetch_one(&mut connection)
        .await?;
    let engine = Engine::of_mysql_version(&version);
    let has_collation: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM information_schema.collations WHERE collation_name = ?",
    )
    .bind(crate::dialect::collation(engine))
    .fetch_one(&mut connection)
    .await?;
    if has_collation == 0 {
        return Err(Error::rejected(Rejection::TooOld(version)));
    }
    let set_up = session::statements(engine, Purpose::Work, patience);
    connection.execute(AssertSqlSafe(set_up)).await?;
    connection.close().await?;
    Ok((engine, version))
}

/// While connecting, a TLS failure is a matter of configuration; later on it is one of
/// availability.
fn explain_tls(url: &DatabaseUrl, error: sqlx::Error) -> Error {
    let is_tls = match &error {
        sqlx::Error::Tls(_) => true,
        // rustls reports a certificate that it does not trust as unreadable data, a missing file as
        // such.
        sqlx::Error::Io(e) => match e.kind() {
            ErrorKind::InvalidData => true,
            ErrorKind::NotFound => url.socket().is_none(),
            _ => false,
        },
        _ => false,
    };
    if !is_tls {
        return error.into();
    }
    let source = DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    Error::Rejected {
        reason: Rejection::Tls,
        source: Some(source),
    }
}

/// The text of the driver, for the log.
fn driver_text(error: &Error) -> String {
    std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default()
}
