//! What `dmt doctor` asks a database that it has reached: whether DMT can live there, and safely.
//!
//! Only asks: nothing is written, privileges are tried with `EXPLAIN`, which needs those of the statement that it
//! explains. What lies before the first answer (address, port, login) and the schema's version is the command's.

mod durability;
mod premises;
mod privileges;

use chrono::{DateTime, FixedOffset, TimeDelta};
use chrono_tz::Tz;
use db::{Db, Engine};
use sea_orm::{ConnectionTrait, Statement, TryGetable};

use crate::audit::AuditKey;
use crate::clock::Clock;
use crate::error::Result;
use crate::setting::{self, Wanted};

pub use premises::{Backup, Premises, premises};
pub(crate) use privileges::may_change_history;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, but should be otherwise.
    Warn,
    /// It does not work, or loses data.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// What to do, where something should be done.
    pub advice: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            level: Level::Ok,
            what,
            found: found.into(),
            advice: None,
        }
    }

    /// It works, but should be otherwise.
    pub fn warn(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Warn,
            what,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }

    /// It does not work, or loses data.
    pub fn fail(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Fail,
            what,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }
}

/// Looks at a database; `has_schema` where its tables are there.
pub async fn examine(
    db: &Db,
    clock: &Clock,
    wanted: &Wanted,
    audit_key: &AuditKey,
    has_schema: bool,
) -> Result<Vec<Finding>> {
    let mut findings = vec![Finding::ok(
        "database",
        format!("{} {}", db.engine(), db.version()),
    )];
    if has_schema {
        findings.extend(privileges::examine(db).await?);
        findings.extend(settings(db, wanted, audit_key).await?);
    }
    findings.push(character_set(db).await?);
    findings.push(session_time_zone(db).await?);
    findings.push(named_time_zone(db, wanted, has_schema).await?);
    findings.extend(durability::examine(db).await?);
    findings.push(clock_difference(db, clock).await?);
    Ok(findings)
}

/// Whether the schema's steps can be applied as this user, who may well be one that only reads and writes.
pub async fn may_migrate(db: &Db) -> Result<bool> {
    privileges::may_create(db).await
}

/// What the environment says otherwise than the first start did, with which `dmt serve` would not start.
async fn settings(db: &Db, wanted: &Wanted, audit_key: &AuditKey) -> Result<Vec<Finding>> {
    let what = "settings";
    let mut findings = Vec::new();
    for difference in setting::differences(db, wanted, audit_key).await? {
        // A sentence, and behind its colon what to do.
        let (found, advice) = difference
            .split_once(": ")
            .unwrap_or((difference.as_str(), "correct it"));
        findings.push(Finding::fail(what, found, advice));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(what, "as at the first start"));
    }
    Ok(findings)
}

/// The first column of the first row of a question to the database; none where there is no row.
async fn ask<T: TryGetable>(db: &impl ConnectionTrait, sql: &str) -> Result<Option<T>> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by(0)).transpose()?)
}

async fn character_set(db: &Db) -> Result<Finding> {
    let what = "character set";
    let reader = db.reader();
    match db.engine() {
        Engine::Sqlite => {
            let encoding: String = ask(reader, "PRAGMA encoding").await?.unwrap_or_default();
            if encoding == "UTF-8" {
                return Ok(Finding::ok(what, encoding));
            }
            let advice =
                "make a new file and copy the data: an SQLite file keeps its encoding for life";
            Ok(Finding::warn(
                what,
                format!("{encoding}; texts are kept, but sort differently"),
                advice,
            ))
        }
        // The connection refuses any other encoding.
        Engine::Postgres => Ok(Finding::ok(what, "UTF8")),
        Engine::MariaDb | Engine::MySql => mysql_character_set(db).await,
    }
}

/// MariaDB, MySQL: a table that was converted by hand would compare differently from the others.
async fn mysql_character_set(db: &Db) -> Result<Finding> {
    let what = "character set";
    let wanted = db::dialect::collation(db.engine()).unwrap_or_default();
    // Tables of other programs are none of our business.
    let ours: Vec<_> = privileges::TABLES
        .iter()
        .map(|(table, _)| format!("'{table}'"))
        .collect();
    let sql = format!(
        "SELECT CAST(GROUP_CONCAT(table_name SEPARATOR ', ') AS CHAR) FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_name IN ({}) AND table_collation <> '{wanted}'",
        ours.join(", ")
    );
    let differing: Option<String> = ask::<Option<String>>(db.reader(), &sql).await?.flatten();
    Ok(match differing {
        None => Finding::ok(what, format!("{}, {wanted}", db::dialect::CHARACTER_SET)),
        Some(tables) => Finding::fail(
            what,
            format!("another collation than {wanted} in: {tables}"),
            format!(
                "ALTER TABLE … CONVERT TO CHARACTER SET {} COLLATE {wanted}",
                db::dialect::CHARACTER_SET
            ),
        ),
    })
}

/// Instants go in and come out as UTC; a server that was told otherwise would shift them.
async fn session_time_zone(db: &Db) -> Result<Finding> {
    let what = "time zone of the session";
    let sql = match db.engine() {
        Engine::Sqlite => return Ok(Finding::ok(what, "UTC (SQLite has none)")),
        Engine::Postgres => "SELECT current_setting('TimeZone')",
        Engine::MariaDb | Engine::MySql => "SELECT @@session.time_zone",
    };
    let zone: String = ask(db.reader(), sql).await?.unwrap_or_default();
    if ["UTC", "Etc/UTC", "+00:00"].contains(&zone.as_str()) {
        return Ok(Finding::ok(what, "UTC"));
    }
    let advice = "something between dmt and the server changes the session's time zone (a pooler, an init statement): remove it";
    Ok(Finding::fail(what, zone, advice))
}

async fn named_time_zone(db: &Db, wanted: &Wanted, has_schema: bool) -> Result<Finding> {
    let what = "time zone of days";
    let settled: Option<String> = if has_schema {
        ask(
            db.reader(),
            "SELECT content FROM setting WHERE name = 'time_zone'",
        )
        .await?
    } else {
        None
    };
    let name = settled
        .as_deref()
        .or(wanted.time_zone.as_deref())
        .unwrap_or("UTC");
    if name.parse::<Tz>().is_err() {
        let advice =
            "set DMT_TIME_ZONE to a name of the IANA time zone database, such as Europe/Berlin";
        return Ok(Finding::fail(
            what,
            format!("{name} is no time zone"),
            advice,
        ));
    }
    Ok(match settled {
        Some(_) => Finding::ok(what, name),
        None => Finding::ok(what, format!("{name}, to be fixed at the first start")),
    })
}

/// A difference that nobody notices, and one that mixes up the order of events.
const UNNOTICED: TimeDelta = TimeDelta::seconds(2);
const BEARABLE: TimeDelta = TimeDelta::seconds(60);

async fn clock_difference(db: &Db, clock: &Clock) -> Result<Finding> {
    let what = "clock";
    let sql = match db.engine() {
        Engine::Sqlite => return Ok(Finding::ok(what, "the same machine")),
        Engine::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        Engine::MariaDb | Engine::MySql => "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000 AS SIGNED)",
    };
    let before = clock.now();
    let theirs: i64 = ask(db.reader(), sql).await?.unwrap_or_default();
    let after = clock.now();
    let ours: DateTime<FixedOffset> = before + (after - before) / 2;
    let difference = TimeDelta::milliseconds(theirs - ours.timestamp_millis());
    let found = format!("{} ms apart", difference.num_milliseconds().abs());
    let advice = "let both machines follow the same time server (NTP)";
    Ok(match difference.abs() {
        difference if difference <= UNNOTICED => Finding::ok(what, found),
        difference if difference <= BEARABLE => Finding::warn(what, found, advice),
        _ => Finding::fail(what, found, advice),
    })
}
