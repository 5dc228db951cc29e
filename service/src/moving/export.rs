//! All data of a system into an archive.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use db::Db;
use db::bulk::Reading;
use futures_util::TryStreamExt;
use sea_orm::Value;
use tokio::sync::mpsc;

use super::archive::{Draft, Manifest, Outlet, Source, TableEntry};
use super::origin::Origin;
use super::row::{self, Lines, Tally};
use super::tables::{Table, tables};
use super::{Error, Progress, Result, Side, Stage, Watch, files, verify};
use crate::clock::Clock;
use crate::store::Store;
use crate::value::Instant;

/// Pieces on their way at most.
const PIECES: usize = 8;

/// How an archive is to be made.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The last step of the source's schema.
    pub schema: String,
    /// Whether password hashes and the tokens of programs are left out.
    pub without_secrets: bool,
    /// Where the files of attachments lie.
    pub files: Store,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Each table with its rows and content hash.
    pub tables: Vec<(String, u64, String)>,
}

/// For the task that packs.
pub(super) enum Piece {
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
    watch: &Watch,
) -> Result<Exported> {
    let path = path.to_owned();
    write(from, move || Draft::begin(&path), options, clock, watch).await
}

/// The same as a zip file that goes out as it is written; `outlet` is flushed at its end, and whoever finds no end to it
/// has not got the whole.
///
/// # Errors
/// As [`export`]; what the outlet refuses is an [`Error::File`].
pub async fn export_into(
    from: &Db,
    outlet: impl Write + Send + 'static,
    options: &ExportOptions,
    clock: &Clock,
    watch: &Watch,
) -> Result<Exported> {
    let outlet: Outlet = Box::new(outlet);
    write(
        from,
        move || Ok(Draft::stream(outlet)),
        options,
        clock,
        watch,
    )
    .await
}

async fn write(
    from: &Db,
    begin: impl FnOnce() -> Result<Draft>,
    options: &ExportOptions,
    clock: &Clock,
    watch: &Watch,
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

    let mut draft = begin()?;
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
    let read = async {
        let (entries, names) = read(&mut reading, from, &tables, secrets, &pieces, watch).await?;
        // Files take their time, and do not change: nothing of the database is held meanwhile.
        let ended = reading.end().await;
        ended.map_err(|error| Side::Source.failed(error))?;
        files::send(&options.files, &names, &pieces).await?;
        Ok(entries)
    };
    let read: Result<Vec<TableEntry>> = read.await;
    drop(pieces);
    // Should the packer have failed, it says why nothing more could be handed to it.
    let draft = packer.await.map_err(crate::Error::internal)??;
    manifest.tables = read?;
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
    pieces: &mpsc::Sender<Piece>,
    watch: &Watch,
) -> Result<(Vec<TableEntry>, BTreeSet<String>)> {
    let failed = |error: db::Error| Side::Source.failed(error);
    let gone = |_| Error::Service(crate::Error::internal("the archive's writer has ended"));
    let mut progress = Progress {
        stage: Stage::Moving,
        table: "",
        done: 0,
        total: verify::total(reading, from, tables, Side::Source).await?,
    };
    let (mut entries, mut names) = (Vec::new(), BTreeSet::new());
    for table in tables {
        progress.table = table.name;
        pieces
            .send(Piece::File(format!("{}.jsonl", table.name)))
            .await
            .map_err(gone)?;
        let (mut tally, kind) = (Tally::default(), table.clone());
        let add = move |(lines, names): &mut (Lines, BTreeSet<String>), row: db::Row<'_>| {
            let mut row = row::read(&kind, row)?;
            if !secrets {
                hide(&kind, &mut row);
            }
            files::note(&kind, &row, names);
            Ok(lines.add(&kind, &row))
        };
        let mut batches = reading.batches(table.select(from.engine().family(), None), add);
        while let Some((lines, more)) = batches.try_next().await.map_err(failed)? {
            tally.add_all(&lines);
            names.extend(more);
            watch.count(&mut progress, lines.rows);
            pieces.send(Piece::Lines(lines.text)).await.map_err(gone)?;
        }
        entries.push(TableEntry::new(table, tally.content()));
    }
    watch.tell(progress);
    Ok((entries, names))
}

/// Puts what says nothing in the place of secrets.
fn hide(table: &Table, row: &mut [Value]) {
    for (column, value) in table.columns.iter().zip(row) {
        if let Some(instead) = column.instead {
            *value = Value::from(instead);
        }
    }
}
