//! Holding what was written against what was read: rows and hashes, references, and the chains of the history.

use chrono::TimeDelta;
use db::Db;
use db::bulk::Reading;
use futures_util::TryStreamExt;

use super::row::{self, Content, Lines, Tally};
use super::tables::Table;
use super::{Progress, Result, Side, Stage, Watch};
use crate::audit::{self, AuditKey, Verification};
use crate::clock::Clock;
use crate::password::Hashing;
use crate::setting;
use crate::store::Store;
use crate::system::{System, SystemOptions};
use crate::webhook::address::Allowed;

/// The content of each table of a database.
pub(super) async fn contents(
    reading: &mut Reading,
    db: &Db,
    tables: &[Table],
    side: Side,
    (stage, watch): (Stage, &Watch),
) -> Result<Vec<Content>> {
    let backend = db.engine().family();
    let mut progress = Progress {
        stage,
        table: "",
        done: 0,
        total: total(reading, db, tables, side).await?,
    };
    let mut contents = Vec::new();
    for table in tables {
        progress.table = table.name;
        let (mut tally, kind) = (Tally::default(), table.clone());
        let add = move |lines: &mut Lines, row: db::Row<'_>| {
            Ok(lines.add(&kind, &row::read(&kind, row)?))
        };
        let mut batches = reading.batches(table.select(backend, None), add);
        while let Some(lines) = batches
            .try_next()
            .await
            .map_err(|error| side.failed(error))?
        {
            tally.add_all(&lines);
            watch.count(&mut progress, lines.rows);
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
    let counts = counts(reading, db, tables, side).await?;
    Ok(counts.iter().sum())
}

/// How many rows there are in each table.
pub(super) async fn counts(
    reading: &mut Reading,
    db: &Db,
    tables: &[Table],
    side: Side,
) -> Result<Vec<u64>> {
    let mut counts = Vec::new();
    for table in tables {
        let count = reading.number(table.count(db.engine().family())).await;
        counts.push(count.map_err(|error| side.failed(error))?.unsigned_abs());
    }
    Ok(counts)
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
pub(super) async fn history(db: &Db, key: &AuditKey, watch: &Watch) -> Result<Verification> {
    let system = system(db, key).await?;
    Ok(audit::verify(&system, tell(watch)).await?)
}

/// The first thing that is wrong with a history, as a sentence.
pub(super) fn finding(history: &Verification) -> Option<String> {
    let finding = history.findings.first()?;
    let (entity, id, what) = (&finding.entity, finding.entity_id, &finding.what);
    Some(format!("the history of {entity} {id}: {what}"))
}

/// The system in a database, for whoever reads its history.
pub(super) async fn system(db: &Db, key: &AuditKey) -> Result<System> {
    Ok(System::new(SystemOptions {
        db: db.clone(),
        clock: Clock::Real,
        settings: setting::stored(db).await?,
        hashing: Hashing::production(),
        audit_key: key.clone(),
        read_only: true,
        session: TimeDelta::zero(),
        files: Store::memory(),
        webhook_hosts: Allowed::default(),
        summaries: true,
        translate_into: Vec::new(),
    }))
}

/// Tells how many rows of history were recomputed.
pub(super) fn tell(watch: &Watch) -> impl Fn(u64) + Send + Sync + use<> {
    let (stage, table, total) = (Stage::History, "audit_event", 0);
    let watch = watch.clone();
    move |done| {
        watch.tell(Progress {
            stage,
            table,
            done,
            total,
        });
    }
}
