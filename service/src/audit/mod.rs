//! The history that shows tampering: one row for each changed field, each row's hash covering the one before.
//!
//! A [`Trail`] is the end of one record's chain while a change is made. Its rows are written in the change's
//! own transaction, and the record keeps the chain's last number and hash, so that a missing *last* row is
//! seen as well. [`verify`] recomputes every chain.

mod anchor;
mod check;
pub(crate) mod erased;
mod present;
mod replay;
pub(crate) mod rows;
mod verify;
mod weight;

use chrono::{DateTime, FixedOffset};
use entity::audit_event;
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{CommonTableExpression, InsertStatement, WithClause};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryTrait};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::names;
use crate::system::Unit;
use crate::value::Instant;

pub use anchor::{AnchorError, Anchored, AnchorsChecked, anchor, verify_anchors};
pub use check::{AuditCheck, AuditQuery, Chained, check};
pub(crate) use present::CHAINED;
pub(crate) use verify::Walk;
pub use verify::{Finding, Verification, verify};

/// What a chain begins with.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What is told as a field, but is none: that the rows before it came from another system.
pub(crate) const MERGED_FROM: &str = "merged_from";

/// The key of the chain (`DMT_AUDIT_KEY`): with it the hashes are HMACs that only its holder can recompute.
#[derive(Clone, Default)]
pub struct AuditKey(Option<Vec<u8>>);

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "AuditKey(***)"
        } else {
            "AuditKey(none)"
        })
    }
}

impl AuditKey {
    /// A key, or none where the text is empty.
    pub fn new(key: Option<&str>) -> Self {
        Self(
            key.filter(|key| !key.is_empty())
                .map(|key| key.as_bytes().to_vec()),
        )
    }

    /// Tells one key from another without showing it; `none` without a key.
    pub fn fingerprint(&self) -> Result<String> {
        match self.0 {
            Some(_) => self.digest(b"dmt audit key"),
            None => Ok("none".to_owned()),
        }
    }

    fn digest(&self, content: &[u8]) -> Result<String> {
        let digest = match &self.0 {
            Some(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(Error::internal)?;
                mac.update(content);
                crate::hex::encode(&mac.finalize().into_bytes())
            }
            None => crate::hex::encode(&Sha256::digest(content)),
        };
        Ok(digest)
    }

    /// Hash v1 of a row: over the hash before it and the JSON array of its other columns in this order.
    pub(crate) fn row_hash(&self, row: &audit_event::Model) -> Result<String> {
        let columns = json!([
            row.entity,
            row.entity_id,
            row.seq,
            row.field,
            row.old_value,
            row.new_value,
            row.actor,
            row.actor_name,
            Instant::show(&row.at),
            row.reason,
            row.request_id,
        ]);
        self.digest(format!("{}{columns}", row.prev_hash).as_bytes())
    }
}

/// Who makes a change and when: what stands beside each of its rows.
#[derive(Clone)]
pub(crate) struct Author {
    pub(crate) id: Option<i64>,
    pub(crate) name: String,
    pub(crate) at: DateTime<FixedOffset>,
    pub(crate) request_id: Option<String>,
}

impl Author {
    fn of(unit: &Unit<'_>) -> Self {
        Self {
            id: unit.actor.id,
            name: unit.actor.name.clone(),
            at: unit.now,
            request_id: db::request::current(),
        }
    }
}

/// The end of a record's chain, and the rows that a change adds to it.
pub(crate) struct Trail {
    entity: &'static str,
    entity_id: i64,
    seq: i64,
    head: String,
    reason: Option<String>,
    rows: Vec<audit_event::Model>,
}

impl Trail {
    /// The chain of a record that has just been made.
    pub(crate) fn begin(entity: &'static str, entity_id: i64) -> Self {
        Self::resume(entity, entity_id, 0, GENESIS)
    }

    /// The chain of a record as it stands.
    pub(crate) fn resume(entity: &'static str, entity_id: i64, seq: i64, head: &str) -> Self {
        Self {
            entity,
            entity_id,
            seq,
            head: head.to_owned(),
            reason: None,
            rows: Vec::new(),
        }
    }

    /// Why the change is made; stands in each of its rows.
    pub(crate) fn because(mut self, reason: Option<&str>) -> Self {
        self.reason = reason.map(str::to_owned);
        self
    }

    /// The same for what follows from here.
    pub(crate) fn set_reason(&mut self, reason: Option<&str>) {
        self.reason = reason.map(str::to_owned);
    }

    /// The record came into being.
    pub(crate) fn created(&mut self, unit: &Unit<'_>, record: &Json) -> Result<()> {
        self.push(unit, None, None, Some(record))
    }

    /// The record was removed.
    pub(crate) fn deleted(&mut self, unit: &Unit<'_>, record: &Json) -> Result<()> {
        self.push(unit, None, Some(record), None)
    }

    /// A field changed; nothing is written where it did not.
    pub(crate) fn changed(
        &mut self,
        unit: &Unit<'_>,
        field: &str,
        old: &Json,
        new: &Json,
    ) -> Result<()> {
        if old == new {
            return Ok(());
        }
        self.push(unit, Some(field), Some(old), Some(new))
    }

    /// Whether anything was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a field changed that is one of those wanted.
    pub(crate) fn has_changed(&self, is_wanted: impl Fn(&str) -> bool) -> bool {
        let mut fields = self.rows.iter().filter_map(|row| row.field.as_deref());
        fields.any(is_wanted)
    }

    /// The number of the last row.
    pub(crate) fn seq(&self) -> i64 {
        self.seq
    }

    /// The hash of the last row.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    /// Whether a name that others show has changed.
    fn renames(&self) -> bool {
        let renames = |row: &audit_event::Model| match row.field.as_deref() {
            Some(field) => names::FIELDS.contains(&field),
            None => row.new_value.is_none(),
        };
        self.entity != crate::defects::ENTITY && self.rows.iter().any(renames)
    }

    /// Writes the rows.
    pub(crate) async fn save(self, unit: &Unit<'_>) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        if self.renames() {
            // No other change's hash begins like this.
            names::moved(unit.tx, &self.head[..16]).await?;
        }
        audit_event::Entity::insert_many(self.rows.into_iter().map(to_write))
            .exec_without_returning(unit.tx)
            .await?;
        Ok(())
    }

    /// Writes the record, what stands beside it (what it is found by, what it adds to the summaries), and the rows, as the
    /// last that is done: on PostgreSQL and on SQLite in one round trip.
    pub(crate) async fn save_with(
        self,
        unit: &Unit<'_>,
        record: InsertStatement,
        beside: Vec<InsertStatement>,
    ) -> Result<()> {
        let rows =
            audit_event::Entity::insert_many(self.rows.into_iter().map(to_write)).into_query();
        let all = std::iter::once(record).chain(beside);
        let family = unit.tx.get_database_backend();
        if family != DbBackend::Postgres {
            let all = all.chain([rows]).map(|statement| family.build(&statement));
            return Ok(unit.tx.execute_all(all.collect()).await?);
        }
        let mut parts = WithClause::new();
        for (place, statement) in all.enumerate() {
            let part = CommonTableExpression::new()
                .query(statement)
                .table_name(format!("part_{place}"))
                .to_owned();
            parts.cte(part);
        }
        unit.tx.finish(&parts.query(rows)).await?;
        Ok(())
    }

    /// The rows, for whoever writes those of many records at once.
    pub(crate) fn into_rows(self) -> Vec<audit_event::Model> {
        self.rows
    }

    /// Goes on with a row of another system's history, which gets its place and its hash here.
    pub(crate) fn carry(&mut self, key: &AuditKey, mut row: audit_event::Model) -> Result<()> {
        row.entity_id = self.entity_id;
        row.seq = self.seq + 1;
        row.prev_hash.clone_from(&self.head);
        row.hash = key.row_hash(&row)?;
        self.seq = row.seq;
        self.head.clone_from(&row.hash);
        self.rows.push(row);
        Ok(())
    }

    /// Writes the rows so far, and goes on.
    pub(crate) async fn write(&mut self, unit: &Unit<'_>) -> Result<()> {
        let rows = self.take_rows();
        if rows.is_empty() {
            return Ok(());
        }
        audit_event::Entity::insert_many(rows.into_iter().map(to_write))
            .exec_without_returning(unit.tx)
            .await?;
        Ok(())
    }

    /// The rows so far, for whoever writes those of many records at once.
    pub(crate) fn take_rows(&mut self) -> Vec<audit_event::Model> {
        std::mem::take(&mut self.rows)
    }

    fn push(
        &mut self,
        unit: &Unit<'_>,
        field: Option<&str>,
        old: Option<&Json>,
        new: Option<&Json>,
    ) -> Result<()> {
        self.push_by(&unit.system.audit_key, &Author::of(unit), field, (old, new))
    }

    /// Adds a row outside of a change.
    pub(crate) fn push_by(
        &mut self,
        key: &AuditKey,
        author: &Author,
        field: Option<&str>,
        (old, new): (Option<&Json>, Option<&Json>),
    ) -> Result<()> {
        let mut row = audit_event::Model {
            id: 0,
            entity: self.entity.to_owned(),
            entity_id: self.entity_id,
            seq: self.seq + 1,
            field: field.map(str::to_owned),
            old_value: stored(old),
            new_value: stored(new),
            actor: author.id,
            actor_name: author.name.clone(),
            at: author.at,
            reason: self.reason.clone(),
            request_id: author.request_id.clone(),
            prev_hash: self.head.clone(),
            hash: String::new(),
        };
        row.hash = key.row_hash(&row)?;
        self.seq = row.seq;
        self.head.clone_from(&row.hash);
        self.rows.push(row);
        Ok(())
    }
}

/// A row for the table, which gives it its id.
pub(crate) fn to_write(row: audit_event::Model) -> audit_event::ActiveModel {
    audit_event::ActiveModel {
        id: NotSet,
        entity: Set(row.entity),
        entity_id: Set(row.entity_id),
        seq: Set(row.seq),
        field: Set(row.field),
        old_value: Set(row.old_value),
        new_value: Set(row.new_value),
        actor: Set(row.actor),
        actor_name: Set(row.actor_name),
        at: Set(row.at),
        reason: Set(row.reason),
        request_id: Set(row.request_id),
        prev_hash: Set(row.prev_hash),
        hash: Set(row.hash),
    }
}

/// A value as history keeps it: its canonical JSON (keys sorted, as `serde_json` writes them); absent stays NULL.
fn stored(value: Option<&Json>) -> Option<String> {
    value.filter(|value| !value.is_null()).map(Json::to_string)
}

/// A stored value as it is shown.
pub(crate) fn shown(value: Option<&str>) -> Json {
    value.map_or(Json::Null, |text| {
        serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
    })
}
