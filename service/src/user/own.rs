//! What people see and change of themselves.

use std::sync::Arc;

use entity::app_user;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::{Edit, save};
use super::hashed;
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::input::Draft;
use crate::role::Role;
use crate::system::{System, Unit};
use crate::token::Scope;
use crate::value::{Email, Password, Secret};
use crate::words::Language;
use crate::{master, setting, sign_in, token};

/// Whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Id.
    pub id: i64,
    /// The name to sign in with.
    pub username: String,
    /// The name that others see.
    pub display_name: String,
    /// The language of his texts and pages.
    pub locale: Language,
    /// Where he gets mail, if he chose to.
    pub email: Option<String>,
    /// His roles; several add up.
    pub roles: Vec<Role>,
    /// What the token that he asks with is limited to; null if it is not.
    pub scopes: Option<Vec<Scope>>,
    /// The system's one currency (ISO 4217), in which all money is shown.
    pub currency: String,
    /// In which days are counted (IANA name).
    pub time_zone: String,
}

crate::input! {
    /// A new password for oneself.
    pub struct PasswordChange {
        /// The password until now.
        current_password: required Secret,
        /// The password from now on; not the user name.
        new_password: required Password,
    }
}

crate::input! {
    /// A mail address for oneself.
    pub struct EmailChange {
        /// Where to get mail; null for nowhere.
        email: optional Email,
    }
}

crate::input! {
    /// A language for oneself.
    pub struct LocaleChange {
        /// The language of one's pages and texts.
        locale: required Language,
    }
}

/// Who the caller is.
pub async fn me(system: &System, actor: &Actor) -> Result<Me> {
    let row = own_row(system, actor).await?;
    let scopes = actor.scopes.map(|scopes| {
        let held = [(Scope::Read, scopes.read), (Scope::Metrics, scopes.metrics)];
        held.into_iter()
            .filter(|(_, held)| *held)
            .map(|(scope, _)| scope)
            .collect()
    });
    Ok(Me {
        id: row.id,
        username: row.username,
        display_name: row.display_name,
        locale: Language::stored(&row.locale)?,
        email: row.email,
        roles: actor.roles.iter().collect(),
        scopes,
        currency: system.settings.currency.code.to_string(),
        time_zone: system.settings.time_zone.name().to_owned(),
    })
}

async fn own_row(system: &System, actor: &Actor) -> Result<app_user::Model> {
    let row = app_user::Entity::find_by_id(actor.user_id()?)
        .one(system.db.reader())
        .await?;
    row.ok_or(Error::Unauthenticated)
}

/// Changes the caller's password, and ends all his other sessions; API tokens stay.
///
/// # Errors
/// [`Error::Forbidden`] (403, as for a signature) on the field `current_password` if that is wrong or sign-in is
/// paused; such an attempt counts like a failed sign-in.
pub async fn change_own_password(
    system: &System,
    actor: &Actor,
    change: &Draft<PasswordChange>,
) -> Result<()> {
    actor.user_id()?;
    actor.may_write()?;
    let PasswordChange {
        current_password,
        new_password,
    } = change.check()?;
    let row = own_row(system, actor).await?;
    let hash = hashed(system, "new_password", new_password, &row.username).await?;
    if !sign_in::confirm(system, actor, &current_password.0).await? {
        let detail = "the current password is wrong, or sign-in is paused for a while after too many attempts";
        let field = FieldError::new("current_password", "refused", detail);
        return Err(Error::Forbidden {
            detail: detail.to_owned(),
            fields: vec![field],
        });
    }
    let (system, actor) = (system.clone(), actor.clone());
    token::to_the_end(async move {
        let done = system
            .change(&actor, None, hash, |unit, hash| {
                Box::pin(change_in(unit, hash))
            })
            .await;
        system.tokens.forget_user(row.id);
        done
    })
    .await
}

async fn change_in(unit: Unit<'_>, hash: Arc<String>) -> Result<()> {
    let id = unit.actor.user_id()?;
    setting::lock(unit.tx).await?;
    let row = master::lock(&unit, app_user::Entity::find_by_id(id)).await?;
    let edit = Edit {
        password_hash: Some(hash.to_string()),
        ..Edit::default()
    };
    save(&unit, row, edit).await?;
    token::revoke_others(&unit).await?;
    Ok(())
}

/// Changes where the caller gets mail.
pub async fn change_own_email(
    system: &System,
    actor: &Actor,
    change: &Draft<EmailChange>,
) -> Result<()> {
    actor.user_id()?;
    actor.may_write()?;
    let email = change.check()?.email.as_ref().map(|email| email.0.clone());
    let edit = Edit {
        email: Some(email),
        ..Edit::default()
    };
    change_own(system, actor, edit).await
}

/// Changes the language of the caller's pages and texts.
pub async fn change_own_locale(
    system: &System,
    actor: &Actor,
    change: &Draft<LocaleChange>,
) -> Result<()> {
    actor.user_id()?;
    actor.may_write()?;
    let edit = Edit {
        locale: Some(change.check()?.locale),
        ..Edit::default()
    };
    change_own(system, actor, edit).await?;
    // Who is signed in is remembered with his language.
    system.tokens.forget_user(actor.user_id()?);
    Ok(())
}

async fn change_own(system: &System, actor: &Actor, edit: Edit) -> Result<()> {
    system
        .change(actor, None, edit, |unit, edit| {
            Box::pin(change_own_in(unit, edit))
        })
        .await
}

async fn change_own_in(unit: Unit<'_>, edit: Arc<Edit>) -> Result<()> {
    let id = unit.actor.user_id()?;
    setting::lock(unit.tx).await?;
    let row = master::lock(&unit, app_user::Entity::find_by_id(id)).await?;
    save(&unit, row, (*edit).clone()).await?;
    Ok(())
}
