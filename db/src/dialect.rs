//! Facts that differ between the engines, for the schema and for queries.
//!
//! Only facts: `migration` has the column helpers that use them, `service` the queries.

use sea_orm::DbBackend;
use sea_orm::sea_query::TableCreateStatement;

use crate::Engine;

/// MariaDB, MySQL: any Unicode character (`utf8` has none beyond U+FFFF).
pub const CHARACTER_SET: &str = "utf8mb4";

/// MariaDB, MySQL: tables with transactions and foreign keys.
pub const STORAGE_ENGINE: &str = "InnoDB";

/// The collation of DMT's tables, which compares characters by their code. The plain `utf8mb4_bin`
/// pads, so that `'A'` would equal `'A '`, unlike elsewhere. None where it is not the table's
/// matter.
#[must_use]
pub fn collation(engine: Engine) -> Option<&'static str> {
    match engine {
        Engine::MariaDb => Some("utf8mb4_nopad_bin"),
        Engine::MySql => Some("utf8mb4_0900_bin"),
        Engine::Sqlite | Engine::Postgres => None,
    }
}

/// Gives a new table the storage engine, character set and collation that it needs on MariaDB and
/// MySQL.
pub fn table_options(
    engine: Engine,
    table: &mut TableCreateStatement,
) -> &mut TableCreateStatement {
    match collation(engine) {
        Some(collation) => table
            .engine(STORAGE_ENGINE)
            .character_set(CHARACTER_SET)
            .collate(collation),
        None => table,
    }
}

/// The collation of a column with short text that is sorted or compared. PostgreSQL would follow
/// the database's language there; the others compare by code as it is.
#[must_use]
pub fn code_collation(family: DbBackend) -> Option<&'static str> {
    (family == DbBackend::Postgres).then_some("C")
}

/// The type to cast a sum of BIGINTs to: PostgreSQL sums to NUMERIC, MariaDB and MySQL to DECIMAL,
/// neither of which reads as `i64`. MariaDB and MySQL call it SIGNED in a cast.
#[must_use]
pub fn sum_type(family: DbBackend) -> &'static str {
    if family == DbBackend::MySql {
        "signed"
    } else {
        "bigint"
    }
}

/// MariaDB, MySQL: the type of an instant, whose `timestamp` ends in 2038 and has whole seconds.
/// None: the ordinary timestamp with time zone.
#[must_use]
pub fn instant_type(family: DbBackend) -> Option<&'static str> {
    (family == DbBackend::MySql).then_some("datetime(6)")
}

/// MariaDB, MySQL: the type of a long text, whose `text` ends at 64 KiB. None: the ordinary `text`.
#[must_use]
pub fn long_text_type(family: DbBackend) -> Option<&'static str> {
    (family == DbBackend::MySql).then_some("longtext")
}

/// Whether rows can be locked by `SELECT … FOR UPDATE`. SQLite has no such clause and needs none: a
/// write holds the whole file from `BEGIN IMMEDIATE` on.
#[must_use]
pub fn has_row_locks(family: DbBackend) -> bool {
    family != DbBackend::Sqlite
}

/// Whether a failed migration step is rolled back. MariaDB and MySQL commit at every DDL statement;
/// sea-orm-migration uses a transaction on PostgreSQL only.
#[must_use]
pub fn has_transactional_migrations(family: DbBackend) -> bool {
    family == DbBackend::Postgres
}

/// PostgreSQL: rows with explicit ids do not move the sequence behind the column `id`; this
/// statement does. The others look at the largest id. `table` is a name of ours, not input.
#[must_use]
pub fn reset_sequence(family: DbBackend, table: &str) -> Option<String> {
    (family == DbBackend::Postgres).then(|| {
        format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), \
             COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM \"{table}\""
        )
    })
}

/// The id that the next row of a table gets, to be asked in the transaction that inserts the row with it; none where
/// it is not known before. `table` is a name of ours, not input.
#[must_use]
pub fn next_id(family: DbBackend, table: &str) -> Option<String> {
    match family {
        DbBackend::Postgres => Some(format!("nextval(pg_get_serial_sequence('{table}', 'id'))")),
        // Nobody else writes to the file meanwhile.
        DbBackend::Sqlite => Some(format!(
            "(SELECT COALESCE(MAX(\"seq\"), 0) + 1 FROM \"sqlite_sequence\" WHERE \"name\" = '{table}')"
        )),
        _ => None,
    }
}

/// PostgreSQL: moves the sequence behind the column `id` on by `rows`, after as many rows with explicit ids from 1 on.
/// Unlike [`reset_sequence`] it needs no more privilege than inserting does, and never moves back what others took.
#[must_use]
pub fn advance_sequence(family: DbBackend, table: &str, rows: usize) -> Option<String> {
    (family == DbBackend::Postgres).then(|| {
        format!("SELECT max(nextval(pg_get_serial_sequence('{table}', 'id'))) FROM generate_series(1, {rows})")
    })
}

/// The seconds since 1970 of an instant, cut to a whole number; `column` is a name of ours, not input. SQLite: without
/// the fraction, which it would round to a thousandth, and so into the next second.
#[must_use]
pub fn epoch(family: DbBackend, column: &str) -> String {
    match family {
        DbBackend::Sqlite => format!("CAST(strftime('%s', substr({column}, 1, 19)) AS INTEGER)"),
        DbBackend::Postgres => format!("CAST(FLOOR(EXTRACT(EPOCH FROM {column})) AS BIGINT)"),
        _ => format!("TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', {column})"),
    }
}

/// How many whole days there are in so many seconds, none of them negative. MariaDB, MySQL: `/` gives a fraction.
#[must_use]
pub fn whole_days(family: DbBackend, seconds: &str) -> String {
    if family == DbBackend::MySql {
        format!("(({seconds}) DIV 86400)")
    } else {
        format!("(({seconds}) / 86400)")
    }
}

/// The number of a day: 1970-01-01 is 0; `column` is a name of ours, not input.
#[must_use]
pub fn day_number(family: DbBackend, column: &str) -> String {
    match family {
        DbBackend::Sqlite => {
            format!("CAST(strftime('%s', {column}) AS INTEGER) / 86400")
        }
        DbBackend::Postgres => format!("CAST({column} - DATE '1970-01-01' AS BIGINT)"),
        _ => format!("DATEDIFF({column}, '1970-01-01')"),
    }
}

/// The value of a column that an upsert leaves where the row is there already: the sum of both. PostgreSQL and SQLite
/// name the row that was to be inserted `excluded`, MariaDB and MySQL its values `VALUES()`.
#[must_use]
pub fn added_up(family: DbBackend, table: &str, column: &str) -> String {
    if family == DbBackend::MySql {
        format!("{table}.{column} + VALUES({column})")
    } else {
        format!("{table}.{column} + excluded.{column}")
    }
}
