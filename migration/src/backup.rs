//! The copy of an SQLite file that is made before it is migrated.

use std::path::{Path, PathBuf};

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

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
        std::fs::remove_file(&part).map_err(|error| failed(io_error(&error)))?;
    }
    let statement = Statement::from_sql_and_values(
        connection.get_database_backend(),
        "VACUUM INTO ?",
        [part.to_string_lossy().into_owned().into()],
    );
    connection
        .execute_raw(statement)
        .await
        .map_err(|error| failed(error.into()))?;
    std::fs::File::open(&part)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&part, &copy))
        .map_err(|error| failed(io_error(&error)))?;
    log::info!("backup before migrating: {}", copy.display());
    Ok(())
}

fn io_error(error: &std::io::Error) -> db::Error {
    db::Error::Other(db::DbErr::Custom(error.to_string()))
}

fn name(file: &Path, pending: &[String]) -> PathBuf {
    let step = pending.first().map_or("nothing", String::as_str);
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".before-{step}.bak"));
    PathBuf::from(name)
}
