//! Whoever wants something of a record: what the table of rights says to his roles, to the record's state, and to whether
//! it is his own. Asked of a record that is being changed, and before a form for it is shown.

use entity::defect;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::WHAT;
use super::permissions::FieldAccess;
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::rights::{Access, RIGHTS, Right};
use crate::words::Status;

/// Whoever wants something of a record.
pub(super) struct Caller<'a> {
    pub(super) actor: &'a Actor,
    /// The record's state.
    pub(super) status: Status,
    /// Whether he reported it.
    pub(super) is_own: bool,
}

impl<'a> Caller<'a> {
    /// Before a record that is only read.
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        actor: &'a Actor,
        defect_id: i64,
    ) -> Result<Self> {
        actor.may_read()?;
        let found: Option<(String, i64)> = defect::Entity::find_by_id(defect_id)
            .select_only()
            .columns([defect::Column::Status, defect::Column::ReportedBy])
            .into_tuple()
            .one(db)
            .await?;
        let (status, reported_by) = found.ok_or(Error::NotFound(WHAT))?;
        Ok(Self {
            actor,
            status: Status::stored(&status)?,
            is_own: actor.id == Some(reported_by),
        })
    }

    /// What he may do now with the fields of a row of the table.
    pub(super) fn access(&self, right: &Right) -> FieldAccess {
        match right.access(self.actor.roles, self.status, self.is_own) {
            Access::Write if self.actor.may_write().is_ok() => FieldAccess::Write,
            Access::Hidden => FieldAccess::Hidden,
            _ => FieldAccess::Read,
        }
    }

    /// Refuses (403) fields that no role of the caller may ever write, or not on a record of somebody else.
    pub(super) fn require_rights<'f>(
        &self,
        fields: impl IntoIterator<Item = &'f str>,
    ) -> Result<()> {
        self.actor.may_write()?;
        let roles = self.actor.roles;
        let mut refused = Vec::new();
        for field in fields {
            let Some(right) = Right::of(field) else {
                continue;
            };
            match right.access(roles, self.status, self.is_own) {
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
        let is_late = |field: &&str| {
            Right::of(field).is_some_and(|right| self.in_state(right, self.status) != Access::Write)
        };
        let late: Vec<&str> = fields.into_iter().filter(is_late).collect();
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
            Right::of(field).is_some_and(|right| self.in_state(right, **status) == Access::Write)
        };
        let states: Vec<_> = Status::ALL
            .iter()
            .filter(writes)
            .map(|status| status.word())
            .collect();
        format!("{field} (only in {})", states.join(", "))
    }

    fn in_state(&self, right: &Right, status: Status) -> Access {
        right.access(self.actor.roles, status, self.is_own)
    }
}
