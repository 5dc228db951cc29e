//! [`Tx`]: a transaction that remembers whether all of its statements succeeded.
//!
//! PostgreSQL rolls back at COMMIT after a failed statement, and calls that a success. Asking it
//! before each COMMIT would cost every write a round trip; counting here costs nothing. On servers
//! it begins as late as it can (`late.rs`).

use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder, TransactionTrait,
};
use tokio::sync::Mutex;

use crate::late::Late;
use crate::lent::Lending;

/// A transaction; dropped without [`commit`](Self::commit), it is rolled back.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    /// Statements that were begun and have not succeeded: failed, or given up halfway.
    unsettled: AtomicUsize,
}

/// What it runs on.
enum Inner {
    /// A connection that SeaORM has from its pool.
    Pooled(DatabaseTransaction),
    /// One that is lent: its backend, and the transaction for one statement at a time.
    Late(DbBackend, Mutex<Late>),
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pooled(_) => "Pooled",
            Self::Late(..) => "Late",
        })
    }
}

impl Tx {
    pub(crate) fn new(inner: DatabaseTransaction) -> Self {
        Self::on(Inner::Pooled(inner))
    }

    /// Begins one on a connection that is lent, as late as it can.
    pub(crate) async fn on_loan(lending: &Lending) -> Result<Self, DbErr> {
        let late = Late::on(lending).await?;
        Ok(Self::on(Inner::Late(lending.backend(), Mutex::new(late))))
    }

    fn on(inner: Inner) -> Self {
        Self {
            inner,
            unsettled: AtomicUsize::new(0),
        }
    }

    /// Whether a statement failed, or was given up before it was answered.
    pub(crate) fn has_failed(&self) -> bool {
        self.unsettled.load(Ordering::Acquire) > 0
    }

    /// SQLite: a part of it that can be rolled back alone.
    pub(crate) async fn savepoint(&self) -> Result<Self, DbErr> {
        match &self.inner {
            Inner::Pooled(inner) => Ok(Self::new(inner.begin().await?)),
            Inner::Late(..) => Err(DbErr::Custom("savepoints are SQLite's here".to_owned())),
        }
    }

    /// Ends it; what it wrote is kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Pooled(inner) => inner.commit().await,
            Inner::Late(_, late) => late.into_inner().commit().await,
        }
    }

    pub(crate) async fn roll_back(self) -> Result<(), DbErr> {
        let has_failed = self.has_failed();
        match self.inner {
            Inner::Pooled(inner) => inner.rollback().await,
            Inner::Late(_, late) => late.into_inner().roll_back(has_failed).await,
        }
    }

    /// Reads what may as well be read before the transaction: on servers it saves a BEGIN that nothing else needs.
    ///
    /// # Errors
    /// The database's.
    pub async fn ask(&self, select: &SelectStatement) -> Result<Option<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Pooled(_) => self.query_one(select).await,
            Inner::Late(backend, late) => {
                let statement = backend.build(select);
                let answer = async { late.lock().await.ask(statement).await };
                self.settle(answer).await
            }
        }
    }

    /// Does what is most likely the last thing in this transaction. On servers it waits until something follows or
    /// until COMMIT; alone it needs neither BEGIN nor COMMIT. Its error may thus come after the work: what the
    /// database refuses then is told by [`Db::write`](crate::Db::write), and a foreign key that refused runs the work
    /// again.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish(&self, statement: &impl StatementBuilder) -> Result<(), DbErr> {
        match &self.inner {
            Inner::Pooled(_) => self.execute(statement).await.map(drop),
            Inner::Late(backend, late) => {
                let statement = backend.build(statement);
                let done = async { late.lock().await.finish(statement).await };
                self.settle(done).await
            }
        }
    }

    async fn settle<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.unsettled.fetch_add(1, Ordering::AcqRel);
        let value = work.await?;
        self.unsettled.fetch_sub(1, Ordering::AcqRel);
        Ok(value)
    }
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        match &self.inner {
            Inner::Pooled(inner) => inner.get_database_backend(),
            Inner::Late(backend, _) => *backend,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let answer = async {
            match &self.inner {
                Inner::Pooled(inner) => inner.execute_raw(statement).await,
                Inner::Late(_, late) => {
                    let mut late = late.lock().await;
                    late.connection().await?.execute(statement).await
                }
            }
        };
        self.settle(answer).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let answer = async {
            match &self.inner {
                Inner::Pooled(inner) => inner.execute_unprepared(sql).await,
                Inner::Late(_, late) => {
                    let mut late = late.lock().await;
                    late.connection().await?.execute_unprepared(sql).await
                }
            }
        };
        self.settle(answer).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let answer = async {
            match &self.inner {
                Inner::Pooled(inner) => inner.query_one_raw(statement).await,
                Inner::Late(_, late) => {
                    let mut late = late.lock().await;
                    late.connection().await?.query_one(statement).await
                }
            }
        };
        self.settle(answer).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let answer = async {
            match &self.inner {
                Inner::Pooled(inner) => inner.query_all_raw(statement).await,
                Inner::Late(_, late) => {
                    let mut late = late.lock().await;
                    late.connection().await?.query_all(statement).await
                }
            }
        };
        self.settle(answer).await
    }
}
