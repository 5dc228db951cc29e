//! Whether what was answered with 2xx survives a power failure.

use db::{Db, Engine};

use super::{Finding, ask};
use crate::error::{Error, Result};

const WHAT: &str = "durability";

pub(super) async fn examine(db: &Db) -> Result<Vec<Finding>> {
    match db.engine() {
        Engine::Sqlite => sqlite(db).await,
        Engine::Postgres => postgres(db).await,
        Engine::MariaDb | Engine::MySql => mysql(db).await,
    }
}

/// SQLite: asked of the writer's connection, and so in a transaction that changes nothing. That it can be begun shows
/// that the file can be written.
async fn sqlite(db: &Db) -> Result<Vec<Finding>> {
    let answer: Result<(i64, String)> = db
        .write(|tx| {
            Box::pin(async move {
                let synchronous = ask(tx, "PRAGMA synchronous").await?.unwrap_or_default();
                let journal = ask(tx, "PRAGMA journal_mode").await?.unwrap_or_default();
                Ok::<_, Error>((synchronous, journal))
            })
        })
        .await;
    let (synchronous, journal) = answer?;
    let level = match synchronous {
        2 => Finding::ok(WHAT, "synchronous=FULL"),
        3 => Finding::ok(WHAT, "synchronous=EXTRA"),
        other => Finding::fail(
            WHAT,
            format!("synchronous={other}"),
            "this is a fault of dmt: report it",
        ),
    };
    let advice = "put the file on a local disk that supports SQLite's write-ahead log";
    let log = if journal == "wal" {
        Finding::ok(WHAT, "journal_mode=wal")
    } else {
        Finding::fail(WHAT, format!("journal_mode={journal}"), advice)
    };
    Ok(vec![level, log])
}

async fn postgres(db: &Db) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for setting in ["synchronous_commit", "fsync", "full_page_writes"] {
        let sql = format!("SELECT current_setting('{setting}')");
        let value: String = ask(db.reader(), &sql).await?.unwrap_or_default();
        let found = format!("{setting}={value}");
        findings.push(match value.as_str() {
            "off" => Finding::fail(
                WHAT,
                found,
                format!("set {setting} = on in postgresql.conf (or ALTER SYSTEM)"),
            ),
            _ => Finding::ok(WHAT, found),
        });
    }
    Ok(findings)
}

async fn mysql(db: &Db) -> Result<Vec<Finding>> {
    let reader = db.reader();
    let variable = async |name: &str| -> Result<i64> {
        let sql = format!("SELECT CAST(@@global.{name} AS SIGNED)");
        Ok(ask(reader, &sql).await?.unwrap_or_default())
    };
    let flush = variable("innodb_flush_log_at_trx_commit").await?;
    let found = format!("innodb_flush_log_at_trx_commit={flush}");
    let mut findings = vec![match flush {
        1 => Finding::ok(WHAT, found),
        // MariaDB: 3 flushes as 1 does, and once more.
        3 if db.engine() == Engine::MariaDb => Finding::ok(WHAT, found),
        _ => Finding::fail(
            WHAT,
            found,
            "set innodb_flush_log_at_trx_commit = 1 in the server's configuration",
        ),
    }];
    if variable("log_bin").await? == 0 {
        findings.push(Finding::ok(WHAT, "no binary log"));
        return Ok(findings);
    }
    let sync = variable("sync_binlog").await?;
    let found = format!("sync_binlog={sync}");
    findings.push(match sync {
        1 => Finding::ok(WHAT, found),
        _ => Finding::warn(
            WHAT,
            found,
            "set sync_binlog = 1: a replica or a restore may miss the last changes otherwise",
        ),
    });
    Ok(findings)
}
