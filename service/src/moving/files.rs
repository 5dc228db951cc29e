//! The files of attachments on their way: in an archive each lies under `files/`, called by its SHA-256, as rows of
//! `attachment` name it. What is in it is held against that name on the way out and on the way in.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use futures_util::TryStreamExt;
use sea_orm::Value;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use super::archive::{Archive, Manifest, refused};
use super::export::Piece;
use super::row;
use super::tables::Table;
use super::{Error, Result};
use crate::store::Store;

/// The table whose rows name files.
const TABLE: &str = "attachment";

/// The columns that do.
const COLUMNS: [&str; 2] = ["sha256", "thumbnail_sha256"];

/// Where files lie in an archive.
pub(super) const FOLDER: &str = "files";

/// Whether an entry of an archive is a file of an attachment, or their folder.
pub(super) fn is_entry(name: &str) -> bool {
    match name.strip_prefix(FOLDER) {
        Some("" | "/") => true,
        Some(rest) => rest.strip_prefix('/').is_some_and(is_name),
        None => false,
    }
}

/// A SHA-256 as it is written; nothing else becomes part of a path.
fn is_name(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The entry of a file.
pub(super) fn entry(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

/// Adds the files that a row names.
pub(super) fn note(table: &Table, row: &[Value], names: &mut BTreeSet<String>) {
    if table.name != TABLE {
        return;
    }
    let columns = COLUMNS.iter().filter_map(|column| table.place(column));
    for place in columns {
        if let Some(Value::String(Some(name))) = row.get(place) {
            names.insert(name.to_string());
        }
    }
}

/// Hands the files over to whoever packs the archive.
pub(super) async fn send(
    store: &Store,
    names: &BTreeSet<String>,
    pieces: &mpsc::Sender<Piece>,
) -> Result<()> {
    let gone = |_| Error::Service(crate::Error::internal("the archive's writer has ended"));
    for name in names {
        let content = store.get(name).await.map_err(unavailable)?;
        let Some(mut content) = content else {
            let what = format!(
                "the file {name} of an attachment is missing in {}: put it back from a backup",
                store.place()
            );
            return Err(Error::Refused(what));
        };
        pieces.send(Piece::File(entry(name))).await.map_err(gone)?;
        let mut digest = Sha256::new();
        while let Some(bytes) = content.bytes.try_next().await.map_err(unavailable)? {
            digest.update(&bytes);
            let bytes = Piece::Lines(bytes.to_vec());
            pieces.send(bytes).await.map_err(gone)?;
        }
        let found = crate::hex::encode(&digest.finalize());
        if found != *name {
            let what = format!(
                "the file {name} of an attachment was changed in {}: its SHA-256 is {found}",
                store.place()
            );
            return Err(Error::Refused(what));
        }
    }
    Ok(())
}

/// Puts the files of an archive into the store, before any row names them there.
pub(super) async fn restore(
    path: &Path,
    manifest: &Manifest,
    tables: &[Table],
    store: &Store,
) -> Result<()> {
    let table = tables.iter().find(|table| table.name == TABLE).cloned();
    let entry = manifest.tables.iter().find(|entry| entry.name == TABLE);
    let (Some(table), Some(entry)) = (table, entry.cloned()) else {
        return Ok(());
    };
    let from = path.to_owned();
    let names = aside(move || {
        let mut archive = Archive::open(&from)?;
        let (mut lines, mut names) = (archive.lines(&entry.file)?, BTreeSet::new());
        while let Some(line) = lines.next()? {
            let row = row::decode(&table, line).map_err(|what| lines.refused(what))?;
            note(&table, &row, &mut names);
        }
        Ok(names)
    });
    let folder = store.place().folder();
    let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
    for name in names.await? {
        let (from, folder, wanted) = (path.to_owned(), folder.clone(), name.clone());
        let file = aside(move || unpack(&from, &folder, &wanted)).await?;
        // Also where it is there: unnamed, it could be thrown away before a row names it.
        let put = store.put_file(&name, file.path()).await;
        put.map_err(unavailable)?;
    }
    Ok(())
}

/// A file of an archive, held against its name.
fn unpack(path: &Path, folder: &Path, name: &str) -> Result<NamedTempFile> {
    if !is_name(name) {
        let what = format!("names the file {name:?}, which is no SHA-256");
        return Err(refused("attachment.jsonl", None, what));
    }
    let failed = |source: io::Error| Error::File {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut copy = Digesting {
        file: NamedTempFile::new_in(folder).map_err(failed)?,
        digest: Sha256::new(),
    };
    Archive::open(path)?.copy(&entry(name), &mut copy)?;
    copy.flush().map_err(failed)?;
    let found = crate::hex::encode(&copy.digest.finalize());
    if found == name {
        return Ok(copy.file);
    }
    let what = format!("was changed: its SHA-256 is {found}");
    Err(refused(&entry(name), None, what))
}

/// Counts while it writes.
struct Digesting {
    file: NamedTempFile,
    digest: Sha256,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(crate::Error::internal)?
}

/// What the store of files said, for whoever moves.
fn unavailable(error: crate::Error) -> Error {
    match error {
        crate::Error::Files(what) => {
            Error::Refused(format!("the files of attachments (DMT_FILES): {what}"))
        }
        error => Error::Service(error),
    }
}

#[cfg(test)]
mod tests {
    use super::is_entry;

    #[test]
    fn only_a_sha256_is_the_name_of_a_file() {
        let name = "0123456789abcdef".repeat(4);
        assert!(is_entry(&format!("files/{name}")));
        assert!(is_entry("files") && is_entry("files/"));
        for stranger in [
            "files/x",
            "files/../manifest.json",
            &format!("files/{}", name.to_uppercase()),
            &format!("files{name}"),
            &format!("files/{name}/x"),
            &name,
        ] {
            assert!(!is_entry(stranger), "{stranger}");
        }
    }
}
