//! Copies of an SQLite file: one that is made before it is migrated, and those that are asked for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use db::Db;
use db::file::{self, FileError};
use sea_orm_migration::sea_orm::DatabaseConnection;

use crate::MigrationError;

/// Copies the database, while others may read and write it, to `<file>.before-<first step>.bak`; a copy of that
/// name from an earlier try is kept, because it is the older and so the better one.
pub(crate) async fn before_migrating(
    connection: &DatabaseConnection,
    file: &Path,
    pending: &[String],
) -> Result<(), MigrationError> {
    let copy = name(file, pending);
    if copy.exists() {
        return Ok(());
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

fn name(file: &Path, pending: &[String]) -> PathBuf {
    let step = pending.first().map_or("nothing", String::as_str);
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".before-{step}.bak"));
    PathBuf::from(name)
}
