//! The whole data of a system, from one place to another: out into an archive, back from one, and straight from one
//! database into another.
//!
//! [`copy`] streams and proves that it lost nothing, [`export`] and [`import`] go by way of an archive
//! (docs/archive.md). All three see rows in the words of no engine (`row.rs`), table by table in the order of
//! `tables.rs`, from one moment of the source, to which nothing is written.

mod archive;
mod copy;
mod export;
mod import;
mod origin;
mod row;
mod tables;
mod verify;
mod write;

use std::path::PathBuf;

pub use copy::{Copied, CopiedTable, copy, holds_data};
pub use export::{ExportOptions, Exported, export};
pub use import::{Imported, import};

/// The row of `setting` that marks a database as the target of a copy that has not come to its end. A server does
/// not start on it.
pub(crate) const MARK: &str = "unfinished_copy";

type Result<T> = std::result::Result<T, Error>;

/// Why nothing, or not everything, was moved; each a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something is not as it has to be before anything is moved.
    #[error("{0}")]
    Refused(String),
    /// An archive that is damaged, edited, or not one of this program.
    #[error("{}: {what}", place(.file, .line))]
    Archive {
        /// The file in the archive.
        file: String,
        /// The line in the file, from 1.
        line: Option<u64>,
        /// What is wrong with it.
        what: String,
    },
    /// A file that could not be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A database failed.
    #[error("the {side}: {source}")]
    Database {
        /// Which one.
        side: Side,
        /// What it said.
        source: db::Error,
    },
    /// Anything else that the service knows.
    #[error(transparent)]
    Service(#[from] crate::Error),
}

/// One end of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where the data comes from.
    Source,
    /// Where it goes.
    Target,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

impl Side {
    /// An error of the database on this side.
    fn failed(self, source: impl Into<db::Error>) -> Error {
        let source = source.into();
        Error::Database { side: self, source }
    }
}

fn place(file: &str, line: &Option<u64>) -> String {
    match line {
        Some(line) => format!("{file}, line {line}"),
        None => file.to_owned(),
    }
}

/// How far a move has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// The table.
    pub table: &'static str,
    /// How many rows of this stage are done.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Rows of an unfinished copy are compared with the source.
    Comparing,
    /// Rows are moved.
    Moving,
    /// What was written is read again and compared.
    Verifying,
    /// The hash chains of the history are recomputed.
    History,
}

/// Told now and then how far a move has come.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// How often a watcher is told, in rows.
const TELL_EVERY: u64 = 1000;
