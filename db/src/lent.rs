//! Statements on connections that are lent ([`lend`](crate::lend)): one at a time, and in a transaction.

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, MySql, Postgres};

use crate::classify::is_session_over;
use crate::doubt::Doubt;
use crate::lend::{Lender, Loan};
use crate::{Engine, PoolOptions};

/// Lends the connections of a server's pool.
#[derive(Clone, Debug)]
pub(crate) enum Lending {
    Postgres(Lender<Postgres>),
    MySql(Lender<MySql>),
}

/// A connection that is lent.
pub(crate) enum Lent {
    Postgres(Loan<Postgres>),
    MySql(Loan<MySql>),
}

/// The same for each driver.
macro_rules! of_either {
    ($type:ident, $which:expr, $it:ident => $do:expr) => {
        match $which {
            $type::Postgres($it) => $do,
            $type::MySql($it) => $do,
        }
    };
}

impl Lending {
    /// Lends what `pool` has; SQLite's is not asked for a sign of life that costs anything.
    pub(crate) fn of(
        pool: &DatabaseConnection,
        engine: Engine,
        options: &PoolOptions,
        doubt: &Doubt,
    ) -> Option<Self> {
        match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let pool = pool.get_postgres_connection_pool().clone();
                Some(Self::Postgres(Lender::of(pool, options, doubt)))
            }
            Engine::MariaDb | Engine::MySql => {
                let pool = pool.get_mysql_connection_pool().clone();
                Some(Self::MySql(Lender::of(pool, options, doubt)))
            }
        }
    }

    pub(crate) async fn lend(&self) -> Result<Lent, DbErr> {
        Ok(match self {
            Self::Postgres(lender) => Lent::Postgres(lender.lend().await?),
            Self::MySql(lender) => Lent::MySql(lender.lend().await?),
        })
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::MySql(_) => DbBackend::MySql,
        }
    }

    /// See [`Lender::idle`].
    pub(crate) fn idle(&self) -> usize {
        of_either!(Self, self, lender => lender.idle())
    }

    /// See [`Lender::clear`].
    pub(crate) fn clear(&self) {
        of_either!(Self, self, lender => lender.clear());
    }

    /// See [`Lender::close`].
    pub(crate) fn close(&self) {
        of_either!(Self, self, lender => lender.close());
    }
}

impl Lent {
    fn is_used(&self) -> bool {
        of_either!(Self, self, loan => loan.is_used)
    }

    pub(crate) async fn begin(&mut self) -> Result<(), DbErr> {
        of_either!(Self, self, loan => loan.begin().await.map_err(in_query))
    }

    pub(crate) async fn commit(&mut self) -> Result<(), DbErr> {
        of_either!(Self, self, loan => loan.commit().await.map_err(in_query))
    }

    pub(crate) async fn roll_back(&mut self) -> Result<(), DbErr> {
        of_either!(Self, self, loan => loan.roll_back().await.map_err(in_query))
    }

    /// See [`Loan::give_back`].
    pub(crate) fn give_back(self) {
        of_either!(Self, self, loan => loan.give_back());
    }

    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        of_either!(Self, self, loan => {
            let connection = loan.connection().map_err(in_execution)?;
            let query = sqlx::query_with(AssertSqlSafe(statement.sql), values(statement.values));
            query.execute(connection).await.map(Into::into).map_err(in_execution)
        })
    }

    pub(crate) async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        of_either!(Self, self, loan => {
            let connection = loan.connection().map_err(in_execution)?;
            let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
            done.map(Into::into).map_err(in_execution)
        })
    }

    pub(crate) async fn query_one(
        &mut self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        of_either!(Self, self, loan => {
            let connection = loan.connection().map_err(in_query)?;
            let query = sqlx::query_with(AssertSqlSafe(statement.sql), values(statement.values));
            let row = query.fetch_optional(connection).await.map_err(in_query)?;
            Ok(row.map(Into::into))
        })
    }

    pub(crate) async fn query_all(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        of_either!(Self, self, loan => {
            let connection = loan.connection().map_err(in_query)?;
            let query = sqlx::query_with(AssertSqlSafe(statement.sql), values(statement.values));
            let rows = query.fetch_all(connection).await.map_err(in_query)?;
            Ok(rows.into_iter().map(Into::into).collect())
        })
    }
}

fn values(values: Option<sea_orm::Values>) -> SqlxValues {
    SqlxValues(values.unwrap_or(sea_orm::Values(Vec::new())))
}

fn in_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn in_execution(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

/// Reads outside of a write, each on a connection of its own.
#[derive(Clone, Copy, Debug)]
pub struct Reads<'a> {
    pub(crate) pool: &'a DatabaseConnection,
    /// None on SQLite.
    pub(crate) lending: Option<&'a Lending>,
}

/// Runs a statement on a connection that is lent; once more where that one turns out to have died since its last use.
macro_rules! on_loan {
    ($lending:expr, $statement:ident, $run:ident) => {{
        let mut lent = $lending.lend().await?;
        match lent.$run($statement.clone()).await {
            Ok(answer) => {
                lent.give_back();
                Ok(answer)
            }
            Err(error) if lent.is_used() && is_session_over(&error) => {
                drop(lent);
                // The others have died with it. Boxed, because it hardly ever comes to this.
                $lending.clear();
                let again = async {
                    let mut lent = $lending.lend().await?;
                    let answer = lent.$run($statement).await?;
                    lent.give_back();
                    Ok(answer)
                };
                Box::pin(again).await
            }
            Err(error) => Err(error),
        }
    }};
}

#[async_trait]
impl ConnectionTrait for Reads<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pool.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.lending {
            Some(lending) => on_loan!(lending, statement, query_one),
            None => self.pool.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.lending {
            Some(lending) => on_loan!(lending, statement, query_all),
            None => self.pool.query_all_raw(statement).await,
        }
    }
}
