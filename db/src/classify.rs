//! The meaning of each engine's error numbers, one table per engine.
//!
//! PostgreSQL is read by SQLSTATE, MariaDB and MySQL by error number, SQLite by (extended) result
//! code. Messages are only searched for what no code tells: the name of a key. Servers translate
//! their messages, so the search looks for quotes, not for words.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::{Error, Rejection};

/// What an error number stands for; [`Error`] without the details.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Unavailable,
    Contention,
    Unique,
    ForeignKey,
    Rejected(Rejection),
    Other,
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let kind = match driver_error(&error) {
            Some(sqlx::Error::Database(e)) => kind_of(e.as_ref()),
            Some(e) => kind_of_driver(e),
            None => match &error {
                DbErr::ConnectionAcquire(
                    ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed,
                ) => Kind::Unavailable,
                _ => Kind::Other,
            },
        };
        of_kind(kind, error)
    }
}

fn of_kind(kind: Kind, error: DbErr) -> Error {
    match kind {
        Kind::Unavailable => Error::Unavailable(error),
        Kind::Contention => Error::Contention(error),
        Kind::Unique => Error::Unique(key_of(&error, unique_key).unwrap_or_default()),
        Kind::ForeignKey => Error::ForeignKey(key_of(&error, foreign_key)),
        Kind::Rejected(reason) => Error::Rejected {
            reason,
            source: Some(error),
        },
        Kind::Other => Error::Other(error),
    }
}

/// SQLite without its driver, which only reads.
impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let kind = match &error {
            rusqlite::Error::SqliteFailure(failure, message) => sqlite(
                failure.extended_code.cast_unsigned(),
                message.as_deref().unwrap_or_default(),
            ),
            _ => Kind::Other,
        };
        of_kind(kind, DbErr::Custom(error.to_string()))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
    }
}

/// The meaning of an error at COMMIT. Only an answer of the database which says that it refused is
/// certain; after anything else the transaction may have been committed.
pub(crate) fn commit_error(error: DbErr) -> Error {
    let certain = match driver_error(&error) {
        Some(sqlx::Error::Database(e)) => !commit_may_have_happened(e.as_ref()),
        _ => false,
    };
    if certain {
        return error.into();
    }
    log::warn!("the answer to COMMIT was lost: {error}");
    Error::OutcomeUnknown
}

/// True if the session in which a statement was sent is over, or was when it arrived.
pub(crate) fn is_session_over(error: &DbErr) -> bool {
    let error = match driver_error(error) {
        Some(sqlx::Error::Database(error)) => error,
        Some(other) => return kind_of_driver(other) == Kind::Unavailable,
        None => return false,
    };
    if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
        // server stops, session killed, gone, lost or idle for too long
        return matches!(error.number(), 1053 | 1927 | 2006 | 2013 | 3169 | 4031);
    }
    let code = error.code().unwrap_or_default();
    // PostgreSQL: connection, session ended or server stops
    ["08", "57P"].iter().any(|class| code.starts_with(class))
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(e))
        | DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

fn kind_of_driver(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        // What answers is no database server, or only half of one: a proxy whose server is away.
        | sqlx::Error::Protocol(_)
        | sqlx::Error::Tls(_) => Kind::Unavailable,
        // The driver has no error of its own for this; its text is fixed in the pinned version, and
        // a test against a real MySQL server holds it to that.
        sqlx::Error::Configuration(e) if e.to_string().starts_with("RSA auth backend disabled") => {
            Kind::Rejected(Rejection::NeedsTls)
        }
        _ => Kind::Other,
    }
}

fn kind_of(error: &dyn DatabaseError) -> Kind {
    if let Some(e) = error.try_downcast_ref::<MySqlDatabaseError>() {
        return mysql(e.number());
    }
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        return sqlite(code.parse().unwrap_or_default(), error.message());
    }
    postgres(&code)
}

/// PostgreSQL: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres(state: &str) -> Kind {
    match state {
        "23505" | "23P01" => Kind::Unique,
        "23503" => Kind::ForeignKey,
        // serialization failure, deadlock, lock timeout
        "40001" | "40P01" | "55P03" => Kind::Contention,
        "28P01" | "28000" => Kind::Rejected(Rejection::AccessDenied),
        "3D000" => Kind::Rejected(Rejection::UnknownDatabase),
        "42501" => Kind::Rejected(Rejection::MissingPrivilege),
        "42P01" | "42703" => Kind::Rejected(Rejection::MissingTable),
        // read-only (a standby), statement timeout or cancel by an administrator
        // idle in a transaction for too long
        "25006" | "57014" | "25P03" => Kind::Unavailable,
        // 08 connection, 53 disk, memory or connections used up, 57P server stops or starts, 58
        // system error
        _ if ["08", "53", "57P", "58"]
            .iter()
            .any(|class| state.starts_with(class)) =>
        {
            Kind::Unavailable
        }
        _ => Kind::Other,
    }
}

/// MariaDB and MySQL: <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>,
/// <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
fn mysql(number: u16) -> Kind {
    match number {
        1022 | 1062 | 1169 | 1586 => Kind::Unique,
        1216 | 1217 | 1451 | 1452 | 1557 | 1761 | 1762 => Kind::ForeignKey,
        // deadlock, lock wait timeout, NOWAIT; 1020: MariaDB, row changed since the snapshot was
        // taken
        1213 | 1205 | 3572 | 1020 => Kind::Contention,
        1045 | 1698 | 1130 | 1129 | 3118 | 1862 => Kind::Rejected(Rejection::AccessDenied),
        1049 => Kind::Rejected(Rejection::UnknownDatabase),
        1044 | 1142 | 1143 | 1227 | 1370 => Kind::Rejected(Rejection::MissingPrivilege),
        1146 | 1054 => Kind::Rejected(Rejection::MissingTable),
        // connections, memory or a user's quota used up; server stops; Galera node not ready
        1040 | 1203 | 1226 | 1037 | 1038 | 1041 | 1053 | 1047 => Kind::Unavailable,
        // connection lost, killed or idle for too long, a statement that took too long
        1969 | 3024 | 2006 | 2013 | 1152 | 1158..=1161 | 1317 | 1927 | 3169 | 4031 => {
            Kind::Unavailable
        }
        // disk or table full, read-only
        1021 | 1114 | 1290 | 1792 | 1836 => Kind::Unavailable,
        _ => Kind::Other,
    }
}

/// SQLite: <https://www.sqlite.org/rescode.html>. The low byte is the primary code.
fn sqlite(code: u32, message: &str) -> Kind {
    match code {
        1555 | 2067 | 2579 => return Kind::Unique,
        787 => return Kind::ForeignKey,
        _ => {}
    }
    match code & 0xff {
        // BUSY (another process), LOCKED (this one)
        5 | 6 => Kind::Contention,
        // READONLY, IOERR, FULL, CANTOPEN
        8 | 10 | 13 | 14 => Kind::Unavailable,
        // CORRUPT, NOTADB
        11 | 26 => Kind::Rejected(Rejection::NotADatabase),
        // SQLite has one code for every mistake in a statement, and never translates its messages.
        1 if ["no such table", "no such column"]
            .iter()
            .any(|start| message.starts_with(start)) =>
        {
            Kind::Rejected(Rejection::MissingTable)
        }
        _ => Kind::Other,
    }
}

/// The answers to COMMIT that do not say whether it happened.
fn commit_may_have_happened(error: &dyn DatabaseError) -> bool {
    if let Some(e) = error.try_downcast_ref::<MySqlDatabaseError>() {
        // 1180: an error during COMMIT (the storage engine, the binary log or the group)
        return matches!(
            e.number(),
            1180 | 1969 | 1053 | 1317 | 1927 | 2006 | 2013 | 3169 | 4031
        );
    }
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // SQLite: after a failed fsync the commit may be in the log, to be found at the next start.
        return code.parse::<u32>().is_ok_and(|code| code & 0xff == 10);
    }
    // PostgreSQL: 40003 and 08007 say it in so many words; 57 reaches a session that was ended or
    // cancelled, perhaps while it waited for a standby after the local commit.
    code == "40003"
        || ["08", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class))
}

fn key_of(error: &DbErr, read: fn(&dyn DatabaseError) -> Option<String>) -> Option<String> {
    match driver_error(error)? {
        sqlx::Error::Database(e) => read(e.as_ref()),
        _ => None,
    }
}

fn unique_key(error: &dyn DatabaseError) -> Option<String> {
    if let Some(name) = error.constraint() {
        return Some(name.to_owned()); // PostgreSQL
    }
    if error.try_downcast_ref::<SqliteError>().is_some() {
        return sqlite_columns(error.message());
    }
    last_quoted(error.message())
}

fn foreign_key(error: &dyn DatabaseError) -> Option<String> {
    if let Some(name) = error.constraint() {
        return Some(name.to_owned()); // PostgreSQL
    }
    // MariaDB, MySQL: (`db`.`child`, CONSTRAINT `fk_x` FOREIGN KEY …), SQL and so never translated.
    let (_, rest) = error.message().split_once("CONSTRAINT `")?;
    Some(rest.split_once('`')?.0.to_owned())
}

/// `UNIQUE constraint failed: part.number, part.revision`, or `…: index 'name'` for an index on
/// expressions.
fn sqlite_columns(message: &str) -> Option<String> {
    let (_, columns) = message.split_once(": ")?;
    let index = columns
        .strip_prefix("index '")
        .and_then(|name| name.strip_suffix('\''));
    Some(index.unwrap_or(columns).to_owned())
}

/// `Duplicate entry 'A-1' for key 'part.uq_part'`: the value may hold quotes, the key's name does
/// not.
fn last_quoted(message: &str) -> Option<String> {
    let (head, _) = message.rsplit_once('\'')?;
    Some(head.rsplit_once('\'')?.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Kind, Rejection, last_quoted, mysql, postgres, sqlite, sqlite_columns};

    #[test]
    fn numbers_of_contention_and_loss_are_known_on_every_engine() {
        for state in ["40001", "40P01", "55P03"] {
            assert_eq!(postgres(state), Kind::Contention, "{state}");
        }
        for number in [1213, 1205] {
            assert_eq!(mysql(number), Kind::Contention, "{number}");
        }
        for code in [5, 261, 517, 773, 6, 262] {
            assert_eq!(sqlite(code, ""), Kind::Contention, "{code}");
        }
        for state in [
            "57P01", "57P02", "57P03", "53300", "08006", "53100", "25006",
        ] {
            assert_eq!(postgres(state), Kind::Unavailable, "{state}");
        }
        for number in [1040, 1053, 2006, 2013, 1021, 1114, 1290] {
            assert_eq!(mysql(number), Kind::Unavailable, "{number}");
        }
        for code in [13, 8, 1032, 10, 266, 1546] {
            assert_eq!(sqlite(code, ""), Kind::Unavailable, "{code}");
        }
        assert_eq!(
            sqlite(1, "no such table: defect"),
            Kind::Rejected(Rejection::MissingTable)
        );
        assert_eq!(sqlite(1, "near \"x\": syntax error"), Kind::Other);
    }

    #[test]
    fn key_names_are_read_from_messages_in_any_language() {
        let messages = [
            ("Duplicate entry 'x' for key 'part.uq_part'", "part.uq_part"),
            (
                "Duplicate entry 'it's for key 'y'' for key 'uq_part'",
                "uq_part",
            ),
            ("Doppelter Eintrag 'x' für Schlüssel 'uq_part'", "uq_part"),
        ];
        for (message, key) in messages {
            assert_eq!(last_quoted(message).as_deref(), Some(key), "{message}");
        }
        let columns = sqlite_columns("UNIQUE constraint failed: part.number, part.revision");
        assert_eq!(columns.as_deref(), Some("part.number, part.revision"));
        let index = sqlite_columns("UNIQUE constraint failed: index 'uq_part'");
        assert_eq!(index.as_deref(), Some("uq_part"));
    }
}
