//! The first sheet of a workbook, cell by cell.
//!
//! A workbook is a zip of XML, and a few kilobytes can unfold to gigabytes: everything in it is counted before it is
//! read. Cells are taken one by one, because two cells in opposite corners would make a table of 17 billion.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, copy, sink};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use zip::ZipArchive;

use super::{Content, MOST_COLUMNS, MOST_ROWS, Raw, Row, too_many_columns, too_many_rows};
use crate::error::{Error, Result};

/// What everything in a workbook may come to.
const MOST_UNFOLDED: u64 = 32 * 1024 * 1024;

/// How many files a workbook may be made of.
const MOST_FILES: usize = 1_000;

/// From here on a number of Excel has lost digits.
const EXACT: f64 = 1e15;

pub(super) fn read(bytes: &[u8]) -> Result<Raw> {
    refuse_bombs(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| no_workbook())?;
    let name = book.sheet_names().first().cloned();
    let name = name.ok_or_else(no_workbook)?;
    let mut rows: BTreeMap<u32, Vec<Content>> = BTreeMap::new();
    let mut cells = book
        .worksheet_cells_reader(&name)
        .map_err(|error| broken(&error))?;
    while let Some(cell) = cells.next_cell().map_err(|error| broken(&error))? {
        let (row, column) = cell.get_position();
        let content = content(cell.get_value());
        if content == Content::Empty {
            continue;
        }
        let column = column as usize;
        if column >= MOST_COLUMNS {
            return Err(too_many_columns(row + 1));
        }
        let cells = rows.entry(row + 1).or_default();
        if cells.len() <= column {
            cells.resize(column + 1, Content::Empty);
        }
        cells[column] = content;
        if rows.len() > MOST_ROWS + 1 {
            return Err(too_many_rows(row + 1));
        }
    }
    let row = |(number, cells)| Row { number, cells };
    Ok(rows.into_iter().map(row).collect())
}

/// Counts what the files of a workbook say that they are, and what they are.
fn refuse_bombs(bytes: &[u8]) -> Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| no_workbook())?;
    if archive.len() > MOST_FILES {
        return Err(too_large());
    }
    let mut left = MOST_UNFOLDED;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|_| no_workbook())?;
        if file.size() > left {
            return Err(too_large());
        }
        let real = copy(&mut (&mut file).take(left + 1), &mut sink());
        let real = real.map_err(|_| no_workbook())?;
        left = left.checked_sub(real).ok_or_else(too_large)?;
    }
    Ok(())
}

fn content(value: &DataRef<'_>) -> Content {
    match value {
        DataRef::Empty => Content::Empty,
        DataRef::String(text) => Content::of(text),
        DataRef::SharedString(text) => Content::of(text),
        DataRef::Bool(yes) => Content::Text(yes.to_string()),
        DataRef::Int(number) => Content::Text(number.to_string()),
        DataRef::Float(number) if number.abs() < EXACT => Content::Text(as_shown(*number)),
        DataRef::Float(_) => Content::Unreadable(
            "is a number of more than 15 digits, of which a spreadsheet keeps no more; format the cell as text",
        ),
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => {
            Content::Unreadable("is a date or time; format the cell as text")
        }
        DataRef::Error(_) => Content::Unreadable("holds an error of a formula"),
    }
}

/// A number with the 15 digits that Excel shows: what was typed, without the noise of binary fractions.
fn as_shown(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

fn no_workbook() -> Error {
    Error::Unreadable("the file is no workbook (.xlsx), is damaged, or has a password".to_owned())
}

fn broken(error: &XlsxError) -> Error {
    log::debug!("a workbook that was sent cannot be read: {error}");
    no_workbook()
}

fn too_large() -> Error {
    let most = MOST_UNFOLDED / 1024 / 1024;
    Error::Unreadable(format!(
        "the workbook unfolds to more than {most} MiB, or to more than {MOST_FILES} files; divide it, or send CSV"
    ))
}
