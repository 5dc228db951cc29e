//! From a notice to those who are told: one row of the outbox for each webhook and each person that wants it.
//!
//! The notice goes in the transaction that adds their rows, so of several servers exactly one spreads it.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use db::Tx;
use entity::{app_user, notice, subscription, webhook};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use serde_json::json;

use super::audience::is_told;
use super::{Content, Event, Events};
use crate::error::{Error, Result};
use crate::outbox::{self, Channel, ToSend, Told};
use crate::setting::Settings;
use crate::subscription::Delivery;
use crate::system::System;
use crate::user;
use crate::value::Instant;

/// How many notices are looked at before something is sent again.
const AT_ONCE: u64 = 50;

/// The hour of the daily mail, in the system's time zone.
pub(crate) const DIGEST_HOUR: u32 = 7;

/// What comes later than so before that hour waits for the next day: it might be added after the mail has gone.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// Spreads what was told; says whether there was anything. Without a way to send mail only programs are told.
pub(crate) async fn spread(system: &System, has_mail: bool) -> Result<bool> {
    let mut last = 0;
    loop {
        let told = after(system, last).await?;
        let Some(end) = told.last() else {
            return Ok(false);
        };
        // Those that cannot be understood are passed over.
        last = end.id;
        if spread_all(system, told, has_mail).await? {
            return Ok(true);
        }
    }
}

/// The notices behind one.
async fn after(system: &System, id: i64) -> Result<Vec<notice::Model>> {
    let told = notice::Entity::find()
        .filter(notice::Column::Id.gt(id))
        .order_by_asc(notice::Column::Id)
        .limit(AT_ONCE);
    Ok(told.all(system.db.reader()).await?)
}

async fn spread_all(system: &System, told: Vec<notice::Model>, has_mail: bool) -> Result<bool> {
    let mut any = false;
    for notice in told {
        let (id, input) = (notice.id, (system.clone(), notice));
        let spread = system
            .db
            .write(move |tx| {
                let (system, notice) = input.clone();
                Box::pin(async move { spread_one(tx, &system, &notice, has_mail).await })
            })
            .await;
        match spread {
            Ok(()) => any = true,
            Err(error @ Error::Database(_)) => return Err(error),
            // Perhaps a newer server understands it; the others must not wait for that.
            Err(error) => log::error!("the notice {id} could not be understood: {error:?}"),
        }
    }
    Ok(any)
}

async fn spread_one(
    tx: &Tx,
    system: &System,
    notice: &notice::Model,
    has_mail: bool,
) -> Result<()> {
    let gone = notice::Entity::delete_by_id(notice.id).exec(tx).await?;
    if gone.rows_affected == 0 {
        return Ok(());
    }
    let event = Event::stored(&notice.event)?;
    let content: Content = serde_json::from_str(&notice.content).map_err(Error::internal)?;
    let now = system.clock.now();
    let mut rows = to_webhooks(tx, notice, event, &content, now).await?;
    if has_mail {
        rows.extend(to_people(tx, system, notice, event, content, now).await?);
    }
    outbox::add(tx, rows, now).await
}

async fn to_webhooks(
    tx: &Tx,
    notice: &notice::Model,
    event: Event,
    content: &Content,
    now: DateTime<FixedOffset>,
) -> Result<Vec<ToSend>> {
    let body = json!({
        "type": event.kind(),
        "timestamp": Instant::show(&notice.created_at),
        "data": content.data,
    })
    .to_string();
    let rows = webhooks(tx, event).await?.into_iter().map(|id| ToSend {
        channel: Channel::Webhook,
        event: Some(event),
        webhook_id: Some(id),
        user_id: None,
        content: body.clone(),
        due_at: now,
    });
    Ok(rows.collect())
}

async fn to_people(
    tx: &Tx,
    system: &System,
    notice: &notice::Model,
    event: Event,
    content: Content,
    now: DateTime<FixedOffset>,
) -> Result<Vec<ToSend>> {
    let people = people(tx, event, &content).await?;
    let digest = next_digest(&system.settings, now);
    let told = Told {
        timestamp: Instant::show(&notice.created_at),
        data: content.data,
        people: content.people,
    };
    let body = serde_json::to_string(&told).map_err(Error::internal)?;
    let rows = people.into_iter().map(|(id, delivery)| {
        let (channel, due_at) = match delivery {
            Delivery::Immediate => (Channel::Mail, now),
            Delivery::Daily => (Channel::Digest, digest),
        };
        ToSend {
            channel,
            event: Some(event),
            webhook_id: None,
            user_id: Some(id),
            content: body.clone(),
            due_at,
        }
    });
    Ok(rows.collect())
}

async fn webhooks(tx: &Tx, event: Event) -> Result<Vec<i64>> {
    let all: Vec<(i64, String)> = webhook::Entity::find()
        .select_only()
        .column(webhook::Column::Id)
        .column(webhook::Column::Events)
        .filter(webhook::Column::IsActive.eq(true))
        .order_by_asc(webhook::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    let mut ids = Vec::new();
    for (id, events) in all {
        if Events::stored(&events)?.has(event) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Who wants to be told of it, has an address, and is one of those who are.
async fn people(tx: &Tx, event: Event, content: &Content) -> Result<Vec<(i64, Delivery)>> {
    let wanting: Vec<(i64, String)> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::UserId)
        .column(subscription::Column::Delivery)
        .join(JoinType::InnerJoin, subscription::Relation::AppUser.def())
        .filter(subscription::Column::Event.eq(event.word()))
        .filter(app_user::Column::IsActive.eq(true))
        .filter(app_user::Column::Email.is_not_null())
        .order_by_asc(subscription::Column::UserId)
        .into_tuple()
        .all(tx)
        .await?;
    let ids: Vec<i64> = wanting.iter().map(|(id, _)| *id).collect();
    let roles = match ids.as_slice() {
        [] => HashMap::new(),
        ids => user::roles_of_all(tx, ids).await?,
    };
    let mut told = Vec::new();
    for (id, delivery) in wanting {
        let roles = roles.get(&id).copied().unwrap_or_default();
        if content.by != Some(id) && is_told(event, &content.people, id, roles) {
            told.push((id, Delivery::stored(&delivery)?));
        }
    }
    Ok(told)
}

/// When the next daily mail goes out.
fn next_digest(settings: &Settings, now: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
    let today = settings.day(&now);
    let days = (0..3).filter_map(|days| today.checked_add_days(Days::new(days)));
    let mut hours = days.filter_map(|day| digest_hour(settings, day));
    hours
        .find(|at| *at > now + MARGIN)
        .unwrap_or(now + TimeDelta::days(1))
}

/// That hour of a day.
fn digest_hour(settings: &Settings, day: NaiveDate) -> Option<DateTime<FixedOffset>> {
    // Where the clock is put forward there may be no such hour; then the one after it.
    let at = (DIGEST_HOUR..24).find_map(|hour| {
        let at = day.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
        settings.time_zone.from_local_datetime(&at).earliest()
    });
    at.map(|at| at.to_utc().fixed_offset())
}

/// The last day on which that hour was; of Mondays, where only they count.
pub(crate) fn last_morning(
    settings: &Settings,
    now: DateTime<FixedOffset>,
    mondays: bool,
) -> NaiveDate {
    let today = settings.day(&now);
    let is_early = digest_hour(settings, today).is_some_and(|at| now < at);
    let last = today - Days::new(u64::from(is_early));
    let since_monday = last.weekday().num_days_from_monday();
    last - Days::new(u64::from(if mondays { since_monday } else { 0 }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::setting::Currency;

    fn settings(zone: &str) -> Settings {
        Settings {
            currency: Currency::of("EUR").unwrap(),
            tag_prefix: "DMT".to_owned(),
            time_zone: zone.parse().unwrap(),
            is_demo: false,
        }
    }

    #[test]
    fn a_morning_begins_at_seven_in_the_plants_time_zone() {
        let last = |zone: &str, now: &str, mondays| {
            let now = DateTime::parse_from_rfc3339(now).unwrap();
            last_morning(&settings(zone), now, mondays).to_string()
        };
        // A Friday.
        assert_eq!(last("UTC", "2026-11-20T07:00:00Z", false), "2026-11-20");
        assert_eq!(last("UTC", "2026-11-20T06:59:59Z", false), "2026-11-19");
        assert_eq!(last("UTC", "2026-11-20T07:00:00Z", true), "2026-11-16");
        assert_eq!(
            last("Asia/Shanghai", "2026-11-22T22:59:59Z", true),
            "2026-11-16"
        );
        assert_eq!(
            last("Asia/Shanghai", "2026-11-22T23:00:00Z", true),
            "2026-11-23"
        );
        // Across a change of the clock.
        assert_eq!(
            last("Europe/Berlin", "2027-03-28T04:59:59Z", false),
            "2027-03-27"
        );
        assert_eq!(
            last("Europe/Berlin", "2027-03-28T05:00:00Z", false),
            "2027-03-28"
        );
    }

    #[test]
    fn the_daily_mail_goes_out_at_seven_in_the_plants_time_zone() {
        let next = |zone: &str, now: &str| {
            let now = DateTime::parse_from_rfc3339(now).unwrap();
            Instant::show(&next_digest(&settings(zone), now))
        };
        assert_eq!(
            next("UTC", "2026-11-20T06:58:00Z"),
            "2026-11-20T07:00:00.000000Z"
        );
        assert_eq!(
            next("UTC", "2026-11-20T06:59:30Z"),
            "2026-11-21T07:00:00.000000Z"
        );
        assert_eq!(
            next("UTC", "2026-11-20T07:00:00Z"),
            "2026-11-21T07:00:00.000000Z"
        );
        assert_eq!(
            next("Europe/Berlin", "2026-11-20T08:00:00Z"),
            "2026-11-21T06:00:00.000000Z"
        );
        assert_eq!(
            next("Asia/Shanghai", "2026-11-20T22:00:00Z"),
            "2026-11-20T23:00:00.000000Z"
        );
        // Across a change of the clock.
        assert_eq!(
            next("Europe/Berlin", "2027-03-27T12:00:00Z"),
            "2027-03-28T05:00:00.000000Z"
        );
    }
}
