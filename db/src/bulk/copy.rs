//! PostgreSQL: COPY, in its text format.

use std::fmt::Write;

use sea_orm::{DbErr, Value};
use sqlx::{Postgres, Transaction};

use super::Rows;
use crate::Error;

/// How many bytes are sent at once.
const AT_ONCE: usize = 256 * 1024;

pub(super) async fn copy(tx: &mut Transaction<'_, Postgres>, rows: Rows) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let (table, columns, values) = rows.into_parts();
    let columns_list = columns.join("\",\"");
    let statement = format!("COPY \"{table}\" (\"{columns_list}\") FROM STDIN");
    let mut copy = tx.copy_in_raw(&statement).await?;
    let mut text = String::with_capacity(AT_ONCE * 2);
    for row in values.chunks(columns.len()) {
        if let Err(error) = write_row(&mut text, row) {
            copy.abort("a value that cannot be copied").await?;
            return Err(error);
        }
        if text.len() >= AT_ONCE {
            copy.send(text.as_bytes()).await?;
            text.clear();
        }
    }
    copy.send(text.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

fn write_row(text: &mut String, row: &[Value]) -> Result<(), Error> {
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            text.push('\t');
        }
        write_value(text, value)?;
    }
    text.push('\n');
    Ok(())
}

/// Writes a value as PostgreSQL reads it; writing to a String cannot fail.
fn write_value(text: &mut String, value: &Value) -> Result<(), Error> {
    let written = match value {
        Value::Bool(Some(yes)) => write!(text, "{yes}"),
        Value::TinyInt(Some(number)) => write!(text, "{number}"),
        Value::SmallInt(Some(number)) => write!(text, "{number}"),
        Value::Int(Some(number)) => write!(text, "{number}"),
        Value::BigInt(Some(number)) => write!(text, "{number}"),
        Value::Float(Some(number)) => write!(text, "{number}"),
        Value::Double(Some(number)) => write!(text, "{number}"),
        Value::String(Some(content)) => {
            escape(text, content);
            Ok(())
        }
        Value::Bytes(Some(bytes)) => {
            text.push_str("\\\\x");
            bytes.iter().try_for_each(|byte| write!(text, "{byte:02x}"))
        }
        Value::Json(Some(json)) => {
            escape(text, &json.to_string());
            Ok(())
        }
        Value::ChronoDate(Some(day)) => write!(text, "{day}"),
        Value::ChronoDateTime(Some(at)) => write!(text, "{at}"),
        Value::ChronoDateTimeUtc(Some(at)) => write!(text, "{}+00", at.naive_utc()),
        Value::ChronoDateTimeWithTimeZone(Some(at)) => write!(text, "{}+00", at.naive_utc()),
        absent if *absent == absent.as_null() => {
            text.push_str("\\N");
            Ok(())
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

/// What ends a column or a row in the text format, and the backslash itself, stands behind a backslash.
fn escape(text: &mut String, content: &str) {
    let mut rest = content;
    while let Some(place) = rest.find(['\\', '\t', '\n', '\r']) {
        text.push_str(&rest[..place]);
        text.push_str(match rest.as_bytes()[place] {
            b'\t' => "\\t",
            b'\n' => "\\n",
            b'\r' => "\\r",
            _ => "\\\\",
        });
        rest = &rest[place + 1..];
    }
    text.push_str(rest);
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
        let mut text = String::new();
        write_row(&mut text, &row).unwrap();
        let expected = concat!(
            "-1\ttrue\ta\\\\b\\tc\\r\\nd 零件\t\t\\N\t\\N\t",
            "2026-11-20 08:00:00.000001+00\t2026-11-20\t\\\\x00ff\n"
        );
        assert_eq!(text, expected);
    }
}
