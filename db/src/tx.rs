//! [`Tx`]: a transaction that remembers whether all of its statements succeeded.
//!
//! PostgreSQL rolls back at COMMIT after a failed statement, and calls that a success. Asking it
//! before each COMMIT would cost every write a round trip; counting here costs nothing. On servers
//! it begins as late as it can (`late.rs`).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex as Shared, MutexGuard, PoisonError};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder,
};
use tokio::sync::Mutex;

use crate::late::Late;
use crate::lent::Lending;
use crate::parts::Parts;

/// A transaction; dropped without [`commit`](Self::commit), it is rolled back.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    /// Statements that were begun and have not succeeded: failed, or given up halfway.
    unsettled: AtomicUsize,
    /// SQLite: the writes of those that share it.
    parts: Shared<Parts>,
    /// SQLite: whether the part may have changed something.
    has_changed: AtomicBool,
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
            parts: Shared::default(),
            has_changed: AtomicBool::new(false),
        }
    }

    /// Whether a statement failed, or was given up before it was answered.
    pub(crate) fn has_failed(&self) -> bool {
        self.unsettled.load(Ordering::Acquire) > 0
    }

    /// SQLite: what follows is a part, which can be undone alone if that is wanted.
    pub(crate) fn begin_part(&self, is_undoable: bool) {
        self.has_changed.store(false, Ordering::Release);
        if is_undoable {
            self.parts().begin();
        }
    }

    /// SQLite: whether the part may have changed something.
    pub(crate) fn has_changed(&self) -> bool {
        self.has_changed.load(Ordering::Acquire)
    }

    /// SQLite: notes that a statement may change something, or has.
    fn note_change(&self, is_change: bool) {
        if is_change {
            self.has_changed.store(true, Ordering::Release);
        }
    }

    /// SQLite: the part stays.
    pub(crate) fn keep_part(&self) {
        self.parts().keep();
    }

    /// SQLite: undoes the part.
    pub(crate) async fn undo_part(&self) -> Result<(), DbErr> {
        let undo = self.parts().undo();
        match undo {
            Some(undo) => self.execute_unprepared(&undo).await.map(drop),
            None => Ok(()),
        }
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the part by itself. Not in front of the statement: SQLite tells of a savepoint how many rows the statement
    /// before it has changed, and the driver adds them up.
    async fn enter_part(&self, inner: &DatabaseTransaction) -> Result<(), DbErr> {
        let before = self.parts().before();
        if let Some(before) = before {
            inner.execute_unprepared(&before).await?;
        }
        Ok(())
    }

    /// The question, behind what a part begins with.
    fn in_part(&self, mut statement: Statement) -> Statement {
        self.note_change(!statement.sql.starts_with("SELECT"));
        if let Some(before) = self.parts().before() {
            statement.sql.insert_str(0, &before);
        }
        statement
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

    /// Executes statements in their order; on SQLite they are handed to the file's thread all at once, and waited for
    /// once.
    ///
    /// # Errors
    /// The database's, of the first that fails.
    pub async fn execute_all(&self, statements: Vec<Statement>) -> Result<(), DbErr> {
        if self.get_database_backend() != DbBackend::Sqlite {
            for statement in statements {
                self.execute_raw(statement).await?;
            }
            return Ok(());
        }
        let (mut sql, mut values) = (String::new(), Vec::new());
        for statement in statements {
            if !sql.is_empty() {
                sql.push_str("; ");
            }
            sql.push_str(&statement.sql);
            values.extend(statement.values.into_iter().flat_map(|values| values.0));
        }
        let all = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        self.execute_raw(all).await.map(drop)
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
                Inner::Pooled(inner) => {
                    self.enter_part(inner).await?;
                    let done = inner.execute_raw(statement).await;
                    self.note_change(!matches!(&done, Ok(done) if done.rows_affected() == 0));
                    done
                }
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
                Inner::Pooled(inner) => {
                    self.enter_part(inner).await?;
                    self.note_change(true);
                    inner.execute_unprepared(sql).await
                }
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
                Inner::Pooled(inner) => inner.query_one_raw(self.in_part(statement)).await,
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
                Inner::Pooled(inner) => inner.query_all_raw(self.in_part(statement)).await,
                Inner::Late(_, late) => {
                    let mut late = late.lock().await;
                    late.connection().await?.query_all(statement).await
                }
            }
        };
        self.settle(answer).await
    }
}
