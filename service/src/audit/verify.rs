//! Recomputing every chain, and comparing it with the record: its end with what the record remembers, and what it
//! tells with what the record holds.

use std::collections::VecDeque;

use db::Tx;
use entity::audit_event;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::GENESIS;
use super::present::{self, CHAINED, Present};
use super::replay::Told;
use crate::error::Result;
use crate::page::{bytes_of, fitting};
use crate::system::System;

/// How many rows of history are read at once, at most.
const BATCH: u64 = 2000;

/// How many bytes of them, unless the first alone has more; of records with what hangs on them too.
pub(super) const BATCH_BYTES: i64 = 8 * 1024 * 1024;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The table of the record.
    pub entity: String,
    /// The record.
    pub entity_id: i64,
    /// The row of its history, where one can be named.
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
        let mut records = Records::new(system, &db, entity);
        let mut chain: Option<Chain> = None;
        let mut after = (0, 0);
        loop {
            let rows = batch(&db, entity, after).await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = (last.entity_id, last.seq);
            for row in rows {
                result.rows += 1;
                if let Some(ended) = chain.take_if(|chain| chain.entity_id != row.entity_id) {
                    records.compare(ended, &mut result).await?;
                }
                if chain.is_none() {
                    result.chains += 1;
                }
                chain = Some(check(system, row, chain, &mut result)?);
            }
            progress(result.rows);
        }
        if let Some(ended) = chain {
            records.compare(ended, &mut result).await?;
        }
        records.finish(&mut result).await?;
        db.commit().await?;
    }
    Ok(result)
}

/// The end of a chain as its rows tell it.
struct Chain {
    entity_id: i64,
    seq: i64,
    hash: String,
    is_removal: bool,
    told: Told,
}

/// The next rows behind one: as many as a batch holds, of rows and of bytes.
async fn batch(db: &Tx, entity: &str, (id, seq): (i64, i64)) -> Result<Vec<audit_event::Model>> {
    let behind = Condition::all()
        .add(audit_event::Column::EntityId.gte(id))
        .add(
            Condition::any()
                .add(audit_event::Column::EntityId.gt(id))
                .add(audit_event::Column::Seq.gt(seq)),
        );
    let behind = audit_event::Entity::find()
        .filter(audit_event::Column::Entity.eq(entity))
        .filter(behind)
        .order_by_asc(audit_event::Column::EntityId)
        .order_by_asc(audit_event::Column::Seq);
    let long = [
        audit_event::Column::OldValue,
        audit_event::Column::NewValue,
        audit_event::Column::Reason,
    ];
    let sizes: Vec<i64> = behind
        .clone()
        .select_only()
        .expr_as(bytes_of(db, &long), "bytes")
        .limit(BATCH)
        .into_tuple()
        .all(db)
        .await?;
    let fit = fitting(sizes.iter(), BATCH_BYTES);
    Ok(behind.limit(fit as u64).all(db).await?)
}

/// Checks a row against its hash and the row before it.
fn check(
    system: &System,
    row: audit_event::Model,
    before: Option<Chain>,
    result: &mut Verification,
) -> Result<Chain> {
    let (seq, prev) = before
        .as_ref()
        .map_or((0, GENESIS), |chain| (chain.seq, chain.hash.as_str()));
    let mut find = |what: String| {
        result.findings.push(Finding {
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
    if system.audit_key.row_hash(&row)? != row.hash {
        find("its content does not match its hash".to_owned());
    }
    let mut told = before.map(|chain| chain.told).unwrap_or_default();
    told.apply(&row);
    Ok(Chain {
        entity_id: row.entity_id,
        seq: row.seq,
        is_removal: row.field.is_none() && row.new_value.is_none(),
        hash: row.hash,
        told,
    })
}

/// A table's records in the order of their ids.
struct Records<'a> {
    system: &'a System,
    db: &'a Tx,
    entity: &'static str,
    buffer: VecDeque<Present>,
    after: i64,
}

impl<'a> Records<'a> {
    fn new(system: &'a System, db: &'a Tx, entity: &'static str) -> Self {
        Self {
            system,
            db,
            entity,
            buffer: VecDeque::new(),
            after: 0,
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
            self.buffer
                .extend(present::behind(self.system, self.db, self.entity, self.after).await?);
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
