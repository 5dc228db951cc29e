//! What each connection to a server is told before it is used, so that a server's own settings do
//! not matter.
//!
//! READ COMMITTED is set here, once per session and not once per transaction, which saves each
//! write a round trip.

use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::{Engine, dialect};

/// How long a statement waits for a lock that another transaction holds; on SQLite, for the one
/// write lock.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(5);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Requests: waiting for a lock is bounded by [`LOCK_WAIT`].
    Work,
    /// Changes of the schema, which may wait for long transactions to end.
    Migration,
}

/// MariaDB, MySQL: strict, whatever the server's default is: a value that does not fit is an error.
/// `||` joins texts as elsewhere. ONLY_FULL_GROUP_BY stays out: MariaDB does not know what depends
/// on a primary key.
const SQL_MODE: &str = "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                        ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT";

/// The statements that a new session begins with.
pub(crate) fn statements(engine: Engine, purpose: Purpose, patience: Duration) -> String {
    let wait = LOCK_WAIT.as_secs();
    let mut statements = match engine {
        Engine::Sqlite => String::new(),
        Engine::Postgres => "SET default_transaction_isolation TO 'read committed'".to_owned(),
        Engine::MariaDb | Engine::MySql => {
            format!(
                "SET SESSION sql_mode='{SQL_MODE}'; \
                 SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
            )
        }
    };
    if purpose == Purpose::Work {
        statements.push_str(&limits(engine, wait, patience));
    }
    statements
}

/// How long a statement waits for a lock, how long it runs, and how long a transaction whose client
/// is silent keeps its locks. MySQL bounds only the running of queries: its silent transactions
/// end with their connection.
fn limits(engine: Engine, wait: u64, patience: Duration) -> String {
    let (seconds, milliseconds) = (patience.as_secs().max(1), patience.as_millis().max(1));
    match engine {
        Engine::Sqlite => String::new(),
        Engine::Postgres => format!(
            "; SET lock_timeout TO '{wait}s'; SET statement_timeout TO '{milliseconds}ms'; \
             SET idle_in_transaction_session_timeout TO '{milliseconds}ms'"
        ),
        Engine::MariaDb => format!(
            "; SET SESSION innodb_lock_wait_timeout={wait}, max_statement_time={seconds}, \
             idle_transaction_timeout={seconds}"
        ),
        Engine::MySql => format!(
            "; SET SESSION innodb_lock_wait_timeout={wait}, max_execution_time={milliseconds}"
        ),
    }
}

/// MariaDB, MySQL: so many statements stay prepared on a connection. sqlx gives one up with a packet that is not
/// answered, and what is sent behind it is kept back until the server has acknowledged it, 40 ms later (sqlx 0.9.0 does
/// not set `TCP_NODELAY`, its issue 4335): rather none is given up. A server has 16,382 for all who are connected.
const PREPARED: usize = 256;

/// MariaDB, MySQL: the character set and collation of literals, and UTC. `statements` sets the SQL
/// mode.
pub(crate) fn mysql(options: MySqlConnectOptions, engine: Engine) -> MySqlConnectOptions {
    let options = options
        .timezone(Some("+00:00".to_owned()))
        .statement_cache_capacity(PREPARED)
        .pipes_as_concat(false)
        .no_engine_substitution(false);
    match dialect::collation(engine) {
        Some(collation) => options.charset(dialect::CHARACTER_SET).collation(collation),
        None => options.charset(dialect::CHARACTER_SET),
    }
}

/// PostgreSQL: the name in `pg_stat_activity`, unless the URL gives one. sqlx itself sets UTF-8 and
/// UTC.
pub(crate) fn postgres(options: PgConnectOptions) -> PgConnectOptions {
    match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("dmt"),
    }
}
