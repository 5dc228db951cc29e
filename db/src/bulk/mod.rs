//! Rows into tables, many at a time, the fastest way that the engine has: COPY on PostgreSQL, INSERTs of many rows on
//! the others.
//!
//! For whoever fills a system (demo data, copies, imports); what people change goes through [`Db::write`]. A
//! [`Loader`] has a connection of its own, without the time limits of requests. Each [`Load`] is one transaction:
//! many small ones keep the database's memory and log small, a single one is all or nothing.

mod copy;
mod insert;
mod read;
mod relief;
mod reserve;
mod rows;
mod scan;

use sea_orm::sea_query::{PostgresQueryBuilder, UpdateStatement};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    Statement,
};
use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait};
use sqlx::{AssertSqlSafe, Executor};

use crate::classify::commit_error;
use crate::{Db, Engine, Error, dialect};

pub use insert::insert;
pub use read::{Reading, identity};
pub use relief::Relieved;
pub use reserve::{reserve, reserve_up_to};
pub use rows::Rows;

/// When what was loaded is safe from a power cut. A killed program loses no commit in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// With each commit.
    EachCommit,
    /// With [`Loader::finish`]. Until then a power cut may break an SQLite file as a whole, so only for a database
    /// that held nothing before: each page is then written to the disk once instead of twice.
    AtTheEnd,
}

/// A connection that takes rows in.
#[derive(Debug)]
pub struct Loader {
    connection: DatabaseConnection,
    engine: Engine,
    /// How long an INSERT becomes.
    most_bytes: usize,
}

/// Rows on their way into tables, in one transaction; rolled back unless committed.
pub struct Load(Way);

enum Way {
    /// By statements of at most so many bytes.
    Insert(DatabaseTransaction, usize),
    Copy(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Rows of one table on their way in, many after each other: on PostgreSQL by one COPY, whose rows the database reads
/// while the next are made ready.
pub struct Flow<'a>(Stream<'a>);

enum Stream<'a> {
    Insert(&'a mut DatabaseTransaction, usize),
    Copy(copy::Copy<'a>),
}

impl Flow<'_> {
    /// Adds rows, of the same table and columns as the first.
    ///
    /// # Errors
    /// What the database says to them or to any that came before; nothing can be added to the load then.
    pub async fn add(&mut self, rows: Rows) -> Result<(), Error> {
        match &mut self.0 {
            Stream::Insert(tx, most_bytes) => insert::insert_by(&**tx, rows, *most_bytes).await,
            Stream::Copy(copy) => copy.add(rows).await,
        }
    }

    /// Waits until all are in.
    ///
    /// # Errors
    /// What the database says to any of the rows; nothing can be added to the load then.
    pub async fn end(self) -> Result<(), Error> {
        match self.0 {
            Stream::Insert(..) => Ok(()),
            Stream::Copy(copy) => copy.end().await,
        }
    }
}

/// SQLite: 64 MiB of pages in memory, so that the indexes are not read again and again; more would be more than all
/// the rest of a copy needs.
const CACHE: &str = "PRAGMA cache_size=-65536";

impl Loader {
    /// Opens one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer.
    pub async fn open(db: &Db, durability: Durability) -> Result<Self, Error> {
        let (connection, engine) = (db.migration_connection()?, db.engine());
        let at_the_end = durability == Durability::AtTheEnd;
        let set_up = match engine {
            Engine::Sqlite if at_the_end => format!("{CACHE}; PRAGMA synchronous=OFF"),
            Engine::Sqlite => CACHE.to_owned(),
            Engine::Postgres if at_the_end => "SET synchronous_commit TO off".to_owned(),
            _ => "SELECT 1".to_owned(),
        };
        connection.execute_unprepared(&set_up).await?;
        let most_bytes = match engine.is_mysql_like() && is_encrypted(&connection).await? {
            true => insert::MOST_BYTES_ENCRYPTED,
            false => insert::MOST_BYTES,
        };
        Ok(Self {
            connection,
            engine,
            most_bytes,
        })
    }

    /// Begins a transaction. Only one at a time: the next waits for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`], and [`Error::Contention`] where others hold SQLite's write lock for too long.
    pub async fn begin(&self) -> Result<Load, Error> {
        let way = match self.engine {
            Engine::Postgres => {
                let pool = self.connection.get_postgres_connection_pool();
                Way::Copy(pool.begin().await?)
            }
            engine => {
                let immediate =
                    (engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate);
                let options = TransactionOptions {
                    sqlite_transaction_mode: immediate,
                    ..Default::default()
                };
                Way::Insert(
                    self.connection.begin_with_options(options).await?,
                    self.most_bytes,
                )
            }
        };
        Ok(Load(way))
    }

    /// Makes all that was committed durable, has a server look at what its tables hold now, and closes the connection.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn finish(self) -> Result<(), Error> {
        let end: &[&str] = match self.engine {
            Engine::Sqlite => &["PRAGMA synchronous=FULL", "PRAGMA wal_checkpoint(TRUNCATE)"],
            // PostgreSQL: a commit that is waited for makes those before it durable.
            Engine::Postgres => &[
                "SET synchronous_commit TO on",
                "SELECT pg_current_xact_id()",
            ],
            Engine::MariaDb | Engine::MySql => &[],
        };
        for statement in end {
            self.connection.execute_unprepared(statement).await?;
        }
        if let Err(error) = self.analyze().await {
            log::warn!(
                "until the database has looked at its tables by itself, reports may take long: {error}"
            );
        }
        Ok(self.connection.close().await?)
    }

    /// Servers plan by what they know of their tables, and take these for empty until they look again by themselves, if they do:
    /// meanwhile a question of several tables may take minutes. SQLite plans without.
    async fn analyze(&self) -> Result<(), Error> {
        match self.engine {
            Engine::Sqlite => {}
            Engine::Postgres => {
                self.connection.execute_unprepared("ANALYZE").await?;
            }
            Engine::MariaDb | Engine::MySql => {
                let tables = "SELECT CONCAT('`', table_name, '`') FROM information_schema.tables \
                    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'";
                let tables = Statement::from_string(DbBackend::MySql, tables);
                let mut names = Vec::new();
                for row in self.connection.query_all_raw(tables).await? {
                    names.push(row.try_get_by_index::<String>(0)?);
                }
                if !names.is_empty() {
                    let analyze = format!("ANALYZE TABLE {}", names.join(", "));
                    self.connection.execute_unprepared(&analyze).await?;
                }
            }
        }
        Ok(())
    }
}

/// MariaDB, MySQL: whether the connection is.
async fn is_encrypted(connection: &DatabaseConnection) -> Result<bool, DbErr> {
    let asked = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
    let asked = Statement::from_string(DbBackend::MySql, asked);
    let Some(answer) = connection.query_one_raw(asked).await? else {
        return Ok(false);
    };
    let cipher: String = answer.try_get_by_index(1)?;
    Ok(!cipher.is_empty())
}

impl Load {
    /// Adds rows.
    ///
    /// # Errors
    /// What the database says to them; nothing can be added to the load then.
    pub async fn add(&mut self, rows: Rows) -> Result<(), Error> {
        match &mut self.0 {
            Way::Insert(tx, most_bytes) => insert::insert_by(tx, rows, *most_bytes).await,
            Way::Copy(tx) => copy::copy(tx, rows).await,
        }
    }

    /// Begins to add rows of the table and columns of `rows`, which are not added yet themselves.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn flow(&mut self, rows: &Rows) -> Result<Flow<'_>, Error> {
        Ok(Flow(match &mut self.0 {
            Way::Insert(tx, most_bytes) => Stream::Insert(tx, *most_bytes),
            Way::Copy(tx) => Stream::Copy(copy::Copy::begin(tx, rows).await?),
        }))
    }

    /// Takes from a table what has to be kept up with every row, if the engine can do so in this transaction: on
    /// PostgreSQL foreign keys and secondary indexes of a table of one's own. Nobody else can use the table until the
    /// load ends, before which [`Load::restore`] has to be called.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn relieve(&mut self, table: &str) -> Result<Option<Relieved>, Error> {
        match &mut self.0 {
            Way::Insert(..) => Ok(None),
            Way::Copy(tx) => relief::relieve(tx, table).await,
        }
    }

    /// Gives a table back what it was relieved of.
    ///
    /// # Errors
    /// What the database says to rows that break a key, and whatever else it answers.
    pub async fn restore(&mut self, relieved: Relieved) -> Result<(), Error> {
        match &mut self.0 {
            Way::Insert(..) => Ok(()),
            Way::Copy(tx) => relief::restore(tx, relieved).await,
        }
    }

    /// Runs a statement without parameters in the same transaction, and says how many rows it touched.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn run(&mut self, sql: &str) -> Result<u64, Error> {
        let done = match &mut self.0 {
            Way::Insert(tx, _) => tx.execute_unprepared(sql).await?.rows_affected(),
            Way::Copy(tx) => {
                let done = (&mut **tx).execute(AssertSqlSafe(sql)).await?;
                done.rows_affected()
            }
        };
        Ok(done)
    }

    /// Changes rows in the same transaction, such as the one that says how far a long load has come, and says how many.
    ///
    /// # Errors
    /// What the database says to it; nothing can be added to the load then.
    pub async fn update(&mut self, update: &UpdateStatement) -> Result<u64, Error> {
        let changed = match &mut self.0 {
            Way::Insert(tx, _) => tx.execute(update).await?.rows_affected(),
            Way::Copy(tx) => {
                let update = AssertSqlSafe(update.to_string(PostgresQueryBuilder));
                (&mut **tx).execute(update).await?.rows_affected()
            }
        };
        Ok(changed)
    }

    /// Counts the ids of a table on by `rows`, after as many rows with explicit ids from 1 on: only PostgreSQL does not
    /// see them by itself. See [`dialect::advance_sequence`].
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn advance_ids(&mut self, table: &str, rows: usize) -> Result<(), Error> {
        if let (Way::Copy(tx), Some(advance)) = (
            &mut self.0,
            dialect::advance_sequence(Engine::Postgres.family(), table, rows),
        ) {
            (&mut **tx).execute(AssertSqlSafe(advance)).await?;
        }
        Ok(())
    }

    /// Sets the ids of a table to go on behind the largest one. See [`dialect::reset_sequence`].
    ///
    /// # Errors
    /// Whatever the database answers; on PostgreSQL the sequence has to be the user's own.
    pub async fn reset_ids(&mut self, table: &str) -> Result<(), Error> {
        if let (Way::Copy(tx), Some(reset)) = (
            &mut self.0,
            dialect::reset_sequence(Engine::Postgres.family(), table),
        ) {
            (&mut **tx).execute(AssertSqlSafe(reset)).await?;
        }
        Ok(())
    }

    /// Takes all of it back. So does dropping the load, once its connection is used again.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn roll_back(self) -> Result<(), Error> {
        match self.0 {
            Way::Insert(tx, _) => tx.rollback().await?,
            Way::Copy(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Commits.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] where the answer was lost; otherwise nothing of the load was kept.
    pub async fn commit(self) -> Result<(), Error> {
        let committed = match self.0 {
            Way::Insert(tx, _) => tx.commit().await,
            Way::Copy(tx) => {
                let committed = tx.commit().await;
                committed.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
            }
        };
        committed.map_err(commit_error)
    }
}
