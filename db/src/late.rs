//! A transaction on a connection that is lent, with no more round trips than it needs.
//!
//! BEGIN and COMMIT each cost one, and a statement by itself is a transaction too. So BEGIN is sent before the first
//! statement that needs it: not before what may as well be read without ([`ask`](Late::ask)), and not for a last
//! statement ([`finish`](Late::finish)) that is still alone when the transaction is to be committed.
//!
//! A connection that is found dead before BEGIN was answered is replaced: nothing has been done on it.

use sea_orm::{DbErr, QueryResult, Statement};

use crate::classify::is_session_over;
use crate::lent::{Lending, Lent};

/// How many dead connections are replaced: after a restart of the server all that its pool has are dead.
const REPLACED_AT_MOST: u32 = 5;

/// A transaction that begins as late as it can.
pub(crate) struct Late {
    lending: Lending,
    lent: Lent,
    has_begun: bool,
    replaced: u32,
    /// What is done at the end, unless something follows.
    last: Option<Statement>,
}

impl Late {
    pub(crate) async fn on(lending: &Lending) -> Result<Self, DbErr> {
        Ok(Self {
            lending: lending.clone(),
            lent: lending.lend().await?,
            has_begun: false,
            replaced: 0,
            last: None,
        })
    }

    /// The connection, in the transaction, with all done that came before.
    pub(crate) async fn connection(&mut self) -> Result<&mut Lent, DbErr> {
        if !self.has_begun {
            while let Err(error) = self.lent.begin().await {
                self.replace(error).await?;
            }
            self.has_begun = true;
        }
        if let Some(last) = self.last.take() {
            self.lent.execute(last).await?;
        }
        Ok(&mut self.lent)
    }

    /// Reads what needs no transaction: in READ COMMITTED each statement sees what is committed when it begins, in a
    /// transaction or not.
    pub(crate) async fn ask(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if self.has_begun || self.last.is_some() {
            return self.connection().await?.query_one(statement).await;
        }
        loop {
            match self.lent.query_one(statement.clone()).await {
                Ok(row) => return Ok(row),
                Err(error) => self.replace(error).await?,
            }
        }
    }

    /// Keeps a statement for the end.
    pub(crate) async fn finish(&mut self, statement: Statement) -> Result<(), DbErr> {
        if self.has_begun || self.last.is_some() {
            self.connection().await?.execute(statement).await?;
        } else {
            self.last = Some(statement);
        }
        Ok(())
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        if self.has_begun {
            self.connection().await?.commit().await?;
        } else if let Some(last) = self.last.take() {
            self.lent.execute(last).await?;
        }
        self.lent.give_back();
        Ok(())
    }

    /// Undoes what was done. If nothing was, a connection on which a statement failed is not kept.
    pub(crate) async fn roll_back(mut self, has_failed: bool) -> Result<(), DbErr> {
        if self.has_begun {
            self.lent.roll_back().await?;
        } else if has_failed {
            return Ok(());
        }
        self.lent.give_back();
        Ok(())
    }

    /// Goes on with another connection, if this one was found dead.
    async fn replace(&mut self, error: DbErr) -> Result<(), DbErr> {
        if self.replaced >= REPLACED_AT_MOST || !is_session_over(&error) {
            return Err(error);
        }
        self.replaced += 1;
        // The others that lie there have died with it.
        self.lending.clear();
        self.lent = self.lending.lend().await?;
        Ok(())
    }
}
