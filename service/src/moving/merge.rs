//! An archive into a system that already holds data, by natural keys: parts by number and revision, users by name,
//! codes, work centers, partners and due rules by code, defects by tag number, inspections and frozen limits by what was
//! drawn for them.
//!
//! First a plan is made, from the whole archive and one moment of the target, and nothing is written: each record is
//! there already, is added, goes on where the target's chain ends, or is refused ([`make`]). Then all of it is done in
//! one transaction ([`apply`]), in which every change is a compare-and-swap on what the plan saw, and every key is
//! unique: where somebody else was faster, nothing is kept and a new plan is made. Nothing is ever overwritten.

mod apply;
mod carry;
mod chains;
mod differ;
mod found;
mod history;
mod ids;
mod judge;
mod keys;
mod make;
mod plan;
mod reading;
mod rows;
mod target;
mod write;

use std::path::Path;
use std::sync::Arc;

use db::Db;
use serde::Serialize;

use super::{Error, Result, Seal, Watch};
use crate::actor::Actor;
use crate::audit::{AuditKey, Verification};
use crate::store::Store;

/// How an archive is to be merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeOptions {
    /// Whether only to say what would be done.
    pub dry_run: bool,
    /// Whether to do the rest where something is refused.
    pub skip_refused: bool,
}

/// What was merged, or would be.
#[derive(Clone, Debug, Serialize)]
pub struct Merged {
    /// Each table of the archive that is merged.
    pub tables: Vec<MergedTable>,
    /// The first of the records that were refused, at most [`MOST_TOLD`].
    pub refusals: Vec<Refusal>,
    /// How many records were refused.
    pub refused: u64,
    /// Whether it was done.
    pub applied: bool,
    /// The chains of the records that were written, recomputed before the commit; none where nothing was.
    #[serde(skip)]
    pub history: Option<Verification>,
}

/// What becomes of a table's rows in the archive; together they are all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MergedTable {
    /// The table.
    pub name: &'static str,
    /// Rows that are new here.
    pub added: u64,
    /// Rows that go on where those here end.
    pub updated: u64,
    /// Rows for which there is nothing to do: they are here, or the archive is older.
    pub same: u64,
    /// Rows that are left out.
    pub refused: u64,
}

/// A record that cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Its table.
    pub table: &'static str,
    /// Its natural key.
    pub key: String,
    /// Why, as a sentence.
    pub what: String,
}

/// How many refusals are told one by one.
pub const MOST_TOLD: usize = 100;

/// How often a plan is made where others change the same records.
const ATTEMPTS: u32 = 3;

/// Merges an archive into the system in `to`, and its files into their store, on behalf of `actor`.
///
/// Where anything is refused, nothing is done unless `skip_refused` says so; [`Merged::applied`] tells. A dry run only
/// reads. Servers may be at work on the system meanwhile. With a seal, nothing is kept unless that is.
///
/// # Errors
/// [`Error::Archive`] with file and line, [`Error::Refused`] where the two systems do not go together or others keep
/// changing the same records, [`Error::Database`]; nothing is changed then.
pub async fn merge(
    (to, files): (&Db, &Store),
    path: &Path,
    key: &AuditKey,
    actor: &Actor,
    options: MergeOptions,
    watch: &Watch,
    seal: Option<&Seal>,
) -> Result<Merged> {
    for _ in 0..ATTEMPTS {
        let plan = make::plan(to, path, key, watch).await?;
        let mut merged = plan.told();
        if options.dry_run || (merged.refused > 0 && !options.skip_refused) {
            return Ok(merged);
        }
        merged.applied = true;
        if plan.is_nothing() {
            return Ok(merged);
        }
        super::files::restore(path, &plan.manifest, &plan.tables, files).await?;
        let sealed =
            seal.map(|seal| seal.statement(&serde_json::to_value(&merged).unwrap_or_default()));
        let order = apply::Order {
            key,
            actor,
            watch,
            sealed,
        };
        match apply::all(to, path, Arc::new(plan), order).await {
            Ok(history) => {
                merged.history = Some(history);
                return Ok(merged);
            }
            Err(apply::Stop::Overtaken) => {}
            Err(apply::Stop::Failed(error)) => return Err(error),
        }
    }
    if let Some(error) = reading::twins(path, key).await? {
        return Err(error);
    }
    Err(Error::Refused(
        "others changed the same records again and again, so nothing was merged: try it once more"
            .to_owned(),
    ))
}
