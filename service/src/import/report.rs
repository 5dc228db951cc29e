//! What an import did, or what is wrong with its file.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, FieldError, Result};
use crate::sheet::place;

/// How many errors are told one by one.
const MOST_ERRORS: usize = 100;

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// True where nothing was done.
    pub dry_run: bool,
    /// How many rows the file has.
    pub rows: u64,
    /// How many of them are added.
    pub added: u64,
    /// How many change a row that is there.
    pub updated: u64,
    /// How many are there already just so.
    pub unchanged: u64,
    /// What is wrong, row by row; only of a dry run. Where anything is, nothing is imported.
    pub errors: Vec<RowError>,
    /// How many errors there are, those that are not told included.
    pub error_count: u64,
}

/// What is wrong with a cell, or with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowError {
    /// The row, as a spreadsheet numbers it: the headings are row 1.
    pub row: u32,
    /// The heading of the column; null where it is the row as a whole.
    pub column: Option<String>,
    /// A stable word for programs: `required`, `duplicate`, `reference`, …
    pub code: String,
    /// A sentence for people that says what is allowed.
    pub message: String,
}

impl ImportReport {
    /// Notes what is wrong with a row.
    pub(super) fn note(&mut self, row: u32, errors: impl IntoIterator<Item = FieldError>) {
        for FieldError {
            field,
            code,
            message,
            which: _,
        } in errors
        {
            self.error_count += 1;
            if self.errors.len() < MOST_ERRORS {
                let column = field.split_once("].").map_or(&*field, |(_, column)| column);
                self.errors.push(RowError {
                    row,
                    column: Some(column.to_owned()).filter(|column| !column.is_empty()),
                    code,
                    message,
                });
            }
        }
    }

    /// The report of an import that is done, unless something is wrong.
    pub(super) fn whole(self) -> Result<Self> {
        if self.error_count == 0 {
            return Ok(self);
        }
        let field = |error: RowError| {
            let column = error.column.unwrap_or_default();
            FieldError::new(place(error.row, &column), &error.code, error.message)
        };
        Err(Error::Invalid(self.errors.into_iter().map(field).collect()))
    }

    /// The report of a trial, its rows in the file's order.
    pub(super) fn tried(mut self) -> Self {
        self.errors.sort_by_key(|error| error.row);
        Self {
            dry_run: true,
            ..self
        }
    }
}
