//! Signing in and out, and giving one's password again for a signature.
//!
//! Whatever is wrong (the name, the password, the account, too many attempts) the answer is the same and takes as
//! long. How an attempt is judged and counted is in [`attempt`].

mod attempt;
pub(crate) mod proof;

use entity::access_token;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::system::{System, Unit};
use crate::token::{self, Minted};
use attempt::{Outcome, Verdict, Whom, judge};

/// What signing in gives (RFC 6749, section 5.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Goes into `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// How many seconds it lasts.
    pub expires_in: i64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// Signs a user in: a new session.
///
/// # Errors
/// [`Error::SignInRefused`], whatever was wrong.
pub async fn sign_in(system: &System, username: &str, password: &str) -> Result<Session> {
    let began = tokio::time::Instant::now();
    let session = Minted::access()?;
    let Verdict { user_id, outcome } =
        judge(system, Whom::Name(username), password, Some(&session)).await?;
    let Outcome::Accepted = outcome else {
        // What was typed is not logged: it may be a password in the wrong box.
        match user_id {
            Some(id) => log::warn!("sign-in of user {id} refused: {outcome}"),
            None => log::warn!("sign-in refused: {outcome}"),
        }
        tokio::time::sleep_until(began + system.hashing.refusal()).await;
        return Err(Error::SignInRefused);
    };
    log::info!("{username:?} signed in");
    Ok(Session {
        access_token: session.text,
        token_type: "Bearer".to_owned(),
        expires_in: system.session.num_seconds(),
    })
}

/// Ends the session, or revokes the API token, that the caller came with.
pub async fn sign_out(system: &System, actor: &Actor) -> Result<()> {
    let id = actor.token_id.ok_or(Error::Unauthenticated)?;
    let (system, actor) = (system.clone(), actor.clone());
    token::to_the_end(async move {
        let done = system
            .change_session(&actor, None, id, |unit, id| {
                Box::pin(sign_out_in(unit, *id))
            })
            .await;
        system.tokens.forget_token(id);
        done
    })
    .await
}

async fn sign_out_in(unit: Unit<'_>, id: i64) -> Result<()> {
    let this = Condition::all().add(access_token::Column::Id.eq(id));
    token::revoke(&unit, unit.actor.user_id()?, this).await?;
    Ok(())
}

/// Whether this is the caller's password. Counts toward the pause of his sign-in, and is false during it.
pub async fn confirm(system: &System, actor: &Actor, password: &str) -> Result<bool> {
    let id = actor.user_id()?;
    let Verdict { outcome, .. } = judge(system, Whom::Id(id), password, None).await?;
    let accepted = matches!(outcome, Outcome::Accepted);
    if !accepted {
        log::warn!("the password that user {id} gave again was refused: {outcome}");
    }
    Ok(accepted)
}
