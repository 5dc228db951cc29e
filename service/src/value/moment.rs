//! Moments as people filter by them: an instant, a day, or so long ago.

use chrono::{DateTime, Days, FixedOffset, Months, NaiveDate, TimeDelta};
use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Schema, Type};

use super::{Day, Instant, Problems, Value, described, refuse, string_of};

/// An RFC 3339 instant; a day (`2026-11-20`, `today`), which stands for its beginning; or so many days, weeks, months,
/// years (`-30d`, `-2w`, `+1m`, `-1y`: of the beginning of today) or hours (`-12h`: of now) from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// This very instant.
    At(DateTime<FixedOffset>),
    /// The beginning of a day.
    Day(NaiveDate),
    /// So many days from the beginning of today.
    Days(i64),
    /// So many months from the beginning of today.
    Months(i64),
    /// So many hours from now.
    Hours(i64),
}

/// Further than this from now nobody means.
const MOST: i64 = 5_000;

const FORMS: &str = "must be an instant such as 2026-11-20T08:14:00Z, a day such as 2026-11-20 or today, or a time from now such as -30d, -2w, -6m, -1y or -12h";

impl Moment {
    /// The moment, as seen at `now`; `begins` tells when a day begins. The nearest that can be stored, where it lies beyond.
    pub fn resolve(
        self,
        now: DateTime<FixedOffset>,
        today: NaiveDate,
        begins: impl Fn(NaiveDate) -> DateTime<FixedOffset>,
    ) -> DateTime<FixedOffset> {
        let day = |day: Option<NaiveDate>| begins(day.unwrap_or(today));
        let shifted = |months: i64| {
            let count = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(0));
            if months < 0 {
                today.checked_sub_months(count)
            } else {
                today.checked_add_months(count)
            }
        };
        let moved = |days: i64| {
            let count = Days::new(days.unsigned_abs());
            if days < 0 {
                today.checked_sub_days(count)
            } else {
                today.checked_add_days(count)
            }
        };
        match self {
            Self::At(at) => at,
            Self::Day(date) => begins(date),
            Self::Days(days) => day(moved(days)),
            Self::Months(months) => day(shifted(months)),
            Self::Hours(hours) => now + TimeDelta::hours(hours),
        }
    }

    /// `-30d` and the like; nothing, if it is nothing of the kind.
    fn from_now(text: &str) -> Option<Result<Self, Problems>> {
        let digits = text.get(1..text.len().checked_sub(1)?)?;
        let sign = match text.as_bytes().first()? {
            b'-' => -1,
            b'+' => 1,
            _ => return None,
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let count: i64 = digits.parse().unwrap_or(i64::MAX);
        let (of, factor): (fn(i64) -> Self, i64) = match text.as_bytes().last()? {
            b'h' => (Self::Hours, 1),
            b'd' => (Self::Days, 1),
            b'w' => (Self::Days, 7),
            b'm' => (Self::Months, 1),
            b'y' => (Self::Months, 12),
            _ => return None,
        };
        if count > MOST / factor {
            return Some(refuse(
                "range",
                format!("must be at most {} away", MOST / factor),
            ));
        }
        Some(Ok(of(sign * count * factor)))
    }
}

impl Value for Moment {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        Self::from_text(string_of(value)?)
    }

    fn from_text(text: &str) -> Result<Self, Problems> {
        if text == "today" {
            return Ok(Self::Days(0));
        }
        // In a query a `+` is a space.
        if let Some(read) =
            Self::from_now(text).or_else(|| Self::from_now(&text.replacen(' ', "+", 1)))
        {
            return read;
        }
        if text.len() == 10 {
            return Day::from_text(text).map(|day| Self::Day(day.0));
        }
        match Instant::from_text(text) {
            Ok(at) => Ok(Self::At(at.0)),
            Err(problems) if text.contains('T') => Err(problems),
            Err(_) => refuse("format", FORMS),
        }
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .pattern(Some(
                r"^(today|[-+][0-9]{1,2}[hdwmy]|(19[7-9][0-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z)?)$",
            ))
            .examples(["2026-11-20T08:14:00Z", "2026-11-20", "-30d"])
            .into()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::{Moment, Value};
    use chrono::{DateTime, NaiveDate};

    /// As seen on 26 November 2026 at noon, where days begin at UTC's.
    fn seen(text: &str) -> Result<String, String> {
        let moment = Moment::from_text(text).map_err(|problems| problems[0].code.to_string())?;
        let now = DateTime::parse_from_rfc3339("2026-11-26T12:00:00Z").unwrap();
        let begins = |day: NaiveDate| day.and_hms_opt(0, 0, 0).unwrap().and_utc().fixed_offset();
        Ok(moment
            .resolve(now, now.date_naive(), begins)
            .format("%Y-%m-%dT%H:%M")
            .to_string())
    }

    #[test]
    fn people_say_when_in_several_ways() {
        for (text, at) in [
            ("2026-11-20T08:14:00Z", "2026-11-20T08:14"),
            ("2026-11-20", "2026-11-20T00:00"),
            ("today", "2026-11-26T00:00"),
            ("-30d", "2026-10-27T00:00"),
            ("-2w", "2026-11-12T00:00"),
            ("-9m", "2026-02-26T00:00"),
            ("+1y", "2027-11-26T00:00"),
            (" 1y", "2027-11-26T00:00"),
            ("-12h", "2026-11-26T00:00"),
        ] {
            assert_eq!(seen(text), Ok(at.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for (text, code) in [
            ("yesterday", "format"),
            ("", "format"),
            ("-", "format"),
            ("-d", "format"),
            ("30d", "format"),
            ("-30x", "format"),
            ("-é", "format"),
            ("2026-02-30", "format"),
            ("-9999y", "range"),
            ("-99999999999999999999d", "range"),
        ] {
            assert_eq!(seen(text), Err(code.to_owned()), "{text}");
        }
    }
}
