//! A row in the words of no engine: its values out of any database, and its one line of JSON.
//!
//! The line is canonical: every column in its order, no blanks, only those characters escaped that must be. The
//! content hash of a table is the SHA-256 of its lines in the order of their keys, each ended by a newline, so
//! equal data has equal hashes whichever database it lies in.

use std::io::Write;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};
use entity::audit_event;
use sea_orm::{ActiveModelTrait, Iterable, TryIntoModel, Value};
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
pub(super) fn read(table: &Table, row: db::Row<'_>) -> Result<Row, db::Error> {
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

fn value(row: db::Row<'_>, place: usize, kind: Kind) -> Result<Value, db::DbErr> {
    Ok(match kind {
        Kind::Whole | Kind::Decimal(_) => Value::BigInt(row.get(place)?),
        Kind::Flag => Value::Bool(row.get(place)?),
        Kind::Text => Value::String(row.get(place)?),
        Kind::Day => Value::ChronoDate(row.get(place)?),
        Kind::Instant => Value::ChronoDateTimeWithTimeZone(row.get(place)?),
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

/// A row of `audit_event`, for whoever reads the history.
pub(super) fn event(row: Row) -> Result<audit_event::Model, db::DbErr> {
    let mut event = <audit_event::ActiveModel as ActiveModelTrait>::default();
    for (column, value) in audit_event::Column::iter().zip(row) {
        event.try_set(column, value)?;
    }
    event.try_into_model()
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
        encode_value(column.kind, value, line);
    }
    line.push(b'}');
}

/// Appends a value as it stands in a line.
pub(super) fn encode_value(kind: Kind, value: &Value, line: &mut Vec<u8>) {
    match (kind, value) {
        (Kind::Decimal(digits), Value::BigInt(Some(units))) => {
            quote(line, |line| encode_decimal(*units, digits, line));
        }
        (_, Value::BigInt(Some(number))) => encode_number(*number, line),
        (_, Value::Bool(Some(yes))) => {
            line.extend_from_slice(if *yes { b"true" } else { b"false" });
        }
        (_, Value::String(Some(text))) => encode_text(text, line),
        // Writing to a Vec cannot fail.
        (_, Value::ChronoDate(Some(day))) => quote(line, |line| {
            let _ = write!(line, "{day}");
        }),
        (_, Value::ChronoDateTimeWithTimeZone(Some(at))) => {
            quote(line, |line| db::instant::write(&at.naive_utc(), line));
        }
        _ => line.extend_from_slice(b"null"),
    }
}

fn quote(line: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    line.push(b'"');
    content(line);
    line.push(b'"');
}

fn encode_text(text: &str, line: &mut Vec<u8>) {
    let is_special = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    // Most texts have none, and to look at all bytes without a branch is many times faster than one by one.
    if text.bytes().fold(false, |any, byte| any | is_special(byte)) {
        // Writing to a Vec cannot fail.
        let _ = serde_json::to_writer(line, text);
    } else {
        quote(line, |line| line.extend_from_slice(text.as_bytes()));
    }
}

fn encode_number(number: impl itoa::Integer, line: &mut Vec<u8>) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Units of 10^-`digits` with all the digits: `-0.050`.
fn encode_decimal(units: i64, digits: u32, line: &mut Vec<u8>) {
    let scale = 10_u64.pow(digits);
    let size = units.unsigned_abs();
    if units < 0 {
        line.push(b'-');
    }
    encode_number(size / scale, line);
    if digits > 0 {
        let point = line.len();
        // With a 1 in front, which gives way to the point, it has all its digits.
        encode_number(scale + size % scale, line);
        line[point] = b'.';
    }
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

/// Lines of rows, each ended by a newline.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) rows: u64,
    pub(super) text: Vec<u8>,
}

impl Lines {
    /// Appends the line of a row, and says how many bytes it has.
    pub(super) fn add(&mut self, table: &Table, row: &[Value]) -> usize {
        let before = self.text.len();
        encode(table, row, &mut self.text);
        self.text.push(b'\n');
        self.rows += 1;
        self.text.len() - before
    }
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

    /// Takes lines.
    pub(super) fn add_all(&mut self, lines: &Lines) {
        self.rows += lines.rows;
        self.digest.update(&lines.text);
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
             \"reverses_id\":null,\"reason\":null,\"created_at\":\"2100-02-28T23:59:59.000001Z\",\"created_by\":2,\
             \"charged_to_id\":null,\"quality_class\":null}}"
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
    fn a_decimal_has_all_its_digits() {
        let shown = |units, digits| {
            let mut line = Vec::new();
            encode_decimal(units, digits, &mut line);
            String::from_utf8(line).unwrap()
        };
        let digits = [-50, 0, 999, 1000, i64::MIN].map(|units| shown(units, 3));
        assert_eq!(
            digits,
            ["-0.050", "0.000", "0.999", "1.000", "-9223372036854775.808"]
        );
        assert_eq!(
            [shown(-7, 0), shown(i64::MAX, 0)],
            ["-7", "9223372036854775807"]
        );
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
