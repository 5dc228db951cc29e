//! Ids that nobody else gets, known before their rows are written.
//!
//! The counters of PostgreSQL, MariaDB and MySQL belong to no transaction: what is taken from them stays taken, also
//! when the transaction is rolled back. `table` is a name of ours, not input.

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use crate::{Engine, Error, Tx, dialect};

/// So many ids are asked for at once.
const AT_ONCE: usize = 10_000;

/// Takes `count` ids for rows that this transaction is going to add.
///
/// # Errors
/// Whatever the database answers.
pub async fn reserve(
    tx: &Tx,
    engine: Engine,
    table: &str,
    count: usize,
) -> Result<Vec<i64>, Error> {
    let mut ids = Vec::with_capacity(count);
    match engine {
        _ if count == 0 => {}
        Engine::Sqlite => {
            let last = last_of_file(tx, table).await?;
            let next = last + whole(count);
            set_last_of_file(tx, table, next).await?;
            ids.extend(last + 1..=next);
        }
        Engine::Postgres => {
            while ids.len() < count {
                let some = AT_ONCE.min(count - ids.len());
                let next = format!(
                    "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, {some})"
                );
                ids.extend(numbers(tx, next).await?);
            }
        }
        Engine::MariaDb | Engine::MySql => {
            let first = take_one(tx, engine, table).await?;
            let last = first + whole(count) - 1;
            if last > first {
                take(tx, engine, table, last).await?;
            }
            ids.extend(first..=last);
        }
    }
    Ok(ids)
}

/// Takes all ids up to `last`, so that the next one that a row gets is behind it.
///
/// # Errors
/// Whatever the database answers.
pub async fn reserve_up_to(tx: &Tx, engine: Engine, table: &str, last: i64) -> Result<(), Error> {
    match engine {
        Engine::Sqlite => {
            if last_of_file(tx, table).await? < last {
                set_last_of_file(tx, table, last).await?;
            }
        }
        Engine::Postgres => {
            let here = reserve(tx, engine, table, 1).await?;
            let missing = usize::try_from(last - here.first().unwrap_or(&last)).unwrap_or(0);
            let advance = dialect::advance_sequence(engine.family(), table, missing);
            if let (1.., Some(advance)) = (missing, advance) {
                numbers(tx, advance).await?;
            }
        }
        Engine::MariaDb | Engine::MySql => {
            if take_one(tx, engine, table).await? < last {
                take(tx, engine, table, last).await?;
            }
        }
    }
    Ok(())
}

/// SQLite: the last id that any row of the table ever had. Nobody else writes to the file meanwhile.
async fn last_of_file(tx: &Tx, table: &str) -> Result<i64, Error> {
    let last = format!(
        "SELECT COALESCE(MAX(\"id\"), 0) FROM (SELECT MAX(\"seq\") AS \"id\" FROM \"sqlite_sequence\" \
         WHERE \"name\" = '{table}' UNION ALL SELECT MAX(\"id\") FROM \"{table}\")"
    );
    Ok(numbers(tx, last).await?.first().copied().unwrap_or(0))
}

async fn set_last_of_file(tx: &Tx, table: &str, last: i64) -> Result<(), Error> {
    let update =
        format!("UPDATE \"sqlite_sequence\" SET \"seq\" = {last} WHERE \"name\" = '{table}'");
    if tx.execute_unprepared(&update).await?.rows_affected() == 0 {
        let insert = format!(
            "INSERT INTO \"sqlite_sequence\" (\"name\", \"seq\") VALUES ('{table}', {last})"
        );
        tx.execute_unprepared(&insert).await?;
    }
    Ok(())
}

/// MariaDB, MySQL: nothing but a row moves the counter. This one refers to nothing, holds nothing (IGNORE gives it
/// what a column holds by default) and is gone again at once; the counter stays where it was moved to.
async fn take_one(tx: &Tx, engine: Engine, table: &str) -> Result<i64, Error> {
    put_and_remove(tx, engine, table, "NULL").await
}

/// MariaDB, MySQL: moves the counter behind `id`. Whoever took an id between has to be quick, and is noticed: the row
/// that was to have that id is refused.
async fn take(tx: &Tx, engine: Engine, table: &str, id: i64) -> Result<(), Error> {
    put_and_remove(tx, engine, table, &id.to_string()).await?;
    Ok(())
}

async fn put_and_remove(tx: &Tx, engine: Engine, table: &str, id: &str) -> Result<i64, Error> {
    // Only for this one statement, so that no error leaves the session without foreign keys.
    let insert = match engine {
        Engine::MariaDb => "SET STATEMENT foreign_key_checks=0 FOR INSERT IGNORE",
        _ => "INSERT /*+ SET_VAR(foreign_key_checks=OFF) */ IGNORE",
    };
    let put = tx
        .execute_unprepared(&format!("{insert} INTO `{table}` (`id`) VALUES ({id})"))
        .await?;
    // A row that was there already is somebody else's: it stays.
    if put.rows_affected() != 1 {
        let what = format!("no id of {table} could be reserved");
        return Err(Error::Contention(DbErr::Custom(what)));
    }
    let id = match id.parse() {
        Ok(id) => id,
        Err(_) => i64::try_from(put.last_insert_id()).unwrap_or_default(),
    };
    tx.execute_unprepared(&format!("DELETE FROM `{table}` WHERE `id` = {id}"))
        .await?;
    Ok(id)
}

async fn numbers(tx: &Tx, sql: String) -> Result<Vec<i64>, Error> {
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let rows = tx.query_all_raw(statement).await?;
    let number = |row: &QueryResult| row.try_get_by_index(0);
    Ok(rows.iter().map(number).collect::<Result<_, _>>()?)
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
