//! A report in the form that was asked for.

use serde::Serialize;

use super::form::ReportForm;
use crate::error::{Error, Result};
use crate::sheet::{self, Cell, Format};
use crate::words::Language;

/// A report as a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What stands above the columns.
    pub headings: Vec<&'static str>,
    /// One cell for each heading.
    pub rows: Vec<Vec<Cell>>,
}

/// What can be answered in every form.
pub trait Report: Serialize {
    /// What its file is called.
    const NAME: &'static str;

    /// As a table.
    fn table(&self) -> Table;

    /// As a drawing (SVG), which says in a language what it says by itself.
    fn drawing(&self, language: Language) -> String;
}

/// A report in its form.
#[derive(Debug)]
pub enum Rendered<T> {
    /// To be written as JSON.
    Json(T),
    /// A file.
    Sheet {
        /// What it is called.
        name: &'static str,
        /// Its form.
        format: Format,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// A drawing.
    Drawing {
        /// What it is called.
        name: &'static str,
        /// What is in it.
        svg: String,
    },
}

/// Gives a report its form; a drawing speaks the reader's language.
///
/// # Errors
/// `Internal` where a workbook cannot be written.
pub async fn render<T: Report>(
    report: T,
    form: ReportForm,
    language: Language,
) -> Result<Rendered<T>> {
    let name = T::NAME;
    match (form, form.sheet()) {
        (_, Some(format)) => {
            let table = report.table();
            // A workbook is written by threads that may wait for the disk.
            let written = tokio::task::spawn_blocking(move || {
                sheet::whole(format, name, &table.headings, &table.rows)
            });
            let bytes = written.await.map_err(Error::internal)??;
            Ok(Rendered::Sheet {
                name,
                format,
                bytes,
            })
        }
        (ReportForm::Svg, None) => Ok(Rendered::Drawing {
            name,
            svg: report.drawing(language),
        }),
        (_, None) => Ok(Rendered::Json(report)),
    }
}
