//! Columns that a step adds to a table that was there before it; always nullable, because there are rows already.
//!
//! A foreign key comes with its column on SQLite, which cannot add one afterwards, and beside it elsewhere. Its name
//! has an `x` that sorts it behind those of the table's own, and columns with one are declared in *descending* order:
//! then the code generator meets the keys of every database in one order. Each part is made only if it is missing, so
//! that a step can be run again after a crash (MySQL and MariaDB commit at each statement).

use db::Engine;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbErr, Statement};

use crate::table::{Column, Table};

/// Adds the columns, with their indexes and keys.
pub(crate) async fn add(table: &Table, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let engine = Engine::detect(manager.get_connection()).await?;
    for column in &table.columns {
        if !manager.has_column(table.name, column.name).await? {
            add_column(table, column, engine, manager).await?;
        }
    }
    table.create_indexes(manager).await?;
    if engine == Engine::Sqlite {
        return Ok(());
    }
    for (column, target) in &table.references {
        let name = key_name(table, column);
        if has_key(table, &name, engine, manager).await? {
            continue;
        }
        let mut key = ForeignKey::create();
        key.name(name).from(table.name, *column).to(*target, "id");
        manager.create_foreign_key(key).await?;
    }
    Ok(())
}

/// Takes them away again, with what they held.
pub(crate) async fn take_back(table: &Table, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let engine = Engine::detect(manager.get_connection()).await?;
    for (column, _) in &table.references {
        let name = key_name(table, column);
        // MySQL, MariaDB: neither the index nor the column goes while the key is there. PostgreSQL drops it along.
        if engine.is_mysql_like() && has_key(table, &name, engine, manager).await? {
            let mut key = ForeignKey::drop();
            manager
                .drop_foreign_key(key.name(name).table(table.name).to_owned())
                .await?;
        }
    }
    for (name, ..) in table.index_list() {
        if manager.has_index(table.name, &name).await? {
            let mut index = Index::drop();
            manager
                .drop_index(index.name(&name).table(table.name).to_owned())
                .await?;
        }
    }
    for column in table.columns.iter().rev() {
        if manager.has_column(table.name, column.name).await? {
            let mut alter = sea_orm_migration::prelude::Table::alter();
            alter.table(table.name).drop_column(column.name);
            manager.alter_table(alter).await?;
        }
    }
    Ok(())
}

async fn add_column(
    table: &Table,
    column: &Column,
    engine: Engine,
    manager: &SchemaManager<'_>,
) -> Result<(), DbErr> {
    let mut alter = sea_orm_migration::prelude::Table::alter();
    alter
        .table(table.name)
        .add_column(column.definition(engine.family()));
    let reference = table
        .references
        .iter()
        .find(|(name, _)| *name == column.name);
    let Some((_, target)) = reference.filter(|_| engine == Engine::Sqlite) else {
        return manager.alter_table(alter).await;
    };
    // SQLite: sea-query has no word for the key of an added column, and would panic.
    let mut sql = alter.to_string(SqliteQueryBuilder);
    let name = key_name(table, column.name);
    sql.push_str(&format!(
        " CONSTRAINT \"{name}\" REFERENCES \"{target}\" (\"id\")"
    ));
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

fn key_name(table: &Table, column: &str) -> String {
    format!("fk_{}_x_{column}", table.alias)
}

async fn has_key(
    table: &Table,
    name: &str,
    engine: Engine,
    manager: &SchemaManager<'_>,
) -> Result<bool, DbErr> {
    let schema = if engine.is_mysql_like() {
        "DATABASE()"
    } else {
        "current_schema()"
    };
    let sql = format!(
        "SELECT 1 FROM information_schema.table_constraints WHERE table_schema = {schema} \
         AND table_name = '{}' AND constraint_name = '{name}'",
        table.name
    );
    let question = Statement::from_string(engine.family(), sql);
    let found = manager.get_connection().query_one_raw(question).await?;
    Ok(found.is_some())
}

/// Every name that the columns give to the database.
#[cfg(test)]
pub(crate) fn names(table: &Table) -> Vec<String> {
    let columns = table.columns.iter().map(|column| column.name.to_owned());
    let keys = table.references.iter();
    let keys = keys.map(|(column, _)| key_name(table, column));
    let indexes = table.index_list().into_iter().map(|(name, ..)| name);
    columns.chain(keys).chain(indexes).collect()
}
