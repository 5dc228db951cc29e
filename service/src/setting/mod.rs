//! What is fixed for the life of a system: currency, tag prefix, time zone, and which audit key its history has.
//!
//! The first start writes them into the table `setting`; from then on an environment that says something else is
//! an error, because amounts, tag numbers, days and hashes that are stored already would get another meaning.
//! One row more is only there to be locked, by changes that exclude each other on all servers ([`lock`]).

mod currency;
mod settle;

use std::collections::BTreeMap;

use chrono::{
    DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone,
};
use chrono_tz::Tz;
use db::{Db, Tx};
use entity::setting;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::value::{Amount, Problems, show_scaled};

pub use currency::Currency;
pub use settle::{Wanted, differences, settle};

/// What was fixed at first start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The one currency.
    pub currency: Currency,
    /// What tag numbers begin with.
    pub tag_prefix: String,
    /// The zone in which days, weeks and due dates are counted.
    pub time_zone: Tz,
    /// Whether the system was filled with demo data.
    pub is_demo: bool,
}

/// The rows of the table.
pub(crate) mod name {
    pub(crate) const CURRENCY: &str = "currency";
    pub(crate) const CURRENCY_DIGITS: &str = "currency_digits";
    pub(super) const TAG_PREFIX: &str = "tag_prefix";
    pub(super) const TIME_ZONE: &str = "time_zone";
    pub(crate) const AUDIT_KEY: &str = "audit_key";
    pub(crate) const FIRST_START: &str = "first_start";
    pub(super) const LOCK: &str = "lock";
    pub(crate) const DEMO: &str = "demo";
    /// Which system owns the files at `DMT_FILES`. It is of this database, and moved nowhere.
    pub(crate) const FILES_OWNER: &str = "files_owner";
}

/// Marks a system as filled with demo data; the mark says how far it has come.
pub async fn mark_demo(tx: &Tx, mark: String) -> Result<()> {
    insert_missing(tx, vec![(name::DEMO, mark)]).await
}

/// By which name this database owns files: a new one, unless it has one already.
pub(crate) async fn files_owner(db: &Db) -> Result<String> {
    let stored = async || Ok::<_, Error>(read(db.reader()).await?.remove(name::FILES_OWNER));
    if let Some(owner) = stored().await? {
        return Ok(owner);
    }
    let new = vec![(
        name::FILES_OWNER,
        format!("{:032x}", rand::random::<u128>()),
    )];
    db.write(move |tx| {
        let new = new.clone();
        Box::pin(async move { insert_missing(tx, new).await })
    })
    .await?;
    // Another server may have been first.
    let owner = stored().await?;
    owner.ok_or_else(|| Error::internal("the owner of the files is gone"))
}

/// Whether a system was filled with demo data, asked of the database ([`Settings::is_demo`] is as of its start).
pub async fn is_demo(db: &Db) -> Result<bool> {
    Ok(demo_mark(db.reader()).await?.is_some())
}

/// The mark of a demo, where the system is one.
pub(crate) async fn demo_mark(conn: &impl ConnectionTrait) -> Result<Option<String>> {
    let row = setting::Entity::find_by_id(name::DEMO).one(conn).await?;
    Ok(row.map(|row| row.content))
}

/// Waits for all other changes, on any server, that take this lock, and keeps them out until the transaction ends.
/// What is read afterwards is what they have left. Taken before any other row, so that it adds no deadlock.
pub(crate) async fn lock(tx: &Tx) -> Result<()> {
    // SQLite: a write has the whole file to itself anyway.
    let row = setting::Entity::find()
        .filter(setting::Column::Name.eq(name::LOCK))
        .lock_exclusive()
        .one(tx)
        .await?;
    row.map(|_| ())
        .ok_or_else(|| Error::internal("the system was not settled: no row to lock"))
}

impl Settings {
    fn of(stored: &BTreeMap<String, String>) -> Result<Self> {
        let of = |name: &str| {
            stored
                .get(name)
                .ok_or_else(|| Error::internal(format!("the setting {name} is missing")))
        };
        Ok(Self {
            currency: Currency {
                code: of(name::CURRENCY)?.clone(),
                digits: of(name::CURRENCY_DIGITS)?
                    .parse()
                    .map_err(Error::internal)?,
            },
            tag_prefix: of(name::TAG_PREFIX)?.clone(),
            time_zone: of(name::TIME_ZONE)?.parse().map_err(Error::internal)?,
            is_demo: stored.contains_key(name::DEMO),
        })
    }

    /// An amount of minor units as it is shown: `"12.50"`, with all the digits of the currency.
    pub fn money(&self, units: i64) -> String {
        show_scaled(units, self.currency.digits, false)
    }

    /// An amount as it is kept, in minor units; refused when it is more precise than the currency.
    pub fn units(&self, amount: Amount) -> std::result::Result<i64, Problems> {
        amount.0.scaled(self.currency.digits)
    }

    /// The day that an instant falls on, in the system's time zone.
    pub fn day(&self, at: &DateTime<FixedOffset>) -> NaiveDate {
        at.with_timezone(&self.time_zone).date_naive()
    }

    /// The first moment of a day in the system's time zone.
    pub fn start_of_day(&self, day: NaiveDate) -> DateTime<FixedOffset> {
        let (zone, midnight) = (self.time_zone, day.and_time(NaiveTime::MIN));
        let at = match zone.from_local_datetime(&midnight) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.to_utc(),
            // Midnight was passed over: the day begins when the clocks were put forward.
            MappedLocalTime::None => {
                let before = zone.offset_from_utc_datetime(&(midnight - TimeDelta::hours(26)));
                (midnight - before.fix()).and_utc()
            }
        };
        at.fixed_offset()
    }

    /// The last second of a day in the system's time zone.
    pub fn end_of_day(&self, day: NaiveDate) -> DateTime<FixedOffset> {
        let next = day.succ_opt().unwrap_or(day);
        self.start_of_day(next) - TimeDelta::seconds(1)
    }

    /// Today, in the system's time zone.
    pub fn today(&self, clock: &Clock) -> NaiveDate {
        self.day(&clock.now())
    }

    /// The tag of a number: `DMT-001042`; longer numbers grow to the left.
    pub fn tag_number(&self, number: i64) -> String {
        format!("{}-{number:06}", self.tag_prefix)
    }
}

/// What was fixed at first start, without fixing anything.
pub(crate) async fn stored(db: &Db) -> Result<Settings> {
    Settings::of(&read(db.reader()).await?)
}

/// All that is fixed, and what else is kept beside it.
pub(crate) async fn rows(db: &Db) -> Result<BTreeMap<String, String>> {
    read(db.reader()).await
}

async fn read(db: &impl ConnectionTrait) -> Result<BTreeMap<String, String>> {
    let rows = setting::Entity::find().all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.name, row.content))
        .collect())
}

/// Inserts what is not there yet: of ten servers that start at once the first one decides.
async fn insert_missing(tx: &Tx, rows: Vec<(&'static str, String)>) -> Result<()> {
    for (name, content) in rows {
        let row = setting::ActiveModel {
            name: Set(name.to_owned()),
            content: Set(content),
        };
        let nothing = OnConflict::column(setting::Column::Name)
            .do_nothing_on([setting::Column::Name])
            .to_owned();
        setting::Entity::insert(row)
            .on_conflict(nothing)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use chrono::DateTime;

    use super::*;

    fn settings(code: &str, zone: &str) -> Settings {
        Settings {
            currency: Currency::of(code).unwrap(),
            tag_prefix: "DMT".to_owned(),
            time_zone: zone.parse().unwrap(),
            is_demo: false,
        }
    }

    #[test]
    fn money_has_all_the_digits_of_its_currency() {
        assert_eq!(settings("EUR", "UTC").money(1250), "12.50");
        assert_eq!(settings("EUR", "UTC").money(-5), "-0.05");
        assert_eq!(settings("JPY", "UTC").money(1250), "1250");
        assert_eq!(settings("KWD", "UTC").money(1250), "1.250");
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_time_zone() {
        let at = DateTime::parse_from_rfc3339("2026-11-20T23:30:00Z").unwrap();
        assert_eq!(settings("EUR", "UTC").day(&at).to_string(), "2026-11-20");
        assert_eq!(
            settings("EUR", "Europe/Berlin").day(&at).to_string(),
            "2026-11-21"
        );
    }

    #[test]
    fn a_day_begins_with_its_first_moment() {
        let begins = |zone: &str, day: &str| {
            let begin = settings("EUR", zone).start_of_day(day.parse().unwrap());
            crate::value::Instant::show(&begin).replace(".000000Z", "")
        };
        assert_eq!(begins("UTC", "2026-11-20"), "2026-11-20T00:00:00");
        assert_eq!(begins("Europe/Berlin", "2026-07-01"), "2026-06-30T22:00:00");
        // Clocks were put forward at midnight, and put back at one.
        assert_eq!(
            begins("America/Havana", "2026-03-08"),
            "2026-03-08T05:00:00"
        );
        assert_eq!(
            begins("America/Havana", "2026-11-01"),
            "2026-11-01T04:00:00"
        );
        // Samoa had no such day.
        assert_eq!(begins("Pacific/Apia", "2011-12-30"), "2011-12-30T10:00:00");
        assert_eq!(begins("Pacific/Apia", "2011-12-31"), "2011-12-30T10:00:00");
    }

    #[test]
    fn a_day_ends_before_midnight_in_the_time_zone() {
        let ends = |zone: &str, day: &str| {
            let end = settings("EUR", zone).end_of_day(day.parse().unwrap());
            crate::value::Instant::show(&end)
        };
        assert_eq!(ends("UTC", "2026-11-20"), "2026-11-20T23:59:59.000000Z");
        assert_eq!(
            ends("Europe/Berlin", "2026-10-24"),
            "2026-10-24T21:59:59.000000Z"
        );
        assert_eq!(
            ends("Europe/Berlin", "2026-10-25"),
            "2026-10-25T22:59:59.000000Z",
            "clocks were put back on that day"
        );
    }

    #[test]
    fn tag_numbers_have_at_least_six_digits() {
        assert_eq!(settings("EUR", "UTC").tag_number(1042), "DMT-001042");
        assert_eq!(
            settings("EUR", "UTC").tag_number(12_345_678),
            "DMT-12345678"
        );
    }
}
