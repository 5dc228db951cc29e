//! What whoever runs the server does to users by name, from the command line: the way back in when nobody can
//! sign in any more.

use std::sync::Arc;

use entity::app_user;
use sea_orm::EntityTrait;

use super::change::{Edit, apply};
use super::{UserView, find_by_name, hashed, roles_of, view};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::role::Role;
use crate::system::{System, Unit};
use crate::value::Password;
use crate::{setting, token};

/// A user who is let in again.
#[derive(Clone, Debug)]
pub struct Reset {
    /// The name to sign in with.
    pub username: String,
    /// His password from now on.
    pub password: Password,
    /// Whether to enable him, should he be disabled.
    pub activate: bool,
    /// Whether to give him the role admin.
    pub make_admin: bool,
}

/// Sets a user's password and ends a pause of his sign-in; all his tokens are revoked.
pub async fn reset(system: &System, reset: &Reset) -> Result<UserView> {
    let Reset {
        username,
        password,
        activate,
        make_admin,
    } = reset;
    let hash = hashed(system, "password", password, username).await?;
    let (activate, make_admin) = (*activate, *make_admin);
    by_name(
        system,
        username,
        Wish {
            password_hash: Some(hash),
            is_active: activate.then_some(true),
            make_admin,
        },
    )
    .await
}

/// Disables a user and revokes all his tokens.
pub async fn disable(system: &System, username: &str) -> Result<UserView> {
    by_name(
        system,
        username,
        Wish {
            is_active: Some(false),
            ..Wish::default()
        },
    )
    .await
}

/// Shows the user of a name.
pub async fn named(system: &System, username: &str) -> Result<UserView> {
    let db = system.db.reader();
    let row = find_by_name(db, username)
        .await?
        .ok_or(Error::NotFound("user"))?;
    let roles = roles_of(db, row.id).await?;
    view(row, roles)
}

#[derive(Default)]
struct Wish {
    password_hash: Option<String>,
    is_active: Option<bool>,
    make_admin: bool,
}

async fn by_name(system: &System, username: &str, wish: Wish) -> Result<UserView> {
    let user = find_by_name(system.db.reader(), username)
        .await?
        .ok_or(Error::NotFound("user"))?;
    let system = system.clone();
    token::to_the_end(async move {
        let (actor, input) = (Actor::command_line(), (user.id, wish));
        let done = system
            .change(&actor, None, input, |unit, input| {
                Box::pin(grant(unit, input))
            })
            .await;
        system.tokens.forget_user(user.id);
        done
    })
    .await
}

async fn grant(unit: Unit<'_>, input: Arc<(i64, Wish)>) -> Result<UserView> {
    let (
        id,
        Wish {
            password_hash,
            is_active,
            make_admin,
        },
    ) = &*input;
    setting::lock(unit.tx).await?;
    let row = crate::master::lock(&unit, app_user::Entity::find_by_id(*id)).await?;
    let roles = roles_of(unit.tx, *id).await?;
    let edit = Edit {
        roles: make_admin.then(|| roles.iter().chain([Role::Admin]).collect()),
        is_active: *is_active,
        password_hash: password_hash.clone(),
        ..Edit::default()
    };
    apply(&unit, row, edit).await
}
