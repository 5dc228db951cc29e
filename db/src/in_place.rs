//! SQLite: the reads that are asked most, done where they are asked.
//!
//! The driver gives each connection a thread of its own, and every statement goes there and back: for a read of some
//! microseconds the way costs more than the work. So these reads have connections of their own and run in the task
//! that asks, for as long as nobody else there notices: after [`MOST_STEPS`] they give up.
//!
//! Nothing is decided here. Whatever does not go smoothly is answered with nothing, and asked again in the ordinary
//! way, so that errors keep their one meaning.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};
use rusqlite::types::{Value as Bound, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};
use sea_orm::{DbErr, QueryResult, Statement, TryGetable, Value};
use sqlx::{Decode, Postgres, Row as _};

use crate::session::LOCK_WAIT;
use crate::{Db, instant};

/// Steps of SQLite's machine that a read takes at most, in units of [`STEPS`]: two milliseconds or so. A page of a
/// list takes a tenth of that, a list without an index to go by takes more.
const MOST_STEPS: u32 = 100;
const STEPS: i32 = 1000;

/// Statements that each connection keeps prepared.
const PREPARED: usize = 64;

/// PostgreSQL: whether a column's type is taken to be the one that is read, rather than compared with it for each value
/// of each row, which takes a tenth of what a page costs. Builds for tests compare.
const IS_TRUSTED: bool = !cfg!(debug_assertions);

/// The connections; as many as there ever were reads at once.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Option<Vec<Reader>>>,
}

#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// How far the read has come.
    steps: Arc<AtomicU32>,
}

/// A row, whichever way it was read; columns are read by position.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// By SeaORM.
    Asked(&'a QueryResult),
    /// In place.
    InPlace(&'a rusqlite::Row<'a>),
}

impl<'a> From<&'a QueryResult> for Row<'a> {
    fn from(row: &'a QueryResult) -> Self {
        Self::Asked(row)
    }
}

impl Row<'_> {
    /// The value in a column.
    ///
    /// # Errors
    /// Where the column is not there, or of another type.
    pub fn get<T: Cell>(&self, column: usize) -> Result<T, DbErr> {
        match self {
            Self::Asked(row) => match row.try_as_pg_row() {
                Some(row) if IS_TRUSTED => row
                    .try_get_unchecked(column)
                    .map_err(|error| DbErr::Type(error.to_string())),
                _ => row.try_get_by(column),
            },
            Self::InPlace(row) => row.get_ref(column).ok().and_then(T::of).ok_or_else(|| {
                DbErr::Type(format!("column {column} is not of the type that is read"))
            }),
        }
    }
}

/// A type that columns are read as.
pub trait Cell: TryGetable + for<'r> Decode<'r, Postgres> {
    /// Reads a value of SQLite, as its driver does.
    fn of(value: ValueRef<'_>) -> Option<Self>;
}

impl Cell for i64 {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()
    }
}

impl Cell for bool {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().map(|number| number != 0)
    }
}

impl Cell for String {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}

impl Cell for DateTime<FixedOffset> {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(seconds) => {
                Some(DateTime::from_timestamp(seconds, 0)?.fixed_offset())
            }
            value => instant::read(value.as_str().ok()?),
        }
    }
}

impl Cell for NaiveDate {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        Self::parse_from_str(value.as_str().ok()?, "%F").ok()
    }
}

impl<T: Cell> Cell for Option<T>
where
    Self: TryGetable + for<'r> Decode<'r, Postgres>,
{
    fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

impl Db {
    /// Reads all rows of a short query in place; nothing where that cannot be done, and the query is to be asked in
    /// the ordinary way.
    pub fn read_in_place<T>(
        &self,
        statement: &Statement,
        read: impl FnMut(Row<'_>) -> Result<T, DbErr>,
    ) -> Option<Vec<T>> {
        self.readers()?.read(statement, read)
    }
}

impl Readers {
    pub(crate) fn of(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Some(Vec::new())),
        }
    }

    /// Closes the connections, and opens no more.
    pub(crate) fn close(&self) {
        drop(self.idle().take());
    }

    fn read<T>(
        &self,
        statement: &Statement,
        read: impl FnMut(Row<'_>) -> Result<T, DbErr>,
    ) -> Option<Vec<T>> {
        let idle = self.idle().as_mut()?.pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.path).ok()?,
        };
        let rows = reader.read(statement, read);
        // One that failed may have failed for good.
        if rows.is_some()
            && let Some(idle) = self.idle().as_mut()
        {
            idle.push(reader);
        }
        rows
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Reader>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that only reads, and waits that long where others are in its way.
pub(crate) fn open(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

impl Reader {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = open(path, LOCK_WAIT / 100)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let steps = Arc::new(AtomicU32::new(0));
        let taken = Arc::clone(&steps);
        let is_over = move || taken.fetch_add(1, Ordering::Relaxed) >= MOST_STEPS;
        connection.progress_handler(STEPS, Some(is_over))?;
        Ok(Self { connection, steps })
    }

    fn read<T>(
        &self,
        statement: &Statement,
        mut read: impl FnMut(Row<'_>) -> Result<T, DbErr>,
    ) -> Option<Vec<T>> {
        let values = statement.values.iter().flat_map(|values| &values.0);
        let values: Vec<Bound> = values.map(bound).collect::<Option<_>>()?;
        let mut prepared = self.connection.prepare_cached(&statement.sql).ok()?;
        self.steps.store(0, Ordering::Relaxed);
        let mut rows = prepared.query(params_from_iter(values)).ok()?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().ok()? {
            all.push(read(Row::InPlace(row)).ok()?);
        }
        Some(all)
    }
}

/// A value as the driver binds it.
fn bound(value: &Value) -> Option<Bound> {
    match value {
        Value::BigInt(Some(number)) => Some(Bound::Integer(*number)),
        Value::Int(Some(number)) => Some(Bound::Integer((*number).into())),
        Value::Bool(Some(yes)) => Some(Bound::Integer((*yes).into())),
        Value::String(Some(text)) => Some(Bound::Text(text.clone())),
        Value::ChronoDateTimeWithTimeZone(Some(at)) => Some(Bound::Text(
            at.to_rfc3339_opts(SecondsFormat::AutoSi, false),
        )),
        _ => None,
    }
}
