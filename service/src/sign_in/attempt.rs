//! An attempt to sign in: judged by the password, and by how many failures came before it.
//!
//! Five failures in a row pause an account's sign-in, longer with each further one. The verdict falls in the
//! transaction that counts, so a thousand guesses sent at once gain nothing over five sent one after another.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::app_user;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actor::Actor;
use crate::audit::Trail;
use crate::error::{Error, Result};
use crate::system::{System, Unit};
use crate::token::{self, Minted};
use crate::user;
use crate::value::Instant;

/// Failures in a row from which on sign-in is paused.
const FAILURES_FREE: i64 = 5;
const SHORTEST_PAUSE: TimeDelta = TimeDelta::seconds(30);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// For how long sign-in is paused after so many failures in a row: 30 s after five, twice as long with each further
/// one, at most 15 min.
fn pause_after(failures: i64) -> Option<TimeDelta> {
    let beyond = failures
        .checked_sub(FAILURES_FREE)
        .filter(|beyond| *beyond >= 0)?;
    let times = u32::try_from(beyond)
        .ok()
        .and_then(|beyond| 2_i32.checked_pow(beyond));
    let doubled = times.and_then(|times| SHORTEST_PAUSE.checked_mul(times));
    Some(doubled.map_or(LONGEST_PAUSE, |pause| Ord::min(pause, LONGEST_PAUSE)))
}

/// Whose password is given.
#[derive(Clone, Copy)]
pub(super) enum Whom<'a> {
    Name(&'a str),
    Id(i64),
}

/// An attempt that was judged.
pub(super) struct Verdict {
    /// Whose password it was about, where such a user is known.
    pub(super) user_id: Option<i64>,
    pub(super) outcome: Outcome,
}

/// What became of an attempt, in more detail than whoever made it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    Accepted,
    Unknown,
    Disabled,
    Paused,
    Wrong,
    /// The password was changed while it was being checked.
    Changed,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Unknown => "there is no such user",
            Self::Disabled => "the user is disabled",
            Self::Paused => "sign-in is paused after too many attempts",
            Self::Wrong => "the password is wrong",
            Self::Changed => "the password was being changed",
        })
    }
}

/// How often a check is repeated because the password changed meanwhile (or was hashed anew by another sign-in).
const CHECKS: u32 = 3;

/// Checks a password and counts the attempt; with `session`, one that succeeds begins that session.
pub(super) async fn judge(
    system: &System,
    whom: Whom<'_>,
    password: &str,
    session: Option<&Minted>,
) -> Result<Verdict> {
    let counter = Actor {
        name: "sign-in".to_owned(),
        ..Actor::command_line()
    };
    let mut user_id = None;
    let verdict = |user_id, outcome| Ok(Verdict { user_id, outcome });
    for _ in 0..CHECKS {
        let user = find(system, whom).await?;
        let hash = user.as_ref().map(|user| user.password_hash.as_str());
        let is_right = system.hashing.verify(password, hash).await?;
        let Some(user) = user else {
            return verdict(None, Outcome::Unknown);
        };
        user_id = Some(user.id);
        if let Some(refused) = standing(&user, system.clock.now()) {
            return verdict(user_id, refused);
        }
        let new_hash = match is_right && system.hashing.is_outdated(&user.password_hash) {
            true => Some(system.hashing.hash(password).await?),
            false => None,
        };
        let attempt = Attempt {
            user_id: user.id,
            checked_hash: user.password_hash,
            is_right,
            new_hash,
            session_hash: session.map(|session| session.hash.clone()),
        };
        let work = system.change_session(&counter, None, attempt, |unit, attempt| {
            Box::pin(count(unit, attempt))
        });
        match work.await? {
            Outcome::Changed => {}
            outcome => return verdict(user_id, outcome),
        }
    }
    verdict(user_id, Outcome::Changed)
}

async fn find(system: &System, whom: Whom<'_>) -> Result<Option<app_user::Model>> {
    match whom {
        Whom::Name(name) => user::find_by_name(system.db.reader(), name).await,
        Whom::Id(id) => Ok(app_user::Entity::find_by_id(id)
            .one(system.db.reader())
            .await?),
    }
}

/// What keeps a user from signing in whatever the password.
fn standing(user: &app_user::Model, now: DateTime<FixedOffset>) -> Option<Outcome> {
    if !user.is_active {
        Some(Outcome::Disabled)
    } else if user.locked_until.is_some_and(|until| now < until) {
        Some(Outcome::Paused)
    } else {
        None
    }
}

struct Attempt {
    user_id: i64,
    checked_hash: String,
    is_right: bool,
    /// The same password hashed with today's parameters.
    new_hash: Option<String>,
    session_hash: Option<String>,
}

async fn count(unit: Unit<'_>, attempt: Arc<Attempt>) -> Result<Outcome> {
    if attempt.is_right {
        accept(&unit, &attempt).await
    } else {
        count_failure(&unit, attempt.user_id).await
    }
}

async fn accept(unit: &Unit<'_>, attempt: &Attempt) -> Result<Outcome> {
    let user = app_user::Entity::find_by_id(attempt.user_id)
        .lock_exclusive()
        .one(unit.tx)
        .await?;
    let Some(user) = user else {
        return Ok(Outcome::Unknown);
    };
    if let Some(refused) = standing(&user, unit.now) {
        return Ok(refused);
    }
    if user.password_hash != attempt.checked_hash {
        return Ok(Outcome::Changed);
    }
    let mut columns = app_user::ActiveModel {
        failed_attempts: Set(0),
        ..Default::default()
    };
    if let Some(hash) = &attempt.new_hash {
        columns.password_hash = Set(hash.clone());
    }
    if attempt.session_hash.is_some() {
        columns.last_sign_in_at = Set(Some(unit.now));
    }
    let this = app_user::Column::Id.eq(user.id);
    app_user::Entity::update_many()
        .set(columns)
        .filter(this)
        .exec(unit.tx)
        .await?;
    pause_until(unit, &user, None).await?;
    if let Some(hash) = &attempt.session_hash {
        token::begin_session(unit, user.id, hash).await?;
    }
    Ok(Outcome::Accepted)
}

async fn count_failure(unit: &Unit<'_>, user_id: i64) -> Result<Outcome> {
    let not_paused = Condition::any()
        .add(app_user::Column::LockedUntil.is_null())
        .add(app_user::Column::LockedUntil.lte(unit.now));
    let counted = app_user::Entity::update_many()
        .col_expr(
            app_user::Column::FailedAttempts,
            Expr::col(app_user::Column::FailedAttempts).add(1),
        )
        .filter(app_user::Column::Id.eq(user_id))
        .filter(not_paused)
        .exec(unit.tx)
        .await?;
    if counted.rows_affected == 0 {
        return Ok(Outcome::Paused);
    }
    // The update holds the row, so this is what it left behind.
    let user = app_user::Entity::find_by_id(user_id).one(unit.tx).await?;
    let user =
        user.ok_or_else(|| Error::internal("a user vanished while a failure was counted"))?;
    if let Some(pause) = pause_after(user.failed_attempts) {
        log::warn!(
            "sign-in of user {user_id} is paused for {} s after {} failures",
            pause.num_seconds(),
            user.failed_attempts
        );
        pause_until(unit, &user, Some(unit.now + pause)).await?;
    }
    Ok(Outcome::Wrong)
}

/// Sets until when sign-in is paused, with its history. The user's version stays: nobody edited him.
async fn pause_until(
    unit: &Unit<'_>,
    user: &app_user::Model,
    until: Option<DateTime<FixedOffset>>,
) -> Result<()> {
    let shown = |at: Option<&DateTime<FixedOffset>>| json!(at.map(Instant::show));
    let mut trail = Trail::resume("app_user", user.id, user.audit_seq, &user.audit_head);
    trail.changed(
        unit,
        "locked_until",
        &shown(user.locked_until.as_ref()),
        &shown(until.as_ref()),
    )?;
    if trail.is_empty() {
        return Ok(());
    }
    app_user::Entity::update_many()
        .col_expr(app_user::Column::LockedUntil, Expr::value(until))
        .col_expr(app_user::Column::AuditSeq, Expr::value(trail.seq()))
        .col_expr(app_user::Column::AuditHead, Expr::value(trail.head()))
        .filter(app_user::Column::Id.eq(user.id))
        .exec(unit.tx)
        .await?;
    trail.save(unit).await
}

#[cfg(test)]
mod tests {
    use super::pause_after;

    #[test]
    fn sign_in_is_paused_after_five_failures_and_twice_as_long_each_time() {
        let seconds: Vec<_> = (0..13)
            .map(|failures| pause_after(failures).map_or(0, |pause| pause.num_seconds()))
            .collect();
        assert_eq!(
            seconds,
            [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]
        );
        assert_eq!(
            pause_after(i64::MAX).map(|pause| pause.num_seconds()),
            Some(900)
        );
    }
}
