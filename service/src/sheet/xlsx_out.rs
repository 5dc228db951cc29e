//! A workbook that is written row by row into a temporary file, so that a million rows take no more memory than one.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Seek, SeekFrom};

use chrono::NaiveDate;
use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};

use super::guard::neutral;
use super::writer::Cell;
use crate::error::{Error, Result};

/// How many rows a sheet may have below its headings: Excel's limit.
pub const MOST_ROWS_OUT: u64 = 1_048_575;

/// The longest text that a cell holds, in Excel's count (UTF-16).
const LONGEST_TEXT: usize = 32_767;

/// A workbook of one sheet.
pub struct Workbook {
    book: rust_xlsxwriter::Workbook,
    row: u32,
    instant: Format,
}

impl Workbook {
    pub(super) fn begin(name: &str, headings: &[&str]) -> Result<Self> {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet_with_constant_memory()
            .and_then(|sheet| begin_sheet(sheet, name, headings))
            .map_err(Error::internal)?;
        Ok(Self {
            book,
            row: 0,
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        })
    }

    pub(super) fn push(&mut self, cells: &[Cell]) -> Result<()> {
        self.row += 1;
        self.write(cells).map_err(Error::internal)
    }

    fn write(&mut self, cells: &[Cell]) -> std::result::Result<(), XlsxError> {
        let sheet = self.book.worksheet_from_index(0)?;
        for (column, cell) in (0_u16..).zip(cells) {
            let row = self.row;
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => sheet.write_string(row, column, fitting(&neutral(text)))?,
                Cell::Number(digits) => match digits.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number)?,
                    Err(_) => sheet.write_string(row, column, digits)?,
                },
                Cell::Flag(yes) => sheet.write_boolean(row, column, *yes)?,
                Cell::Instant(at) => {
                    let at = at.naive_utc();
                    let days = at.date().signed_duration_since(EPOCH).num_days();
                    let seconds = at.time().signed_duration_since(chrono::NaiveTime::MIN);
                    let serial = days as f64 + seconds.num_milliseconds() as f64 / 86_400_000.0;
                    let at = ExcelDateTime::from_serial_datetime(serial)?;
                    sheet.write_datetime_with_format(row, column, &at, &self.instant)?
                }
            };
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<File> {
        let mut file = tempfile::tempfile().map_err(Error::internal)?;
        self.book.save_to_writer(&file).map_err(Error::internal)?;
        file.seek(SeekFrom::Start(0)).map_err(Error::internal)?;
        Ok(file)
    }
}

/// Excel counts days from here.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

fn begin_sheet(
    sheet: &mut Worksheet,
    name: &str,
    headings: &[&str],
) -> std::result::Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, heading) in (0_u16..).zip(headings) {
        sheet.set_column_width(column, 18)?;
        sheet.write_string_with_format(0, column, *heading, &bold)?;
    }
    Ok(())
}

/// A text as a cell can hold it: one that is too long is cut, and says so. XML knows no U+FFFE and U+FFFF.
fn fitting(text: &str) -> Cow<'_, str> {
    const FOREIGN: [char; 2] = ['\u{FFFE}', '\u{FFFF}'];
    let units: usize = text.encode_utf16().count();
    if units > LONGEST_TEXT {
        let mark = "… (cut: a cell holds no more)";
        let mut left = LONGEST_TEXT - mark.encode_utf16().count();
        let short = text.chars().take_while(|sign| {
            let fits = sign.len_utf16() <= left;
            left = left.saturating_sub(sign.len_utf16());
            fits
        });
        let short: String = short.chain(mark.chars()).collect();
        return short.replace(FOREIGN, "\u{FFFD}").into();
    }
    if text.contains(FOREIGN) {
        return text.replace(FOREIGN, "\u{FFFD}").into();
    }
    text.into()
}
