//! A record while it is being changed: its locked row and the end of its chain. Who may write what, `caller` says.

use chrono::{DateTime, FixedOffset};
use entity::{code_value, defect};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::{Map, Value as Json, json};

use super::caller::Caller;
use super::{ENTITY, WHAT};
use crate::audit::Trail;
use crate::error::{Error, Result};
use crate::search;
use crate::summary::{self, Beside, Seen};
use crate::system::Unit;
use crate::value::{Instant, Quantity};
use crate::words::Status;

/// A record while it is being changed.
pub(super) struct Record<'a> {
    pub(super) unit: &'a Unit<'a>,
    pub(super) row: defect::Model,
    pub(super) status: Status,
    /// The columns that the change sets.
    pub(super) set: defect::ActiveModel,
    pub(super) trail: Trail,
    /// As the summaries saw it before the change, and what the change does beside its columns.
    seen: Seen,
    pub(super) beside: Beside,
}

/// Whether a change moves the record's version: changes of the record, its lines and its state do, entries beside it do not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moves {
    Version,
    Nothing,
}

impl<'a> Record<'a> {
    /// Loads the record and holds it until the transaction ends.
    pub(super) async fn load(unit: &'a Unit<'a>, id: i64) -> Result<Self> {
        unit.actor.may_read()?;
        let row = defect::Entity::find_by_id(id)
            .lock_exclusive()
            .one(unit.tx)
            .await?
            .ok_or(Error::NotFound(WHAT))?;
        Ok(Self {
            unit,
            status: Status::stored(&row.status)?,
            set: defect::ActiveModel::default(),
            trail: Trail::resume(ENTITY, row.id, row.audit_seq, &row.audit_head),
            seen: Seen::of(&row),
            beside: Beside::default(),
            row,
        })
    }

    /// Gives the reason that stands beside each change.
    pub(super) fn because(mut self, reason: Option<&str>) -> Self {
        self.trail = self.trail.because(reason);
        self
    }

    /// Whoever changes it, before the table of rights.
    fn caller(&self) -> Caller<'_> {
        Caller {
            actor: &self.unit.actor,
            status: self.status,
            is_own: self.unit.actor.id == Some(self.row.reported_by),
        }
    }

    /// Refuses (403) fields that no role of the caller may ever write, or not on a record of somebody else.
    pub(super) fn require_rights<'f>(
        &self,
        fields: impl IntoIterator<Item = &'f str>,
    ) -> Result<()> {
        self.caller().require_rights(fields)
    }

    /// Refuses (403) adding to a collection of the record, or taking from it: no field of the request is at fault.
    pub(super) fn require_right(&self, collection: &str) -> Result<()> {
        self.caller().require_right(collection)
    }

    /// Refuses (409) fields that the record's state does not let anybody like the caller write now.
    pub(super) fn require_state<'f>(
        &self,
        fields: impl IntoIterator<Item = &'f str>,
    ) -> Result<()> {
        self.caller().require_state(fields)
    }

    /// Sets a column and writes its history; nothing happens where the value is the same.
    pub(super) fn note(&mut self, field: &str, old: &Json, new: &Json) -> Result<()> {
        self.trail.changed(self.unit, field, old, new)
    }

    /// Writes the record and its history, if anything changed: compare-and-swap on its version and chain. What it is
    /// found by follows what was changed of it, and of its notes and serial numbers.
    pub(super) async fn save(self, moves: Moves) -> Result<i64> {
        let Self {
            unit,
            row,
            mut set,
            trail,
            seen,
            beside,
            status: _,
        } = self;
        if trail.is_empty() {
            return Ok(row.version);
        }
        sum_up(unit, row.id, &seen, &set, &beside).await?;
        set.audit_seq = Set(trail.seq());
        set.audit_head = Set(trail.head().to_owned());
        let mut version = row.version;
        if moves == Moves::Version {
            version += 1;
            set.version = Set(version);
            set.version_seq = Set(trail.seq());
            set.updated_at = Set(unit.now);
            set.updated_by = Set(unit.actor.user_id()?);
        }
        let done = defect::Entity::update_many()
            .set(set)
            .filter(defect::Column::Id.eq(row.id))
            .filter(defect::Column::Version.eq(row.version))
            .filter(defect::Column::AuditSeq.eq(row.audit_seq))
            .exec(unit.tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(Error::VersionStale { current: version });
        }
        let is_found_otherwise = trail.has_changed(search::is_searched);
        trail.save(unit).await?;
        if is_found_otherwise {
            search::index(unit.tx, row.id).await?;
        }
        Ok(version)
    }
}

/// Writes what the change adds to the summaries; nothing where it touches none of them.
async fn sum_up(
    unit: &Unit<'_>,
    id: i64,
    before: &Seen,
    set: &defect::ActiveModel,
    beside: &Beside,
) -> Result<()> {
    let after = before.with(set);
    if !unit.system.summaries || (after == *before && *beside == Beside::default()) {
        return Ok(());
    }
    let deltas = summary::told(unit, id, (before, &after), beside).await?;
    if let Some(insert) = summary::insert(deltas) {
        unit.tx.execute(&insert).await?;
    }
    Ok(())
}

/// The code behind an id of `code_value`.
pub(super) async fn code_of(db: &impl ConnectionTrait, id: Option<i64>) -> Result<Option<String>> {
    let Some(id) = id else {
        return Ok(None);
    };
    let code = code_value::Entity::find_by_id(id)
        .select_only()
        .column(code_value::Column::Code)
        .into_tuple::<String>()
        .one(db)
        .await?;
    Ok(code)
}

/// A new record as the first row of its history keeps it.
pub(crate) fn told_new(
    row: &defect::Model,
    failure_code: Option<&str>,
    cause: Option<&str>,
) -> Json {
    let mut told = snapshot(row, failure_code, cause);
    told["status"] = json!(Status::Reported);
    told
}

/// The record as history and signatures keep it: what people wrote, under the names of the API.
pub fn snapshot(row: &defect::Model, failure_code: Option<&str>, cause: Option<&str>) -> Json {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Json| {
        if !value.is_null() {
            fields.insert(name.to_owned(), value);
        }
    };
    put("tag_number", json!(row.tag_number));
    put("origin", json!(row.origin));
    put("severity", json!(row.severity));
    put("failure_code", json!(failure_code));
    put("part_id", json!(row.part_id));
    put("lot_number", json!(row.lot_number));
    put("work_order", json!(row.work_order));
    put("work_center_id", json!(row.work_center_id));
    put("customer_id", json!(row.customer_id));
    put("supplier_id", json!(row.supplier_id));
    put("title", json!(row.title));
    put("description", json!(row.description));
    put("language", json!(row.language));
    put("quantity_inspected", quantity(row.quantity_inspected));
    put("quantity_defective", quantity(Some(row.quantity_defective)));
    put("units_sampled", json!(row.units_sampled));
    put("defects_found", json!(row.defects_found));
    put("detected_at", instant(Some(row.detected_at)));
    put("reported_at", instant(Some(row.reported_at)));
    put("reported_by", json!(row.reported_by));
    put("assignee_id", json!(row.assignee_id));
    put("due_at", instant(row.due_at));
    put("due_by_rule", json!(row.due_by_rule));
    put("hold_since", instant(row.held_at));
    put("hold_reason", json!(row.hold_reason));
    put("hold_until", instant(row.hold_until));
    put("held_seconds", json!(row.held_seconds));
    put("is_contained", json!(row.is_contained));
    put("hold_location", json!(row.hold_location));
    put("process_analysis", json!(row.process_analysis));
    put("repair_process", json!(row.repair_process));
    put("engineering_findings", json!(row.engineering_findings));
    put("root_cause", json!(row.root_cause));
    put("cause", json!(cause));
    put("repeat_of_id", json!(row.repeat_of_id));
    put("external_system", json!(row.external_system));
    put("external_id", json!(row.external_id));
    Json::Object(fields)
}

/// A quantity as history shows it.
pub(super) fn quantity(thousandths: Option<i64>) -> Json {
    json!(thousandths.map(Quantity::show))
}

/// An instant as history shows it.
pub(super) fn instant(at: Option<DateTime<FixedOffset>>) -> Json {
    json!(at.as_ref().map(Instant::show))
}
