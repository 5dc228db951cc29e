//! Access tokens: sessions and API tokens alike, `dmt_` and 256 random bits, of which only the SHA-256 is stored.
//!
//! [`authenticate`] answers from a cache of five seconds or by one query. What revokes tokens tells the cache of
//! this server at once; other servers find out within those five seconds. A token with scopes is for reading
//! (`read`) or for `/metrics` alone, and can neither make tokens nor change a password.

mod authenticate;
mod cache;
mod own;
mod sessions;

use std::future::Future;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use entity::access_token;
use rand::TryRng as _;
use rand::rngs::SysRng;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::actor::Scopes;
use crate::error::{Error, Result};
use crate::system::Unit;

pub use authenticate::authenticate;
pub use cache::{BELIEVED, TokenCache};
pub use own::{IssuedToken, NewToken, TokenQuery, TokenView, create_own, list_own, revoke_own};
pub(crate) use sessions::revoke_others;
pub use sessions::{SessionView, end_other_sessions, end_session, list_sessions};

crate::choice! {
    /// What a token is for.
    pub enum TokenKind {
        /// A person who signed in.
        Session = "session",
        /// A program that acts for a person.
        Api = "api",
    }
}

impl TokenKind {
    /// What messages call one.
    const fn what(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Api => "token",
        }
    }
}

crate::choice! {
    /// What a token is limited to.
    pub enum Scope {
        /// Reading what its user may read.
        Read = "read",
        /// `/metrics`.
        Metrics = "metrics",
    }
}

const PREFIX: &str = "dmt_";
const RANDOM_BYTES: usize = 32;
/// 32 bytes in base64url without padding.
const RANDOM_CHARS: usize = 43;

/// How long tokens stay in the table after they have ended.
const KEPT_AFTER_END: TimeDelta = TimeDelta::days(30);

/// A token that was just made: the only moment at which its text is known.
#[derive(Clone)]
pub(crate) struct Minted {
    pub(crate) text: String,
    pub(crate) hash: String,
}

impl Minted {
    /// An access token.
    pub(crate) fn access() -> Result<Self> {
        Self::with(PREFIX)
    }

    /// Random text behind `prefix`, from the operating system's generator.
    pub(crate) fn with(prefix: &str) -> Result<Self> {
        let mut bytes = [0; RANDOM_BYTES];
        SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
        let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
        Ok(Self {
            hash: digest(&text),
            text,
        })
    }
}

/// What is stored of a token.
pub(crate) fn digest(token: &str) -> String {
    crate::hex::encode(&Sha256::digest(token.as_bytes()))
}

fn is_well_formed(token: &str) -> bool {
    token.strip_prefix(PREFIX).is_some_and(|random| {
        random.len() == RANDOM_CHARS
            && random
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    })
}

fn stored_scopes(text: &str) -> Result<Vec<Scope>> {
    text.split(',').map(Scope::stored).collect()
}

fn scopes_of(text: &str) -> Result<Scopes> {
    let scopes = stored_scopes(text)?;
    Ok(Scopes {
        read: scopes.contains(&Scope::Read),
        metrics: scopes.contains(&Scope::Metrics),
    })
}

/// Adds the session of a user who has just signed in.
pub(crate) async fn begin_session(unit: &Unit<'_>, user_id: i64, hash: &str) -> Result<()> {
    let row = access_token::ActiveModel {
        user_id: Set(user_id),
        kind: Set(TokenKind::Session.word().to_owned()),
        name: Set(None),
        token_hash: Set(hash.to_owned()),
        scopes: Set(None),
        created_at: Set(unit.now),
        expires_at: Set(Some(unit.now + unit.system.session)),
        last_used_at: Set(Some(unit.now)),
        revoked_at: Set(None),
        ..Default::default()
    };
    access_token::Entity::insert(row)
        .exec_without_returning(unit.tx)
        .await?;
    Ok(())
}

/// Revokes those of a user's tokens that `which` selects.
pub(crate) async fn revoke(unit: &Unit<'_>, user_id: i64, which: Condition) -> Result<u64> {
    let done = access_token::Entity::update_many()
        .col_expr(access_token::Column::RevokedAt, Expr::value(unit.now))
        .filter(access_token::Column::UserId.eq(user_id))
        .filter(access_token::Column::RevokedAt.is_null())
        .filter(which)
        .exec(unit.tx)
        .await?;
    Ok(done.rows_affected)
}

/// Removes tokens that ended a month ago or more; answers how many.
pub(crate) async fn forget_old(unit: &Unit<'_>) -> Result<u64> {
    let before = unit.now - KEPT_AFTER_END;
    let ended = Condition::any()
        .add(access_token::Column::ExpiresAt.lt(before))
        .add(access_token::Column::RevokedAt.lt(before));
    let done = access_token::Entity::delete_many()
        .filter(ended)
        .exec(unit.tx)
        .await?;
    Ok(done.rows_affected)
}

/// Does a change of which the cache must hear to its end, even when the client goes away meanwhile.
pub(crate) async fn to_the_end<T, W>(work: W) -> Result<T>
where
    T: Send + 'static,
    W: Future<Output = Result<T>> + Send + 'static,
{
    let task = tokio::spawn(db::request::carry(db::request::here(), work));
    task.await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_token_is_a_prefix_and_256_random_bits() {
        let (one, other) = (Minted::access().unwrap(), Minted::access().unwrap());
        assert_eq!(one.text.len(), 47);
        assert!(is_well_formed(&one.text), "{}", one.text);
        assert_ne!(one.text, other.text);
        assert_eq!(one.hash, digest(&one.text));
        assert_eq!(one.hash.len(), 64);
        assert!(!one.hash.contains(&one.text[4..]));
    }

    #[test]
    fn anything_else_is_refused_without_asking_the_database() {
        let random = "A".repeat(43);
        for text in [
            "",
            "dmt_",
            &random,
            &format!("dmt_{random}A"),
            &format!("DMT_{random}"),
            &format!("dmt_{}=", &random[1..]),
        ] {
            assert!(!is_well_formed(text), "{text}");
        }
        assert!(is_well_formed(&format!("dmt_{random}")));
    }

    #[test]
    fn scopes_read_back() {
        assert_eq!(
            scopes_of("read,metrics").unwrap(),
            Scopes {
                read: true,
                metrics: true
            }
        );
        assert_eq!(
            scopes_of("metrics").unwrap(),
            Scopes {
                read: false,
                metrics: true
            }
        );
        assert!(scopes_of("write").is_err());
    }
}
