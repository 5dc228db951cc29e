//! The schema's history and how a database gets to its end.
//!
//! [`up`] is what the server runs at start and `dmt migrate` by hand: under a lock, so that ten servers may start
//! at once, and after a backup where the database is a file. A schema newer than this program is refused.
//! Steps are in [`steps`](self), their columns in [`table`].

mod addition;
pub mod backup;
mod grants;
mod steps;
mod table;

use std::time::Duration;

use db::file::FileError;
use db::{Db, Error};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbErr};

/// SeaORM's view of the steps.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        steps::all()
    }
}

/// Where a database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// At this program's schema.
    Current,
    /// Steps are missing; all of them on an empty database.
    Behind {
        /// How many steps have been applied.
        applied: usize,
        /// The steps to come, in order.
        pending: Vec<String>,
    },
    /// A newer program has been here.
    Newer {
        /// The steps that this program does not know.
        unknown: Vec<String>,
    },
}

/// What went wrong in migrating; the sentence says what to do.
#[derive(Debug)]
pub enum MigrationError {
    /// A newer program has migrated this database.
    Newer(Vec<String>),
    /// A copy of the file could not be written.
    Backup(std::path::PathBuf, FileError),
    /// The database refused a step or cannot be reached.
    Database(Error),
}

impl std::fmt::Display for MigrationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Newer(unknown) => write!(
                f,
                "the database was migrated by a newer dmt (unknown steps: {}); start that version, or restore a backup from before it",
                unknown.join(", ")
            ),
            Self::Backup(path, _) => write!(
                f,
                "the backup could not be written to {}; make room or check the folder's rights",
                path.display()
            ),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MigrationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Newer(_) => None,
            Self::Backup(_, error) => Some(error),
            Self::Database(error) => Some(error),
        }
    }
}

impl From<Error> for MigrationError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<DbErr> for MigrationError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// Where the database stands; writes nothing.
pub async fn state(db: &Db) -> Result<State, MigrationError> {
    state_of(db.reader()).await
}

/// Applies what is missing and answers the names of the steps that were applied.
///
/// On PostgreSQL, MariaDB and MySQL the server's own user (`dmt_user`, see `db_scripts/`) gets its rights on the
/// tables afterwards, where there is such a user.
pub async fn up(db: &Db, wait: Duration) -> Result<Vec<String>, MigrationError> {
    let file = db.url().sqlite_path().map(std::path::Path::to_owned);
    db::lock::with_migration_lock(db, wait, |connection| async move {
        // Another server may have done it while this one waited for the lock.
        let (applied, pending) = match state_of(&connection).await? {
            State::Current => {
                grants::give(&connection).await?;
                return Ok(Vec::new());
            }
            State::Newer { unknown } => return Err(MigrationError::Newer(unknown)),
            State::Behind { applied, pending } => (applied, pending),
        };
        if let (Some(file), true) = (file, applied > 0) {
            backup::before_migrating(&connection, &file, &pending).await?;
        }
        Migrator::up(&connection, None).await?;
        grants::give(&connection).await?;
        if let (Some(first), Some(last)) = (pending.first(), pending.last()) {
            log::info!("migrated: {} steps, {first} to {last}", pending.len());
        }
        Ok(pending)
    })
    .await
}

/// Takes back the last `steps` steps, with the data in their tables.
pub async fn down(db: &Db, steps: u32, wait: Duration) -> Result<(), MigrationError> {
    db::lock::with_migration_lock(db, wait, |connection| async move {
        refuse_newer(&connection).await?;
        Migrator::down(&connection, Some(steps)).await?;
        Ok(())
    })
    .await
}

/// Drops everything and applies all steps.
pub async fn fresh(db: &Db, wait: Duration) -> Result<(), MigrationError> {
    db::lock::with_migration_lock(db, wait, |connection| async move {
        refuse_newer(&connection).await?;
        Migrator::fresh(&connection).await?;
        grants::give(&connection).await?;
        Ok(())
    })
    .await
}

/// Every step and whether it has been applied; writes nothing.
pub async fn status(db: &Db) -> Result<Vec<(String, bool)>, MigrationError> {
    let applied = applied(db.reader()).await?;
    Ok(steps::names()
        .into_iter()
        .map(|name| (name.to_owned(), applied.iter().any(|done| done == name)))
        .collect())
}

async fn refuse_newer(connection: &DatabaseConnection) -> Result<(), MigrationError> {
    match state_of(connection).await? {
        State::Newer { unknown } => Err(MigrationError::Newer(unknown)),
        _ => Ok(()),
    }
}

async fn state_of(connection: &DatabaseConnection) -> Result<State, MigrationError> {
    let applied = applied(connection).await?;
    let known = steps::names();
    let unknown: Vec<String> = applied
        .iter()
        .filter(|name| !known.contains(&name.as_str()))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Ok(State::Newer { unknown });
    }
    let pending: Vec<String> = known
        .iter()
        .filter(|name| !applied.iter().any(|done| done == *name))
        .map(|name| (*name).to_owned())
        .collect();
    if pending.is_empty() {
        Ok(State::Current)
    } else {
        Ok(State::Behind {
            applied: applied.len(),
            pending,
        })
    }
}

/// The names in the table of applied steps, those of newer programs too; none where there is no such table.
async fn applied(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    use sea_orm_migration::sea_orm::EntityTrait;
    use sea_orm_migration::seaql_migrations;
    let manager = SchemaManager::new(connection);
    if !manager.has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = seaql_migrations::Entity::find().all(connection).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

#[cfg(test)]
mod tests {
    use super::table::LONGEST_NAME;
    use super::{addition, steps};

    /// Words that Oracle keeps for itself and that a schema is tempted to use.
    const RESERVED: &[&str] = &[
        "access", "audit", "cluster", "column", "comment", "date", "default", "file", "group",
        "index", "initial", "integer", "level", "lock", "long", "mode", "modify", "number",
        "online", "option", "order", "prior", "raw", "resource", "row", "rows", "session", "share",
        "size", "start", "synonym", "table", "trigger", "uid", "user", "validate", "values",
        "view", "whenever",
    ];

    #[test]
    fn every_name_fits_oracle() {
        let additions = steps::additions();
        let added = additions
            .iter()
            .flat_map(|(_, table)| addition::names(&table()));
        let tables = steps::tables();
        let made = tables.iter().flat_map(|(_, table)| table().names());
        for name in made.chain(added) {
            assert!(name.len() <= LONGEST_NAME, "{name} is too long");
            assert!(!RESERVED.contains(&name.as_str()), "{name} is reserved");
        }
    }

    #[test]
    fn no_two_constraints_share_a_name() {
        let made = steps::tables();
        let made = made.iter().flat_map(|(_, table)| table().names());
        let added = steps::additions();
        let added = added
            .iter()
            .flat_map(|(_, table)| addition::names(&table()));
        let mut names: Vec<String> = made
            .chain(added)
            .filter(|name| {
                ["fk_", "ix_", "uq_"]
                    .iter()
                    .any(|kind| name.starts_with(kind))
            })
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
