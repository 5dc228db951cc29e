//! CSV as RFC 4180 has it and as spreadsheets write it: `,`, `;` or tab between the cells, CRLF or LF behind the rows.
//!
//! Read by hand, because a reader that forgives takes everything behind an unclosed quote for one cell: rows would be
//! missing, and nobody told.

use super::encoding::{Decoded, decode};
use super::heading::known_by;
use super::{Column, Content, MOST_COLUMNS, MOST_ROWS, Raw, Row, refused};
use super::{too_many_columns, too_many_rows};
use crate::error::{Error, Result};

const SEPARATORS: [char; 3] = [',', ';', '\t'];

const NO_TEXT: &str = "is neither UTF-8 nor plainly Latin-1; save the file as CSV UTF-8";

pub(super) fn read(bytes: &[u8], known: &[Column]) -> Result<Raw> {
    let Decoded { text, has_gaps } = decode(bytes);
    let separator = separator(&text, known);
    let mut raw = Vec::new();
    let mut records = Records::new(&text, separator);
    while let Some(cells) = records.next()? {
        if raw.len() > MOST_ROWS {
            return Err(too_many_rows(records.row));
        }
        let content = |cell: &String| match has_gaps && cell.contains(char::REPLACEMENT_CHARACTER) {
            true => Content::Unreadable(NO_TEXT),
            false => Content::of(cell),
        };
        if cells.iter().any(|cell| !cell.trim().is_empty()) || records.row == 1 {
            raw.push(Row {
                number: records.row,
                cells: cells.iter().map(content).collect(),
            });
        }
    }
    Ok(raw)
}

/// The separator that finds the most known headings in the first row; a comma where none does.
fn separator(text: &str, known: &[Column]) -> char {
    let found = |separator: char| {
        let first = Records::new(text, separator).next().ok().flatten();
        let headings = first.unwrap_or_default();
        headings
            .iter()
            .filter(|heading| known_by(known, heading).is_some())
            .count()
    };
    let mut best = (found(','), ',');
    for separator in &SEPARATORS[1..] {
        let count = found(*separator);
        if count > best.0 {
            best = (count, *separator);
        }
    }
    best.1
}

/// The records of a text, one after the other.
struct Records<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    separator: char,
    /// The record that was read last.
    row: u32,
}

/// How a cell ends.
enum End {
    Cell,
    Record,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, separator: char) -> Self {
        Self {
            rest: text.chars().peekable(),
            separator,
            row: 0,
        }
    }

    /// The next record; none at the end of the text.
    fn next(&mut self) -> Result<Option<Vec<String>>> {
        if self.rest.peek().is_none() {
            return Ok(None);
        }
        self.row += 1;
        let mut cells = Vec::new();
        loop {
            if cells.len() == MOST_COLUMNS {
                return Err(too_many_columns(self.row));
            }
            let (cell, end) = match self.rest.next_if_eq(&'"') {
                Some(_) => self.quoted(cells.len())?,
                None => self.plain(),
            };
            cells.push(cell);
            if let End::Record = end {
                return Ok(Some(cells));
            }
        }
    }

    fn plain(&mut self) -> (String, End) {
        let mut cell = String::new();
        loop {
            if let Some(end) = self.end() {
                return (cell, end);
            }
            cell.extend(self.rest.next());
        }
    }

    fn quoted(&mut self, place: usize) -> Result<(String, End)> {
        let mut cell = String::new();
        loop {
            match self.rest.next() {
                Some('"') if self.rest.next_if_eq(&'"').is_some() => cell.push('"'),
                Some('"') => break,
                Some(sign) => cell.push(sign),
                None => return Err(self.broken(place, "begins with a quote that is not closed")),
            }
        }
        match self.end() {
            Some(end) => Ok((cell, end)),
            None => Err(self.broken(
                place,
                "has text behind its closing quote; a quote within a cell is written twice",
            )),
        }
    }

    /// Takes what ends a cell, if it is next.
    fn end(&mut self) -> Option<End> {
        match self.rest.peek() {
            None => Some(End::Record),
            Some('\n') => {
                self.rest.next();
                Some(End::Record)
            }
            Some('\r') => {
                self.rest.next();
                self.rest.next_if_eq(&'\n');
                Some(End::Record)
            }
            Some(sign) if *sign == self.separator => {
                self.rest.next();
                Some(End::Cell)
            }
            Some(_) => None,
        }
    }

    fn broken(&self, place: usize, message: &str) -> Error {
        let column = format!("column {}", place + 1);
        Error::Invalid(vec![refused(self.row, &column, "format", message)])
    }
}
