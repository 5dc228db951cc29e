//! Moments and days.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SecondsFormat, Timelike, Utc};
use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat, Type};

use super::{Problems, Value, described, refuse, string_of};

/// A moment, kept in UTC to the microsecond (RFC 3339).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub DateTime<FixedOffset>);

impl Instant {
    /// `2026-11-20T08:14:00.000000Z`.
    pub fn show(at: &DateTime<FixedOffset>) -> String {
        at.with_timezone(&Utc)
            .to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// Whether a moment as it is shown, where there is one, lies before `now`.
    pub(crate) fn is_past(shown: Option<&str>, now: DateTime<FixedOffset>) -> bool {
        let at = shown.map(DateTime::parse_from_rfc3339);
        matches!(at, Some(Ok(at)) if at < now)
    }
}

impl Value for Instant {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        let Ok(at) = DateTime::parse_from_rfc3339(text) else {
            return refuse(
                "format",
                "must be an RFC 3339 instant such as \"2026-11-20T08:14:00Z\"",
            );
        };
        if at.nanosecond() % 1000 != 0 {
            return refuse("too_precise", "must have at most six digits of a second");
        }
        // A leap second (…:60) is not a moment that every database can hold.
        if at.nanosecond() >= 1_000_000_000 {
            return refuse("format", "must not be a leap second");
        }
        let utc = at.with_timezone(&Utc);
        if !(1970..=9998).contains(&utc.year()) {
            return refuse("range", "must lie between the years 1970 and 9998");
        }
        Ok(Self(utc.fixed_offset()))
    }

    fn from_text(text: &str) -> Result<Self, Problems> {
        let read = Self::from_json(&Json::String(text.to_owned()));
        // In a query a `+` is a space: `…T08:14:00+02:00` arrives as `…T08:14:00 02:00`.
        if read.is_err() && Self::from_json(&Json::String(text.replace(' ', "+"))).is_ok() {
            return refuse(
                "format",
                "must be an RFC 3339 instant; in a query its + is written %2B, as in 2026-11-20T08:14:00%2B02:00",
            );
        }
        read
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

/// A calendar day (`2026-11-20`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl Value for Day {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        let day = (text.len() == 10)
            .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .flatten();
        let Some(day) = day else {
            return refuse("format", "must be a day such as \"2026-11-20\"");
        };
        if !(1970..=9998).contains(&day.year()) {
            return refuse("range", "must lie between the years 1970 and 9998");
        }
        Ok(Self(day))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Instant, Value};

    #[test]
    fn a_plus_that_a_query_made_a_space_is_told() {
        let told =
            |text: &str| Instant::from_text(text).map_err(|problems| problems[0].message.clone());
        assert!(told("2026-11-20T08:14:00+02:00").is_ok());
        assert!(told("2026-11-20T08:14:00 02:00").is_err_and(|message| message.contains("%2B")));
        assert!(told("yesterday 02:00").is_err_and(|message| !message.contains("%2B")));
    }
}
