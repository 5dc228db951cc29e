//! [`Tx`]: a transaction that remembers whether all of its statements succeeded.
//!
//! PostgreSQL rolls back at COMMIT after a failed statement, and calls that a success. Asking it
//! before each COMMIT would cost every write a round trip; counting here costs nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait,
};

/// A transaction; dropped without [`commit`](Self::commit), it is rolled back.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    /// Statements that were begun and have not succeeded: failed, or given up halfway.
    unsettled: AtomicUsize,
}

impl Tx {
    pub(crate) fn new(inner: DatabaseTransaction) -> Self {
        Self {
            inner,
            unsettled: AtomicUsize::new(0),
        }
    }

    /// Whether a statement failed, or was given up before it was answered.
    pub(crate) fn has_failed(&self) -> bool {
        self.unsettled.load(Ordering::Acquire) > 0
    }

    /// A part of it that can be rolled back alone.
    pub(crate) async fn savepoint(&self) -> Result<Self, DbErr> {
        Ok(Self::new(self.inner.begin().await?))
    }

    /// Ends it; what it wrote is kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    pub(crate) async fn roll_back(self) -> Result<(), DbErr> {
        self.inner.rollback().await
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
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.settle(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.settle(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.settle(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.settle(self.inner.query_all_raw(statement)).await
    }
}
