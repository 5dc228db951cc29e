//! SQLite: rows read by the library itself, on a thread that may wait.
//!
//! The driver copies every value of a row and hands over one row after another, which takes longer than reading them.
//! Here a row is looked at where SQLite has it, and what was made of it goes on in batches.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, BoxStream, StreamExt};
use rusqlite::Connection;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::read::Filling;
use crate::in_place::{self, Row};
use crate::session::LOCK_WAIT;
use crate::{Db, DbErr, Error, Rejection};

/// Batches on their way at most, besides the one that is being filled.
const BATCHES: usize = 2;

/// After so many steps of SQLite's machine, a read that nobody waits for is noticed.
const STEPS: i32 = 1000;

/// A transaction begins with its first statement.
const BEGIN: &str = "BEGIN; SELECT 1 FROM sqlite_master LIMIT 1";

type Task = JoinHandle<Result<(), Error>>;

/// A connection in a transaction that only reads. Reads wait for each other.
pub(super) struct Scan(Arc<Mutex<Connection>>);

impl Scan {
    pub(super) async fn begin(db: &Db) -> Result<Self, Error> {
        let path = db.url().sqlite_path();
        let path = path.ok_or_else(|| Error::rejected(Rejection::InMemory))?;
        let path = path.to_owned();
        let begun = spawn_blocking(move || {
            let connection = in_place::open(&path, LOCK_WAIT)?;
            connection.execute_batch(BEGIN)?;
            Ok::<_, Error>(connection)
        });
        let connection = end_of(begun).await?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// See [`Reading::batches`](super::Reading::batches). Whoever drops the stream ends the read.
    pub(super) fn batches<B, A>(&self, sql: String, add: A) -> BoxStream<'static, Result<B, Error>>
    where
        B: Default + Send + 'static,
        A: FnMut(&mut B, Row<'_>) -> Result<usize, Error> + Send + 'static,
    {
        let (entrance, batches) = mpsc::channel(BATCHES);
        let connection = Arc::clone(&self.0);
        let task = spawn_blocking(move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            read(&connection, &sql, add, &entrance)
        });
        let next = |(mut batches, task): (mpsc::Receiver<B>, Task)| async move {
            if let Some(batch) = batches.recv().await {
                return Ok::<_, Error>(Some((batch, (batches, task))));
            }
            end_of(task).await?;
            Ok(None)
        };
        stream::try_unfold((batches, task), next).boxed()
    }

    /// Closes the connection, once it has nothing to do.
    pub(super) async fn end(self) -> Result<(), Error> {
        let ended = spawn_blocking(move || {
            drop(self.0.lock());
            drop(self);
            Ok(())
        });
        end_of(ended).await
    }
}

fn read<B: Default + Send + 'static>(
    connection: &Connection,
    sql: &str,
    mut add: impl FnMut(&mut B, Row<'_>) -> Result<usize, Error>,
    entrance: &mpsc::Sender<B>,
) -> Result<(), Error> {
    // Weak, because it stays with the connection, and the stream ends when nobody can send any more.
    let weak = entrance.downgrade();
    let is_over = move || weak.upgrade().is_none_or(|entrance| entrance.is_closed());
    connection.progress_handler(STEPS, Some(is_over))?;
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut filling = Filling::default();
    while let Some(row) = rows.next()? {
        let full = filling.add(&mut add, Row::InPlace(row))?;
        if full.is_some_and(|batch| entrance.blocking_send(batch).is_err()) {
            return Ok(());
        }
    }
    if let Some(rest) = filling.rest() {
        // Nobody may be there any more.
        let _ = entrance.blocking_send(rest);
    }
    Ok(())
}

/// What a thread came to; that it panicked is no end.
async fn end_of<T>(task: JoinHandle<Result<T, Error>>) -> Result<T, Error> {
    match task.await {
        Ok(result) => result,
        Err(panic) => Err(Error::Other(DbErr::Custom(panic.to_string()))),
    }
}
