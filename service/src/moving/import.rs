//! An archive into an empty system: all of it in one transaction, or nothing.
//!
//! Every line is held against what a table may hold before the database sees it, so that what is wrong is told by
//! file and line: its form, the order of keys, references, the hashes of the history, and at the end of each file its
//! rows and hash. What only shows when all of it is there (a history that is not that of its record) takes it back.

pub(super) mod check;
mod take_back;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use db::Db;
use db::bulk::{Durability, Loader, Reading};
use tokio::sync::mpsc;

use super::archive::{Archive, Manifest, refused};
use super::row::{Content, Row};
use super::tables::{Table, tables};
use super::write::{Ended, Failed, Feed, Writer};
use super::{Error, MARK, Progress, Result, Side, Stage, Watch, copy, files, origin, verify};
use crate::audit::{AuditKey, Verification};
use crate::search;
use crate::store::Store;
use crate::summary;

/// So many rows are handed over at once.
pub(super) const PIECE: usize = 256;

/// Pieces on their way at most.
pub(super) const PIECES: usize = 8;

/// What was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Each table with its rows.
    pub tables: Vec<(&'static str, u64)>,
    /// The history of the system, recomputed.
    pub history: Verification,
}

/// Puts the data of an archive into the empty system in `to`, and its files into their store.
///
/// # Errors
/// [`Error::Archive`] with file and line, [`Error::Refused`] where the system is not empty, [`Error::Database`]; nothing
/// is changed then.
pub async fn import(
    (to, files): (&Db, &Store),
    path: &Path,
    key: &AuditKey,
    watch: &Watch,
) -> Result<Imported> {
    let (archive, _, tables) = open(path.to_owned(), key.clone()).await?;
    let manifest = archive.manifest.clone();
    let before = refuse_filled(to, &tables).await?;
    files::restore(path, &manifest, &tables, files).await?;

    let loader = Loader::open(to, Durability::EachCommit).await;
    let loader = loader.map_err(|error| Side::Target.failed(error))?;
    let writer = Writer::start(loader, to.engine(), None);
    let (pieces, read) = mpsc::channel(PIECES);
    let (kinds, its_key) = (tables.clone(), key.clone());
    let reader =
        tokio::task::spawn_blocking(move || check::read(archive, &kinds, Some(&its_key), &pieces));
    let total = manifest.tables.iter().map(|table| table.rows).sum();
    let fed = feed(&writer, &tables, read, total, watch).await;
    // What is wrong with the archive comes before what the database made of it.
    reader.await.map_err(crate::Error::internal)??;
    let (loader, mut load) = match (writer.finish().await, fed) {
        (Ok(done), Ok(())) => done,
        (Ok(_), Err(Ended)) => {
            return Err(crate::Error::internal("the writer ended before its time").into());
        }
        (Err(failed), _) => return Err(explain(failed, path, &tables).await),
    };
    let done = async {
        for table in tables.iter().filter(|table| table.id().is_some()) {
            load.reset_ids(table.name).await?;
        }
        load.run(summary::FORGET).await?;
        load.commit().await?;
        loader.finish().await
    };
    done.await.map_err(|error| Side::Target.failed(error))?;
    let mut wrong = prove(to, &tables, &manifest, watch).await?;
    let mut history = Verification::default();
    if wrong.is_none() {
        history = verify::history(to, key, watch).await?;
        wrong = verify::finding(&history);
    }
    if let Some(what) = wrong {
        let is_gone = take_back::all(to, &tables, &manifest, before).await?;
        let outcome = match is_gone {
            true => "nothing was imported",
            false => {
                "it is in the system all the same, because somebody has worked there since: stop \
                 its servers, and import into an empty database"
            }
        };
        let what = format!("the archive does not hold together, and {outcome}: {what}");
        return Err(Error::Refused(what));
    }
    if let Err(error) = search::complete(to, |_| ()).await {
        log::warn!(
            "everything was imported, but cannot be searched before the server has started: {error}"
        );
    }
    Ok(Imported {
        tables: tables
            .iter()
            .map(|table| (table.name, manifest.rows(table.name).unwrap_or(0)))
            .collect(),
        history,
    })
}

/// The archive, its system, and this program's tables in the currency of that.
pub(super) async fn open(
    path: PathBuf,
    key: AuditKey,
) -> Result<(Archive, origin::Origin, Vec<Table>)> {
    let opened = tokio::task::spawn_blocking(move || {
        let mut archive = Archive::open(&path)?;
        let origin = check::origin(&mut archive)?;
        origin.require_key(&key)?;
        let tables = tables(origin.currency_digits)?;
        check::manifest(&archive.manifest, &tables)?;
        Ok((archive, origin, tables))
    });
    opened.await.map_err(crate::Error::internal)?
}

/// Refuses a system that holds data; the settings of one that was only started give way, and are told.
async fn refuse_filled(to: &Db, tables: &[Table]) -> Result<BTreeMap<String, String>> {
    let failed = |error: db::Error| Side::Target.failed(error);
    let mut reading = Reading::begin(to).await.map_err(failed)?;
    let settings = origin::settings(&mut reading, to.engine().family(), Side::Target).await?;
    let held = copy::held(&mut reading, to, tables).await?;
    reading.end().await.map_err(failed)?;
    let what = match held {
        _ if settings.contains_key(MARK) => "the database holds a copy that was cut off".to_owned(),
        Some(table) => format!("the system holds data already (in {table})"),
        None => return Ok(settings),
    };
    Err(Error::Refused(format!("{what}: import into an empty one")))
}

/// Rows from the archive on their way to whoever takes them.
pub(super) enum Piece {
    /// The next table, by its place.
    Table(usize),
    Rows(Vec<(Row, usize)>),
}

async fn feed(
    writer: &Writer,
    tables: &[Table],
    mut pieces: mpsc::Receiver<Piece>,
    total: u64,
    watch: &Watch,
) -> std::result::Result<(), Ended> {
    let mut progress = Progress {
        stage: Stage::Moving,
        table: "",
        done: 0,
        total,
    };
    let mut feed: Option<Feed<'_>> = None;
    writer.run("DELETE FROM setting".to_owned()).await?;
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Table(place) => {
                if let Some(ended) = feed.take() {
                    ended.end().await?;
                }
                if let Some(table) = tables.get(place) {
                    progress.table = table.name;
                    feed = Some(writer.feed(table));
                }
            }
            Piece::Rows(rows) => {
                let count = rows.len() as u64;
                if let Some(feed) = &mut feed {
                    for (row, bytes) in rows {
                        feed.add(row, bytes).await?;
                    }
                }
                watch.count(&mut progress, count);
            }
        }
    }
    match feed {
        Some(feed) => feed.end().await,
        None => Ok(()),
    }
}

/// What the database refused, by the lines of the archive.
async fn explain(failed: Failed, path: &Path, tables: &[Table]) -> Error {
    let Some(span) = failed.span else {
        return failed.into();
    };
    let file = format!("{}.jsonl", span.table);
    let table = tables
        .iter()
        .find(|table| table.name == span.table)
        .cloned();
    if let (db::Error::Unique(_), Some(table)) = (&failed.error, table) {
        let path = path.to_owned();
        let found = tokio::task::spawn_blocking(move || {
            let mut archive = Archive::open(&path)?;
            check::duplicate(&mut archive, &table, span.last)
        });
        if let Ok(Ok(Some(error))) = found.await {
            return error;
        }
    }
    match &failed.error {
        db::Error::Unavailable(_) | db::Error::Contention(_) | db::Error::OutcomeUnknown => {
            failed.into()
        }
        error => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            let what = format!(
                "the database refused one of the lines {} to {}: {error} ({})",
                span.first,
                span.last,
                source.unwrap_or_default()
            );
            refused(&file, Some(span.first), what)
        }
    }
}

/// Reads the system again, and holds it against the manifest: what is not as it says.
async fn prove(
    to: &Db,
    tables: &[Table],
    manifest: &Manifest,
    watch: &Watch,
) -> Result<Option<String>> {
    let failed = |error: db::Error| Side::Target.failed(error);
    let mut reading = Reading::begin(to).await.map_err(failed)?;
    let stage = (Stage::Verifying, watch);
    let contents = verify::contents(&mut reading, to, tables, Side::Target, stage).await?;
    let orphan = verify::orphan(&mut reading, to, tables).await?;
    reading.end().await.map_err(failed)?;
    let differs = |(table, content): (&Table, Content)| {
        let entry = manifest
            .tables
            .iter()
            .find(|entry| entry.name == table.name)?;
        let name = table.name;
        (entry.sha256 != content.sha256)
            .then(|| format!("the database does not hold the rows of {name} as they are in it"))
    };
    Ok(tables.iter().zip(contents).find_map(differs).or(orphan))
}
