//! What is thrown away by itself: kept answers after a day; sign-ins and set-up tokens a month after their end, jobs a
//! month after their beginning; what was sent after a month, what could not be sent after three.
//!
//! Records, users and history are not here: they are never thrown away. What changes have told the summaries is folded
//! into them here as well, every few seconds.

use chrono::TimeDelta;
use entity::setup_token;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::actor::Actor;
use crate::error::Result;
use crate::system::{System, Unit};
use crate::{idempotency, job, outbox, summary, token};

/// How long a set-up token that is over stays readable for whoever looks into a set-up.
const LINKS_KEPT: TimeDelta = TimeDelta::days(30);

/// Throws away what is over; the server calls it once an hour. Answers how many rows went.
pub async fn tidy(system: &System) -> Result<u64> {
    system
        .change(&Actor::command_line(), None, (), |unit, _| {
            Box::pin(tidy_in(unit))
        })
        .await
}

/// Makes the summaries where there are none, and folds into them what waits; the server calls it every few seconds.
/// Answers how much was folded.
pub async fn sum_up(system: &System) -> Result<u64> {
    if system.read_only {
        return Ok(0);
    }
    summary::ensure(system).await?;
    let mut folded = 0;
    loop {
        match summary::fold(system).await? {
            0 => return Ok(folded),
            some => folded += some,
        }
    }
}

async fn tidy_in(unit: Unit<'_>) -> Result<u64> {
    let links = setup_token::Entity::delete_many()
        .filter(setup_token::Column::ExpiresAt.lt(unit.now - LINKS_KEPT))
        .exec(unit.tx)
        .await?;
    let tokens = token::forget_old(&unit).await?;
    let answers = idempotency::forget_old(&unit).await?;
    let jobs = job::forget_old(&unit).await?;
    let sent = outbox::forget_old(&unit).await?;
    Ok(links.rows_affected + tokens + answers + jobs + sent)
}
