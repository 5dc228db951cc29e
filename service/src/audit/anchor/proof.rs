//! Comparing the chains with the anchors: each row that one names must be there, with the hash of that time.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use entity::audit_event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::super::present::CHAINED;
use super::super::verify::Finding;
use super::AnchorError;
use super::file::{Anchors, Entry};
use crate::error::Result;
use crate::system::System;

/// How many anchored rows are looked up at once.
const BATCH: usize = 500;

/// The result of comparing the chains with a file of anchors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnchorsChecked {
    /// How many anchors the file has.
    pub anchors: u64,
    /// How many rows of history they name.
    pub rows: u64,
    /// What is not as it was anchored.
    pub findings: Vec<Finding>,
}

/// Checks that each row which the anchors of a file name is still there as it was. What it finds was cut off, computed
/// anew, or removed since.
///
/// # Errors
/// [`AnchorError`]; a file that was changed proves nothing.
pub async fn verify_anchors(
    system: &System,
    path: &Path,
    progress: impl Fn(u64),
) -> std::result::Result<AnchorsChecked, AnchorError> {
    let anchors = Anchors::open(path, &system.audit_key)?;
    let mut result = AnchorsChecked {
        anchors: anchors.count,
        ..AnchorsChecked::default()
    };
    let mut entries = anchors.entries()?;
    let mut at: Arc<str> = Arc::from("");
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(entry) = entries.next()? {
        match entry {
            Entry::Begin(instant) => at = Arc::from(instant),
            Entry::Whole(_) => {}
            Entry::Row {
                kind,
                id,
                seq,
                hash,
            } => {
                let at = Arc::clone(&at);
                batch.push(Named {
                    kind,
                    id,
                    seq,
                    hash,
                    at,
                });
            }
        }
        if batch.len() == BATCH {
            look_up(system, std::mem::take(&mut batch), &mut result).await?;
            progress(result.rows);
        }
    }
    look_up(system, batch, &mut result).await?;
    Ok(result)
}

/// A row of history that an anchor names.
struct Named {
    kind: usize,
    id: i64,
    seq: i64,
    hash: String,
    at: Arc<str>,
}

/// Looks the named rows up, table by table.
async fn look_up(system: &System, named: Vec<Named>, result: &mut AnchorsChecked) -> Result<()> {
    result.rows += named.len() as u64;
    for (kind, table) in CHAINED.iter().enumerate() {
        let of_table: Vec<&Named> = named.iter().filter(|named| named.kind == kind).collect();
        if of_table.is_empty() {
            continue;
        }
        let there = rows_of(system, table, &of_table).await?;
        let missing = of_table
            .iter()
            .filter(|named| !there.contains_key(&(named.id, named.seq)))
            .map(|named| named.id);
        let left = chains_of(system, table, missing.collect()).await?;
        for named in of_table {
            let at = &named.at;
            let (seq, what) = match there.get(&(named.id, named.seq)) {
                Some(hash) if *hash == named.hash => continue,
                Some(_) => (
                    Some(named.seq),
                    format!(
                        "is not the row that was anchored at {at}: its history was computed anew"
                    ),
                ),
                None if left.contains(&named.id) => (
                    Some(named.seq),
                    format!("was anchored at {at}, and is missing: its history was cut off"),
                ),
                None => (None, format!("had a history at {at}, which is gone")),
            };
            result.findings.push(Finding {
                entity: (*table).to_owned(),
                entity_id: named.id,
                seq,
                what,
            });
        }
    }
    Ok(())
}

/// The hashes of the rows with these numbers, and of a few more.
async fn rows_of(
    system: &System,
    table: &str,
    named: &[&Named],
) -> Result<HashMap<(i64, i64), String>> {
    let rows: Vec<(i64, i64, String)> = audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::EntityId)
        .column(audit_event::Column::Seq)
        .column(audit_event::Column::Hash)
        .filter(audit_event::Column::Entity.eq(table))
        .filter(audit_event::Column::EntityId.is_in(named.iter().map(|named| named.id)))
        .filter(audit_event::Column::Seq.is_in(named.iter().map(|named| named.seq)))
        .into_tuple()
        .all(system.db.reader())
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|(id, seq, hash)| ((id, seq), hash)).collect())
}

/// Those of the records that have any history at all.
async fn chains_of(system: &System, table: &str, ids: Vec<i64>) -> Result<HashSet<i64>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let left: Vec<i64> = audit_event::Entity::find()
        .select_only()
        .column(audit_event::Column::EntityId)
        .distinct()
        .filter(audit_event::Column::Entity.eq(table))
        .filter(audit_event::Column::EntityId.is_in(ids))
        .into_tuple()
        .all(system.db.reader())
        .await?;
    Ok(left.into_iter().collect())
}
