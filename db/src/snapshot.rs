//! [`Db::snapshot`]: several reads that see the database as it was at one moment.

use sea_orm::{AccessMode, IsolationLevel, TransactionOptions, TransactionTrait};

use crate::{Db, Engine, Error, Tx};

impl Db {
    /// A transaction that only reads, and that sees whatever was committed before its first read and nothing later.
    ///
    /// Not for long: while it lasts PostgreSQL, MariaDB and MySQL keep old rows for it, and SQLite's write-ahead log
    /// grows.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer.
    pub async fn snapshot(&self) -> Result<Tx, Error> {
        // SQLite: every transaction is a snapshot, there are no levels, and a reader cannot write.
        let has_levels = self.engine() != Engine::Sqlite;
        let options = TransactionOptions {
            isolation_level: has_levels.then_some(IsolationLevel::RepeatableRead),
            access_mode: has_levels.then_some(AccessMode::ReadOnly),
            ..Default::default()
        };
        Ok(Tx::new(self.reader().begin_with_options(options).await?))
    }
}
