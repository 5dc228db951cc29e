//! The sessions that a person has begun by signing in, wherever that was.
//!
//! What is kept of one is when it began, when it was last used and when it ends; neither an address nor a browser.

use entity::access_token;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::own::{TokenQuery, end_one, page_of};
use super::{TokenKind, revoke, to_the_end};
use crate::actor::Actor;
use crate::error::Result;
use crate::input::Draft;
use crate::page::Page;
use crate::system::{System, Unit};
use crate::value::Instant;

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Id.
    pub id: i64,
    /// Whether the request came with it.
    pub is_current: bool,
    /// When he signed in.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it ends by itself.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    /// When it was last used, to within an hour.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
}

/// Lists the caller's sessions that have not ended, the newest first.
pub async fn list_sessions(
    system: &System,
    actor: &Actor,
    query: &Draft<TokenQuery>,
) -> Result<Page<SessionView>> {
    let open = Condition::any()
        .add(access_token::Column::ExpiresAt.is_null())
        .add(access_token::Column::ExpiresAt.gt(system.clock.now()));
    let page = page_of(system, actor, query, TokenKind::Session, open).await?;
    Ok(page.map(|row| view(&row, actor)))
}

fn view(row: &access_token::Model, actor: &Actor) -> SessionView {
    SessionView {
        id: row.id,
        is_current: actor.token_id == Some(row.id),
        created_at: Instant::show(&row.created_at),
        expires_at: row.expires_at.as_ref().map(Instant::show),
        last_used_at: row.last_used_at.as_ref().map(Instant::show),
    }
}

/// Ends one of the caller's sessions: whoever sits there is signed out.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) where it was ended already or is somebody else's.
pub async fn end_session(system: &System, actor: &Actor, id: i64) -> Result<()> {
    end_one(system, actor, TokenKind::Session, id).await
}

/// Ends all of the caller's sessions but the one that he asks with; API tokens stay.
pub async fn end_other_sessions(system: &System, actor: &Actor) -> Result<()> {
    let user_id = actor.user_id()?;
    actor.may_write()?;
    let (system, actor) = (system.clone(), actor.clone());
    to_the_end(async move {
        let done = system
            .change_session(&actor, None, (), |unit, _| Box::pin(revoke_others_in(unit)))
            .await;
        system.tokens.forget_user(user_id);
        let ended = done?;
        log::info!("{:?} ended {ended} other sessions", actor.name);
        Ok(())
    })
    .await
}

async fn revoke_others_in(unit: Unit<'_>) -> Result<u64> {
    revoke_others(&unit).await
}

/// Revokes the caller's sessions but the one that he asks with; answers how many.
pub(crate) async fn revoke_others(unit: &Unit<'_>) -> Result<u64> {
    let mut others = Condition::all().add(access_token::Column::Kind.eq(TokenKind::Session.word()));
    if let Some(this) = unit.actor.token_id {
        others = others.add(access_token::Column::Id.ne(this));
    }
    revoke(unit, unit.actor.user_id()?, others).await
}
