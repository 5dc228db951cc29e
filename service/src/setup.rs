//! A system's first minutes: the one-time token that makes the first administrator, and the causes to begin with.
//!
//! An empty system has no user and no default password. Its first start prints one set-up link; of ten servers
//! that start at once, one. The token works once, for a day, and only while there is no user.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{app_user, code_value, setup_token};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};

use crate::actor::Actor;
use crate::code::{self, NewCode, NewLabels};
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::role::Role;
use crate::setting;
use crate::system::{System, Unit};
use crate::token::{self, Minted};
use crate::user::{self, Newcomer, UserView};
use crate::value::{Code, Int, Password, Secret, Text};
use crate::words::{CodeList, Language};

/// How long a set-up token works.
const WORKS_FOR: TimeDelta = TimeDelta::hours(24);

/// For how long a token that was just printed is left to whoever reads it.
const LEFT_ALONE_FOR: TimeDelta = TimeDelta::seconds(60);

crate::input! {
    /// The first administrator, made with the one-time token.
    pub struct SetUp {
        /// The token of the set-up link.
        token: required Secret,
        /// The name to sign in with.
        username: required Code<100>,
        /// The name that others see.
        display_name: required Text<200>,
        /// Password; not the user name.
        password: required Password,
        /// The language of his texts and pages; English unless said otherwise.
        locale: optional Language,
    }
}

/// Whether there is a user.
pub async fn is_set_up(system: &System) -> Result<bool> {
    has_users(system.db.reader()).await
}

async fn has_users(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(app_user::Entity::find().one(db).await?.is_some())
}

/// A token for the set-up link of a system without users, to be printed now: it cannot be had again.
///
/// `None` where there are users, on a read-only server, and where another server has printed one in the last minute.
/// An older one that was not used is replaced.
pub async fn prepare(system: &System) -> Result<Option<String>> {
    if system.read_only || is_set_up(system).await? {
        return Ok(None);
    }
    let minted = Minted::with("")?;
    let made = system
        .change(&set_up_actor(), None, minted.hash, |unit, hash| {
            Box::pin(prepare_in(unit, hash))
        })
        .await?;
    Ok(made.then_some(minted.text))
}

async fn prepare_in(unit: Unit<'_>, hash: Arc<String>) -> Result<bool> {
    setting::lock(unit.tx).await?;
    if has_users(unit.tx).await? {
        return Ok(false);
    }
    let newest = setup_token::Entity::find()
        .order_by_desc(setup_token::Column::CreatedAt)
        .one(unit.tx)
        .await?;
    if newest.is_some_and(|token| (unit.now - token.created_at).abs() < LEFT_ALONE_FOR) {
        log::info!(
            "a set-up link was printed less than a minute ago; use that one, or start again in a minute"
        );
        return Ok(false);
    }
    setup_token::Entity::delete_many().exec(unit.tx).await?;
    let row = setup_token::ActiveModel {
        token_hash: Set(hash.to_string()),
        created_at: Set(unit.now),
        expires_at: Set(unit.now + WORKS_FOR),
        used_at: Set(None),
        ..Default::default()
    };
    setup_token::Entity::insert(row)
        .exec_without_returning(unit.tx)
        .await?;
    Ok(true)
}

/// Makes the first administrator.
///
/// # Errors
/// [`Error::SetUp`] where there are users already; [`Error::Forbidden`] for a token that is wrong, replaced or expired.
pub async fn set_up(system: &System, draft: &Draft<SetUp>) -> Result<UserView> {
    if is_set_up(system).await? {
        return Err(already());
    }
    let SetUp {
        token,
        username,
        display_name,
        password,
        locale,
    } = draft.check()?;
    let token_hash = token::digest(&token.0);
    // Before the password is hashed, which costs.
    if let Err(refused) = demand_token(system.db.reader(), &token_hash, system.clock.now()).await {
        // Another call may have used the token since the first look.
        return Err(if is_set_up(system).await? {
            already()
        } else {
            refused
        });
    }
    let first = Newcomer {
        email: None,
        username: username.0.clone(),
        display_name: display_name.0.clone(),
        roles: [Role::Admin].into_iter().collect(),
        locale: locale.unwrap_or(Language::English),
        password_hash: user::hashed(system, "password", password, &username.0).await?,
    };
    system
        .change(&set_up_actor(), None, (token_hash, first), |unit, input| {
            Box::pin(set_up_in(unit, input))
        })
        .await
}

async fn set_up_in(unit: Unit<'_>, input: Arc<(String, Newcomer)>) -> Result<UserView> {
    let (token_hash, first) = &*input;
    setting::lock(unit.tx).await?;
    if has_users(unit.tx).await? {
        return Err(already());
    }
    let token = demand_token(unit.tx, token_hash, unit.now).await?;
    setup_token::Entity::update_many()
        .col_expr(setup_token::Column::UsedAt, Expr::value(unit.now))
        .filter(setup_token::Column::Id.eq(token.id))
        .exec(unit.tx)
        .await?;
    user::insert(&unit, first).await
}

async fn demand_token(
    db: &impl ConnectionTrait,
    hash: &str,
    now: DateTime<FixedOffset>,
) -> Result<setup_token::Model> {
    let token = setup_token::Entity::find()
        .filter(setup_token::Column::TokenHash.eq(hash))
        .one(db)
        .await?;
    token.filter(|token| token.used_at.is_none() && now < token.expires_at).ok_or_else(|| {
        Error::forbidden("the set-up token is wrong or has expired; start dmt again to have a new set-up link printed")
    })
}

fn already() -> Error {
    let text = "the system is set up already; sign in, or let whoever runs the server use `dmt user reset`";
    Error::SetUp(text.to_owned())
}

fn set_up_actor() -> Actor {
    Actor {
        name: "set-up".to_owned(),
        ..Actor::command_line()
    }
}

/// The six Ms of cause and effect (Ishikawa), in English, Spanish and Chinese.
#[rustfmt::skip]
const CAUSES: &[(&str, [&str; 3])] = &[
    ("PEOPLE", ["People", "Mano de obra", "人员"]),
    ("MACHINE", ["Machine", "Máquina", "机器"]),
    ("METHOD", ["Method", "Método", "方法"]),
    ("MATERIAL", ["Material", "Material", "材料"]),
    ("MEASUREMENT", ["Measurement", "Medición", "测量"]),
    ("ENVIRONMENT", ["Environment", "Medio ambiente", "环境"]),
];

/// Fills the list of causes at first start; leaves it alone as soon as it has any code.
pub async fn seed_causes(system: &System) -> Result<()> {
    if system.read_only || has_causes(system.db.reader()).await? {
        return Ok(());
    }
    system
        .change(&set_up_actor(), None, (), |unit, _| {
            Box::pin(seed_causes_in(unit))
        })
        .await
}

async fn has_causes(db: &impl ConnectionTrait) -> Result<bool> {
    let causes =
        code_value::Entity::find().filter(code_value::Column::ListName.eq(CodeList::Cause.word()));
    Ok(causes.count(db).await? > 0)
}

/// Fills the list of causes within a change.
pub(crate) async fn seed_causes_in(unit: Unit<'_>) -> Result<()> {
    setting::lock(unit.tx).await?;
    if has_causes(unit.tx).await? {
        return Ok(());
    }
    for (sort, (code, [en, es, zh])) in (10..).step_by(10).zip(CAUSES) {
        let label = |text: &str| Some(Text(text.to_owned()));
        let cause = NewCode {
            code: Code((*code).to_owned()),
            parent: None,
            sort: Some(Int(sort)),
            labels: NewLabels {
                en: label(en),
                es: label(es),
                zh: label(zh),
            },
            is_active: None,
        };
        code::create_in(unit.clone(), Arc::new((CodeList::Cause, cause))).await?;
    }
    Ok(())
}
