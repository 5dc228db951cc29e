//! Whole tables out of a database, as they were at one moment, in batches and never all at once.

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, MySql, Postgres};

use super::scan::Scan;
use crate::in_place::Row;
use crate::{Db, Engine, Error};

/// How many rows a batch has at most, and how many bytes, unless its last row alone has more.
const MOST_ROWS: usize = 1024;
const MOST_BYTES: usize = 256 * 1024;

/// A transaction that only reads, on a connection of its own without the time limits of requests. It sees what was
/// committed before it began and nothing later.
pub struct Reading {
    way: Way,
    /// Keeps the pool of a server's one connection open.
    _pool: Option<DatabaseConnection>,
}

enum Way {
    Sqlite(Scan),
    Postgres(PoolConnection<Postgres>),
    MySql(PoolConnection<MySql>),
}

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
        if db.engine() == Engine::Sqlite {
            let way = Way::Sqlite(Scan::begin(db).await?);
            return Ok(Self { way, _pool: None });
        }
        let pool = db.migration_connection()?;
        // Should it be dropped halfway, the connection is closed and not given back.
        let way = if db.engine() == Engine::Postgres {
            let mut connection = pool.get_postgres_connection_pool().acquire().await?;
            connection.close_on_drop();
            connection.execute(BEGIN_POSTGRES).await?;
            Way::Postgres(connection)
        } else {
            let mut connection = pool.get_mysql_connection_pool().acquire().await?;
            connection.close_on_drop();
            connection.execute(BEGIN_MYSQL).await?;
            Way::MySql(connection)
        };
        Ok(Self {
            way,
            _pool: Some(pool),
        })
    }

    /// The rows of a query in batches, as they come. `add` adds a row to a batch, wherever that row is read, and says
    /// about how many bytes it has; after an error nothing more is read.
    pub fn batches<'a, B, A>(&'a mut self, sql: String, add: A) -> BoxStream<'a, Result<B, Error>>
    where
        B: Default + Send + 'static,
        A: FnMut(&mut B, Row<'_>) -> Result<usize, Error> + Send + 'static,
    {
        match &mut self.way {
            Way::Sqlite(scan) => scan.batches(sql, add),
            Way::Postgres(connection) => {
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **connection);
                grouped(rows.map_ok(QueryResult::from).boxed(), add)
            }
            Way::MySql(connection) => {
                let rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **connection);
                grouped(rows.map_ok(QueryResult::from).boxed(), add)
            }
        }
    }

    /// The whole number that a query answers; 0 where it answers nothing.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn number(&mut self, sql: String) -> Result<i64, Error> {
        let add = |numbers: &mut Vec<Option<i64>>, row: Row<'_>| {
            numbers.push(row.get(0)?);
            Ok(size_of::<i64>())
        };
        let numbers = self.batches(sql, add).try_concat().await?;
        Ok(numbers.first().copied().flatten().unwrap_or(0))
    }

    /// Ends it.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn end(self) -> Result<(), Error> {
        match self.way {
            Way::Sqlite(scan) => scan.end().await?,
            Way::Postgres(connection) => connection.detach().close().await?,
            Way::MySql(connection) => connection.detach().close().await?,
        }
        Ok(())
    }
}

type DriverRows<'a> = BoxStream<'a, sqlx::Result<QueryResult>>;

/// Rows of a driver, in batches.
fn grouped<'a, B, A>(rows: DriverRows<'a>, add: A) -> BoxStream<'a, Result<B, Error>>
where
    B: Default + Send + 'static,
    A: FnMut(&mut B, Row<'_>) -> Result<usize, Error> + Send + 'static,
{
    let next = |(mut rows, mut add): (stream::Fuse<DriverRows<'a>>, A)| async move {
        let mut filling = Filling::default();
        while let Some(row) = rows.try_next().await? {
            if let Some(full) = filling.add(&mut add, Row::from(&row))? {
                return Ok::<_, Error>(Some((full, (rows, add))));
            }
        }
        Ok(filling.rest().map(|rest| (rest, (rows, add))))
    };
    stream::try_unfold((rows.fuse(), add), next).boxed()
}

/// A batch that is being filled.
#[derive(Default)]
pub(super) struct Filling<B> {
    batch: B,
    rows: usize,
    bytes: usize,
}

impl<B: Default> Filling<B> {
    /// Adds a row; answers the batch once it is full, and begins another one.
    pub(super) fn add(
        &mut self,
        add: &mut impl FnMut(&mut B, Row<'_>) -> Result<usize, Error>,
        row: Row<'_>,
    ) -> Result<Option<B>, Error> {
        self.bytes += add(&mut self.batch, row)?;
        self.rows += 1;
        let is_full = self.rows >= MOST_ROWS || self.bytes >= MOST_BYTES;
        Ok(is_full.then(|| std::mem::take(self).batch))
    }

    /// What is left at the end.
    pub(super) fn rest(self) -> Option<B> {
        (self.rows > 0).then_some(self.batch)
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
