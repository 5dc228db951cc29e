//! Why a command failed: one sentence for people.
//!
//! Here, unlike in the server's answers, the deepest cause may be shown: it is the operator's own machine, and
//! "connection refused" is what he needs to read. Neither errors nor URLs show a password.

use std::error::Error as StdError;
use std::fmt;

use migration::MigrationError;
use service::audit::AnchorError;
use service::{Error, db, moving};

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

impl From<AnchorError> for Failure {
    fn from(error: AnchorError) -> Self {
        match error {
            AnchorError::Service(error) => error.into(),
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

impl From<moving::Error> for Failure {
    fn from(error: moving::Error) -> Self {
        match error {
            moving::Error::Database { side, source } => {
                Self(format!("the {side}: {}", with_cause(&source)))
            }
            moving::Error::Service(error) => error.into(),
            _ => Self(error.to_string()),
        }
    }
}

impl From<db::file::FileError> for Failure {
    fn from(error: db::file::FileError) -> Self {
        match &error {
            db::file::FileError::Database(error) => Self(with_cause(error)),
            _ => Self(error.to_string()),
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
pub(super) fn with_cause(error: &db::Error) -> String {
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
    let text = cause.to_string();
    // The sentence has said already that it is an error, and whose.
    let told = DRIVER.iter().find_map(|start| text.strip_prefix(start));
    told.unwrap_or(&text).to_owned()
}

/// What the driver puts before the database's own words.
const DRIVER: [&str; 2] = [
    "error returned from database: ",
    "error communicating with database: ",
];
