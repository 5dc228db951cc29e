//! What the caller may do with a request now: each field, and each move with what it still lacks.

use std::collections::BTreeMap;

use entity::corrective_action;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WHAT;
use super::actions::CorrectiveActionView;
use super::caller::Caller;
use super::guards::Facts;
use super::lifecycle::{CorrectiveMove, TRANSITIONS};
use crate::actor::Actor;
use crate::defects::FieldAccess;
use crate::error::{Error, FieldError, Result};
use crate::reference::PersonRef;
use crate::rights::{CORRECTIVE, field};
use crate::system::System;
use crate::words::CorrectiveStatus;

/// What the caller may do with a corrective action request now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorrectivePermissions {
    /// Each field, and what hangs on the request. That an action is done says whoever owns it, too.
    pub fields: BTreeMap<String, FieldAccess>,
    /// The moves that the caller's roles make from where the request stands.
    pub actions: Vec<MoveView>,
}

impl CorrectivePermissions {
    /// Whether the caller writes a field, or what hangs on the request, now.
    pub fn writes(&self, field: &str) -> bool {
        self.fields.get(field) == Some(&FieldAccess::Write)
    }
}

/// A move that the caller may make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoveView {
    /// The move.
    pub action: CorrectiveMove,
    /// What the request lacks before it.
    pub unmet: Vec<FieldError>,
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Whether it is signed.
    pub needs_signature: bool,
}

/// What the caller may do with a request now.
///
/// # Errors
/// `NotFound`.
pub async fn permissions(system: &System, actor: &Actor, id: i64) -> Result<CorrectivePermissions> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = corrective_action::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    let status = CorrectiveStatus::stored(&row.status)?;
    let facts = Facts::of(db, &row, actor.id).await?;
    let caller = Caller { actor, status };
    let access = |field: &str| match caller.writes(field, false) {
        true => FieldAccess::Write,
        false => FieldAccess::Read,
    };
    let fields = CORRECTIVE.iter().flat_map(|right| right.fields);
    let fields = fields.map(|field| ((*field).to_owned(), access(field)));
    let may_write = actor.may_write().is_ok();
    let makes = TRANSITIONS.iter().filter(|transition| {
        may_write && transition.from.contains(&status) && actor.roles.has_any(transition.who)
    });
    let actions = makes.map(|transition| MoveView {
        action: transition.action,
        unmet: facts.unmet(transition),
        needs_reason: transition.needs_reason,
        needs_signature: transition.needs_signature,
    });
    Ok(CorrectivePermissions {
        fields: fields.collect(),
        actions: actions.collect(),
    })
}

/// Refuses a change of a field, or of what hangs on a request, as the change itself is refused before it is read.
///
/// # Errors
/// `Forbidden`; `WrongState` where the request is closed or void.
pub fn may_write(actor: &Actor, status: CorrectiveStatus, field: &str) -> Result<()> {
    let caller = Caller { actor, status };
    caller.require_right(field)?;
    caller.require_open()
}

/// Refuses any change of an action likewise. Whoever owns it may say that it is done.
///
/// # Errors
/// `Forbidden`; `WrongState` where the request is closed or void.
pub fn may_change_action(
    actor: &Actor,
    status: CorrectiveStatus,
    action: &CorrectiveActionView,
) -> Result<()> {
    let caller = Caller { actor, status };
    let own = actor.id == Some(action.owner.id);
    let ever_writes = |field: &&str| caller.require_rights([*field], own).is_ok();
    if !OF_ACTIONS.iter().any(ever_writes) {
        caller.require_right(field::CAR_ACTIONS)?;
    }
    caller.require_open()
}

/// The rights to what an action says.
const OF_ACTIONS: [&str; 3] = [
    field::CAR_ACTIONS,
    field::CAR_ACTION_DONE,
    field::CAR_ACTION_VERIFIED,
];

/// What the caller may do with an action now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActionRights {
    /// Write what is to be done, by whom and until when.
    pub plan: bool,
    /// Write whether it is done, and what came of it: by his roles, or because he owns it.
    pub tell: bool,
    /// Write whether it was found done, once it is: never who did it.
    pub judge: bool,
    /// Say that it is done, which nobody has said.
    pub finish: bool,
    /// Say that it was found done, which nobody has said.
    pub verify: bool,
    /// Take it back.
    pub remove: bool,
}

impl ActionRights {
    /// By his roles, how the request stands, and how far the action has come.
    pub fn of(actor: &Actor, status: CorrectiveStatus, action: &CorrectiveActionView) -> Self {
        let caller = Caller { actor, status };
        let is_caller = |person: &PersonRef| actor.id == Some(person.id);
        let is_done = action.done_at.is_some();
        let did_it = action.done_by.as_ref().is_some_and(is_caller);
        let plan = caller.writes(field::CAR_ACTIONS, false);
        let tell = caller.writes(field::CAR_ACTION_DONE, is_caller(&action.owner));
        let judge = is_done && !did_it && caller.writes(field::CAR_ACTION_VERIFIED, false);
        Self {
            plan,
            tell,
            judge,
            finish: tell && !is_done,
            verify: judge && action.verified_at.is_none(),
            remove: plan && !is_done,
        }
    }

    /// Whether he writes anything of it.
    pub fn is_any(self) -> bool {
        self.plan || self.tell || self.judge
    }
}
