//! A corrective action request while it is being changed: its locked row and the end of its chain. Who may write what,
//! `caller` says.

use entity::corrective_action;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value as Json, json};

use super::caller::Caller;
use super::{ENTITY, WHAT};
use crate::audit::Trail;
use crate::error::{Error, Result};
use crate::system::Unit;
use crate::value::Instant;
use crate::words::CorrectiveStatus;

/// A request while it is being changed.
pub(super) struct Record<'a> {
    pub(super) unit: &'a Unit<'a>,
    pub(super) row: corrective_action::Model,
    pub(super) status: CorrectiveStatus,
    /// The columns that the change sets.
    pub(super) set: corrective_action::ActiveModel,
    pub(super) trail: Trail,
}

impl<'a> Record<'a> {
    /// Loads the request and holds it until the transaction ends.
    pub(super) async fn load(unit: &'a Unit<'a>, id: i64) -> Result<Self> {
        unit.actor.may_read()?;
        Self::load_unasked(unit, id).await
    }

    /// The same for whoever comes with a link instead of a token.
    pub(super) async fn load_unasked(unit: &'a Unit<'a>, id: i64) -> Result<Self> {
        let row = corrective_action::Entity::find_by_id(id)
            .lock_exclusive()
            .one(unit.tx)
            .await?
            .ok_or(Error::NotFound(WHAT))?;
        Ok(Self {
            unit,
            status: CorrectiveStatus::stored(&row.status)?,
            set: corrective_action::ActiveModel::default(),
            trail: Trail::resume(ENTITY, row.id, row.audit_seq, &row.audit_head),
            row,
        })
    }

    /// Gives the reason that stands beside each change.
    pub(super) fn because(mut self, reason: Option<&str>) -> Self {
        self.trail = self.trail.because(reason);
        self
    }

    /// Whoever changes it, before the table of rights.
    pub(super) fn caller(&self) -> Caller<'_> {
        Caller {
            actor: &self.unit.actor,
            status: self.status,
        }
    }

    /// Refuses (403) fields that no role of the caller writes, or not where they are somebody else's to do.
    pub(super) fn require_rights<'f>(
        &self,
        fields: impl IntoIterator<Item = &'f str>,
        own: bool,
    ) -> Result<()> {
        self.caller().require_rights(fields, own)
    }

    /// Refuses (403) adding to a collection of the request, or taking from it: no field of the request is at fault.
    pub(super) fn require_right(&self, collection: &str) -> Result<()> {
        self.caller().require_right(collection)
    }

    /// Refuses (409) any change of what is closed or void.
    pub(super) fn require_open(&self) -> Result<()> {
        self.caller().require_open()
    }

    /// Writes the history of a field; nothing happens where the value is the same.
    pub(super) fn note(&mut self, field: &str, old: &Json, new: &Json) -> Result<()> {
        self.trail.changed(self.unit, field, old, new)
    }

    /// Writes the history of what differs between two states of a child.
    pub(super) fn note_child(&mut self, path: &str, old: &Json, new: &Json) -> Result<()> {
        let Json::Object(fields) = new else {
            return Ok(());
        };
        for (name, value) in fields {
            self.note(&format!("{path}.{name}"), &old[name.as_str()], value)?;
        }
        Ok(())
    }

    /// Moves the request to another step, or to its end.
    pub(super) fn go_to(&mut self, to: CorrectiveStatus) -> Result<()> {
        let before = self.status;
        self.note("status", &json!(before), &json!(to))?;
        self.status = to;
        to.word().clone_into(&mut self.row.status);
        self.set.status = Set(to.word().to_owned());
        Ok(())
    }

    /// Writes the request and its history, if anything changed: compare-and-swap on its version and chain. Answers the
    /// version.
    pub(super) async fn save(self) -> Result<i64> {
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
        let version = row.version + 1;
        set.version = Set(version);
        set.audit_seq = Set(trail.seq());
        set.audit_head = Set(trail.head().to_owned());
        set.updated_at = Set(unit.now);
        set.updated_by = Set(unit.actor.id);
        let done = corrective_action::Entity::update_many()
            .set(set)
            .filter(corrective_action::Column::Id.eq(row.id))
            .filter(corrective_action::Column::Version.eq(row.version))
            .filter(corrective_action::Column::AuditSeq.eq(row.audit_seq))
            .exec(unit.tx)
            .await?;
        if done.rows_affected != 1 {
            return Err(Error::VersionStale {
                current: row.version,
            });
        }
        trail.save(unit).await?;
        Ok(version)
    }
}

/// What people wrote on a request itself, as history and signatures keep it.
pub(super) fn written(row: &corrective_action::Model) -> Json {
    json!({
        "car_number": row.car_number,
        "title": row.title,
        "description": row.description,
        "severity": row.severity,
        "supplier_id": row.supplier_id,
        "owner_id": row.owner_id,
        "due_at": instant(row.due_at.as_ref()),
    })
}

/// The whole row as its history tells it.
pub(crate) fn told(row: &corrective_action::Model) -> Json {
    let mut told = written(row);
    told["status"] = json!(row.status);
    told["attempt"] = json!(row.attempt);
    told["closed_at"] = instant(row.closed_at.as_ref());
    told["closed_by"] = json!(row.closed_by);
    told
}

/// An instant as history shows it.
pub(super) fn instant(at: Option<&chrono::DateTime<chrono::FixedOffset>>) -> Json {
    json!(at.map(Instant::show))
}

/// `NotFound` unless there is such a request.
pub(super) async fn require(db: &impl sea_orm::ConnectionTrait, id: i64) -> Result<()> {
    let found: Option<i64> = corrective_action::Entity::find_by_id(id)
        .select_only()
        .column(corrective_action::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    found.map(|_| ()).ok_or(Error::NotFound(WHAT))
}
