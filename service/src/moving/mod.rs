//! The whole data of a system, from one place to another: out into an archive, back from one, and straight from one
//! database into another.
//!
//! [`copy`] streams and proves that it lost nothing, [`export`], [`import`] and [`merge`] go by way of an archive
//! (docs/archive.md). All of them see rows in the words of no engine (`row.rs`), table by table in the order of
//! `tables.rs`, from one moment of the source, to which nothing is written.

mod archive;
mod copy;
mod export;
mod files;
mod import;
mod merge;
mod origin;
mod row;
mod tables;
mod verify;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::sea_query::UpdateStatement;
use serde_json::Value as Json;

pub use copy::{Copied, CopiedTable, copy, holds_data};
pub use export::{ExportOptions, Exported, export, export_into};
pub use import::{Imported, import};
pub use merge::{MOST_TOLD, MergeOptions, Merged, MergedTable, Refusal, merge};

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

impl Stage {
    /// As it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comparing => "comparing",
            Self::Moving => "moving",
            Self::Verifying => "verifying",
            Self::History => "history",
        }
    }
}

/// The last word in the transaction of a move: a change of one row, which says that it was done and must find that row,
/// or nothing of the move is kept.
#[derive(Clone)]
pub struct Seal(Arc<dyn Fn(&Json) -> UpdateStatement + Send + Sync>);

impl Seal {
    /// Of the statement that says it, given what was done.
    pub(crate) fn new(
        statement: impl Fn(&Json) -> UpdateStatement + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(statement))
    }

    /// The statement.
    pub(crate) fn statement(&self, done: &Json) -> UpdateStatement {
        (self.0)(done)
    }
}

/// Told now and then how far a move has come. Clones tell the same.
#[derive(Clone)]
pub struct Watch(Arc<dyn Fn(Progress) + Send + Sync>);

impl Watch {
    /// Has this called.
    pub fn new(tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Nobody wants to know.
    pub fn nobody() -> Self {
        Self::new(|_| {})
    }

    /// Tells how far it is.
    pub(crate) fn tell(&self, progress: Progress) {
        (self.0)(progress);
    }

    /// Adds to what is done, and tells about every thousandth row.
    fn count(&self, progress: &mut Progress, rows: u64) {
        let before = progress.done;
        progress.done += rows;
        if before / TELL_EVERY != progress.done / TELL_EVERY {
            self.tell(*progress);
        }
    }
}

/// Whether a file is an archive at all: it is opened, and its manifest read.
///
/// # Errors
/// [`Error::Archive`], [`Error::File`].
pub fn look_at(path: &Path) -> Result<()> {
    archive::Archive::open(path).map(drop)
}

/// How often a watcher is told, in rows.
const TELL_EVERY: u64 = 1000;
