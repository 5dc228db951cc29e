//! Holding what was written against what was read: rows and hashes, references, and the chains of the history.

use chrono::TimeDelta;
use db::Db;
use db::bulk::Reading;
use futures_util::TryStreamExt;

use super::row::{self, Content, Tally};
use super::tables::Table;
use super::{Progress, Result, Side, Stage, TELL_EVERY, Watch};
use crate::audit::{self, AuditKey, Verification};
use crate::clock::Clock;
use crate::password::Hashing;
use crate::setting;
use crate::system::{System, SystemOptions};

/// The content of each table of a database.
pub(super) async fn contents(
    reading: &mut Reading,
    db: &Db,
    tables: &[Table],
    side: Side,
    (stage, watch): (Stage, Watch<'_>),
) -> Result<Vec<Content>> {
    let backend = db.engine().family();
    let total = total(reading, db, tables, side).await?;
    let (mut done, mut line, mut contents) = (0, Vec::new(), Vec::new());
    for table in tables {
        let mut tally = Tally::default();
        let mut rows = reading.rows(table.select(backend, None));
        while let Some(row) = rows.try_next().await.map_err(|error| side.failed(error))? {
            let row = row::read(table, &row).map_err(|error| side.failed(error))?;
            line.clear();
            row::encode(table, &row, &mut line);
            tally.add(&line);
            done += 1;
            if done % TELL_EVERY == 0 {
                let table = table.name;
                watch(Progress {
                    stage,
                    table,
                    done,
                    total,
                });
            }
        }
        contents.push(tally.content());
    }
    Ok(contents)
}

/// How many rows there are in all tables.
pub(super) async fn total(
    reading: &mut Reading,
    db: &Db,
    tables: &[Table],
    side: Side,
) -> Result<u64> {
    let mut total = 0;
    for table in tables {
        let count = reading.number(table.count(db.engine().family())).await;
        total += count.map_err(|error| side.failed(error))?.unsigned_abs();
    }
    Ok(total)
}

/// The first reference that leads nowhere, as a sentence.
pub(super) async fn orphan(
    reading: &mut Reading,
    db: &Db,
    tables: &[Table],
) -> Result<Option<String>> {
    for table in tables {
        for reference in &table.references {
            let sql = table.orphans(db.engine().family(), reference);
            let lost = reading
                .number(sql)
                .await
                .map_err(|error| Side::Target.failed(error))?;
            if lost > 0 {
                let (name, to) = (table.name, &reference.to);
                let column = table
                    .columns
                    .get(reference.column)
                    .map_or("", |column| column.name);
                return Ok(Some(format!(
                    "{lost} rows of {name} refer in {column} to a {to} that is not there"
                )));
            }
        }
    }
    Ok(None)
}

/// Recomputes every chain of the history.
pub(super) async fn history(db: &Db, key: &AuditKey, watch: Watch<'_>) -> Result<Verification> {
    let system = System::new(SystemOptions {
        db: db.clone(),
        clock: Clock::Real,
        settings: setting::stored(db).await?,
        hashing: Hashing::production(),
        audit_key: key.clone(),
        read_only: true,
        session: TimeDelta::zero(),
    });
    let (stage, table, total) = (Stage::History, "audit_event", 0);
    let tell = |done| {
        watch(Progress {
            stage,
            table,
            done,
            total,
        });
    };
    Ok(audit::verify(&system, tell).await?)
}
