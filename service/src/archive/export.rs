//! All data as a stream: read from one moment of the database, packed by a thread, and sent as it comes.
//!
//! Between the thread and whoever reads there is room for a few pieces, so memory does not grow with the data. Whoever
//! takes nothing for a while, or goes away, ends the export and with it the database's hold on that moment. What fails
//! in the middle is told as an error, so that the answer breaks off and no half archive passes for a whole one.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::told;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::moving::{self, ExportOptions, Watch};
use crate::rights::ARCHIVES;
use crate::system::System;

crate::input! {
    /// What an archive holds.
    pub struct ArchiveQuery {
        /// False to leave out password hashes and the tokens of programs, after which everybody gets a new password;
        /// true unless said otherwise.
        secrets: optional bool,
    }
}

/// How many exports a server makes at once: each has a connection and holds the database to one moment.
const AT_ONCE: usize = 2;

/// How much is sent at once.
const PIECE: usize = 64 * 1024;

/// Pieces on their way at most.
const PIECES: usize = 4;

/// How long a reader may take nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The exports that a server still has room for.
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Turns {
    fn take(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            Error::Crowded(format!(
                "{AT_ONCE} archives are on their way out already; try again when one of them has ended"
            ))
        })
    }
}

/// An archive on its way out, whose first bytes are there.
pub struct ArchiveExport {
    first: Option<Vec<u8>>,
    steps: mpsc::Receiver<Step>,
}

enum Step {
    Piece(Vec<u8>),
    End,
    Failed(Error),
}

/// Refuses who may not export. The archive with its secrets is for whoever may do everything that an administrator may;
/// without them a token that may read will do.
fn may_export(actor: &Actor, secrets: bool) -> Result<()> {
    if secrets {
        return actor.require(ARCHIVES, "export the data of the system");
    }
    actor.may_read()?;
    if actor.roles.has_any(ARCHIVES) {
        Ok(())
    } else {
        Err(Error::forbidden(
            "only admin may export the data of the system",
        ))
    }
}

/// Begins an export; `schema` is the last step of the database's schema. What can be wrong before the first byte is said
/// here.
///
/// # Errors
/// `Forbidden`, `Invalid`, [`Error::Crowded`], [`Error::Database`].
pub async fn export(
    system: &System,
    actor: &Actor,
    query: &Draft<ArchiveQuery>,
    schema: impl Future<Output = Result<String>>,
) -> Result<ArchiveExport> {
    // Judged before the query's values: one that cannot be read asks for the whole.
    let asked = query.check();
    let secrets = asked
        .as_ref()
        .map_or(true, |query| query.secrets != Some(false));
    may_export(actor, secrets)?;
    asked?;
    let turn = system.exports.take()?;
    let options = ExportOptions {
        files: system.files.clone(),
        schema: schema.await?,
        without_secrets: !secrets,
    };
    let (entrance, steps) = mpsc::channel(PIECES);
    tokio::spawn(send(system.clone(), options, entrance, turn));
    let mut export = ArchiveExport { first: None, steps };
    export.first = export.next().await?;
    Ok(export)
}

impl ArchiveExport {
    /// The archive as it comes. An error in the middle means that it is not whole.
    pub fn into_stream(self) -> impl Stream<Item = Result<Vec<u8>>> {
        unfold(Some(self), |export| async {
            let mut export = export?;
            let next = match export.first.take() {
                Some(first) => Ok(Some(first)),
                None => export.next().await,
            };
            match next {
                Ok(Some(piece)) => Some((Ok(piece), Some(export))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match self.steps.recv().await {
            Some(Step::Piece(piece)) => Ok(Some(piece)),
            Some(Step::End) => Ok(None),
            Some(Step::Failed(error)) => Err(error),
            None => Err(Error::internal("an export has ended before its time")),
        }
    }
}

async fn send(
    system: System,
    options: ExportOptions,
    steps: mpsc::Sender<Step>,
    _turn: OwnedSemaphorePermit,
) {
    let outlet = Outlet {
        steps: steps.clone(),
        runtime: Handle::current(),
        piece: Vec::new(),
    };
    let watch = Watch::nobody();
    let work = moving::export_into(&system.db, outlet, &options, &system.clock, &watch);
    let done = tokio::select! {
        done = work => done,
        () = steps.closed() => {
            log::info!("an export was given up: whoever read it has gone away");
            return;
        }
    };
    let last = match done {
        Ok(_) => Step::End,
        Err(error) => {
            log::warn!("an export was cut off: {error}");
            Step::Failed(told(error))
        }
    };
    // One who takes nothing any more finds no end, which says the same.
    let _ = tokio::time::timeout(PATIENCE, steps.send(last)).await;
}

/// Where the packing thread writes to.
struct Outlet {
    steps: mpsc::Sender<Step>,
    runtime: Handle,
    piece: Vec<u8>,
}

impl Outlet {
    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let sent = self.runtime.block_on(tokio::time::timeout(
            PATIENCE,
            self.steps.send(Step::Piece(piece)),
        ));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "whoever read it has gone away",
            )),
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!(
                    "whoever reads it has taken nothing for {} s",
                    PATIENCE.as_secs()
                ),
            )),
        }
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Asked for at the end alone.
    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.send()
    }
}
