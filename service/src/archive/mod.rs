//! The data of the whole system for administrators: out of a running system as an archive ([`export()`]), and from an
//! archive into it ([`import()`]), which is a job.
//!
//! What an archive is and how its rows are merged is in [`crate::moving`]; here is who may, how many at once, and how
//! archives travel: out as a stream that is never stored, in by way of a file ([`Upload`]).

mod export;
mod import;
mod upload;

use crate::error::Error;
use crate::moving;

pub(crate) use export::Turns;
pub use export::{ArchiveExport, ArchiveQuery, export};
pub use import::{ArchiveImport, Wanted, import, may_import};
pub use upload::{Arrived, Upload, sweep};

/// What went wrong with a move, to whoever asked over HTTP: sentences about archives and systems as they are, what the
/// database or the disk said for the log alone.
fn told(error: moving::Error) -> Error {
    match error {
        moving::Error::Refused(what) => Error::WrongState(what),
        moving::Error::Archive { .. } => Error::Unreadable(error.to_string()),
        moving::Error::File { .. } => Error::internal(error),
        moving::Error::Database { source, .. } => Error::Database(source),
        moving::Error::Service(error) => error,
    }
}
