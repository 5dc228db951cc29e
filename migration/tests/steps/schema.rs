//! The schema as the database itself describes it, so that two of them can be compared.

use db::{Db, Engine};
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};

use crate::texts;

const SQLITE: &str = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema \
                      WHERE name NOT LIKE 'sqlite%' ORDER BY 1";

/// Columns are numbered anew: one that was dropped and added again has a number of its own.
const POSTGRES: &str = "\
    SELECT concat_ws(' ', table_name, row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position), \
                     column_name, data_type, character_maximum_length, collation_name, is_nullable, column_default, identity_generation) AS part \
      FROM information_schema.columns WHERE table_schema = 'public' \
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
    UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
    ORDER BY 1";

/// Every table, column, index and constraint.
pub(crate) async fn schema(db: &Db) -> Vec<String> {
    match db.engine() {
        Engine::Sqlite => texts(db, SQLITE).await,
        Engine::Postgres => texts(db, POSTGRES).await,
        Engine::MariaDb | Engine::MySql => mysql(db).await,
    }
}

async fn mysql(db: &Db) -> Vec<String> {
    let tables = texts(
        db,
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1",
    )
    .await;
    let mut schema = Vec::new();
    for table in tables {
        let ask =
            Statement::from_string(db.engine().family(), format!("SHOW CREATE TABLE `{table}`"));
        let row = db.reader().query_one_raw(ask).await.unwrap().unwrap();
        // The first column is the table's name.
        let text: String = row.try_get_by(1).unwrap();
        // Rows that are gone have moved the counter.
        let is_fixed = |word: &&str| !word.starts_with("AUTO_INCREMENT=");
        schema.push(
            text.split(' ')
                .filter(is_fixed)
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    schema
}
