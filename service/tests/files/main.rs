//! Lists as files: what an import adds, changes and refuses, and what an export shows to whom. Every behaviour on
//! every database.

#![expect(clippy::unwrap_used, reason = "a test")]

mod exports;
mod imports;

use serde_json::json;
use service::Draft;
use service::actor::Actor;
use service::error::{Error, Result};
use service::import::{ImportQuery, ImportReport, Upload};
use service::sheet::Format;

/// A CSV file.
pub(crate) fn csv(text: &str) -> Upload {
    Upload {
        format: Format::Csv,
        bytes: text.as_bytes().to_vec(),
    }
}

/// How it is imported: `"dry_run"`, `"upsert"`, both or neither.
pub(crate) fn how(words: &str) -> Draft<ImportQuery> {
    let mode = if words.contains("upsert") {
        "upsert"
    } else {
        "add"
    };
    Draft::json(&json!({"dry_run": words.contains("dry_run"), "mode": mode}))
}

/// `added updated unchanged` of a report, and its errors as `row column code`.
pub(crate) fn told(report: Result<ImportReport>) -> (String, Vec<String>) {
    match report {
        Ok(report) => {
            let errors = report.errors.into_iter().map(|error| {
                format!(
                    "{} {} {}",
                    error.row,
                    error.column.unwrap_or_default(),
                    error.code
                )
            });
            let counts = format!("{} {} {}", report.added, report.updated, report.unchanged);
            (counts, errors.collect())
        }
        Err(Error::Invalid(fields)) => {
            let errors = fields
                .into_iter()
                .map(|error| format!("{} {}", error.field, error.code));
            ("refused".to_owned(), errors.collect())
        }
        Err(Error::Forbidden { .. }) => ("forbidden".to_owned(), Vec::new()),
        Err(Error::ReadOnly) => ("read-only".to_owned(), Vec::new()),
        Err(error) => panic!("{error:?}"),
    }
}

pub(crate) fn counts(report: Result<ImportReport>) -> String {
    let (counts, errors) = told(report);
    assert_eq!(errors, Vec::<String>::new());
    counts
}

/// The command line may do what an administrator may.
pub(crate) fn admin() -> Actor {
    Actor::command_line()
}
