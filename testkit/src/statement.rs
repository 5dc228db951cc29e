//! SQL that the kit runs beside the tests, on a server's database.

use db::{Db, DbErr};
use sea_orm::{ConnectionTrait, QueryResult, Statement};

pub(crate) async fn run(db: &Db, sql: &str) -> Result<(), DbErr> {
    db.reader().execute_unprepared(sql).await.map(drop)
}

/// The first column of every row.
pub(crate) async fn texts(db: &Db, sql: &str) -> Result<Vec<String>, DbErr> {
    rows(db, sql)
        .await?
        .iter()
        .map(|row| row.try_get_by(0))
        .collect()
}

/// The first column of the first row; 0 if it is NULL or there is no row.
pub(crate) async fn number(db: &Db, sql: &str) -> Result<i64, DbErr> {
    let number: Option<i64> = rows(db, sql)
        .await?
        .first()
        .map_or(Ok(None), |row| row.try_get_by(0))?;
    Ok(number.unwrap_or(0))
}

async fn rows(db: &Db, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    let reader = db.reader();
    reader
        .query_all_raw(Statement::from_string(reader.get_database_backend(), sql))
        .await
}
