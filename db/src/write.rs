//! [`Db::write`]: the one way to change data.
//!
//! The closure may run several times, so it does nothing but talk to the database through the
//! transaction it is given, and returns every database error instead of going on after one
//! (PostgreSQL and MySQL have then rolled back, wholly or partly). It runs in a task of its own: a
//! client that goes away tears no transaction. SQLite's writes go through one task (`group.rs`),
//! where those that wait share a commit.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::classify::commit_error;
use crate::doubt::Doubt;
use crate::lent::Lending;
use crate::{Db, Engine, Error, Tx, request};

/// An error of the caller's own, which [`Db::write`] can look into to see whether a retry may help.
pub trait TxError: From<Error> + Send + 'static {
    /// The database's error, if it is one.
    fn database(&self) -> Option<&Error>;
}

impl TxError for Error {
    fn database(&self) -> Option<&Error> {
        Some(self)
    }
}

/// How often a write is tried, and for how long a further try is begun.
const ATTEMPTS: u32 = 6;
const RETRY_FOR: Duration = Duration::from_secs(15);

/// What a write leaves of its request's time: for COMMIT, which must not be begun too late, and
/// for the answer.
pub(crate) const FOR_COMMIT: Duration = Duration::from_secs(1);
pub(crate) const FOR_ANSWER: Duration = Duration::from_millis(100);

/// How long a rollback is waited for.
const ROLLBACK: Duration = Duration::from_secs(2);

/// A write that failed, by the step that failed.
enum Failure<E> {
    Begin(Error),
    Work(E),
    Commit(Error),
}

impl Db {
    /// Runs `work` in one transaction and commits it if it returns `Ok`; then, and only then, the
    /// change is durable.
    ///
    /// Deadlocks and lock timeouts ([`Error::Contention`]) run `work` again, a bounded number of
    /// times. SQLite begins with `BEGIN IMMEDIATE`; the others work in READ COMMITTED. Do not call
    /// it from within `work`: on SQLite the inner write would wait for the outer one.
    ///
    /// In a request that is to be answered in time ([`request::within`]) a write that takes too
    /// long is rolled back; only when time runs out after COMMIT was sent is its outcome unknown.
    ///
    /// # Errors
    /// Whatever `work` returns, after a rollback; or the database's error in beginning or
    /// committing, of which [`Error::OutcomeUnknown`] is the one that leaves open whether the
    /// change was made.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: TxError,
        F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<T, E>> + Send + Sync + 'static,
    {
        if let Some(queue) = self.queue() {
            return queue.write(work).await;
        }
        let writer = self.writer().clone();
        let task = request::carry(request::here(), async move {
            writer.write_retrying(&work).await
        });
        match tokio::spawn(task).await {
            Ok(result) => result,
            // The panic was logged by its hook and the transaction rolled back as it was dropped.
            Err(ended) if ended.is_panic() => Err(Error::Other(DbErr::Custom(
                "a write to the database panicked".to_owned(),
            ))
            .into()),
            // The runtime is shutting down.
            Err(_) => Err(Error::OutcomeUnknown.into()),
        }
    }
}

/// What writes: a connection of SQLite's, the pool of the others.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) connection: DatabaseConnection,
    /// None on SQLite.
    pub(crate) lending: Option<Lending>,
    pub(crate) engine: Engine,
    pub(crate) doubt: Doubt,
}

impl Writer {
    /// One write in a transaction of its own.
    pub(crate) async fn write_retrying<T, E, F>(&self, work: &F) -> Result<T, E>
    where
        E: TxError,
        F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<T, E>>,
    {
        let began = Instant::now();
        let mut attempt = 1;
        loop {
            let failure = match self.write_once(work).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let is_last = attempt >= ATTEMPTS
                || began.elapsed() >= RETRY_FOR
                || request::here().is_late(FOR_COMMIT);
            if is_last || !failure.may_be_retried() {
                return Err(failure.into_error());
            }
            log::debug!("write attempt {attempt} failed and is repeated");
            tokio::time::sleep(pause(attempt)).await;
            attempt += 1;
        }
    }

    async fn write_once<T, E, F>(&self, work: &F) -> Result<T, Failure<E>>
    where
        E: TxError,
        F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<T, E>>,
    {
        let tx = match self.in_time(FOR_COMMIT, self.begin()).await {
            Some(begun) => begun.map_err(|error| Failure::Begin(error.into()))?,
            None => return Err(Failure::Begin(too_late())),
        };
        let value = match self.in_time(FOR_COMMIT, work(&tx)).await {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.roll_back(tx).await;
                return Err(Failure::Work(error));
            }
            // Dropped without COMMIT, the transaction is rolled back.
            None => return Err(Failure::Begin(too_late())),
        };
        self.commit(tx).await.map_err(Failure::Commit)?;
        Ok(value)
    }

    async fn commit(&self, tx: Tx) -> Result<(), Error> {
        if self.engine == Engine::Postgres && tx.has_failed() {
            // PostgreSQL: COMMIT after a failed statement rolls back and calls that a success, so
            // `work` must not have swallowed an error.
            self.roll_back(tx).await;
            let failed = "a statement of the transaction failed, and so did all of it";
            return Err(Error::Other(DbErr::Custom(failed.to_owned())));
        }
        match self.in_time(FOR_ANSWER, tx.commit()).await {
            Some(result) => result.map_err(commit_error),
            None => {
                log::warn!("the answer to COMMIT did not come in time");
                Err(Error::OutcomeUnknown)
            }
        }
    }

    /// An error here tells nothing new: an unfinished transaction is rolled back in any case.
    pub(crate) async fn roll_back(&self, tx: Tx) {
        let mut rollback = pin!(tx.roll_back());
        match tokio::time::timeout(ROLLBACK, &mut rollback).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log::debug!("rollback failed: {error}"),
            Err(_) => self.doubt(),
        }
    }

    /// [`request::in_time`]; what does not come in time makes the connection doubtful before it
    /// goes back to the pool.
    async fn in_time<F: Future>(&self, spare: Duration, work: F) -> Option<F::Output> {
        let mut work = pin!(work);
        let done = request::in_time(spare, &mut work).await;
        if done.is_none() {
            self.doubt();
        }
        done
    }

    /// An answer did not come in time.
    pub(crate) fn doubt(&self) {
        self.doubt.raise(self.engine, &self.connection);
        if let Some(lending) = &self.lending {
            lending.clear();
        }
    }

    pub(crate) async fn begin(&self) -> Result<Tx, DbErr> {
        if let Some(lending) = &self.lending {
            return Tx::on_loan(lending).await;
        }
        // SQLite: a deferred transaction that turns into a write fails at once, whatever the busy
        // timeout. The others got their isolation level with the session.
        let immediate = (self.engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions {
            sqlite_transaction_mode: immediate,
            ..Default::default()
        };
        let begun = self.connection.begin_with_options(options).await?;
        Ok(Tx::new(begun))
    }
}

impl<E: TxError> Failure<E> {
    fn may_be_retried(&self) -> bool {
        match self {
            // A foreign key refused what the work had found in order before it ended ([`Tx::finish`]): it finds out.
            Self::Commit(Error::ForeignKey(_)) => true,
            Self::Begin(error) | Self::Commit(error) => matches!(error, Error::Contention(_)),
            Self::Work(error) => matches!(error.database(), Some(Error::Contention(_))),
        }
    }

    fn into_error(self) -> E {
        match self {
            Self::Begin(error) | Self::Commit(error) => error.into(),
            Self::Work(error) => error,
        }
    }
}

/// The time of the request is over, and nothing was written.
pub(crate) fn too_late() -> Error {
    // SQLite: with the file locked by another program this is what its writes end with, not the pool's timeout.
    let why = "the request's time was over while its change waited for others";
    Error::Unavailable(DbErr::Custom(why.to_owned()))
}

/// 10–20 ms, doubling: the jitter keeps two that collided from colliding again.
fn pause(attempt: u32) -> Duration {
    let longest = 10_u64 << attempt.min(6);
    Duration::from_millis(rand::random_range(longest / 2..=longest))
}
