//! What labor and cost entries have in common: added while the record is open, reversed by another entry, never changed.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter};
use serde_json::Value as Json;

use super::Written;
use super::children::require_room;
use super::record::{Moves, Record};
use crate::error::{Error, Result};
use crate::system::Unit;
use crate::value::Text;
use crate::version::IfMatch;

crate::input! {
    /// The reversal of an entry.
    pub struct Reversal {
        /// Why.
        reason: required Text<2000>,
    }
}

/// With how many entries of a kind, reversals included, a record takes no more. A reversal always finds room: there
/// is at most one for each entry, and it takes back what the entry adds to a sum.
const MOST_ENTRIES: u64 = 5_000;

/// A kind of entries.
pub(super) struct Kind<E: EntityTrait> {
    /// The field of the table of rights that governs them, and their name in history.
    pub(super) field: &'static str,
    /// What a missing one is called.
    pub(super) what: &'static str,
    /// Their parent's id.
    pub(super) parent: E::Column,
    /// The entry that one reverses.
    pub(super) reverses: E::Column,
}

impl<E> Kind<E>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + Send + Sync,
    <E::PrimaryKey as sea_orm::PrimaryKeyTrait>::ValueType: From<i64>,
{
    /// An entry as history names it.
    pub(super) fn path(&self, id: i64) -> String {
        format!("{}/{id}", self.field)
    }

    /// The record, if the caller may add entries to it now.
    pub(super) fn open<'a>(&self, record: Record<'a>, if_match: &IfMatch) -> Result<Record<'a>> {
        record.require_right(self.field)?;
        if_match.check(record.row.version)?;
        record.require_state([self.field])?;
        Ok(record)
    }

    /// Refuses a new entry where a record holds as many as it may.
    pub(super) async fn require_room(&self, unit: &Unit<'_>, defect_id: i64) -> Result<()> {
        let room = (MOST_ENTRIES, "entries of a kind");
        require_room::<E>(unit.tx, self.parent, defect_id, room).await
    }

    /// An entry through its parent: under another record it is not found.
    pub(super) async fn find(
        &self,
        db: &impl ConnectionTrait,
        defect_id: i64,
        id: i64,
    ) -> Result<E::Model> {
        E::find_by_id(id)
            .filter(self.parent.eq(defect_id))
            .one(db)
            .await?
            .ok_or(Error::NotFound(self.what))
    }

    /// Refuses an entry that is a reversal, or has one.
    pub(super) async fn require_standing(
        &self,
        unit: &Unit<'_>,
        id: i64,
        reverses: Option<i64>,
    ) -> Result<()> {
        let message = if reverses.is_some() {
            "a reversal cannot be reversed; add a new entry"
        } else if E::find()
            .filter(self.reverses.eq(id))
            .one(unit.tx)
            .await?
            .is_some()
        {
            "this entry has been reversed already"
        } else {
            return Ok(());
        };
        Err(Error::WrongState(message.to_owned()))
    }

    /// Writes an entry's history, and answers what was written.
    pub(super) async fn written<V>(
        &self,
        mut record: Record<'_>,
        id: i64,
        content: &Json,
        item: V,
    ) -> Result<Written<V>> {
        record.note(&self.path(id), &Json::Null, content)?;
        let version = record.save(Moves::Nothing).await?;
        Ok(Written { item, version })
    }
}
