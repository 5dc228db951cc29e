//! A row in the words of no engine: its values out of any database, and its one line of JSON.
//!
//! The line is canonical: every column in its order, no blanks, only those characters escaped that must be. The
//! content hash of a table is the SHA-256 of its lines in the order of their keys, each ended by a newline, so
//! equal data has equal hashes whichever database it lies in.

use std::io::Write;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, Timelike};
use sea_orm::{QueryResult, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::tables::{Column, Kind, Table};

/// A row's values, in the order of the table's columns.
pub(super) type Row = Vec<Value>;

/// A row's key; keys are ordered as the databases order them.
pub(super) type Key = Vec<KeyPart>;

/// A part of a key. Text is ordered by code point, as UTF-8 is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum KeyPart {
    Whole(i64),
    Text(String),
}

impl std::fmt::Display for KeyPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(number) => number.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// A key as people read it.
pub(super) fn show(key: &Key) -> String {
    let parts: Vec<String> = key.iter().map(ToString::to_string).collect();
    parts.join(", ")
}

/// The values of a row that came from a database.
pub(super) fn read(table: &Table, row: &QueryResult) -> Result<Row, db::Error> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (place, column) in table.columns.iter().enumerate() {
        let value = value(row, place, column.kind).map_err(|error| {
            let what = format!("{}.{}: {error}", table.name, column.name);
            db::Error::Other(db::DbErr::Custom(what))
        });
        values.push(value?);
    }
    Ok(values)
}

fn value(row: &QueryResult, place: usize, kind: Kind) -> Result<Value, db::DbErr> {
    Ok(match kind {
        Kind::Whole | Kind::Decimal(_) => Value::BigInt(row.try_get_by_index(place)?),
        Kind::Flag => Value::Bool(row.try_get_by_index(place)?),
        Kind::Text => Value::String(row.try_get_by_index(place)?),
        Kind::Day => Value::ChronoDate(row.try_get_by_index(place)?),
        Kind::Instant => Value::ChronoDateTimeWithTimeZone(row.try_get_by_index(place)?),
    })
}

/// The key of a row.
pub(super) fn key(table: &Table, row: &[Value]) -> Key {
    let part = |place: &usize| match row.get(*place) {
        Some(Value::String(Some(text))) => KeyPart::Text(text.clone()),
        Some(Value::BigInt(Some(number))) => KeyPart::Whole(*number),
        _ => KeyPart::Whole(0),
    };
    table.key.iter().map(part).collect()
}

/// The whole number in a column, if there is one.
pub(super) fn whole(row: &[Value], place: usize) -> Option<i64> {
    match row.get(place) {
        Some(Value::BigInt(number)) => *number,
        _ => None,
    }
}

/// About how many bytes a row has.
pub(super) fn size(row: &[Value]) -> usize {
    let size = |value: &Value| match value {
        Value::String(Some(text)) => text.len(),
        _ => 8,
    };
    row.iter().map(size).sum()
}

/// Appends a row's line, without the newline.
pub(super) fn encode(table: &Table, row: &[Value], line: &mut Vec<u8>) {
    let mut before = b'{';
    for (column, value) in table.columns.iter().zip(row) {
        line.push(before);
        before = b',';
        line.push(b'"');
        line.extend_from_slice(column.name.as_bytes());
        line.extend_from_slice(b"\":");
        // Writing to a Vec cannot fail.
        let _ = encode_value(column.kind, value, line);
    }
    line.push(b'}');
}

fn encode_value(kind: Kind, value: &Value, line: &mut Vec<u8>) -> std::io::Result<()> {
    match (kind, value) {
        (Kind::Decimal(digits), Value::BigInt(Some(units))) => {
            write!(line, "\"{}\"", show_decimal(*units, digits))
        }
        (_, Value::BigInt(Some(number))) => write!(line, "{number}"),
        (_, Value::Bool(Some(yes))) => write!(line, "{yes}"),
        (_, Value::String(Some(text))) => Ok(serde_json::to_writer(line, text)?),
        (_, Value::ChronoDate(Some(day))) => write!(line, "\"{day}\""),
        (_, Value::ChronoDateTimeWithTimeZone(Some(at))) => {
            encode_instant(&at.naive_utc(), line);
            Ok(())
        }
        _ => line.write_all(b"null"),
    }
}

/// `"2026-11-20T08:14:00.000000Z"`, written by hand because every row has several.
fn encode_instant(at: &NaiveDateTime, line: &mut Vec<u8>) {
    let parts = [
        (at.year().unsigned_abs(), 4, b'-'),
        (at.month(), 2, b'-'),
        (at.day(), 2, b'T'),
        (at.hour(), 2, b':'),
        (at.minute(), 2, b':'),
        (at.second(), 2, b'.'),
        (at.nanosecond() / 1000, 6, b'Z'),
    ];
    line.push(b'"');
    for (number, digits, end) in parts {
        let mut divisor = 10_u32.pow(digits - 1);
        while divisor > 0 {
            line.push(b'0' + (number / divisor % 10) as u8);
            divisor /= 10;
        }
        line.push(end);
    }
    line.push(b'"');
}

/// Units of 10^-`digits` with all the digits: `-0.050`.
fn show_decimal(units: i64, digits: u32) -> String {
    let scale = 10_u64.pow(digits);
    let (sign, size) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    if digits == 0 {
        return units.to_string();
    }
    let (whole, part, width) = (size / scale, size % scale, digits as usize);
    format!("{sign}{whole}.{part:0width$}")
}

fn read_decimal(text: &str, digits: u32) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() != digits as usize || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{part}").parse().ok()
}

/// The values of a line; what is wrong with it as the end of a sentence that names the place.
pub(super) fn decode(table: &Table, line: &[u8]) -> Result<Row, String> {
    let json: Json = serde_json::from_slice(line).map_err(|error| {
        let (what, at) = (error.to_string(), error.column());
        let what = what.split(" at line").next().unwrap_or_default();
        format!("is no JSON ({what}, at column {at})")
    })?;
    let Json::Object(mut members) = json else {
        return Err("is no JSON object".to_owned());
    };
    let mut row = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let member = members
            .remove(column.name)
            .ok_or_else(|| format!("lacks the column {}", column.name))?;
        row.push(decode_value(column, member)?);
    }
    if let Some((name, _)) = members.into_iter().next() {
        return Err(format!(
            "has the column {name}, which {} does not have",
            table.name
        ));
    }
    // Whatever JSON reads and does not write: blanks, other orders, a column twice, other digits.
    let mut canonical = Vec::with_capacity(line.len());
    encode(table, &row, &mut canonical);
    if canonical != line {
        return Err("is not in the one form that a row has (see docs/archive.md)".to_owned());
    }
    Ok(row)
}

fn decode_value(column: &Column, json: Json) -> Result<Value, String> {
    let wrong = |what: &str| Err(format!("{}: {what}", column.name));
    if json.is_null() && !column.nullable {
        return wrong("must not be null");
    }
    match (column.kind, json) {
        (Kind::Whole, Json::Null) | (Kind::Decimal(_), Json::Null) => Ok(Value::BigInt(None)),
        (Kind::Flag, Json::Null) => Ok(Value::Bool(None)),
        (Kind::Text, Json::Null) => Ok(Value::String(None)),
        (Kind::Day, Json::Null) => Ok(Value::ChronoDate(None)),
        (Kind::Instant, Json::Null) => Ok(Value::ChronoDateTimeWithTimeZone(None)),
        (Kind::Whole, Json::Number(number)) => match number.as_i64() {
            Some(number) => Ok(Value::BigInt(Some(number))),
            None => wrong("must be a whole number of 64 bits"),
        },
        (Kind::Decimal(digits), Json::String(text)) => match read_decimal(&text, digits) {
            Some(units) => Ok(Value::BigInt(Some(units))),
            None => wrong(&format!(
                "must be a decimal number with {digits} digits behind the point"
            )),
        },
        (Kind::Flag, Json::Bool(yes)) => Ok(Value::Bool(Some(yes))),
        (Kind::Text, Json::String(text)) if text.contains('\0') => {
            wrong("must not contain the character U+0000")
        }
        (Kind::Text, Json::String(text)) => Ok(Value::String(Some(text))),
        (Kind::Day, Json::String(text)) => match text.parse::<NaiveDate>() {
            Ok(day) => Ok(Value::ChronoDate(Some(day))),
            Err(_) => wrong("must be a day such as \"2026-11-20\""),
        },
        (Kind::Instant, Json::String(text)) => match instant(&text) {
            Some(at) => Ok(Value::ChronoDateTimeWithTimeZone(Some(at))),
            None => wrong("must be an instant such as \"2026-11-20T08:14:00.000000Z\""),
        },
        (Kind::Whole, _) => wrong("must be a whole number"),
        (Kind::Flag, _) => wrong("must be true or false"),
        (Kind::Decimal(_) | Kind::Text | Kind::Day | Kind::Instant, _) => wrong("must be a string"),
    }
}

fn instant(text: &str) -> Option<DateTime<FixedOffset>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    (at.to_rfc3339_opts(SecondsFormat::Micros, true) == text).then_some(at)
}

/// A table's rows and their content hash, as they go by.
#[derive(Clone, Default)]
pub(super) struct Tally {
    pub(super) rows: u64,
    digest: Sha256,
}

/// What went by: as many rows, and their hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) rows: u64,
    pub(super) sha256: String,
}

impl Tally {
    /// Takes a line without its newline.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.rows += 1;
        self.digest.update(line);
        self.digest.update(b"\n");
    }

    pub(super) fn content(self) -> Content {
        Content {
            rows: self.rows,
            sha256: crate::hex::encode(&self.digest.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::super::tables::tables;
    use super::*;

    fn table(name: &str) -> Table {
        let tables = tables(2).unwrap();
        tables.into_iter().find(|table| table.name == name).unwrap()
    }

    fn line(text: &str, amount: &str) -> String {
        format!(
            "{{\"id\":9223372036854775807,\"defect_id\":1,\"kind\":\"material\",\"amount\":{amount},\"note\":{text},\
             \"reverses_id\":null,\"reason\":null,\"created_at\":\"2100-02-28T23:59:59.000001Z\",\"created_by\":2}}"
        )
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let table = table("cost_entry");
        for text in [
            "null",
            "\"\"",
            "\" é e\u{301} 🔧\u{202e} \\\"\\\\\\n\\u0001\u{7f}\"",
        ] {
            for amount in [
                "\"-0.05\"",
                "\"92233720368547758.07\"",
                "\"-92233720368547758.08\"",
            ] {
                let line = line(text, amount);
                let row = decode(&table, line.as_bytes()).unwrap();
                let mut again = Vec::new();
                encode(&table, &row, &mut again);
                assert_eq!(String::from_utf8(again).unwrap(), line);
            }
        }
    }

    #[test]
    fn a_line_in_any_other_form_is_refused() {
        let table = table("cost_entry");
        let refused = |line: &str, reason: &str| {
            let what = decode(&table, line.as_bytes()).unwrap_err();
            assert!(what.contains(reason), "{what}");
        };
        let good = line("null", "\"1.00\"");
        refused(&good.replacen(':', ": ", 1), "one form");
        refused(
            &good.replace("\"note\":null", "\"note\":null,\"note\":null"),
            "one form",
        );
        refused(&line("\"\\u0041\"", "\"1.00\""), "one form");
        refused(&line("null", "\"+1.00\""), "one form");
        refused(
            &line("null", "\"1.0\""),
            "amount: must be a decimal number with 2 digits",
        );
        refused(&line("null", "1.00"), "amount: must be a string");
        refused(&line("null", "null"), "amount: must not be null");
        refused(&line("\"\\u0000\"", "\"1.00\""), "U+0000");
        refused(
            &good.replace("9223372036854775807", "9223372036854775808"),
            "64 bits",
        );
        refused(
            &good.replace("000001Z", "000001+00:00"),
            "must be an instant",
        );
        refused(
            &good.replace("\"note\":null", "\"notes\":null"),
            "lacks the column note",
        );
        refused(
            &good.replace("\"note\":null", "\"note\":null,\"x\":1"),
            "has the column x",
        );
        refused(&good[..40], "is no JSON");
        refused("[]", "is no JSON object");
    }

    #[test]
    fn equal_rows_have_one_hash_and_their_order_counts() {
        let content = |lines: &[&str]| {
            let mut tally = Tally::default();
            lines.iter().for_each(|line| tally.add(line.as_bytes()));
            tally.content().sha256
        };
        let two = content(&["a", "b"]);
        // printf 'a\nb\n' | sha256sum
        let expected = "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2";
        assert_eq!(two, expected);
        assert_ne!(two, content(&["b", "a"]));
    }
}
