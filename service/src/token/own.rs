//! What a person has of his own: the API tokens that he makes for his programs, and what they share with his sessions.

use std::sync::Arc;

use entity::access_token;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveValue::NotSet, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{Minted, Scope, TokenKind, revoke, stored_scopes, to_the_end};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::{Count, Limit, Page, PageRequest};
use crate::system::{System, Unit};
use crate::value::{Instant, List, Text};

/// An API token as its owner sees it; its text is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Id.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// What it is limited to; null if it may do all that its user may.
    pub scopes: Option<Vec<Scope>>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it ends; null if it does not.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    /// When it was last used, to within an hour; null if never.
    #[schema(format = DateTime)]
    pub last_used_at: Option<String>,
}

/// An API token that was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuedToken {
    /// What it is.
    #[serde(flatten)]
    pub view: TokenView,
    /// The token itself, shown this once. Null in the answer to a repeated request with the same Idempotency-Key,
    /// for which nothing secret is kept: if the first answer was lost, revoke this token and make another.
    pub token: Option<String>,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedToken")
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}

crate::input! {
    /// An API token to make.
    pub struct NewToken {
        /// What it is for.
        name: required Text<100>,
        /// What to limit it to: `read`, `metrics` or both; without it, it may do all that its user may.
        scopes: optional List<Scope>,
        /// When it ends; without it, it stays until it is revoked.
        expires_at: optional Instant,
    }
}

crate::input! {
    /// Which page of one's own API tokens, or of one's sessions, to show.
    pub struct TokenQuery {
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists the caller's API tokens that were not revoked, the newest first.
pub async fn list_own(
    system: &System,
    actor: &Actor,
    query: &Draft<TokenQuery>,
) -> Result<Page<TokenView>> {
    let all = Condition::all();
    let page = page_of(system, actor, query, TokenKind::Api, all).await?;
    page.try_map(view)
}

/// A page of the caller's tokens of a kind that were not revoked and are `also` so, the newest first.
pub(super) async fn page_of(
    system: &System,
    actor: &Actor,
    query: &Draft<TokenQuery>,
    kind: TokenKind,
    also: Condition,
) -> Result<Page<access_token::Model>> {
    let user_id = actor.user_id()?;
    actor.may_read()?;
    let TokenQuery {
        limit,
        cursor,
        count,
    } = query.check()?;
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let identity = json!([format!("{}s", kind.what()), user_id]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let select = access_token::Entity::find()
        .filter(access_token::Column::UserId.eq(user_id))
        .filter(access_token::Column::Kind.eq(kind.word()))
        .filter(access_token::Column::RevokedAt.is_null())
        .filter(also);
    let rows = select
        .clone()
        .apply_if(request.after(), |rows, (_, last)| {
            rows.filter(access_token::Column::Id.lt(*last))
        })
        .order_by_desc(access_token::Column::Id);
    let rows = request.rows(system.db.reader(), rows).await?;
    let page = request.page(rows, |row| (Json::Null, row.id));
    let ids = select
        .select_only()
        .column(access_token::Column::Id)
        .into_query();
    request.count(system.db.reader(), page, ids).await
}

/// Makes an API token for the caller.
pub async fn create_own(
    system: &System,
    actor: &Actor,
    new: &Draft<NewToken>,
    key: Option<&Idempotency>,
) -> Result<IssuedToken> {
    actor.user_id()?;
    actor.may_write()?;
    let new = new.check()?.clone();
    if new
        .expires_at
        .is_some_and(|Instant(end)| end <= system.clock.now())
    {
        return Err(Error::field(
            "expires_at",
            "range",
            "must lie in the future",
        ));
    }
    let Minted { text, hash } = Minted::access()?;
    let made = system
        .change(actor, key, (new, hash.clone()), |unit, input| {
            Box::pin(create_in(unit, input))
        })
        .await?;
    // A kept answer tells of a token that was made before; the text of this one fits only to this one.
    let token = (made.hash == hash).then_some(text);
    if token.is_some() {
        log::info!("{:?} made the API token {}", actor.name, made.view.id);
    }
    Ok(IssuedToken {
        view: made.view,
        token,
    })
}

/// What is kept for a repeated request: the digest tells whether the answer is a first one, the text is not there.
#[derive(Serialize, Deserialize)]
struct Made {
    view: TokenView,
    hash: String,
}

async fn create_in(unit: Unit<'_>, input: Arc<(NewToken, String)>) -> Result<Made> {
    let (
        NewToken {
            name,
            scopes,
            expires_at,
        },
        hash,
    ) = &*input;
    let scopes = scopes.as_ref().map(|List(sent)| {
        let words: Vec<_> = Scope::ALL
            .iter()
            .filter(|scope| sent.contains(scope))
            .map(|scope| scope.word())
            .collect();
        words.join(",")
    });
    let mut row = access_token::Model {
        id: 0,
        user_id: unit.actor.user_id()?,
        kind: TokenKind::Api.word().to_owned(),
        name: Some(name.0.clone()),
        token_hash: hash.clone(),
        scopes,
        created_at: unit.now,
        expires_at: expires_at.map(|Instant(end)| end),
        last_used_at: None,
        revoked_at: None,
    };
    let mut columns = row.clone().into_active_model();
    columns.id = NotSet;
    row.id = access_token::Entity::insert(columns)
        .exec(unit.tx)
        .await?
        .last_insert_id;
    Ok(Made {
        view: view(row)?,
        hash: hash.clone(),
    })
}

/// Revokes one of the caller's API tokens.
pub async fn revoke_own(system: &System, actor: &Actor, id: i64) -> Result<()> {
    end_one(system, actor, TokenKind::Api, id).await
}

/// Ends one of the caller's tokens of a kind, at once on this server.
pub(super) async fn end_one(
    system: &System,
    actor: &Actor,
    kind: TokenKind,
    id: i64,
) -> Result<()> {
    actor.user_id()?;
    actor.may_read()?;
    let (system, actor) = (system.clone(), actor.clone());
    to_the_end(async move {
        let done = system
            .change_session(&actor, None, (kind, id), |unit, which| {
                Box::pin(end_one_in(unit, *which))
            })
            .await;
        system.tokens.forget_token(id);
        if done.is_ok() {
            log::info!("{:?} ended the {} {id}", actor.name, kind.what());
        }
        done
    })
    .await
}

async fn end_one_in(unit: Unit<'_>, (kind, id): (TokenKind, i64)) -> Result<()> {
    let this = Condition::all()
        .add(access_token::Column::Id.eq(id))
        .add(access_token::Column::Kind.eq(kind.word()));
    match revoke(&unit, unit.actor.user_id()?, this).await? {
        0 => Err(Error::NotFound(kind.what())),
        // A token that may only read sees what its owner has; what it may not do is undone with the transaction.
        _ => unit.actor.may_write(),
    }
}

fn view(row: access_token::Model) -> Result<TokenView> {
    Ok(TokenView {
        id: row.id,
        name: row.name.unwrap_or_default(),
        scopes: row.scopes.as_deref().map(stored_scopes).transpose()?,
        created_at: Instant::show(&row.created_at),
        expires_at: row.expires_at.as_ref().map(Instant::show),
        last_used_at: row.last_used_at.as_ref().map(Instant::show),
    })
}
