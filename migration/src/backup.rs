//! Copies of an SQLite file: one that is made before it is migrated, and those that are asked for.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use db::file::{self, FileError};
use db::{DatabaseUrl, Db, PoolOptions};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::MigrationError;

/// Copies the database, while others may read and write it, to `<file>.before-<first step>.bak`. A copy of that name from
/// an earlier try does as well, unless somebody has worked in the database since, as after that copy was restored: then a
/// second one is made, with the time in its name.
pub(crate) async fn before_migrating(
    connection: &DatabaseConnection,
    file: &Path,
    pending: &[String],
) -> Result<(), MigrationError> {
    let mut copy = name(file, pending, "");
    if copy.exists() {
        if newest_in(&copy).await == newest(connection).await {
            log::info!(
                "backup before migrating, of an earlier try: {}",
                copy.display()
            );
            return Ok(());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs();
        copy = name(file, pending, &format!(".{now}"));
    }
    // Under another name until it is whole: what a crash or a full disk leaves is never taken for a backup.
    let failed = |error| MigrationError::Backup(copy.clone(), error);
    let part = copy.with_extension("part");
    if part.exists() {
        std::fs::remove_file(&part).map_err(|error| failed(FileError::Io(part.clone(), error)))?;
    }
    file::copy(connection, &part).await.map_err(failed)?;
    file::rename(&part, &copy).map_err(failed)?;
    log::info!("backup before migrating: {}", copy.display());
    Ok(())
}

/// Copies the database in an SQLite file into a new file, while it is in use but not while it is migrated.
pub async fn copy(db: &Db, to: &Path, wait: Duration) -> Result<(), MigrationError> {
    db::lock::with_migration_lock(db, wait, |connection| async move {
        let copied = file::copy(&connection, to).await;
        copied.map_err(|error| MigrationError::Backup(to.to_owned(), error))
    })
    .await
}

fn name(file: &Path, pending: &[String], and: &str) -> PathBuf {
    let step = pending.first().map_or("nothing", String::as_str);
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".before-{step}{and}.bak"));
    PathBuf::from(name)
}

/// The last row of history, to which every change adds; none where there is none yet.
async fn newest(connection: &DatabaseConnection) -> Option<i64> {
    let last = "SELECT MAX(id) FROM audit_event";
    let last = Statement::from_string(connection.get_database_backend(), last);
    let row = connection.query_one_raw(last).await.ok()??;
    row.try_get_by_index(0).ok()?
}

async fn newest_in(copy: &Path) -> Option<i64> {
    let (url, options) = (DatabaseUrl::of_file(copy), PoolOptions::default());
    let copy = Db::connect(&url, &options).await.ok()?;
    let newest = newest(copy.reader()).await;
    copy.close().await;
    newest
}
