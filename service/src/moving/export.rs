//! All data of a system into an archive.

use std::path::Path;

use db::Db;
use db::bulk::Reading;
use futures_util::TryStreamExt;
use sea_orm::Value;
use tokio::sync::mpsc;

use super::archive::{Draft, Manifest, Source, TableEntry};
use super::origin::Origin;
use super::row::{self, Tally};
use super::tables::{Table, tables};
use super::{Error, Progress, Result, Side, Stage, TELL_EVERY, Watch, verify};
use crate::clock::Clock;
use crate::value::Instant;

/// So many bytes are handed to the file at once.
const PIECE: usize = 256 * 1024;

/// Pieces on their way at most.
const PIECES: usize = 8;

/// How an archive is to be made.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The last step of the source's schema.
    pub schema: String,
    /// Whether password hashes and the tokens of programs are left out.
    pub without_secrets: bool,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Each table with its rows and content hash.
    pub tables: Vec<(String, u64, String)>,
}

/// For the task that packs.
enum Piece {
    File(String),
    Lines(Vec<u8>),
}

/// Writes all data of the system in `from` into an archive: a zip file where the name ends so, otherwise a folder.
///
/// The source is read as of one moment and may be in use; nothing is written to it. Memory does not grow with the
/// data.
///
/// # Errors
/// [`Error::Refused`] where there is a file of that name or no system in the database, [`Error::File`],
/// [`Error::Database`]; no archive is left behind then.
pub async fn export(
    from: &Db,
    path: &Path,
    options: &ExportOptions,
    clock: &Clock,
    watch: Watch<'_>,
) -> Result<Exported> {
    let mut reading = Reading::begin(from)
        .await
        .map_err(|error| Side::Source.failed(error))?;
    let source = Source {
        engine: from.engine().to_string(),
        version: from.version().to_owned(),
    };
    let secrets = !options.without_secrets;
    let now = Instant::show(&clock.now());
    let mut manifest = Manifest::new(options.schema.clone(), now, source, secrets);
    let origin = Origin::read(&mut reading, from.engine().family()).await?;
    let mut tables = tables(origin.currency_digits)?;
    tables.retain(|table| secrets || !table.is_secret);

    let mut draft = Draft::begin(path)?;
    let (pieces, mut packed) = mpsc::channel(PIECES);
    let packer = tokio::task::spawn_blocking(move || {
        while let Some(piece) = packed.blocking_recv() {
            match piece {
                Piece::File(name) => draft.file(&name)?,
                Piece::Lines(lines) => draft.write(&lines)?,
            }
        }
        Ok::<Draft, Error>(draft)
    });
    let read = read(&mut reading, from, &tables, secrets, pieces, watch).await;
    // Should the packer have failed, it says why nothing more could be handed to it.
    let draft = packer.await.map_err(crate::Error::internal)??;
    manifest.tables = read?;
    reading
        .end()
        .await
        .map_err(|error| Side::Source.failed(error))?;
    let summary = manifest.tables.iter();
    let summary = summary.map(|table| (table.name.clone(), table.rows, table.sha256.clone()));
    let exported = Exported {
        tables: summary.collect(),
    };
    let ended = tokio::task::spawn_blocking(move || draft.end(&manifest));
    ended.await.map_err(crate::Error::internal)??;
    Ok(exported)
}

async fn read(
    reading: &mut Reading,
    from: &Db,
    tables: &[Table],
    secrets: bool,
    pieces: mpsc::Sender<Piece>,
    watch: Watch<'_>,
) -> Result<Vec<TableEntry>> {
    let failed = |error: db::Error| Side::Source.failed(error);
    let gone = |_| Error::Service(crate::Error::internal("the archive's writer has ended"));
    let mut progress = Progress {
        stage: Stage::Moving,
        table: "",
        done: 0,
        total: verify::total(reading, from, tables, Side::Source).await?,
    };
    let mut entries = Vec::new();
    for table in tables {
        progress.table = table.name;
        let (mut tally, mut line, mut lines) = (Tally::default(), Vec::new(), Vec::new());
        let mut rows = reading.rows(table.select(from.engine().family(), None));
        pieces
            .send(Piece::File(format!("{}.jsonl", table.name)))
            .await
            .map_err(gone)?;
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            let mut row = row::read(table, &row).map_err(failed)?;
            if !secrets {
                hide(table, &mut row);
            }
            line.clear();
            row::encode(table, &row, &mut line);
            tally.add(&line);
            lines.extend_from_slice(&line);
            lines.push(b'\n');
            if lines.len() >= PIECE {
                let full = std::mem::take(&mut lines);
                pieces.send(Piece::Lines(full)).await.map_err(gone)?;
            }
            progress.done += 1;
            if progress.done.is_multiple_of(TELL_EVERY) {
                watch(progress);
            }
        }
        pieces.send(Piece::Lines(lines)).await.map_err(gone)?;
        entries.push(TableEntry::new(table, tally.content()));
    }
    watch(progress);
    Ok(entries)
}

/// Puts what says nothing in the place of secrets.
fn hide(table: &Table, row: &mut [Value]) {
    for (column, value) in table.columns.iter().zip(row) {
        if let Some(instead) = column.instead {
            *value = Value::from(instead);
        }
    }
}
