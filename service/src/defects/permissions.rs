//! What the caller may do with a record now: each field, and each action with what it still lacks.

use std::collections::BTreeMap;

use entity::defect;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WHAT;
use super::caller::Caller;
use super::guards::{Facts, has_labor, lines_of, open_request};
use super::judge::may_take;
use super::proposal::Proposal;
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::lifecycle::{Action, TRANSITIONS, Transition};
use crate::rights::{RIGHTS, Right};
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

impl PermissionsView {
    /// Whether the caller writes a field, or adds to a collection, now.
    pub fn writes(&self, field: &str) -> bool {
        self.fields.get(field) == Some(&FieldAccess::Write)
    }

    /// Whether he sees it.
    pub fn sees(&self, field: &str) -> bool {
        let access = self.fields.get(field);
        access.is_some_and(|access| *access != FieldAccess::Hidden)
    }
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
    let caller = Caller {
        actor,
        status,
        is_own: actor.id == Some(row.reported_by),
    };
    let lines = lines_of(db, id).await?;
    let proposal = match status {
        Status::Disposition => Proposal::load(db, system, &row, &lines).await?,
        _ => Proposal::default(),
    };
    let facts = Facts {
        row: &row,
        lines: &lines,
        has_labor: has_labor(db, id).await?,
        open_request: open_request(db, &row).await?,
        proposal: &proposal,
        actor: actor.id,
    };
    let mut actions = Vec::new();
    for transition in TRANSITIONS {
        if may_take(transition, actor, status, caller.is_own) {
            actions.push(ActionView {
                action: transition.action,
                unmet: facts.unmet(transition.guards)?,
                needs_reason: transition.needs_reason,
                needs_signature: transition.needs_signature
                    || (transition.signed_by_rule && proposal.asked.signature),
            });
        }
    }
    Ok(PermissionsView {
        fields: fields(&caller),
        actions,
    })
}

fn fields(caller: &Caller<'_>) -> BTreeMap<String, FieldAccess> {
    let mut fields = BTreeMap::new();
    for right in RIGHTS {
        let access = caller.access(right);
        for field in right.fields {
            fields.insert((*field).to_owned(), access);
        }
    }
    fields
}

/// The steps by which the caller's roles lead records to a state, each with where it begins. What he may do only as the
/// reporter of a record is not among them.
pub fn moves_to(actor: &Actor, to: Status) -> Vec<(Status, &'static Transition)> {
    let rows = TRANSITIONS.iter().filter(|row| row.to == to);
    let moves = rows.flat_map(|row| row.from.iter().map(move |from| (*from, row)));
    moves
        .filter(|(from, row)| may_take(row, actor, *from, false))
        .collect()
}

/// Whether the caller's roles ever take an action, on a record of somebody else too.
pub fn ever_takes(actor: &Actor, action: Action) -> bool {
    actor.may_write().is_ok() && actor.roles.has_any(Transition::of(action).who)
}

/// Whether the caller's roles ever write a field of a record, in whatever state.
pub fn ever_writes(actor: &Actor, field: &str) -> bool {
    let writes = |right: &Right| right.writable_by(actor.roles);
    actor.may_write().is_ok() && Right::of(field).is_some_and(writes)
}
