//! Tables for people, in and out: CSV and XLSX.
//!
//! What comes in is judged cell by cell before anything is made of it: [`read`] gives the cells' texts under the
//! columns of an `input!` ([`Column`]), whatever the separator, the encoding or the program that wrote the file. What
//! goes out is written row by row ([`Writer`]), in constant memory. Nothing here knows a table of the database.

mod column;
mod csv_in;
mod encoding;
mod guard;
mod heading;
mod template;
mod writer;
mod xlsx_in;
mod xlsx_out;

use crate::error::{Error, FieldError, Result};

pub use column::Column;
pub use template::template;
pub use writer::{Cell, Writer, whole};
pub use xlsx_out::MOST_ROWS_OUT;

crate::choice! {
    /// How a table is written.
    pub enum Format {
        /// Comma-separated values (RFC 4180), UTF-8.
        Csv = "csv",
        /// A workbook of Excel and other spreadsheets.
        Xlsx = "xlsx",
    }
}

impl Format {
    /// As it is declared in HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// How many rows a file may have that is read: one transaction writes them all.
pub const MOST_ROWS: usize = 5_000;

/// How many columns a file may have that is read.
const MOST_COLUMNS: usize = 100;

/// What was read: rows under known columns.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The columns that the file has, in its order.
    pub columns: Vec<Column>,
    /// The rows that are not empty.
    pub rows: Vec<Row>,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet numbers it: the headings are row 1.
    pub number: u32,
    /// One for each column.
    pub cells: Vec<Content>,
}

/// What a cell of a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing, or blanks alone.
    Empty,
    /// Text; a number as it is written.
    Text(String),
    /// Something that is no text; the sentence says what to do.
    Unreadable(&'static str),
}

impl Content {
    fn of(text: &str) -> Self {
        if text.trim().is_empty() {
            Self::Empty
        } else {
            Self::Text(guard::original(text).to_owned())
        }
    }

    /// The text, where there is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The rows of a file as they stand in it, headings included.
type Raw = Vec<Row>;

/// Reads a file whose columns are among `known`; each of `needed` must be there.
///
/// # Errors
/// [`Error::Unreadable`] where it is not what it is declared to be, [`Error::Invalid`] naming row 1 and the column
/// where the headings are not in order, or the row where there are too many.
pub fn read(format: Format, bytes: &[u8], known: &[Column], needed: &[&str]) -> Result<Sheet> {
    let raw = match format {
        Format::Csv => csv_in::read(bytes, known)?,
        Format::Xlsx => xlsx_in::read(bytes)?,
    };
    heading::apply(raw, known, needed)
}

/// The field of a problem document that names a cell.
pub fn place(row: u32, column: &str) -> String {
    match column {
        "" => format!("rows[{row}]"),
        column => format!("rows[{row}].{column}"),
    }
}

fn refused(row: u32, column: &str, code: &str, message: impl Into<String>) -> FieldError {
    FieldError::new(place(row, column), code, message)
}

fn too_many_rows(row: u32) -> Error {
    let message = format!(
        "a file may have {MOST_ROWS} rows below its headings; divide it into several files"
    );
    Error::Invalid(vec![refused(row, "", "range", message)])
}

fn too_many_columns(row: u32) -> Error {
    let message = format!("a row may have {MOST_COLUMNS} cells");
    Error::Invalid(vec![refused(row, "", "range", message)])
}

#[cfg(test)]
mod tests;
