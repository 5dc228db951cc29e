//! What can go wrong between DMT and its database, in the words that the callers act on.
//!
//! Every driver error becomes an [`Error`] in one place ([`From<DbErr>`], by the tables in
//! `classify.rs`). `Display` is fit to be shown; the driver's own text, which may hold data, is
//! only in `source()`, for the log.

use std::path::PathBuf;

use sea_orm::DbErr;

/// A failed conversation with the database.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached, has no free connection, was lost before COMMIT, or takes no writes now
    /// (disk full, read-only). Nothing was written.
    #[error("the database is not available")]
    Unavailable(#[source] DbErr),

    /// COMMIT was sent and its answer was lost: the change is either wholly there or wholly absent.
    #[error(
        "the connection to the database was lost while saving; \
         whether the change was saved is unknown"
    )]
    OutcomeUnknown,

    /// Others hold the rows or the lock (deadlock, lock timeout, `SQLITE_BUSY`), also after bounded
    /// retries. Nothing was written.
    #[error("the database is busy with other changes")]
    Contention(#[source] DbErr),

    /// A unique key refused the row. The identifier is as the engine gives it: the key's name
    /// (PostgreSQL, MariaDB), `table.key` (MySQL) or `table.column, table.column` (SQLite).
    #[error("a record with the same key exists already ({0})")]
    Unique(String),

    /// A foreign key refused the change: the referenced row is absent, or the row is still referred
    /// to. The key's name, except on SQLite, which does not tell it.
    #[error("a referenced record is missing, or the record is still in use")]
    ForeignKey(Option<String>),

    /// The database answers, but will not do until somebody changes its set-up or the
    /// configuration.
    #[error("{reason}")]
    Rejected {
        /// What has to be changed, as one sentence.
        reason: Rejection,
        /// The driver's error, where there is one.
        #[source]
        source: Option<DbErr>,
    },

    /// Anything else: a mistake in a statement, an unreadable value.
    #[error("the database refused a statement or gave an unexpected answer")]
    Other(#[source] DbErr),
}

/// Why a database that can be reached cannot be used: one sentence each, which says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Wrong user or password, or not allowed from this host.
    #[error("the database server refused the user name or the password in DATABASE_URL")]
    AccessDenied,
    /// The server has no database of that name.
    #[error(
        "the database named in DATABASE_URL does not exist on the server; \
         create it first (see db_scripts/)"
    )]
    UnknownDatabase,
    /// The user may sign in, but not do this.
    #[error("the database user lacks a privilege that DMT needs (see db_scripts/)")]
    MissingPrivilege,
    /// MySQL `caching_sha2_password` or `sha256_password` over a plain connection.
    #[error(
        "the MySQL user signs in with caching_sha2_password, which needs an encrypted connection; \
         allow TLS on the server and write ?ssl-mode=REQUIRED in DATABASE_URL (also with a socket)"
    )]
    NeedsTls,
    /// The TLS handshake failed: no TLS on the server, an untrusted certificate, an unreadable
    /// file.
    #[error(
        "no encrypted connection to the database server could be made; \
         check the TLS parameters in DATABASE_URL"
    )]
    Tls,
    /// A table or column is missing.
    #[error("the database lacks a table or column that DMT needs; run `dmt migrate`")]
    MissingTable,
    /// PostgreSQL database in another encoding than UTF-8.
    #[error(
        "the PostgreSQL database has the encoding {0}, but DMT needs UTF8; \
         create it with ENCODING 'UTF8'"
    )]
    NotUtf8(String),
    /// MySQL before 8.0.17 or MariaDB before 10.2: without the collations that DMT's tables need.
    #[error("the database server {0} is too old; DMT needs MariaDB 10.6 or MySQL 8.0.17, or newer")]
    TooOld(String),
    /// The folder of the SQLite file is absent.
    #[error("the folder {} for the SQLite file does not exist", .0.display())]
    MissingFolder(PathBuf),
    /// `mode=rw`, and there is no such file.
    #[error("the SQLite file {} does not exist", .0.display())]
    MissingFile(PathBuf),
    /// The file, or the folder in which SQLite keeps its log beside it, cannot be written.
    #[error("{} cannot be written: give the user that dmt runs as the right to write the file and its folder, or name another file in DATABASE_URL", .0.display())]
    NotWritable(PathBuf),
    /// The path is a folder, or the file holds something else than an SQLite database, or is
    /// damaged.
    #[error("the file in DATABASE_URL is not a SQLite database, or it is damaged")]
    NotADatabase,
    /// The file system does not support SQLite's write-ahead log (network drives).
    #[error("the folder of the SQLite file does not support its write-ahead log; use a local disk")]
    NoWriteAheadLog,
    /// `sqlite::memory:`.
    #[error(
        "DMT does not run on an in-memory SQLite database; name a file, for example sqlite://dmt.db"
    )]
    InMemory,
}

impl Error {
    /// A rejection that the driver had no part in.
    pub(crate) fn rejected(reason: Rejection) -> Self {
        Self::Rejected {
            reason,
            source: None,
        }
    }

    /// True if the same work may succeed a moment later without anybody's help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contention(_))
    }
}
