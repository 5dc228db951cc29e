//! Changing and deleting users, and the rule that one administrator remains.
//!
//! Such changes exclude each other on all servers ([`setting::lock`]): two administrators who disable each other
//! at the same moment do so one after the other, and the second is refused.

use std::sync::Arc;

use entity::{access_token, app_user, idempotency_key, user_role};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QuerySelect, RelationTrait,
};
use serde_json::json;

use super::{UserPatch, UserView, add_roles, may_see, record, roles_of, view};
use crate::actor::Actor;
use crate::error::{Error, Result, refuse_if_any};
use crate::input::Draft;
use crate::rights::USERS;
use crate::role::{Role, Roles};
use crate::system::{System, Unit};
use crate::value::{List, Password};
use crate::version::IfMatch;
use crate::words::Language;
use crate::{master, outbox, password, saved_view, setting, subscription, token};

struct Change {
    id: i64,
    if_match: IfMatch,
    draft: Draft<UserPatch>,
    password_hash: Option<String>,
}

/// Changes a user.
///
/// # Errors
/// [`Error::WrongState`] where no administrator would be left who can act.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<UserPatch>,
) -> Result<UserView> {
    may_see(actor)?;
    let new_password = draft.check().ok().and_then(|patch| patch.password.as_ref());
    let new_password = new_password.filter(|_| actor.may_write().is_ok());
    let password_hash = match new_password {
        Some(Password(password)) => Some(system.hashing.hash(password).await?),
        None => None,
    };
    let change = Change {
        id,
        if_match: if_match.clone(),
        draft: draft.clone(),
        password_hash,
    };
    let (system, actor) = (system.clone(), actor.clone());
    token::to_the_end(async move {
        let done = system
            .change(&actor, None, change, |unit, change| {
                Box::pin(change_in(unit, change))
            })
            .await;
        system.tokens.forget_user(id);
        done
    })
    .await
}

async fn change_in(unit: Unit<'_>, change: Arc<Change>) -> Result<UserView> {
    setting::lock(unit.tx).await?;
    let old = master::lock(&unit, app_user::Entity::find_by_id(change.id)).await?;
    unit.actor.require(USERS, "change users")?;
    change.if_match.check(old.version)?;
    let UserPatch {
        display_name,
        locale,
        email,
        roles,
        is_active,
        password,
        locked,
    } = change.draft.check()?;
    if let Some(Password(password)) = password {
        refuse_if_any(password::policy("password", password, &old.username))?;
    }
    let edit = Edit {
        display_name: display_name.as_ref().map(|text| text.0.clone()),
        locale: *locale,
        email: email
            .as_ref()
            .map(|email| email.as_ref().map(|email| email.0.clone())),
        roles: roles
            .as_ref()
            .map(|List(roles)| roles.iter().copied().collect()),
        is_active: *is_active,
        password_hash: change.password_hash.clone(),
        unlock: locked.is_some(),
    };
    apply(&unit, old, edit).await
}

/// What is to become of a user who is locked, within [`setting::lock`].
#[derive(Clone, Default)]
pub(super) struct Edit {
    pub(super) display_name: Option<String>,
    pub(super) locale: Option<Language>,
    pub(super) email: Option<Option<String>>,
    pub(super) roles: Option<Roles>,
    pub(super) is_active: Option<bool>,
    pub(super) password_hash: Option<String>,
    pub(super) unlock: bool,
}

/// Changes a user, and takes his tokens when he is disabled or his password is set for him.
pub(super) async fn apply(unit: &Unit<'_>, old: app_user::Model, edit: Edit) -> Result<UserView> {
    let ends_tokens = edit.is_active == Some(false) || edit.password_hash.is_some();
    let id = old.id;
    let changed = save(unit, old, edit).await?;
    if ends_tokens {
        token::revoke(unit, id, Condition::all()).await?;
    }
    Ok(changed)
}

/// Changes a user and leaves his tokens.
pub(super) async fn save(
    unit: &Unit<'_>,
    mut old: app_user::Model,
    edit: Edit,
) -> Result<UserView> {
    let old_roles = roles_of(unit.tx, old.id).await?;
    let Edit {
        display_name,
        locale,
        email,
        roles,
        is_active,
        password_hash,
        unlock,
    } = edit;
    let roles = roles.unwrap_or(old_roles);
    let is_active = is_active.unwrap_or(old.is_active);
    let acted = old.is_active && old_roles.has(Role::Admin);
    if acted && !(is_active && roles.has(Role::Admin)) {
        keep_an_administrator(unit, old.id).await?;
    }
    let starts_afresh = unlock || password_hash.is_some();
    if starts_afresh && old.failed_attempts != 0 {
        forgive(unit, old.id).await?;
        old.failed_attempts = 0;
    }
    let has_new_password = password_hash.is_some();
    let new = app_user::Model {
        display_name: display_name.unwrap_or_else(|| old.display_name.clone()),
        locale: locale.map_or_else(|| old.locale.clone(), |locale| locale.word().to_owned()),
        email: email.unwrap_or_else(|| old.email.clone()),
        is_active,
        password_hash: password_hash.unwrap_or_else(|| old.password_hash.clone()),
        locked_until: old.locked_until.filter(|_| !starts_afresh),
        ..old.clone()
    };
    let mut records = (record(&old, old_roles), record(&new, roles));
    if has_new_password {
        records.1["password"] = json!("changed");
    }
    // That it changed, and not to what: an address must not stay in a history that nobody can change.
    if new.email != old.email {
        records.1["email"] = json!("changed");
    }
    replace_roles(unit, old.id, old_roles, roles).await?;
    let row = master::save::<app_user::Entity>(unit, old, new, &records).await?;
    view(row, roles)
}

/// Refuses to take from `id` what makes him the last administrator who can act.
pub(super) async fn keep_an_administrator(unit: &Unit<'_>, id: i64) -> Result<()> {
    let others = app_user::Entity::find()
        .join(
            JoinType::InnerJoin,
            user_role::Relation::AppUser.def().rev(),
        )
        .filter(user_role::Column::Role.eq(Role::Admin.word()))
        .filter(app_user::Column::IsActive.eq(true))
        .filter(app_user::Column::Id.ne(id))
        .count(unit.tx)
        .await?;
    if others == 0 {
        let text =
            "this is the last active administrator; give another active user the role admin first";
        return Err(Error::WrongState(text.to_owned()));
    }
    Ok(())
}

/// The counter is no part of the history and does not move the version.
async fn forgive(unit: &Unit<'_>, id: i64) -> Result<()> {
    app_user::Entity::update_many()
        .col_expr(
            app_user::Column::FailedAttempts,
            sea_orm::sea_query::Expr::value(0_i64),
        )
        .filter(app_user::Column::Id.eq(id))
        .exec(unit.tx)
        .await?;
    Ok(())
}

async fn replace_roles(unit: &Unit<'_>, id: i64, old: Roles, new: Roles) -> Result<()> {
    let lost: Vec<_> = old
        .iter()
        .filter(|role| !new.has(*role))
        .map(Role::word)
        .collect();
    if !lost.is_empty() {
        user_role::Entity::delete_many()
            .filter(user_role::Column::UserId.eq(id))
            .filter(user_role::Column::Role.is_in(lost))
            .exec(unit.tx)
            .await?;
    }
    add_roles(unit, id, new.iter().filter(|role| !old.has(*role))).await
}

/// Deletes a user who was never used: who has signed in, or whom a record names, is disabled instead.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    may_see(actor)?;
    let input = (id, if_match.clone());
    let (system, actor) = (system.clone(), actor.clone());
    token::to_the_end(async move {
        let done = system
            .change(&actor, None, input, |unit, input| {
                Box::pin(delete_in(unit, input))
            })
            .await;
        system.tokens.forget_user(id);
        done
    })
    .await
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let (id, if_match) = &*input;
    setting::lock(unit.tx).await?;
    let row = master::lock(&unit, app_user::Entity::find_by_id(*id)).await?;
    unit.actor.require(USERS, "delete users")?;
    if_match.check(row.version)?;
    let roles = roles_of(unit.tx, *id).await?;
    if row.is_active && roles.has(Role::Admin) {
        keep_an_administrator(&unit, *id).await?;
    }
    // The history names people by id and has no foreign key that would refuse.
    if row.last_sign_in_at.is_some() {
        return Err(Error::InUse("the user"));
    }
    user_role::Entity::delete_many()
        .filter(user_role::Column::UserId.eq(*id))
        .exec(unit.tx)
        .await?;
    access_token::Entity::delete_many()
        .filter(access_token::Column::UserId.eq(*id))
        .exec(unit.tx)
        .await?;
    subscription::forget(&unit, *id).await?;
    saved_view::forget(&unit, *id, true).await?;
    outbox::forget_user(&unit, *id).await?;
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::UserId.eq(*id))
        .exec(unit.tx)
        .await?;
    master::delete::<app_user::Entity>(&unit, &row, &record(&row, roles)).await
}
