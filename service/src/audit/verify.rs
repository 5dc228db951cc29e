//! Recomputing every chain, and comparing it with the record: its end with what the record remembers, and what it
//! tells with what the record holds.

use std::collections::VecDeque;

use db::Tx;
use entity::audit_event;
use sea_orm::Condition;
use serde::Serialize;
use utoipa::ToSchema;

use super::erased::Erased;
use super::present::{self, CHAINED, Present};
use super::replay::Told;
use super::{GENESIS, rows};
use crate::error::Result;
use crate::system::System;

/// How many rows of history are read at once, at most.
const BATCH: u64 = 2000;

/// How many bytes of them, unless the first alone has more; of records with what hangs on them too.
pub(super) const BATCH_BYTES: i64 = 8 * 1024 * 1024;

/// From the first record to the last one.
const ALL: (i64, i64) = (0, i64::MAX);

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditFinding)]
pub struct Finding {
    /// The table of the record.
    pub entity: String,
    /// The record.
    pub entity_id: i64,
    /// The row of its history, where one can be named.
    #[schema(required)]
    pub seq: Option<i64>,
    /// What is wrong with it.
    pub what: String,
}

/// The result of checking every chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many records' chains were checked.
    pub chains: u64,
    /// How many rows of history.
    pub rows: u64,
    /// How many of them hold what the erasure of a person left, and are vouched for by that person's history.
    pub erased: u64,
    /// What was found; nothing if all is as it was written.
    pub findings: Vec<Finding>,
}

/// Checks every chain: each row's hash, its place, that the record remembers the last one, and that it holds what
/// the chain tells.
///
/// Rows and records are read side by side in batches, so memory does not grow with either. `progress` is told the
/// number of rows checked so far. Each table is read as of one moment, or what is written meanwhile would look like
/// tampering.
pub async fn verify(system: &System, progress: impl Fn(u64)) -> Result<Verification> {
    let mut result = Verification::default();
    for entity in CHAINED {
        let db = system.db.snapshot().await?;
        let mut walk = Walk::new(system, &db);
        walk.between(entity, ALL, &mut result, &progress).await?;
        db.commit().await?;
    }
    Ok(result)
}

/// A check of chains as one transaction sees them.
pub(crate) struct Walk<'a> {
    system: &'a System,
    db: &'a Tx,
    erased: Erased,
}

impl<'a> Walk<'a> {
    /// Of the chains of a system.
    pub(crate) fn new(system: &'a System, db: &'a Tx) -> Self {
        let erased = Erased::default();
        Self { system, db, erased }
    }

    /// Checks the chains of a table from one record to another.
    pub(crate) async fn between(
        &mut self,
        entity: &'static str,
        (first, last): (i64, i64),
        result: &mut Verification,
        progress: &impl Fn(u64),
    ) -> Result<()> {
        let mut records = Records::new(self.system, self.db, entity, (first, last));
        let mut chain: Option<Chain> = None;
        let mut after = (first, 0);
        loop {
            let range = (after, last);
            let rows = rows::behind(self.db, entity, range, Condition::all(), BATCH).await?;
            let Some(next) = rows.last() else {
                break;
            };
            after = (next.entity_id, next.seq);
            for row in rows {
                result.rows += 1;
                if let Some(ended) = chain.take_if(|chain| chain.entity_id != row.entity_id) {
                    records.compare(ended, result).await?;
                }
                if chain.is_none() {
                    result.chains += 1;
                }
                let content = self.content(&row).await?;
                chain = Some(check(row, content, chain, result));
            }
            progress(result.rows);
        }
        if let Some(ended) = chain {
            records.compare(ended, result).await?;
        }
        records.finish(result).await
    }

    async fn content(&mut self, row: &audit_event::Model) -> Result<Content> {
        let key = &self.system.audit_key;
        let hash = key.row_hash(row)?;
        Ok(if hash == row.hash {
            Content::AsWritten
        } else if self.erased.vouches(self.db, key, row, &hash).await? {
            Content::Erased
        } else {
            Content::Changed
        })
    }
}

/// How the content of a row stands to its hash.
#[derive(Clone, Copy)]
enum Content {
    AsWritten,
    /// It is what the erasure of a person left.
    Erased,
    Changed,
}

/// The end of a chain as its rows tell it.
struct Chain {
    entity_id: i64,
    seq: i64,
    hash: String,
    is_removal: bool,
    told: Told,
}

/// Checks a row against its hash and the row before it.
fn check(
    row: audit_event::Model,
    content: Content,
    before: Option<Chain>,
    result: &mut Verification,
) -> Chain {
    let (seq, prev) = before
        .as_ref()
        .map_or((0, GENESIS), |chain| (chain.seq, chain.hash.as_str()));
    let findings = &mut result.findings;
    let mut find = |what: String| {
        findings.push(Finding {
            entity: row.entity.clone(),
            entity_id: row.entity_id,
            seq: Some(row.seq),
            what,
        });
    };
    if row.seq != seq + 1 {
        find(format!(
            "rows {} to {} before it are missing",
            seq + 1,
            row.seq - 1
        ));
    } else if row.prev_hash != prev {
        find("it does not follow the row before it".to_owned());
    }
    match content {
        Content::AsWritten => {}
        Content::Erased => result.erased += 1,
        Content::Changed => find("its content does not match its hash".to_owned()),
    }
    let mut told = before.map(|chain| chain.told).unwrap_or_default();
    told.apply(&row);
    Chain {
        entity_id: row.entity_id,
        seq: row.seq,
        is_removal: row.field.is_none() && row.new_value.is_none(),
        hash: row.hash,
        told,
    }
}

/// A table's records in the order of their ids, up to one.
struct Records<'a> {
    system: &'a System,
    db: &'a Tx,
    entity: &'static str,
    buffer: VecDeque<Present>,
    after: i64,
    last: i64,
}

impl<'a> Records<'a> {
    fn new(
        system: &'a System,
        db: &'a Tx,
        entity: &'static str,
        (first, last): (i64, i64),
    ) -> Self {
        Self {
            system,
            db,
            entity,
            buffer: VecDeque::new(),
            after: first.saturating_sub(1),
            last,
        }
    }

    /// Compares a chain with the record that it belongs to; records passed on the way have no chain.
    async fn compare(&mut self, chain: Chain, result: &mut Verification) -> Result<()> {
        while let Some(record) = self.next_up_to(chain.entity_id).await? {
            if record.id < chain.entity_id {
                result
                    .findings
                    .push(self.finding(record.id, "has no history"));
                continue;
            }
            let what = if chain.is_removal {
                "was removed by its history, but is there"
            } else if chain.seq < record.seq {
                "the last rows of its history are missing"
            } else if chain.seq > record.seq || chain.hash != record.head {
                "does not remember the end of its history"
            } else {
                for field in chain.told.differences(record.values) {
                    let what = format!("{field} is not what its history tells");
                    result.findings.push(self.finding(record.id, &what));
                }
                return Ok(());
            };
            result.findings.push(self.finding(record.id, what));
            return Ok(());
        }
        if !chain.is_removal {
            let what = "has a history, but the record is gone";
            result.findings.push(self.finding(chain.entity_id, what));
        }
        Ok(())
    }

    /// What is left has no chain.
    async fn finish(mut self, result: &mut Verification) -> Result<()> {
        while let Some(record) = self.next_up_to(i64::MAX).await? {
            result
                .findings
                .push(self.finding(record.id, "has no history"));
        }
        Ok(())
    }

    async fn next_up_to(&mut self, id: i64) -> Result<Option<Present>> {
        if self.buffer.is_empty() {
            self.buffer.extend(
                present::behind(self.system, self.db, self.entity, (self.after, self.last)).await?,
            );
            self.after = self.buffer.back().map_or(self.after, |last| last.id);
        }
        Ok(self.buffer.pop_front_if(|next| next.id <= id))
    }

    fn finding(&self, entity_id: i64, what: &str) -> Finding {
        Finding {
            entity: self.entity.to_owned(),
            entity_id,
            seq: None,
            what: what.to_owned(),
        }
    }
}
