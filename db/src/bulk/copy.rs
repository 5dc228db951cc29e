//! PostgreSQL: COPY, in its text format.

use std::io::Write;

use sea_orm::{DbErr, Value};
use sqlx::postgres::PgCopyIn;
use sqlx::{PgConnection, Postgres, Transaction};

use super::Rows;
use crate::{Error, instant};

/// How many bytes are sent at once: little enough that the database reads while the next are being written.
const AT_ONCE: usize = 64 * 1024;

/// A COPY into one table that is under way; dropped before its end, it is taken back.
pub(super) struct Copy<'a> {
    copy: PgCopyIn<&'a mut PgConnection>,
    text: Vec<u8>,
}

pub(super) async fn copy(tx: &mut Transaction<'_, Postgres>, rows: Rows) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut copy = Copy::begin(tx, &rows).await?;
    copy.add(rows).await?;
    copy.end().await
}

impl<'a> Copy<'a> {
    /// Begins a COPY into the table and columns of these rows.
    pub(super) async fn begin(
        tx: &'a mut Transaction<'_, Postgres>,
        rows: &Rows,
    ) -> Result<Self, Error> {
        let (table, columns) = (rows.table(), rows.columns().join("\",\""));
        let statement = format!("COPY \"{table}\" (\"{columns}\") FROM STDIN");
        Ok(Self {
            copy: tx.copy_in_raw(&statement).await?,
            text: Vec::with_capacity(AT_ONCE * 2),
        })
    }

    /// Sends rows; what the database says to them may only be told later.
    pub(super) async fn add(&mut self, rows: Rows) -> Result<(), Error> {
        let (_, columns, values) = rows.into_parts();
        for row in values.chunks(columns.len()) {
            write_row(&mut self.text, row)?;
            if self.text.len() >= AT_ONCE {
                self.send().await?;
            }
        }
        self.send().await
    }

    async fn send(&mut self) -> Result<(), Error> {
        self.copy.send(self.text.as_slice()).await?;
        self.text.clear();
        Ok(())
    }

    /// Ends it, and tells what was wrong with any of the rows.
    pub(super) async fn end(self) -> Result<(), Error> {
        self.copy.finish().await?;
        Ok(())
    }
}

fn write_row(text: &mut Vec<u8>, row: &[Value]) -> Result<(), Error> {
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            text.push(b'\t');
        }
        write_value(text, value)?;
    }
    text.push(b'\n');
    Ok(())
}

/// Writes a value as PostgreSQL reads it, the kinds of which rows have many without `format!`.
fn write_value(text: &mut Vec<u8>, value: &Value) -> Result<(), Error> {
    match value {
        Value::BigInt(Some(whole)) => number(text, *whole),
        Value::Int(Some(whole)) => number(text, *whole),
        Value::SmallInt(Some(whole)) => number(text, *whole),
        Value::TinyInt(Some(whole)) => number(text, *whole),
        Value::String(Some(content)) => escape(text, content.as_bytes()),
        Value::Bool(Some(yes)) => text.extend_from_slice(if *yes { b"true" } else { b"false" }),
        Value::ChronoDateTimeWithTimeZone(Some(at)) => instant::write(&at.naive_utc(), text),
        Value::ChronoDateTimeUtc(Some(at)) => instant::write(&at.naive_utc(), text),
        Value::Json(Some(json)) => escape(text, json.to_string().as_bytes()),
        Value::BigInt(None)
        | Value::String(None)
        | Value::Bool(None)
        | Value::ChronoDate(None)
        | Value::ChronoDateTimeWithTimeZone(None) => text.extend_from_slice(b"\\N"),
        absent if *absent == absent.as_null() => text.extend_from_slice(b"\\N"),
        other => return write_other(text, other),
    }
    Ok(())
}

fn write_other(text: &mut Vec<u8>, value: &Value) -> Result<(), Error> {
    let written = match value {
        Value::ChronoDate(Some(day)) => write!(text, "{day}"),
        Value::ChronoDateTime(Some(at)) => write!(text, "{at}"),
        Value::Float(Some(number)) => write!(text, "{number}"),
        Value::Double(Some(number)) => write!(text, "{number}"),
        Value::Bytes(Some(bytes)) => {
            text.extend_from_slice(b"\\\\x");
            bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
        }
        other => {
            let kind = other.as_null();
            return Err(Error::Other(DbErr::Custom(format!(
                "no COPY of a {kind:?}"
            ))));
        }
    };
    written.map_err(|error| Error::Other(DbErr::Custom(error.to_string())))
}

fn number(text: &mut Vec<u8>, whole: impl itoa::Integer) {
    text.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
}

/// What ends a column or a row in the text format, and the backslash itself, stands behind a backslash.
fn escape(text: &mut Vec<u8>, content: &[u8]) {
    let is_special =
        |byte: &u8| (*byte == b'\\') | (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r');
    let mut rest = content;
    // Few texts have any. To look at all bytes, without a branch, is many times faster than to look for the first.
    if content
        .iter()
        .fold(false, |any, byte| any | is_special(byte))
    {
        while let Some(place) = rest.iter().position(is_special) {
            text.extend_from_slice(&rest[..place]);
            text.extend_from_slice(match rest[place] {
                b'\t' => b"\\t",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                _ => b"\\\\",
            });
            rest = &rest[place + 1..];
        }
    }
    text.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use sea_orm::Value;
    use sea_orm::prelude::DateTimeWithTimeZone;

    use super::write_row;

    #[test]
    fn values_are_written_as_postgresql_reads_them() {
        let at: DateTimeWithTimeZone = "2026-11-20T09:00:00.000001+01:00".parse().unwrap();
        let row = [
            Value::from(-1_i64),
            Value::from(true),
            Value::from("a\\b\tc\r\nd 零件"),
            Value::from(""),
            Value::String(None),
            Value::BigInt(None),
            Value::from(at),
            Value::from(at.date_naive()),
            Value::from(vec![0_u8, 255]),
        ];
        let mut text = Vec::new();
        write_row(&mut text, &row).unwrap();
        let expected = concat!(
            "-1\ttrue\ta\\\\b\\tc\\r\\nd 零件\t\t\\N\t\\N\t",
            "2026-11-20T08:00:00.000001Z\t2026-11-20\t\\\\x00ff\n"
        );
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
