//! What the caller may do with a record now: each field, and each action with what it still lacks.

use std::collections::BTreeMap;

use entity::defect;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WHAT;
use super::guards::{Facts, has_labor, lines_of};
use super::judge::may_take;
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::lifecycle::{Action, TRANSITIONS};
use crate::rights::{Access, RIGHTS};
use crate::system::System;
use crate::words::Status;

crate::choice! {
    /// What may be done with a field.
    pub enum FieldAccess {
        /// Written now.
        Write = "write",
        /// Read.
        Read = "read",
        /// Not seen.
        Hidden = "hidden",
    }
}

/// What the caller may do with a record now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PermissionsView {
    /// Each field, children included.
    pub fields: BTreeMap<String, FieldAccess>,
    /// The actions that the caller's roles take from the record's state.
    pub actions: Vec<ActionView>,
}

/// An action that the caller may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActionView {
    /// The action.
    pub action: Action,
    /// What the record lacks before it.
    pub unmet: Vec<FieldError>,
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Whether it is signed.
    pub needs_signature: bool,
}

/// What the caller may do with a record now.
///
/// # Errors
/// `NotFound`.
pub async fn permissions(system: &System, actor: &Actor, id: i64) -> Result<PermissionsView> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = defect::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    let status = Status::stored(&row.status)?;
    let own = actor.id == Some(row.reported_by);
    let lines = lines_of(db, id).await?;
    let facts = Facts {
        row: &row,
        lines: &lines,
        has_labor: has_labor(db, id).await?,
        actor: actor.id,
    };
    let mut actions = Vec::new();
    for transition in TRANSITIONS {
        if actor.may_write().is_ok() && may_take(transition, actor, status, own) {
            actions.push(ActionView {
                action: transition.action,
                unmet: facts.unmet(transition.guards)?,
                needs_reason: transition.needs_reason,
                needs_signature: transition.needs_signature,
            });
        }
    }
    Ok(PermissionsView {
        fields: fields(actor, status, own),
        actions,
    })
}

fn fields(actor: &Actor, status: Status, own: bool) -> BTreeMap<String, FieldAccess> {
    let mut fields = BTreeMap::new();
    for right in RIGHTS {
        let access = match right.access(actor.roles, status, own) {
            Access::Write if actor.may_write().is_ok() => FieldAccess::Write,
            Access::Hidden => FieldAccess::Hidden,
            _ => FieldAccess::Read,
        };
        for field in right.fields {
            fields.insert((*field).to_owned(), access);
        }
    }
    fields
}
