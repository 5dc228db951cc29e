//! An empty file with the headings, to be filled in.

use rust_xlsxwriter::{Format as Style, Note, Workbook, XlsxError};

use super::writer::{Cell, Writer};
use super::{Column, Format};
use crate::error::{Error, Result};

/// A file with the headings of `columns`. In a workbook those that must be filled in are bold, each says what it
/// holds, and all cells are text, so that 007 stays 007.
pub fn template(format: Format, name: &str, columns: &[Column]) -> Result<Vec<u8>> {
    match format {
        Format::Csv => {
            let (mut writer, mut bytes) = Writer::begin(format, name, &[])?;
            bytes.clear();
            let headings = columns.iter().map(|column| Cell::Text(column.name.clone()));
            bytes.extend(writer.push(&[headings.collect()])?);
            Ok(bytes)
        }
        Format::Xlsx => workbook(name, columns).map_err(Error::internal),
    }
}

fn workbook(name: &str, columns: &[Column]) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let (plain, bold) = (Style::new(), Style::new().set_bold());
    let text = Style::new().set_num_format("@");
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (place, column) in (0_u16..).zip(columns) {
        sheet.set_column_width(place, 22)?;
        sheet.set_column_format(place, &text)?;
        let style = if column.required { &bold } else { &plain };
        sheet.write_string_with_format(0, place, &column.name, style)?;
        sheet.insert_note(0, place, &Note::new(&column.about))?;
    }
    book.save_to_buffer()
}
