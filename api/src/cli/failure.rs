//! Why a command failed: one sentence for people.
//!
//! Here, unlike in the server's answers, the deepest cause may be shown: it is the operator's own machine, and
//! "connection refused" is what he needs to read. Neither errors nor URLs show a password.

use std::error::Error as StdError;
use std::fmt;

use migration::MigrationError;
use service::{Error, db};

/// A command's end.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A database that does not answer, or will not do.
    pub(super) fn database(url: &db::DatabaseUrl, error: &db::Error) -> Self {
        let sentence = with_cause(error);
        Self(format!("{sentence} (DATABASE_URL is {url})"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever a driver says.
        let words: Vec<_> = self.0.split_whitespace().collect();
        f.write_str(&words.join(" "))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Database(error) => Self(with_cause(error)),
            Error::Duplicate(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{}: {}", field.field, field.message))
                    .collect();
                Self(fields.join("; "))
            }
            Error::Internal(what) => Self(format!("{error}: {what}")),
            _ => Self(error.to_string()),
        }
    }
}

impl From<MigrationError> for Failure {
    fn from(error: MigrationError) -> Self {
        match &error {
            MigrationError::Newer(_) => Self(error.to_string()),
            MigrationError::Database(error) => Self(with_cause(error)),
            MigrationError::Backup(_, cause) => Self(format!("{error}: {}", deepest(cause))),
        }
    }
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self(sentence)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// The sentence of a database's error, and what lies at its bottom.
fn with_cause(error: &db::Error) -> String {
    match error.source() {
        Some(_) => format!("{error}: {}", deepest(error)),
        None => error.to_string(),
    }
}

fn deepest(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
