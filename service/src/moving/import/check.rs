//! What is wrong with an archive, by file and line.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use sea_orm::Value;
use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::super::archive::{Archive, Manifest, refused};
use super::super::origin::Origin;
use super::super::row::{self, Key, Row, Tally};
use super::super::tables::Table;
use super::super::{MARK, Result};
use super::{PIECE, Piece};
use crate::audit::{AuditKey, erased};

/// The table of the history.
const HISTORY: &str = "audit_event";

/// The system that an archive is of. Its settings come first of all, because they say how amounts are to be read.
pub(super) fn origin(archive: &mut Archive) -> Result<Origin> {
    let mut lines = archive.lines("setting.jsonl")?;
    let mut settings = BTreeMap::new();
    while let Some(line) = lines.next()? {
        let json: Json = match serde_json::from_slice(line) {
            Ok(json) => json,
            Err(_) => return Err(lines.refused("is no JSON")),
        };
        if let (Some(name), Some(content)) = (json["name"].as_str(), json["content"].as_str()) {
            settings.insert(name.to_owned(), content.to_owned());
        }
    }
    if settings.contains_key(MARK) {
        return Err(lines.refused("is of an unfinished copy"));
    }
    Origin::of(&settings).ok_or_else(|| {
        refused(
            "setting.jsonl",
            None,
            "lacks the first start, the currency or the audit key of a system",
        )
    })
}

/// Whether the manifest names tables of this program alone, as they are here.
pub(super) fn manifest(manifest: &Manifest, tables: &[Table]) -> Result<()> {
    let refuse = |what: String| Err(refused("manifest.json", None, what));
    for entry in &manifest.tables {
        let Some(table) = tables.iter().find(|table| table.name == entry.name) else {
            return refuse(format!(
                "names the table {}, which this dmt does not know: import it with the dmt that wrote it, or a newer one",
                entry.name
            ));
        };
        if let Some(what) = entry.difference(table) {
            return refuse(what);
        }
    }
    let named = |table: &&Table| manifest.tables.iter().any(|entry| entry.name == table.name);
    match tables
        .iter()
        .find(|table| (manifest.secrets || !table.is_secret) && !named(table))
    {
        Some(table) => refuse(format!(
            "lacks the table {}: import it with the dmt that wrote it, and migrate that system then",
            table.name
        )),
        None => Ok(()),
    }
}

/// Reads all files in order, and hands over their rows. Ends early without an error where nobody takes them. With the
/// key of the history, a row of that whose content was changed is refused.
pub(in super::super) fn read(
    mut archive: Archive,
    tables: &[Table],
    key: Option<&AuditKey>,
    pieces: &mpsc::Sender<Piece>,
) -> Result<()> {
    let manifest = archive.manifest.clone();
    let mut check = Check::of(tables);
    for (place, table) in tables.iter().enumerate() {
        let Some(entry) = manifest
            .tables
            .iter()
            .find(|entry| entry.name == table.name)
        else {
            continue;
        };
        if pieces.blocking_send(Piece::Table(place)).is_err() {
            return Ok(());
        }
        let mut lines = archive.lines(&entry.file)?;
        let (mut tally, mut rows) = (Tally::default(), Vec::new());
        while let Some(line) = lines.next()? {
            tally.add(line);
            let (row, bytes) = (row::decode(table, line), line.len());
            let row = row.and_then(|row| check.row(table, &row, tally.rows).map(|()| row));
            let row = row.map_err(|what| lines.refused(what))?;
            if let Some(key) = key.filter(|_| table.name == HISTORY)
                && !is_as_written(&row, key)?
            {
                return Err(lines.refused("was changed: its content does not match its hash"));
            }
            rows.push((row, bytes));
            if rows.len() >= PIECE
                && pieces
                    .blocking_send(Piece::Rows(std::mem::take(&mut rows)))
                    .is_err()
            {
                return Ok(());
            }
        }
        check
            .end(table)
            .map_err(|(line, what)| refused(&entry.file, Some(line), what))?;
        let content = tally.content();
        if content.rows != entry.rows {
            let what = format!(
                "has {} rows, and the manifest says {}",
                content.rows, entry.rows
            );
            return Err(refused(&entry.file, None, what));
        }
        if content.sha256 != entry.sha256 {
            let what = format!(
                "was changed: its SHA-256 is {}, and the manifest says {}",
                content.sha256, entry.sha256
            );
            return Err(refused(&entry.file, None, what));
        }
        if pieces.blocking_send(Piece::Rows(rows)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the hash of a row of history is that of its content. Whether somebody vouches for what an erasure may have
/// left shows when all of it is there.
fn is_as_written(row: &Row, key: &AuditKey) -> crate::error::Result<bool> {
    let event = row::event(row.clone()).map_err(crate::Error::internal)?;
    Ok(key.row_hash(&event)? == event.hash || !erased::persons(&event).is_empty())
}

/// What has been seen of the tables so far.
#[derive(Default)]
pub(super) struct Check {
    /// The ids of each table that others refer to, in their order: 8 bytes a row.
    ids: HashMap<&'static str, Vec<i64>>,
    last: Option<Key>,
    /// References to later rows of the same table: the line, the column, the id.
    later: Vec<(u64, &'static str, i64)>,
}

impl Check {
    fn of(tables: &[Table]) -> Self {
        let references = || tables.iter().flat_map(|table| &table.references);
        let is_referred_to = |table: &&Table| references().any(|it| it.to == table.name);
        let kept = tables.iter().filter(is_referred_to);
        Self {
            ids: kept.map(|table| (table.name, Vec::new())).collect(),
            ..Self::default()
        }
    }

    fn row(&mut self, table: &Table, row: &[Value], line: u64) -> std::result::Result<(), String> {
        let key = row::key(table, row);
        match &self.last {
            Some(last) if key == *last => {
                return Err(format!(
                    "has the key {} of the line before it",
                    row::show(&key)
                ));
            }
            Some(last) if key < *last => {
                return Err(format!(
                    "is out of order: its key {} comes before that of the line before it, {}",
                    row::show(&key),
                    row::show(last)
                ));
            }
            _ => {}
        }
        self.last = Some(key);
        let id = table.id().and_then(|place| row::whole(row, place));
        if let (Some(id), Some(ids)) = (id, self.ids.get_mut(table.name)) {
            ids.push(id);
        }
        for reference in &table.references {
            let Some(to) = row::whole(row, reference.column) else {
                continue;
            };
            let name = table
                .columns
                .get(reference.column)
                .map_or("", |column| column.name);
            let ids = self
                .ids
                .get(reference.to.as_str())
                .map_or(&[][..], Vec::as_slice);
            if ids.binary_search(&to).is_err() {
                if reference.to != table.name || id.is_some_and(|id| to < id) {
                    return Err(format!(
                        "refers in {name} to the {} {to}, which is not there",
                        reference.to
                    ));
                }
                self.later.push((line, name, to));
            }
        }
        Ok(())
    }

    /// The end of a table's file; the first line whose reference leads nowhere.
    fn end(&mut self, table: &Table) -> std::result::Result<(), (u64, String)> {
        self.last = None;
        let ids = self.ids.get(table.name).map_or(&[][..], Vec::as_slice);
        let later = std::mem::take(&mut self.later);
        let lost = later
            .into_iter()
            .find(|(_, _, to)| ids.binary_search(to).is_err());
        match lost {
            Some((line, name, to)) => Err((
                line,
                format!(
                    "refers in {name} to the {} {to}, which is not there",
                    table.name
                ),
            )),
            None => Ok(()),
        }
    }
}

/// The first line up to `last` that has a unique key of a line before it.
pub(in super::super) fn duplicate(
    archive: &mut Archive,
    table: &Table,
    last: u64,
) -> Result<Option<super::Error>> {
    let mut seen: HashMap<(usize, u64), u64> = HashMap::new();
    let keys: Vec<Vec<usize>> = table.unique_keys().collect();
    let mut lines = archive.lines(&format!("{}.jsonl", table.name))?;
    while let Some(line) = lines.next()? {
        let Ok(row) = row::decode(table, line) else {
            return Ok(None);
        };
        for (number, key) in keys.iter().enumerate() {
            let Some(digest) = digest(&row, key) else {
                continue;
            };
            if let Some(before) = seen.insert((number, digest), lines.number()) {
                let names = key
                    .iter()
                    .filter_map(|place| Some(table.columns.get(*place)?.name));
                let names = names.collect::<Vec<_>>().join(" and ");
                return Ok(Some(
                    lines.refused(format!("has the same {names} as line {before}")),
                ));
            }
        }
        if lines.number() >= last {
            break;
        }
    }
    Ok(None)
}

/// None where a part is absent: such rows do not exclude each other.
fn digest(row: &[Value], key: &[usize]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    for place in key {
        match row.get(*place)? {
            Value::String(Some(text)) => text.hash(&mut hasher),
            Value::BigInt(Some(number)) => number.hash(&mut hasher),
            _ => return None,
        }
    }
    Some(hasher.finish())
}
