//! The archive, read as often as needed: once with all its checks, and then file by file.

use std::path::Path;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::archive::{Archive, Manifest, refused};
use super::super::import::{PIECE, PIECES, Piece, check, open};
use super::super::row::{self, Row, Tally};
use super::super::tables::Table;
use super::super::{Error, Result};
use super::keys::NOT_MERGED;
use crate::audit::AuditKey;

/// Rows of an archive on their way from the task that reads them.
pub(super) struct Rows<T> {
    pieces: mpsc::Receiver<T>,
    task: JoinHandle<Result<()>>,
}

impl<T: Send + 'static> Rows<T> {
    fn start(read: impl FnOnce(&mpsc::Sender<T>) -> Result<()> + Send + 'static) -> Self {
        let (entrance, pieces) = mpsc::channel(PIECES);
        let task = tokio::task::spawn_blocking(move || read(&entrance));
        Self { pieces, task }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// What is wrong with the archive, once all before it was taken.
    pub(super) async fn next(&mut self) -> Result<Option<T>> {
        if let Some(piece) = self.pieces.recv().await {
            return Ok(Some(piece));
        }
        (&mut self.task).await.map_err(crate::Error::internal)??;
        Ok(None)
    }
}

/// All rows, each file held against the manifest, each row against those before it.
pub(super) fn all(archive: Archive, tables: &[Table]) -> Rows<Piece> {
    let tables = tables.to_vec();
    Rows::start(move |pieces| check::read(archive, &tables, None, pieces))
}

/// The rows of one table of an archive that was checked before.
pub(super) fn one(path: &Path, manifest: &Manifest, table: &Table) -> Rows<Vec<Row>> {
    let (path, table) = (path.to_owned(), table.clone());
    let entry = manifest.tables.iter().find(|one| one.name == table.name);
    let entry = entry.cloned();
    Rows::start(move |pieces| {
        let Some(entry) = entry else {
            return Ok(());
        };
        let mut archive = Archive::open(&path)?;
        let mut lines = archive.lines(&entry.file)?;
        let (mut tally, mut rows) = (Tally::default(), Vec::new());
        while let Some(line) = lines.next()? {
            tally.add(line);
            let row = row::decode(&table, line);
            rows.push(row.map_err(|what| lines.refused(what))?);
            if rows.len() >= PIECE && pieces.blocking_send(std::mem::take(&mut rows)).is_err() {
                return Ok(());
            }
        }
        if tally.content().sha256 != entry.sha256 {
            let what = "was changed while it was being merged";
            return Err(refused(&entry.file, None, what));
        }
        // Nobody may be there any more.
        let _ = pieces.blocking_send(rows);
        Ok(())
    })
}

/// The first two rows of the archive that no database can hold together.
pub(super) async fn twins(path: &Path, key: &AuditKey) -> Result<Option<Error>> {
    let (mut archive, _, tables) = open(path.to_owned(), key.clone()).await?;
    let found = tokio::task::spawn_blocking(move || {
        for table in tables
            .iter()
            .filter(|table| !NOT_MERGED.contains(&table.name))
        {
            if table.unique_keys().next().is_none() {
                continue;
            }
            if let Some(error) = check::duplicate(&mut archive, table, u64::MAX)? {
                return Ok(Some(error));
            }
        }
        Ok(None)
    });
    found.await.map_err(crate::Error::internal)?
}
