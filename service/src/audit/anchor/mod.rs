//! Anchors: the ends of all chains, written to a file outside of the database.
//!
//! Whoever can write to the database, and compute hashes, can cut a chain's tail off, compute a chain anew, or remove it
//! with its record, and leave everything in agreement with itself. An anchor says what was there: each row that it
//! names is there for ever, whatever is added later, so that old anchors stay good. A file is worth as much as the place
//! where it lies: one that whoever writes to the database cannot write to. Its form is in `file`, its use in `proof`.

mod file;
mod known;
mod proof;

use std::io;
use std::path::{Path, PathBuf};

use entity::audit_event;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, JoinType, Order, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::present::CHAINED;
use crate::error::{Error, Result};
use crate::system::System;
use crate::value::Instant;
use file::{Anchors, Entry};
use known::Known;

pub use proof::{AnchorsChecked, verify_anchors};

/// How many chains are looked at at once.
const BATCH: u64 = 1000;

/// Why an anchor was not written, or cannot be believed.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The file cannot be read or written.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not as it was written.
    #[error("{}: line {line} {what}", .file.display())]
    Changed {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The database could not be asked.
    #[error(transparent)]
    Service(#[from] Error),
}

/// What an anchor added to its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// How many chains there are.
    pub chains: u64,
    /// How many of them had grown since the last anchor.
    pub added: u64,
}

/// Adds an anchor to a file, which is made where there is none: the end of each chain that has grown since the last
/// anchor in it. Memory grows by four bytes for each chain.
///
/// # Errors
/// [`AnchorError`]; another process that is writing to the file is an error of the file.
pub async fn anchor(
    system: &System,
    path: &Path,
    progress: impl Fn(u64),
) -> std::result::Result<Anchored, AnchorError> {
    let anchors = Anchors::open_to_add(path, &system.audit_key)?;
    let mut known = anchored_before(&anchors)?;
    let mut writer = anchors.begin(&Instant::show(&system.clock.now()))?;
    let mut added = 0;
    for (kind, table) in CHAINED.iter().enumerate() {
        let mut after = 0;
        loop {
            let ends = ends_behind(system, table, after).await?;
            let Some((last, ..)) = ends.last() else {
                break;
            };
            after = *last;
            for (id, seq, hash) in ends {
                // One that is shorter than it was is for the verification to tell.
                if known.seq(kind, id) < seq {
                    known.set(kind, id, seq);
                    writer.add(table, id, seq, &hash)?;
                    added += 1;
                }
            }
            progress(known.count());
        }
    }
    let chains = known.count();
    writer.finish(&system.audit_key, added, chains)?;
    Ok(Anchored { chains, added })
}

fn anchored_before(anchors: &Anchors) -> std::result::Result<Known, AnchorError> {
    let mut known = Known::default();
    let mut entries = anchors.entries()?;
    while let Some(entry) = entries.next()? {
        if let Entry::Row { kind, id, seq, .. } = entry {
            known.set(kind, id, seq);
        }
    }
    Ok(known)
}

/// The ends of the next chains of a table behind an id: the record, the number of the last row, and its hash.
async fn ends_behind(system: &System, table: &str, after: i64) -> Result<Vec<(i64, i64, String)>> {
    use audit_event::Column;
    let ends = audit_event::Entity::find()
        .select_only()
        .column(Column::EntityId)
        .column_as(Column::Seq.max(), "last")
        .filter(Column::Entity.eq(table))
        .filter(Column::EntityId.gt(after))
        .group_by(Column::EntityId)
        .order_by_asc(Column::EntityId)
        .limit(BATCH)
        .into_query();
    let is_end = Condition::all()
        .add(Expr::col(("ends", Column::EntityId)).equals(("e", Column::EntityId)))
        .add(Expr::col(("ends", "last")).equals(("e", Column::Seq)));
    let rows = Query::select()
        .column(("e", Column::EntityId))
        .column(("e", Column::Seq))
        .column(("e", Column::Hash))
        .from_as(audit_event::Entity, "e")
        .join_subquery(JoinType::InnerJoin, ends, "ends", is_end)
        .and_where(Expr::col(("e", Column::Entity)).eq(table))
        .order_by(("e", Column::EntityId), Order::Asc)
        .to_owned();
    let rows = system.db.reader().query_all(&rows).await?;
    let read = rows.iter().map(|row| {
        Ok((
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
        ))
    });
    read.collect()
}
