//! INSERTs of many rows: for SQLite, MariaDB and MySQL, and for rows that are part of a change.
//!
//! Each has a power of two of rows, so that a table's statements are few and the driver prepares each once.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::Rows;
use crate::Error;

/// How many rows a statement has at most: more make it no faster.
const MOST_ROWS: usize = 128;

/// How many values a statement has at most; SQLite allows 32,766.
const MOST_VALUES: usize = 32_000;

/// How many bytes of text a statement of several rows has, so that it fits into `max_allowed_packet` of MariaDB and
/// MySQL.
pub(super) const MOST_BYTES: usize = 512 * 1024;

/// The same on an encrypted connection to MariaDB or MySQL: as many as a TLS record takes. What is longer leaves as
/// several, and of these TCP keeps the last one back until the server has acknowledged the others, 40 ms later: sqlx
/// 0.9.0 does not set `TCP_NODELAY` (its issue 4335).
pub(super) const MOST_BYTES_ENCRYPTED: usize = 16_000;

/// Adds rows in the caller's transaction. On PostgreSQL an absent value has to be of its column's type.
///
/// # Errors
/// What the database says to them.
pub async fn insert(tx: &impl ConnectionTrait, rows: Rows) -> Result<(), Error> {
    insert_by(tx, rows, MOST_BYTES).await
}

/// The same by statements of at most so many bytes, or of one row.
pub(super) async fn insert_by(
    tx: &impl ConnectionTrait,
    rows: Rows,
    most_bytes: usize,
) -> Result<(), Error> {
    let backend = tx.get_database_backend();
    let (table, columns, mut values) = rows.into_parts();
    let width = columns.len().max(1);
    values.reverse();
    while !values.is_empty() {
        let rows = how_many(&values, width, most_bytes);
        let rest = values.len() - rows * width;
        let next: Vec<Value> = values.drain(rest..).rev().collect();
        let sql = statement(backend, &table, &columns, rows);
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, next))
            .await?;
    }
    Ok(())
}

/// How many of the rows that are left, the next one at the end, go into one statement.
fn how_many(values: &[Value], width: usize, most_bytes: usize) -> usize {
    let most = MOST_ROWS
        .min(MOST_VALUES / width)
        .min(values.len() / width)
        .max(1);
    let mut bytes = 0;
    let fitting = values
        .rchunks(width)
        .take(most)
        .take_while(|row| {
            bytes += row.iter().map(size).sum::<usize>();
            bytes <= most_bytes
        })
        .count();
    1 << fitting.max(1).ilog2()
}

/// With its type and length.
fn size(value: &Value) -> usize {
    let bytes = match value {
        Value::String(Some(text)) => text.len(),
        Value::Bytes(Some(bytes)) => bytes.len(),
        _ => 8,
    };
    bytes + 5
}

fn statement(backend: DbBackend, table: &str, columns: &[String], rows: usize) -> String {
    let quote = if backend == DbBackend::MySql {
        '`'
    } else {
        '"'
    };
    let mut sql = String::new();
    // Writing to a String cannot fail.
    let _ = write!(sql, "INSERT INTO {quote}{table}{quote} (");
    for (place, column) in columns.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let _ = write!(sql, "{comma}{quote}{column}{quote}");
    }
    sql.push_str(") VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for place in 0..columns.len() {
            let comma = if place == 0 { "" } else { "," };
            let _ = match backend {
                DbBackend::Postgres => {
                    write!(sql, "{comma}${}", row * columns.len() + place + 1)
                }
                _ => write!(sql, "{comma}?"),
            };
        }
        sql.push(')');
    }
    sql
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, Value};

    use super::{MOST_BYTES, MOST_BYTES_ENCRYPTED, how_many, statement};

    fn rows(count: usize, bytes: usize) -> Vec<Value> {
        let row = [Value::from(1_i64), Value::from("x".repeat(bytes))];
        std::iter::repeat_n(row, count).flatten().collect()
    }

    #[test]
    fn a_statement_has_a_power_of_two_of_rows() {
        let sizes: Vec<usize> = [1, 2, 3, 100, 128, 1000]
            .map(|count| how_many(&rows(count, 10), 2, MOST_BYTES))
            .into();
        assert_eq!(sizes, [1, 2, 2, 64, 128, 128]);
    }

    #[test]
    fn long_texts_make_small_statements() {
        assert_eq!(how_many(&rows(100, 100_000), 2, MOST_BYTES), 4);
        assert_eq!(how_many(&rows(100, 10_000_000), 2, MOST_BYTES), 1);
        assert_eq!(how_many(&rows(100, 500), 2, MOST_BYTES_ENCRYPTED), 16);
    }

    #[test]
    fn names_are_quoted_as_the_engine_wants_it() {
        let columns = ["id".to_owned(), "name".to_owned()];
        assert_eq!(
            statement(DbBackend::Sqlite, "part", &columns, 2),
            r#"INSERT INTO "part" ("id","name") VALUES (?,?),(?,?)"#
        );
        assert_eq!(
            statement(DbBackend::MySql, "part", &columns[..1], 1),
            "INSERT INTO `part` (`id`) VALUES (?)"
        );
        assert_eq!(
            statement(DbBackend::Postgres, "part", &columns, 2),
            r#"INSERT INTO "part" ("id","name") VALUES ($1,$2),($3,$4)"#
        );
    }
}
