//! What labor and cost entries have in common: added while the record is open, reversed by another entry, never changed.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter, QuerySelect};
use serde_json::Value as Json;

use super::caller::Caller;
use super::children::require_room;
use super::record::{Moves, Record};
use super::{PermissionsView, Written};
use crate::actor::Actor;
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
    /// The entry that one reverses: its column, and as a row has it.
    pub(super) reverses: E::Column,
    pub(super) reversed_by: fn(&E::Model) -> Option<i64>,
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

    /// Which of some entries another one reverses.
    pub(super) async fn reversed(
        &self,
        db: &impl ConnectionTrait,
        ids: impl IntoIterator<Item = i64>,
    ) -> Result<HashSet<i64>> {
        let ids: Vec<i64> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let found: Vec<i64> = E::find()
            .select_only()
            .column(self.reverses)
            .filter(self.reverses.is_in(ids))
            .into_tuple()
            .all(db)
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Refuses the reversal of an entry as it is refused before its version and its reason are looked at.
    pub(super) async fn may_reverse(
        &self,
        db: &impl ConnectionTrait,
        actor: &Actor,
        (defect_id, id): (i64, i64),
    ) -> Result<()> {
        let caller = Caller::of(db, actor, defect_id).await?;
        let entry = self.find(db, defect_id, id).await?;
        caller.require_right(self.field)?;
        caller.require_state([self.field])?;
        self.require_standing(db, id, &entry).await
    }

    /// Whether the caller may reverse an entry that he reads; `may` is what he may do with its record.
    pub(super) fn reversible(
        &self,
        may: &PermissionsView,
        reverses: Option<i64>,
        is_reversed: bool,
    ) -> bool {
        may.writes(self.field) && require_standing(reverses, is_reversed).is_ok()
    }

    /// Refuses an entry that is a reversal, or has one.
    pub(super) async fn require_standing(
        &self,
        db: &impl ConnectionTrait,
        id: i64,
        entry: &E::Model,
    ) -> Result<()> {
        let is_reversed = self.reversed(db, [id]).await?.contains(&id);
        require_standing((self.reversed_by)(entry), is_reversed)
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

/// 409: what reverses an entry, or is reversed.
fn require_standing(reverses: Option<i64>, is_reversed: bool) -> Result<()> {
    let message = if reverses.is_some() {
        "a reversal cannot be reversed; add a new entry"
    } else if is_reversed {
        "this entry has been reversed already"
    } else {
        return Ok(());
    };
    Err(Error::WrongState(message.to_owned()))
}
