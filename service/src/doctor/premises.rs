//! What a running system stands on, as its administrators see it: the database, how large it is, when it was last copied
//! as far as can be seen, and what the doctor finds.

use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use db::{Db, Engine};

use super::{Finding, ask, examine};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::rights::PREMISES;
use crate::setting::Wanted;
use crate::system::System;
use crate::value::Instant;

/// What a system stands on.
#[derive(Clone, Debug)]
pub struct Premises {
    /// Which database it is, and its version.
    pub database: String,
    /// Where it is; no password.
    pub place: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// The latest copy beside an SQLite file, where there is one.
    pub backup: Option<Backup>,
    /// What the doctor finds.
    pub findings: Vec<Finding>,
}

/// A copy of an SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its name.
    pub name: String,
    /// When it was last written.
    pub at: String,
}

/// What a system stands on.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators.
pub async fn premises(system: &System, actor: &Actor) -> Result<Premises> {
    actor.may_read()?;
    if !actor.roles.has_any(PREMISES) {
        return Err(Error::forbidden(
            "only admin may see what the server stands on",
        ));
    }
    let db = &system.db;
    // What the environment says was held against the settings at the start.
    let wanted = Wanted::default();
    let findings = examine(db, &system.clock, &wanted, &system.audit_key, true).await?;
    Ok(Premises {
        database: format!("{} {}", db.engine(), db.version()),
        place: db.url().to_string(),
        bytes: bytes(db).await?,
        backup: db.url().sqlite_path().and_then(latest_backup),
        findings,
    })
}

async fn bytes(db: &Db) -> Result<i64> {
    let sql = match db.engine() {
        Engine::Sqlite => {
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        }
        Engine::Postgres => "SELECT pg_database_size(current_database())",
        Engine::MariaDb | Engine::MySql => {
            "SELECT CAST(SUM(data_length + index_length) AS SIGNED) FROM information_schema.tables \
             WHERE table_schema = DATABASE()"
        }
    };
    let found: Option<i64> = ask::<Option<i64>>(db.reader(), sql).await?.flatten();
    Ok(found.unwrap_or_default())
}

/// The latest copy beside a file.
fn latest_backup(file: &Path) -> Option<Backup> {
    let own = file.file_name()?.to_str()?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let written = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let at = entry.metadata().ok()?.modified().ok()?;
        Some((at, entry.file_name().to_str()?.to_owned()))
    });
    latest_of(own, written)
}

/// The file that was written last, of those whose names begin with `own` and end in `.bak`, as those do that are made
/// before a migration.
fn latest_of(own: &str, written: impl Iterator<Item = (SystemTime, String)>) -> Option<Backup> {
    let copies = written.filter(|(_, name)| name.starts_with(own) && name.ends_with(".bak"));
    let (at, name) = copies.max()?;
    let at = DateTime::<Utc>::from(at).fixed_offset();
    Some(Backup {
        name,
        at: Instant::show(&at),
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::latest_of;

    #[test]
    fn the_latest_copy_beside_the_file_is_found() {
        let files = [
            (9, "dmt.db"),
            (8, "dmt.db-wal"),
            (7, "other.db.bak"),
            (5, "dmt.db.before-m2.bak"),
            (4, "dmt.db.before-m1.bak"),
        ];
        let written = files.map(|(seconds, name)| {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            (at, name.to_owned())
        });
        let found = latest_of("dmt.db", written.into_iter());
        let found = found.map(|backup| (backup.name, backup.at));
        let expected = ("dmt.db.before-m2.bak", "1970-01-01T00:00:05.000000Z");
        assert_eq!(found, Some((expected.0.to_owned(), expected.1.to_owned())));
        assert!(latest_of("plant.db", [].into_iter()).is_none());
    }
}
