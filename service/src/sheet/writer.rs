//! Rows on their way out: as bytes of CSV at once, or into a workbook that is given out at the end.

use std::fs::File;
use std::io::Read;

use chrono::{DateTime, FixedOffset};

use super::Format;
use super::guard::neutral;
use super::xlsx_out::Workbook;
use crate::error::{Error, Result};
use crate::value::Instant;

/// A cell on its way out.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text of people's, never computed by a spreadsheet.
    Text(String),
    /// A number, as decimal digits.
    Number(String),
    /// True or false.
    Flag(bool),
    /// A moment.
    Instant(DateTime<FixedOffset>),
}

impl Cell {
    /// Text, or nothing.
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// A number, or nothing.
    pub fn number(number: Option<impl ToString>) -> Self {
        number.map_or(Self::Empty, |number| Self::Number(number.to_string()))
    }
}

/// A table that is being written.
pub enum Writer {
    /// Whose rows are given out as they come.
    Csv,
    /// Whose rows are kept in a file until it is whole.
    Xlsx(Box<Workbook>),
}

impl Writer {
    /// Begins a table with its headings; `name` is that of the sheet. Gives what of it can be sent.
    pub fn begin(format: Format, name: &str, headings: &[&str]) -> Result<(Self, Vec<u8>)> {
        match format {
            Format::Csv => {
                let headings = headings.iter().map(|name| Cell::Text((*name).to_owned()));
                Ok((Self::Csv, csv(&[headings.collect()])?))
            }
            Format::Xlsx => {
                let book = Workbook::begin(name, headings)?;
                Ok((Self::Xlsx(Box::new(book)), Vec::new()))
            }
        }
    }

    /// Adds rows, and gives what of them can be sent.
    pub fn push(&mut self, rows: &[Vec<Cell>]) -> Result<Vec<u8>> {
        match self {
            Self::Csv => csv(rows),
            Self::Xlsx(book) => {
                rows.iter().try_for_each(|row| book.push(row))?;
                Ok(Vec::new())
            }
        }
    }

    /// Ends the table; what has not been sent is in the file.
    pub fn end(self) -> Result<Option<File>> {
        match self {
            Self::Csv => Ok(None),
            Self::Xlsx(book) => book.end().map(Some),
        }
    }
}

/// A table of few rows, as a whole.
///
/// # Errors
/// `Internal` where it cannot be written.
pub fn whole(format: Format, name: &str, headings: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>> {
    let (mut writer, mut bytes) = Writer::begin(format, name, headings)?;
    bytes.extend(writer.push(rows)?);
    if let Some(mut file) = writer.end()? {
        file.read_to_end(&mut bytes).map_err(Error::internal)?;
    }
    Ok(bytes)
}

/// RFC 4180: CRLF behind each row, quotes where they are needed.
fn csv(rows: &[Vec<Cell>]) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        for cell in row {
            let written = match cell {
                Cell::Empty => writer.write_field(""),
                Cell::Text(text) => writer.write_field(neutral(text).as_bytes()),
                Cell::Number(digits) => writer.write_field(digits),
                Cell::Flag(yes) => writer.write_field(yes.to_string()),
                Cell::Instant(at) => writer.write_field(Instant::show(at)),
            };
            written.map_err(Error::internal)?;
        }
        writer
            .write_record(None::<&[u8]>)
            .map_err(Error::internal)?;
    }
    writer.into_inner().map_err(Error::internal)
}
