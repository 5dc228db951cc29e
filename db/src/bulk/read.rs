//! Whole tables out of a database, as they were at one moment, row by row and never all at once.

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, MySql, Postgres, Sqlite};

use crate::{Db, Engine, Error};

/// A transaction that only reads, on a connection of its own without the time limits of requests. It sees what was
/// committed before it began and nothing later.
pub struct Reading {
    way: Way,
    /// Keeps the pool of the one connection open.
    _pool: DatabaseConnection,
}

enum Way {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    MySql(PoolConnection<MySql>),
}

/// SQLite: a transaction begins with its first statement; the pragma keeps it from writing.
const BEGIN_SQLITE: &str = "PRAGMA query_only=on; BEGIN; SELECT 1 FROM sqlite_master LIMIT 1";
/// PostgreSQL: the snapshot is taken by the first query. A sort of a whole large table would need as much disk as the
/// table, while its primary key is there to be followed.
const BEGIN_POSTGRES: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL enable_sort=off; SELECT 1";
const BEGIN_MYSQL: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
                           START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

impl Reading {
    /// Begins one: from here on the database stands still for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer.
    pub async fn begin(db: &Db) -> Result<Self, Error> {
        let pool = db.migration_connection()?;
        // Should it be dropped halfway, the connection is closed and not given back.
        let way = match db.engine() {
            Engine::Sqlite => {
                let mut connection = pool.get_sqlite_connection_pool().acquire().await?;
                connection.close_on_drop();
                connection.execute(BEGIN_SQLITE).await?;
                Way::Sqlite(connection)
            }
            Engine::Postgres => {
                let mut connection = pool.get_postgres_connection_pool().acquire().await?;
                connection.close_on_drop();
                connection.execute(BEGIN_POSTGRES).await?;
                Way::Postgres(connection)
            }
            Engine::MariaDb | Engine::MySql => {
                let mut connection = pool.get_mysql_connection_pool().acquire().await?;
                connection.close_on_drop();
                connection.execute(BEGIN_MYSQL).await?;
                Way::MySql(connection)
            }
        };
        Ok(Self { way, _pool: pool })
    }

    /// The rows of a query, as they come.
    pub fn rows<'a>(&'a mut self, sql: String) -> BoxStream<'a, Result<QueryResult, Error>> {
        let query = AssertSqlSafe(sql);
        match &mut self.way {
            Way::Sqlite(connection) => sqlx::query(query)
                .fetch(&mut **connection)
                .map_ok(QueryResult::from)
                .map_err(Error::from)
                .boxed(),
            Way::Postgres(connection) => sqlx::query(query)
                .fetch(&mut **connection)
                .map_ok(QueryResult::from)
                .map_err(Error::from)
                .boxed(),
            Way::MySql(connection) => sqlx::query(query)
                .fetch(&mut **connection)
                .map_ok(QueryResult::from)
                .map_err(Error::from)
                .boxed(),
        }
    }

    /// The whole number that a query answers; 0 where it answers nothing.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn number(&mut self, sql: String) -> Result<i64, Error> {
        match self.rows(sql).try_next().await? {
            Some(row) => Ok(row.try_get_by_index::<Option<i64>>(0)?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn end(self) -> Result<(), Error> {
        match self.way {
            Way::Sqlite(connection) => connection.detach().close().await?,
            Way::Postgres(connection) => connection.detach().close().await?,
            Way::MySql(connection) => connection.detach().close().await?,
        }
        Ok(())
    }
}

/// Tells one database from another, whatever the names and addresses by which they are reached.
///
/// # Errors
/// Whatever the database answers.
pub async fn identity(db: &Db) -> Result<String, Error> {
    let sql = match db.engine() {
        Engine::Sqlite => {
            let path = db
                .url()
                .sqlite_path()
                .unwrap_or(std::path::Path::new("dmt.db"));
            let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            return Ok(format!("SQLite {}", path.display()));
        }
        // PostgreSQL: no two servers started at the same microsecond with the same databases.
        Engine::Postgres => {
            "SELECT 'PostgreSQL ' || pg_postmaster_start_time()::text || ' ' || oid::text || ' ' || datname::text \
             FROM pg_database WHERE datname = current_database()"
        }
        // MariaDB has no name for a server; its place on its machine will do.
        Engine::MariaDb => "SELECT CONCAT_WS(' ', 'MariaDB', @@hostname, @@datadir, DATABASE())",
        Engine::MySql => "SELECT CONCAT_WS(' ', 'MySQL', @@server_uuid, DATABASE())",
    };
    let reader = db.reader();
    let statement = sea_orm::Statement::from_string(reader.get_database_backend(), sql);
    let row = reader.query_one_raw(statement).await?;
    Ok(row.map_or(Ok(String::new()), |row| row.try_get_by_index(0))?)
}
