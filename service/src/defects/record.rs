//! A record while it is being changed: its locked row, the end of its chain, and who may write what.

use chrono::{DateTime, FixedOffset};
use entity::{code_value, defect};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::{Map, Value as Json, json};

use super::{ENTITY, WHAT};
use crate::audit::Trail;
use crate::error::{Error, FieldError, Result};
use crate::rights::{Access, RIGHTS, Right};
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
            row,
        })
    }

    /// Gives the reason that stands beside each change.
    pub(super) fn because(mut self, reason: Option<&str>) -> Self {
        self.trail = self.trail.because(reason);
        self
    }

    /// Whether the caller reported it.
    pub(super) fn is_own(&self) -> bool {
        self.unit.actor.id == Some(self.row.reported_by)
    }

    /// Refuses (403) fields that no role of the caller may ever write, or not on a record of somebody else.
    pub(super) fn require_rights<'f>(
        &self,
        fields: impl IntoIterator<Item = &'f str>,
    ) -> Result<()> {
        self.unit.actor.may_write()?;
        let roles = self.unit.actor.roles;
        let mut refused = Vec::new();
        for field in fields {
            let Some(right) = Right::of(field) else {
                continue;
            };
            match right.access(roles, self.status, self.is_own()) {
                Access::Write | Access::WriteLater => {}
                Access::ReadForeign => refused.push(FieldError::new(
                    field,
                    "foreign",
                    "you may write this only on what you reported yourself",
                )),
                Access::Read | Access::Hidden => refused.push(FieldError::new(
                    field,
                    "forbidden",
                    format!("may be written by {}", right.writers().join(", ")),
                )),
            }
        }
        if refused.is_empty() && RIGHTS.iter().any(|right| right.writable_by(roles)) {
            return Ok(());
        }
        Err(Error::Forbidden {
            detail: "your roles do not allow this change".to_owned(),
            fields: refused,
        })
    }

    /// Refuses (403) adding to a collection of the record, or taking from it: no field of the request is at fault.
    pub(super) fn require_right(&self, collection: &str) -> Result<()> {
        self.require_rights([collection])
            .map_err(|error| match error {
                Error::Forbidden { detail, fields } => {
                    let why = fields.into_iter().map(|field| field.message);
                    let why = why.map(|message| format!("; {collection} {message}"));
                    Error::forbidden(detail + &why.collect::<String>())
                }
                other => other,
            })
    }

    /// Refuses (409) fields that the record's state does not let anybody like the caller write now.
    pub(super) fn require_state<'f>(
        &self,
        fields: impl IntoIterator<Item = &'f str>,
    ) -> Result<()> {
        let late: Vec<&str> = fields
            .into_iter()
            .filter(|field| {
                Right::of(field).is_some_and(|right| {
                    right.access(self.unit.actor.roles, self.status, self.is_own()) != Access::Write
                })
            })
            .collect();
        if !late.is_empty() {
            let told: Vec<_> = late.iter().map(|field| self.writable_in(field)).collect();
            return Err(Error::WrongState(format!(
                "the record is in state {}, where you may not write {}",
                self.status,
                told.join(", ")
            )));
        }
        if matches!(self.status, Status::Closed | Status::Void) {
            return Err(Error::WrongState(format!(
                "the record is {}; nothing of it can be changed",
                self.status
            )));
        }
        Ok(())
    }

    /// A field, and the states in which the caller may write it.
    fn writable_in(&self, field: &str) -> String {
        let writes = |status: &&Status| {
            Right::of(field).is_some_and(|right| {
                right.access(self.unit.actor.roles, **status, self.is_own()) == Access::Write
            })
        };
        let states: Vec<_> = Status::ALL
            .iter()
            .filter(writes)
            .map(|status| status.word())
            .collect();
        format!("{field} (only in {})", states.join(", "))
    }

    /// Sets a column and writes its history; nothing happens where the value is the same.
    pub(super) fn note(&mut self, field: &str, old: &Json, new: &Json) -> Result<()> {
        self.trail.changed(self.unit, field, old, new)
    }

    /// Writes the record and its history, if anything changed: compare-and-swap on its version and chain.
    pub(super) async fn save(self, moves: Moves) -> Result<i64> {
        let Self {
            unit,
            row,
            mut set,
            trail,
            ..
        } = self;
        if trail.is_empty() {
            return Ok(row.version);
        }
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
        trail.save(unit).await?;
        Ok(version)
    }
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
    put("is_contained", json!(row.is_contained));
    put("hold_location", json!(row.hold_location));
    put("process_analysis", json!(row.process_analysis));
    put("repair_process", json!(row.repair_process));
    put("engineering_findings", json!(row.engineering_findings));
    put("root_cause", json!(row.root_cause));
    put("cause", json!(cause));
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
