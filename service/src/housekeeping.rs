//! What is thrown away by itself: kept answers after a day, sign-ins and set-up tokens a month after their end.
//!
//! Records, users and history are not here: they are never thrown away.

use chrono::TimeDelta;
use entity::setup_token;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::actor::Actor;
use crate::error::Result;
use crate::system::{System, Unit};
use crate::{idempotency, token};

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

async fn tidy_in(unit: Unit<'_>) -> Result<u64> {
    let links = setup_token::Entity::delete_many()
        .filter(setup_token::Column::ExpiresAt.lt(unit.now - LINKS_KEPT))
        .exec(unit.tx)
        .await?;
    let tokens = token::forget_old(&unit).await?;
    let answers = idempotency::forget_old(&unit).await?;
    Ok(links.rows_affected + tokens + answers)
}
