//! From the text of a token to whoever it acts for.

use chrono::{DateTime, FixedOffset, TimeDelta};
use db::Tx;
use entity::{access_token, app_user, user_role};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationTrait,
};

use super::{digest, is_well_formed, scopes_of};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::role::{Role, Roles};
use crate::system::System;
use crate::words::Language;

/// How old `last_used_at` gets before a use is written down again.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

/// Whose token it is.
///
/// # Errors
/// [`Error::Unauthenticated`] for a token that is malformed, unknown, expired, revoked or of a disabled user.
pub async fn authenticate(system: &System, bearer: &str) -> Result<Actor> {
    if !is_well_formed(bearer) {
        return Err(Error::Unauthenticated);
    }
    let hash = digest(bearer);
    let now = system.clock.now();
    if let Some(actor) = system.tokens.find(&hash, now) {
        return Ok(actor);
    }
    let generation = system.tokens.generation();
    let found = look_up(system, &hash).await?;
    let found = found
        .filter(|found| found.expires_at.is_none_or(|end| now < end))
        .ok_or(Error::Unauthenticated)?;
    let is_first = system
        .tokens
        .store(generation, hash, &found.actor, found.expires_at, now);
    if is_first
        && found
            .last_used_at
            .is_none_or(|last| last <= now - USE_NOTED_EVERY)
    {
        note_use(system, &found.actor, now);
    }
    Ok(found.actor)
}

struct Found {
    actor: Actor,
    expires_at: Option<DateTime<FixedOffset>>,
    last_used_at: Option<DateTime<FixedOffset>>,
}

/// One row for each role of the token's user.
#[derive(FromQueryResult)]
struct Row {
    token_id: i64,
    user_id: i64,
    scopes: Option<String>,
    expires_at: Option<DateTime<FixedOffset>>,
    last_used_at: Option<DateTime<FixedOffset>>,
    display_name: String,
    locale: String,
    role: Option<String>,
}

async fn look_up(system: &System, hash: &str) -> Result<Option<Found>> {
    let rows = access_token::Entity::find()
        .select_only()
        .column_as(access_token::Column::Id, "token_id")
        .columns([
            access_token::Column::UserId,
            access_token::Column::Scopes,
            access_token::Column::ExpiresAt,
            access_token::Column::LastUsedAt,
        ])
        .columns([app_user::Column::DisplayName, app_user::Column::Locale])
        .column(user_role::Column::Role)
        .join(JoinType::InnerJoin, access_token::Relation::AppUser.def())
        .join(JoinType::LeftJoin, user_role::Relation::AppUser.def().rev())
        .filter(access_token::Column::TokenHash.eq(hash))
        .filter(access_token::Column::RevokedAt.is_null())
        .filter(app_user::Column::IsActive.eq(true))
        .into_model::<Row>()
        .all(&system.db.reads())
        .await?;
    let mut roles = Vec::new();
    for role in rows.iter().filter_map(|row| row.role.as_deref()) {
        roles.push(Role::stored(role)?);
    }
    rows.into_iter()
        .next()
        .map(|row| found(row, roles.into_iter().collect()))
        .transpose()
}

fn found(row: Row, roles: Roles) -> Result<Found> {
    let actor = Actor {
        id: Some(row.user_id),
        name: row.display_name,
        roles,
        language: Language::stored(&row.locale)?,
        token_id: Some(row.token_id),
        scopes: row.scopes.as_deref().map(scopes_of).transpose()?,
    };
    Ok(Found {
        actor,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    })
}

/// Writes down that a token is in use; the request does not wait for it.
fn note_use(system: &System, actor: &Actor, now: DateTime<FixedOffset>) {
    let (Some(id), false) = (actor.token_id, system.read_only) else {
        return;
    };
    let db = system.db.clone();
    tokio::spawn(async move {
        let noted: Result<()> = db.write(move |tx| Box::pin(note_use_in(tx, id, now))).await;
        if let Err(error) = noted {
            log::warn!("could not note the use of token {id}: {error}");
        }
    });
}

async fn note_use_in(tx: &Tx, id: i64, now: DateTime<FixedOffset>) -> Result<()> {
    let noted_long_ago = Condition::any()
        .add(access_token::Column::LastUsedAt.is_null())
        .add(access_token::Column::LastUsedAt.lte(now - USE_NOTED_EVERY));
    access_token::Entity::update_many()
        .col_expr(access_token::Column::LastUsedAt, Expr::value(now))
        .filter(access_token::Column::Id.eq(id))
        .filter(noted_long_ago)
        .exec(tx)
        .await?;
    Ok(())
}
