//! What goes out: put together at the last moment, when it is asked once more whether it may.

use entity::{app_user, webhook};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::letter::{self, Reader, Story};
use super::take::{Bundle, Outcome};
use super::{Channel, Letter, overview};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::notice::{Event, People, audience};
use crate::role::Roles;
use crate::system::System;
use crate::value::Instant;
use crate::webhook::sign;
use crate::words::Language;
use crate::{saved_view, subscription, user};

/// What goes out.
#[derive(Clone, Debug)]
pub enum Parcel {
    /// A call of another program.
    Call(Call),
    /// A mail.
    Letter(Letter),
}

/// A call of another program, signed as Standard Webhooks has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where to.
    pub url: String,
    /// `webhook-id`.
    pub message_id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body, JSON.
    pub body: String,
}

/// What a mail is made of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) timestamp: String,
    pub(crate) data: Json,
    pub(crate) people: People,
}

/// Makes a bundle ready, unless it is no longer to be sent.
pub(super) async fn prepare(
    system: &System,
    bundle: &Bundle,
    records: &str,
) -> Result<std::result::Result<Parcel, Outcome>> {
    match bundle.channel {
        Channel::Webhook => call(system, bundle).await,
        Channel::Mail | Channel::Digest => mail(system, bundle).await,
        Channel::View => view(system, bundle, records).await,
        // It does not travel: its worker asks for it itself.
        Channel::Translate => dropped("it is no message"),
    }
}

fn dropped<T>(why: &str) -> Result<std::result::Result<T, Outcome>> {
    Ok(Err(Outcome::Dropped(why.to_owned())))
}

async fn call(system: &System, bundle: &Bundle) -> Result<std::result::Result<Parcel, Outcome>> {
    let row = bundle
        .rows
        .first()
        .ok_or_else(|| Error::internal("an empty bundle"))?;
    let Some(id) = row.webhook_id else {
        return dropped("it names no webhook");
    };
    let webhook = webhook::Entity::find_by_id(id)
        .one(system.db.reader())
        .await?;
    let Some(webhook) = webhook.filter(|webhook| webhook.is_active || row.event.is_none()) else {
        return dropped("the webhook is switched off");
    };
    let timestamp = system.clock.now().timestamp();
    let signature = sign::signature(&webhook.secret, &row.message_id, timestamp, &row.content);
    let Some(signature) = signature else {
        let why = "the webhook has no secret, because it came from an archive without secrets: give it a new one";
        return Ok(Err(Outcome::Failed(None, why.to_owned(), false)));
    };
    Ok(Ok(Parcel::Call(Call {
        url: webhook.url,
        message_id: row.message_id.clone(),
        timestamp,
        signature,
        body: row.content.clone(),
    })))
}

async fn mail(system: &System, bundle: &Bundle) -> Result<std::result::Result<Parcel, Outcome>> {
    let (reader, actor) = match addressee(system, bundle).await? {
        Ok(both) => both,
        Err(outcome) => return Ok(Err(outcome)),
    };
    let stories = stories(system, bundle, actor.user_id()?, actor.roles).await?;
    let letter = match (bundle.channel, stories.as_slice()) {
        (_, []) => return dropped("the user does not want it any more, or may not have it"),
        (Channel::Digest, all) => letter::digest(&reader, all),
        (_, [one, ..]) => letter::about(&reader, one),
    };
    Ok(Ok(Parcel::Letter(letter)))
}

/// What a saved view holds now, for whoever chose to be told.
async fn view(
    system: &System,
    bundle: &Bundle,
    records: &str,
) -> Result<std::result::Result<Parcel, Outcome>> {
    let (reader, actor) = match addressee(system, bundle).await? {
        Ok(both) => both,
        Err(outcome) => return Ok(Err(outcome)),
    };
    let content = bundle.rows.first().map(|row| row.content.parse::<i64>());
    let Some(Ok(id)) = content else {
        return dropped("it names no view");
    };
    match saved_view::overview(system, &actor, id).await? {
        Ok(found) => {
            let letter = overview::of_view(&reader, &found, records);
            Ok(Ok(Parcel::Letter(letter)))
        }
        Err(why) => dropped(why),
    }
}

/// Whom a bundle goes to, if he can have mail: as its reader, and as who he is with the roles that he has now.
async fn addressee(
    system: &System,
    bundle: &Bundle,
) -> Result<std::result::Result<(Reader, Actor), Outcome>> {
    let db = system.db.reader();
    let first = bundle.rows.first();
    let Some((id, message_id)) = first.and_then(|row| Some((row.user_id?, &row.message_id))) else {
        return dropped("it names no user");
    };
    let Some(user) = app_user::Entity::find_by_id(id).one(db).await? else {
        return dropped("the user is gone");
    };
    if !user.is_active {
        return dropped("the user is disabled");
    }
    let Some(address) = user.email else {
        return dropped("the user has no mail address");
    };
    let roles = user::roles_of_all(db, &[id]).await?;
    let roles = roles.get(&id).copied().unwrap_or_default();
    let language = Language::stored(&user.locale)?;
    let actor = Actor {
        id: Some(id),
        name: user.display_name.clone(),
        roles,
        language,
        token_id: None,
        scopes: None,
    };
    let reader = Reader {
        message_id: message_id.clone(),
        address,
        name: user.display_name,
        language,
        zone: system.settings.time_zone,
    };
    Ok(Ok((reader, actor)))
}

/// What a person still wants, and may still have.
async fn stories(
    system: &System,
    bundle: &Bundle,
    person: i64,
    roles: Roles,
) -> Result<Vec<Story>> {
    let mut stories = Vec::new();
    let chosen = subscription::events_of(system.db.reader(), person).await?;
    for row in &bundle.rows {
        let event = Event::stored(row.event.as_deref().unwrap_or_default())?;
        let told: Told = serde_json::from_str(&row.content).map_err(Error::internal)?;
        if !chosen.contains(event.word()) || !audience::is_told(event, &told.people, person, roles)
        {
            continue;
        }
        let at = told.timestamp.parse().map_err(Error::internal)?;
        stories.push(Story {
            event,
            at,
            data: told.data,
        });
    }
    Ok(stories)
}

/// The body of a webhook's test.
pub(crate) fn test_body(webhook_id: i64, at: &chrono::DateTime<chrono::FixedOffset>) -> String {
    let data = serde_json::json!({ "webhook_id": webhook_id });
    let at = Instant::show(at);
    serde_json::json!({"type": "webhook.test", "timestamp": at, "data": data}).to_string()
}
