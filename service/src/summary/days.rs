//! Days of the plant, and how SQL tells the day of an instant. No engine is asked for its time zones,
//! which differ and may not be there: the moments at which the zone's clocks were put forward and back are written into
//! the statement.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use db::dialect;
use sea_orm::DbBackend;

use crate::setting::Settings;

const DAY: i64 = 86_400;

/// From the first moment of a day to the first one behind another.
pub(crate) fn span(
    settings: &Settings,
    (from, to): (NaiveDate, NaiveDate),
) -> (DateTime<FixedOffset>, DateTime<FixedOffset>) {
    let behind = to.succ_opt().unwrap_or(to);
    (settings.start_of_day(from), settings.start_of_day(behind))
}

/// The day of a number: 0 is 1970-01-01.
pub(crate) fn of(number: i64) -> NaiveDate {
    let at = DateTime::from_timestamp(number * DAY, 0).unwrap_or_default();
    at.date_naive()
}

/// SQL for the number of the day of an instant up to `now`; `column` is a name of ours.
pub(crate) fn sql(
    settings: &Settings,
    now: &DateTime<FixedOffset>,
    family: DbBackend,
    column: &str,
) -> String {
    let seconds = dialect::epoch(family, column);
    let mut offsets = offsets(settings.time_zone, now);
    let first = offsets.pop().map_or(0, |(_, offset)| offset);
    let offset = if offsets.is_empty() {
        first.to_string()
    } else {
        // What is most often asked for, the last ones, comes first.
        let cases = offsets
            .iter()
            .map(|(since, offset)| format!(" WHEN {seconds} >= {since} THEN {offset}"));
        format!("CASE{} ELSE {first} END", cases.collect::<String>())
    };
    dialect::whole_days(family, &format!("{seconds} + {offset}"))
}

/// From when on which offset from UTC holds, in seconds.
type Offsets = Vec<(i64, i64)>;

/// The offsets of a zone up to a day, as they were found last.
static KNOWN: Mutex<Option<(Tz, i64, Offsets)>> = Mutex::new(None);

/// The offsets of a zone, the last one first; from 1970 to a while behind `now`.
fn offsets(zone: Tz, now: &DateTime<FixedOffset>) -> Offsets {
    let until = (now.timestamp() / DAY + 2) * DAY;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    match known.as_ref() {
        Some((of, to, offsets)) if (*of, *to) == (zone, until) => offsets.clone(),
        _ => {
            let offsets = find_offsets(zone, until);
            *known = Some((zone, until, offsets.clone()));
            offsets
        }
    }
}

fn find_offsets(zone: Tz, until: i64) -> Offsets {
    let mut offset = offset_of(zone, 0);
    let mut found = vec![(0, offset)];
    let mut at = 0;
    while at < until {
        let next = at + DAY;
        if offset_of(zone, next) != offset {
            let (mut before, mut behind) = (at, next);
            while behind - before > 1 {
                let middle = before.midpoint(behind);
                if offset_of(zone, middle) == offset {
                    before = middle;
                } else {
                    behind = middle;
                }
            }
            offset = offset_of(zone, behind);
            found.push((behind, offset));
        }
        at = next;
    }
    found.reverse();
    found
}

fn offset_of(zone: Tz, at: i64) -> i64 {
    let at = DateTime::from_timestamp(at, 0).unwrap_or_default();
    offset_at(zone, at.naive_utc())
}

/// At a moment of UTC.
fn offset_at(zone: Tz, utc: NaiveDateTime) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use chrono::TimeDelta;

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
    fn every_moment_of_a_day_lies_between_its_beginning_and_the_next() {
        for zone in [
            "Europe/Berlin",
            "America/Havana",
            "Asia/Kathmandu",
            "Pacific/Apia",
        ] {
            let settings = settings(zone);
            let mut at = DateTime::parse_from_rfc3339("2010-12-20T00:00:00Z").unwrap();
            for _ in 0..30_000 {
                at += TimeDelta::minutes(29);
                let day = settings.day(&at);
                let (first, behind) = span(&settings, (day, day));
                assert!(first <= at && at < behind, "{zone} {at}");
            }
        }
    }

    #[test]
    fn a_day_has_a_number() {
        let days = [0, 1, 19_782, 20_777].map(|number| of(number).to_string());
        assert_eq!(
            days,
            ["1970-01-01", "1970-01-02", "2024-02-29", "2026-11-20"]
        );
    }

    #[test]
    fn the_statement_knows_the_clocks() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T00:00:00Z").unwrap();
        let utc = sql(&settings("UTC"), &now, DbBackend::Postgres, "d.x");
        assert!(!utc.contains("CASE"), "{utc}");
        let berlin = sql(&settings("Europe/Berlin"), &now, DbBackend::Postgres, "d.x");
        // Back to winter time on 2026-10-25, 01:00 UTC.
        assert!(berlin.contains(">= 1792890000 THEN 3600"), "{berlin}");
    }
}
