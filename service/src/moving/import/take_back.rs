//! An import whose archive turned out not to hold is taken out again: the system is as empty as it was.
//!
//! Not where somebody has worked in it since: a server may have been running on the empty system, and what it has answered
//! is not taken back. Each table has to have as many rows as were imported. What comes while they are removed refers to rows
//! that are gone, and is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Db, TxError};
use entity::setting;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait};

use super::super::archive::Manifest;
use super::super::tables::{Table, quoted};
use super::super::{Result, Side};

/// Removes all rows, and gives back the settings of a system that was only started; false, and nothing is done, where there
/// are others than were imported.
pub(super) async fn all(
    to: &Db,
    tables: &[Table],
    manifest: &Manifest,
    settings: BTreeMap<String, String>,
) -> Result<bool> {
    let statements = emptying(tables, manifest, to.engine().family());
    let work = Arc::new((statements, settings));
    let written = to.write(move |tx| {
        let work = Arc::clone(&work);
        Box::pin(async move {
            let (statements, settings) = &*work;
            for (statement, imported) in statements {
                let gone = tx.execute_unprepared(statement).await?.rows_affected();
                if imported.is_some_and(|imported| imported != gone) {
                    return Err(Stop::Worked);
                }
            }
            for (name, content) in settings {
                let row = setting::ActiveModel {
                    name: Set(name.clone()),
                    content: Set(content.clone()),
                };
                setting::Entity::insert(row)
                    .exec_without_returning(tx)
                    .await?;
            }
            Ok(())
        })
    });
    match written.await {
        Ok(()) => Ok(true),
        Err(Stop::Worked) => Ok(false),
        Err(Stop::Database(error)) => Err(Side::Target.failed(error)),
    }
}

/// Why it is not done.
enum Stop {
    /// Somebody has worked in it.
    Worked,
    Database(db::Error),
}

impl From<db::Error> for Stop {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl TxError for Stop {
    fn database(&self) -> Option<&db::Error> {
        match self {
            Self::Database(error) => Some(error),
            Self::Worked => None,
        }
    }
}

/// What empties the tables, the last one first, and how many rows each statement has to find.
fn emptying(
    tables: &[Table],
    manifest: &Manifest,
    backend: DbBackend,
) -> Vec<(String, Option<u64>)> {
    // A server may have been started on it meanwhile.
    let search = format!("DELETE FROM {}", quoted(backend, "defect_search"));
    let mut statements = vec![(search, None)];
    for table in tables.iter().rev() {
        let name = quoted(backend, table.name);
        // MariaDB, MySQL: references are checked row by row, also those within the table.
        for reference in table.own_references() {
            if let Some(column) = table.columns.get(reference.column) {
                let column = quoted(backend, column.name);
                statements.push((format!("UPDATE {name} SET {column} = NULL"), None));
            }
        }
        // A server that was only started has settings of its own.
        let imported = match table.name {
            "setting" => None,
            name => manifest.rows(name),
        };
        statements.push((format!("DELETE FROM {name}"), imported));
    }
    statements
}
