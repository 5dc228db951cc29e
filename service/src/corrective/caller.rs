//! Whoever wants something of a request: what the table of rights says to his roles and to how the request stands. Asked
//! of a request that is being changed, and before a form for it is shown.

use super::WHAT;
use super::lifecycle::OPEN;
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::rights::{CORRECTIVE, Right};
use crate::words::CorrectiveStatus;

/// Whoever wants something of a request.
pub(super) struct Caller<'a> {
    pub(super) actor: &'a Actor,
    /// How the request stands.
    pub(super) status: CorrectiveStatus,
}

impl Caller<'_> {
    /// Whether he writes a field now, his own to do or not.
    pub(super) fn writes(&self, field: &str, own: bool) -> bool {
        let right = Right::of_corrective(field);
        self.actor.may_write().is_ok()
            && OPEN.contains(&self.status)
            && right.is_some_and(|right| right.writes_open(self.actor.roles, own))
    }

    /// Refuses (403) fields that no role of the caller writes, or not where they are somebody else's to do.
    pub(super) fn require_rights<'f>(
        &self,
        fields: impl IntoIterator<Item = &'f str>,
        own: bool,
    ) -> Result<()> {
        self.actor.may_write()?;
        let roles = self.actor.roles;
        let mut refused = Vec::new();
        for field in fields {
            let Some(right) = Right::of_corrective(field) else {
                continue;
            };
            if !right.writes_open(roles, own) {
                let message = format!("may be written by {}", right.writers().join(", "));
                refused.push(FieldError::new(field, "forbidden", message));
            }
        }
        let writes_some = |right: &Right| right.writes_open(roles, own);
        if refused.is_empty() && CORRECTIVE.iter().any(writes_some) {
            return Ok(());
        }
        Err(Error::Forbidden {
            detail: "your roles do not allow this change".to_owned(),
            fields: refused,
        })
    }

    /// Refuses (403) adding to a collection of the request, or taking from it: no field of the request is at fault.
    pub(super) fn require_right(&self, collection: &str) -> Result<()> {
        self.require_rights([collection], false)
            .map_err(|error| match error {
                Error::Forbidden { detail, fields } => {
                    let why = fields.into_iter().map(|field| field.message);
                    let why = why.map(|message| format!("; {collection} {message}"));
                    Error::forbidden(detail + &why.collect::<String>())
                }
                other => other,
            })
    }

    /// Refuses (409) any change of what is closed or void.
    pub(super) fn require_open(&self) -> Result<()> {
        if OPEN.contains(&self.status) {
            return Ok(());
        }
        Err(Error::WrongState(format!(
            "the {WHAT} is {}; nothing of it can be changed",
            self.status
        )))
    }
}
