//! Of what a person wants to be told by mail, and how: he says so himself, at `/me/notifications`.
//!
//! Nobody is told of anything that he did not ask for. What a person chose is his own matter and no part of any
//! record's history.

use std::collections::HashSet;
use std::sync::Arc;

use entity::{app_user, subscription};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, Schema};

use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::input::Draft;
use crate::notice::{Event, Events};
use crate::system::{System, Unit};
use crate::value::{Problems, Value, refuse};

crate::choice! {
    /// How a person is told.
    pub enum Delivery {
        /// By a mail of its own, at once.
        Immediate = "immediate",
        /// Together with all else of the day, in the morning.
        Daily = "daily",
    }
}

/// Events that a person chose; none is a choice too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen(pub Events);

impl Value for Chosen {
    fn from_json(value: &Json) -> std::result::Result<Self, Problems> {
        let Json::Array(items) = value else {
            return refuse("type", "must be an array");
        };
        let (mut events, mut problems) = (Vec::new(), Vec::new());
        for (place, item) in items.iter().enumerate() {
            match Event::from_json(item) {
                Ok(event) if events.contains(&event) => {
                    let message = "is there already";
                    problems.push(FieldError::new(format!("[{place}]"), "duplicate", message));
                }
                Ok(event) => events.push(event),
                Err(found) => problems.extend(found.into_iter().map(|mut problem| {
                    problem.field = format!("[{place}]{}", problem.field);
                    problem
                })),
            }
        }
        if problems.is_empty() {
            Ok(Self(events.into_iter().collect()))
        } else {
            Err(problems)
        }
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(ArrayItems::RefOrSchema(
                Box::new(<Event as Value>::schema()),
            ))
            .unique_items(true)
            .into()
    }
}

crate::input! {
    /// Of what to be told, and how; what is in neither list is not told.
    pub struct Choice {
        /// Told at once, each by a mail of its own.
        immediate: required Chosen,
        /// Told in one mail a day.
        daily: required Chosen,
    }
}

/// Of what the caller is told, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChoiceView {
    /// Where mail goes; null while there is no address, and no mail.
    pub email: Option<String>,
    /// Told at once.
    pub immediate: Vec<Event>,
    /// Told in one mail a day.
    pub daily: Vec<Event>,
}

/// Shows of what the caller is told.
pub async fn show(system: &System, actor: &Actor) -> Result<ChoiceView> {
    actor.may_read()?;
    view(system.db.reader(), actor.user_id()?).await
}

/// Changes of what the caller is told, as a whole.
///
/// # Errors
/// [`Error::Invalid`] for an event in both lists.
pub async fn choose(system: &System, actor: &Actor, draft: &Draft<Choice>) -> Result<ChoiceView> {
    actor.user_id()?;
    actor.may_write()?;
    let choice = draft.check()?.clone();
    let twice = choice
        .immediate
        .0
        .iter()
        .filter(|event| choice.daily.0.has(*event));
    let twice = twice.map(|event| {
        let message = format!("{event} is in immediate already");
        FieldError::new("daily", "twice", message)
    });
    refuse_if_any(twice.collect())?;
    let chosen = system
        .change(actor, None, choice, |unit, choice| {
            Box::pin(choose_in(unit, choice))
        })
        .await;
    system.listeners.forget();
    chosen
}

async fn choose_in(unit: Unit<'_>, choice: Arc<Choice>) -> Result<ChoiceView> {
    let id = unit.actor.user_id()?;
    // Of two choices at the same time the later one holds as a whole.
    app_user::Entity::find_by_id(id)
        .lock_exclusive()
        .one(unit.tx)
        .await?
        .ok_or(Error::Unauthenticated)?;
    forget(&unit, id).await?;
    let immediate = choice
        .immediate
        .0
        .iter()
        .map(|event| (event, Delivery::Immediate));
    let daily = choice.daily.0.iter().map(|event| (event, Delivery::Daily));
    let rows: Vec<_> = immediate
        .chain(daily)
        .map(|(event, delivery)| subscription::ActiveModel {
            user_id: Set(id),
            event: Set(event.word().to_owned()),
            delivery: Set(delivery.word().to_owned()),
        })
        .collect();
    if !rows.is_empty() {
        subscription::Entity::insert_many(rows)
            .exec_without_returning(unit.tx)
            .await?;
    }
    view(unit.tx, id).await
}

/// Forgets what a person chose.
pub(crate) async fn forget(unit: &Unit<'_>, user_id: i64) -> Result<u64> {
    let gone = subscription::Entity::delete_many()
        .filter(subscription::Column::UserId.eq(user_id))
        .exec(unit.tx)
        .await?;
    Ok(gone.rows_affected)
}

/// The words of the events that a person wants to be told of, at once or daily.
pub(crate) async fn events_of(db: &impl ConnectionTrait, user_id: i64) -> Result<HashSet<String>> {
    let words = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Event)
        .filter(subscription::Column::UserId.eq(user_id));
    let words: Vec<String> = words.into_tuple().all(db).await?;
    Ok(words.into_iter().collect())
}

async fn view(db: &impl ConnectionTrait, user_id: i64) -> Result<ChoiceView> {
    let email: Option<Option<String>> = app_user::Entity::find_by_id(user_id)
        .select_only()
        .column(app_user::Column::Email)
        .into_tuple()
        .one(db)
        .await?;
    let rows = subscription::Entity::find()
        .filter(subscription::Column::UserId.eq(user_id))
        .all(db)
        .await?;
    let mut chosen = [Vec::new(), Vec::new()];
    for row in rows {
        let place = match Delivery::stored(&row.delivery)? {
            Delivery::Immediate => 0,
            Delivery::Daily => 1,
        };
        chosen[place].push(Event::stored(&row.event)?);
    }
    let [immediate, daily] = chosen.map(|mut events: Vec<Event>| {
        events.sort();
        events
    });
    Ok(ChoiceView {
        email: email.ok_or(Error::Unauthenticated)?,
        immediate,
        daily,
    })
}
