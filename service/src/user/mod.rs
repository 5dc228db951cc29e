//! The people who sign in, and their roles: managed by administrators, each change with its history.
//!
//! Passwords come in and are hashed before a transaction begins; neither they nor their hashes are ever shown or
//! kept in the history, which only says that a password changed. A change that takes something from a user takes
//! it from his tokens at once. One administrator who can act always remains.

mod change;
mod erase;
mod list;
mod operator;
mod own;

use std::collections::HashMap;
use std::sync::Arc;

use entity::{app_user, user_role};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::actor::Actor;
use crate::error::{Error, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::rights::USERS;
use crate::role::{Role, Roles};
use crate::system::{System, Unit};
use crate::value::{Code, Email, Instant, List, Password, Problems, Text, Value, refuse};
use crate::words::Language;
use crate::{master, password};

pub use change::{change, delete};
pub use erase::{Erased, demand_rights, erase};
pub use list::{NamesQuery, UserQuery, list, name, names};
pub use operator::{Reset, disable, named, reset};
pub use own::{
    EmailChange, LocaleChange, Me, PasswordChange, change_own_email, change_own_locale,
    change_own_password, me,
};

master::master!(app_user, "user");

/// A user as administrators see him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// Id.
    pub id: i64,
    /// The name to sign in with; upper and lower case are the same.
    pub username: String,
    /// The name that others see.
    pub display_name: String,
    /// The language of his texts and pages.
    pub locale: Language,
    /// Where he gets mail, if he chose to.
    pub email: Option<String>,
    /// His roles; several add up.
    pub roles: Vec<Role>,
    /// False once disabled.
    pub is_active: bool,
    /// Until when sign-in is paused after too many failures; may lie in the past.
    #[schema(format = DateTime)]
    pub locked_until: Option<String>,
    /// Failed attempts to sign in since the last that succeeded.
    pub failed_attempts: i64,
    /// When he last signed in.
    #[schema(format = DateTime)]
    pub last_sign_in_at: Option<String>,
    /// Moves with every change; the ETag. Attempts to sign in do not move it.
    pub version: i64,
    /// When he was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When he was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

crate::input! {
    /// A user to add.
    pub struct NewUser {
        /// The name to sign in with; unique, upper and lower case being the same.
        username: required Code<100>,
        /// The name that others see.
        display_name: required Text<200>,
        /// Roles; several add up.
        roles: required List<Role>,
        /// The language of his texts and pages; English unless said otherwise.
        locale: optional Language,
        /// Where he gets mail, if he chooses to.
        email: optional Email,
        /// Password; not the user name.
        password: required Password,
    }
}

crate::input! {
    /// What changes in a user.
    pub struct UserPatch {
        /// The name that others see.
        display_name: change Text<200>,
        /// The language of his texts and pages.
        locale: change Language,
        /// Where he gets mail, if he chose to.
        email: clearable Email,
        /// All his roles.
        roles: change List<Role>,
        /// False to disable him: he is signed out at once.
        is_active: change bool,
        /// A new password: he is signed out at once, his API tokens are revoked, and a pause of his sign-in ends.
        password: change Password,
        /// False to end a pause of his sign-in.
        locked: change Unlocked,
    }
}

/// `false`: a pause ends when somebody says so, but nobody is paused by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unlocked;

impl Value for Unlocked {
    fn from_json(value: &Json) -> std::result::Result<Self, Problems> {
        match value {
            Json::Bool(false) => Ok(Self),
            Json::Bool(true) => refuse(
                "choice",
                "can only be set to false; set is_active to false to keep a user out",
            ),
            _ => refuse("type", "must be false"),
        }
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Boolean))
            .enum_values(Some([false]))
            .into()
    }
}

/// Refuses who may not see users; a token that may read will do.
fn may_see(actor: &Actor) -> Result<()> {
    actor.may_read()?;
    if actor.roles.has_any(USERS) {
        Ok(())
    } else {
        Err(Error::forbidden(
            "only admin may see users; /users/names is for everybody",
        ))
    }
}

/// Shows a user.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<UserView> {
    may_see(actor)?;
    let db = system.db.reader();
    let row = app_user::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound("user"))?;
    let roles = roles_of(db, id).await?;
    view(row, roles)
}

/// Adds a user.
pub async fn create(
    system: &System,
    actor: &Actor,
    new: &Draft<NewUser>,
    key: Option<&Idempotency>,
) -> Result<UserView> {
    actor.require(USERS, "add users")?;
    let NewUser {
        username,
        display_name,
        roles,
        locale,
        email,
        password,
    } = new.check()?;
    let user = Newcomer {
        username: username.0.clone(),
        display_name: display_name.0.clone(),
        roles: roles.0.iter().copied().collect(),
        locale: locale.unwrap_or(Language::English),
        email: email.as_ref().map(|email| email.0.clone()),
        password_hash: hashed(system, "password", password, &username.0).await?,
    };
    system
        .change(actor, key, user, |unit, user| {
            Box::pin(create_in(unit, user))
        })
        .await
}

/// The hash of a new password, if it will do.
pub(crate) async fn hashed(
    system: &System,
    field: &str,
    password: &Password,
    username: &str,
) -> Result<String> {
    refuse_if_any(password::policy(field, &password.0, username))?;
    system.hashing.hash(&password.0).await
}

/// A user who is about to be added.
pub(crate) struct Newcomer {
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) roles: Roles,
    pub(crate) locale: Language,
    pub(crate) email: Option<String>,
    pub(crate) password_hash: String,
}

async fn create_in(unit: Unit<'_>, user: Arc<Newcomer>) -> Result<UserView> {
    insert(&unit, &user).await
}

/// Adds a user within a change.
pub(crate) async fn insert(unit: &Unit<'_>, new: &Newcomer) -> Result<UserView> {
    let row = app_user::Model {
        id: 0,
        username: new.username.clone(),
        username_key: key_of(&new.username),
        display_name: new.display_name.clone(),
        locale: new.locale.word().to_owned(),
        is_active: true,
        password_hash: new.password_hash.clone(),
        failed_attempts: 0,
        locked_until: None,
        last_sign_in_at: None,
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
        email: new.email.clone(),
    };
    let record = record(&row, new.roles);
    let row = master::insert::<app_user::Entity>(unit, row, &record).await?;
    add_roles(unit, row.id, new.roles.iter()).await?;
    view(row, new.roles)
}

async fn add_roles(unit: &Unit<'_>, user_id: i64, roles: impl Iterator<Item = Role>) -> Result<()> {
    let rows: Vec<_> = roles
        .map(|role| user_role::ActiveModel {
            user_id: Set(user_id),
            role: Set(role.word().to_owned()),
        })
        .collect();
    user_role::Entity::insert_many(rows)
        .exec_without_returning(unit.tx)
        .await?;
    Ok(())
}

/// What makes two names the same.
pub(crate) fn key_of(username: &str) -> String {
    username.to_lowercase()
}

/// The user of this name, in whatever case it is written.
pub(crate) async fn find_by_name(
    db: &impl ConnectionTrait,
    username: &str,
) -> Result<Option<app_user::Model>> {
    // PostgreSQL: U+0000 in a parameter is an error. No name has it.
    if username.contains('\0') {
        return Ok(None);
    }
    let by_name = app_user::Column::UsernameKey.eq(key_of(username));
    Ok(app_user::Entity::find().filter(by_name).one(db).await?)
}

async fn roles_of(db: &impl ConnectionTrait, user_id: i64) -> Result<Roles> {
    let mut roles = roles_of_all(db, &[user_id]).await?;
    Ok(roles.remove(&user_id).unwrap_or_default())
}

pub(crate) async fn roles_of_all(
    db: &impl ConnectionTrait,
    users: &[i64],
) -> Result<HashMap<i64, Roles>> {
    let rows = user_role::Entity::find()
        .filter(user_role::Column::UserId.is_in(users.iter().copied()))
        .all(db)
        .await?;
    let mut roles: HashMap<i64, Roles> = HashMap::new();
    for row in rows {
        let role = Role::stored(&row.role)?;
        let of_user = roles.entry(row.user_id).or_default();
        *of_user = of_user.iter().chain([role]).collect();
    }
    Ok(roles)
}

/// A user as his history keeps him, without his mail address, so that this can be taken away; the last value of each field there is what the tables hold.
pub(crate) fn record(row: &app_user::Model, roles: Roles) -> Json {
    json!({
        "username": row.username,
        "display_name": row.display_name,
        "locale": row.locale,
        "roles": roles.iter().map(Role::word).collect::<Vec<_>>(),
        "is_active": row.is_active,
        "locked_until": row.locked_until.as_ref().map(Instant::show),
    })
}

fn view(row: app_user::Model, roles: Roles) -> Result<UserView> {
    Ok(UserView {
        id: row.id,
        locale: Language::stored(&row.locale)?,
        username: row.username,
        display_name: row.display_name,
        email: row.email,
        roles: roles.iter().collect(),
        is_active: row.is_active,
        locked_until: row.locked_until.as_ref().map(Instant::show),
        failed_attempts: row.failed_attempts,
        last_sign_in_at: row.last_sign_in_at.as_ref().map(Instant::show),
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    })
}
