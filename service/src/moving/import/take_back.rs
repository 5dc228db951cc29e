//! An import whose archive turned out not to hold is taken out again: the system is as empty as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::Db;
use entity::setting;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

use super::super::tables::{Table, quoted};
use super::super::{Result, Side};

/// Removes all rows, and gives back the settings of a system that was only started.
pub(super) async fn all(
    to: &Db,
    tables: &[Table],
    settings: BTreeMap<String, String>,
) -> Result<()> {
    let work = Arc::new((emptying(tables, to.engine().family()), settings));
    let written = to.write(move |tx| {
        let work = Arc::clone(&work);
        Box::pin(async move {
            let (statements, settings) = &*work;
            for statement in statements {
                tx.execute_unprepared(statement).await?;
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
            Ok::<(), db::Error>(())
        })
    });
    written.await.map_err(|error| Side::Target.failed(error))
}

/// What empties the tables, the last one first.
fn emptying(tables: &[Table], backend: DbBackend) -> Vec<String> {
    // A server may have been started on it meanwhile.
    let mut statements = vec![format!("DELETE FROM {}", quoted(backend, "defect_search"))];
    for table in tables.iter().rev() {
        let name = quoted(backend, table.name);
        // MariaDB, MySQL: references are checked row by row, also those within the table.
        for reference in table.own_references() {
            if let Some(column) = table.columns.get(reference.column) {
                let column = quoted(backend, column.name);
                statements.push(format!("UPDATE {name} SET {column} = NULL"));
            }
        }
        statements.push(format!("DELETE FROM {name}"));
    }
    statements
}
