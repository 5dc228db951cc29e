//! `bulk::Reading`: all rows of one moment, in batches, for as long as somebody takes them.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use db::bulk::{Durability, Loader, Reading, Rows};
use db::{Cell, Db, DbErr, Engine, Error, Rejection, Row, file};
use futures_util::{StreamExt, TryStreamExt};
use sea_orm::prelude::{Date, DateTimeWithTimeZone};
use sea_orm::{ConnectionTrait, Statement, Value};
use tokio::time::timeout;

use crate::scratch::{Scratch, each_engine, sql};

each_engine!(
    rows_come_in_batches_of_a_bounded_size,
    a_reading_sees_one_moment,
    a_row_that_is_refused_ends_the_batches,
    a_table_that_is_not_there_is_told,
);

const ROWS: i64 = 3000;
const IDS: &str = "SELECT id FROM n ORDER BY id";
const COUNT: &str = "SELECT COUNT(*) FROM n";
/// For whoever does not want to wait for its end.
const ENDLESS: &str = "n a, n b, n c";

async fn fill(db: &Db) {
    sql(db, "CREATE TABLE n (id bigint NOT NULL PRIMARY KEY)").await;
    let mut rows = Rows::new("n", ["id"]);
    (1..=ROWS).for_each(|id| rows.push([Value::from(id)]));
    let loader = Loader::open(db, Durability::EachCommit).await.unwrap();
    let mut load = loader.begin().await.unwrap();
    load.add(rows).await.unwrap();
    load.commit().await.unwrap();
    loader.finish().await.unwrap();
}

/// An id, of so many bytes.
fn id(bytes: usize) -> impl FnMut(&mut Vec<i64>, Row<'_>) -> Result<usize, Error> + Send + 'static {
    move |ids, row| {
        ids.push(row.get(0)?);
        Ok(bytes)
    }
}

async fn rows_come_in_batches_of_a_bounded_size(db: Db) {
    fill(&db).await;
    let mut reading = Reading::begin(&db).await.unwrap();
    for (bytes, most) in [(8, 1024), (100_000, 3), (10_000_000, 1)] {
        let batches = reading.batches(IDS.to_owned(), id(bytes));
        let batches: Vec<Vec<i64>> = batches.try_collect().await.unwrap();
        let (last, full) = batches.split_last().unwrap();
        assert!(full.iter().all(|batch| batch.len() == most));
        assert!((1..=most).contains(&last.len()));
        assert_eq!(batches.concat(), (1..=ROWS).collect::<Vec<_>>());
    }
    let none = reading.batches("SELECT id FROM n WHERE id < 0".to_owned(), id(8));
    assert_eq!(none.count().await, 0);
    assert_eq!(reading.number(COUNT.to_owned()).await.unwrap(), ROWS);
    let none = "SELECT id FROM n WHERE id < 0".to_owned();
    assert_eq!(reading.number(none).await.unwrap(), 0);
    reading.end().await.unwrap();
}

async fn a_reading_sees_one_moment(db: Db) {
    fill(&db).await;
    let mut reading = Reading::begin(&db).await.unwrap();
    sql(&db, "INSERT INTO n VALUES (0)").await;
    assert_eq!(reading.number(COUNT.to_owned()).await.unwrap(), ROWS);
    sql(&db, "DELETE FROM n WHERE id > 7").await;
    let batches = reading.batches(IDS.to_owned(), id(8));
    assert_eq!(
        batches.try_concat().await.unwrap(),
        (1..=ROWS).collect::<Vec<_>>()
    );
    reading.end().await.unwrap();
    let mut reading = Reading::begin(&db).await.unwrap();
    assert_eq!(reading.number(COUNT.to_owned()).await.unwrap(), 8);
    reading.end().await.unwrap();
}

async fn a_row_that_is_refused_ends_the_batches(db: Db) {
    fill(&db).await;
    let mut reading = Reading::begin(&db).await.unwrap();
    let mut add = id(8);
    let picky = move |ids: &mut Vec<i64>, row: Row<'_>| {
        if row.get::<i64>(0)? == 1500 {
            return Err(Error::Other(DbErr::Custom("not that".to_owned())));
        }
        add(ids, row)
    };
    let mut batches = reading.batches(IDS.to_owned(), picky);
    assert_eq!(batches.next().await.unwrap().unwrap().len(), 1024);
    let refused = batches.next().await.unwrap();
    assert!(matches!(refused, Err(Error::Other(_))), "{refused:?}");
    assert!(batches.next().await.is_none());
}

async fn a_table_that_is_not_there_is_told(db: Db) {
    let mut reading = Reading::begin(&db).await.unwrap();
    let missing = reading.number("SELECT id FROM nowhere".to_owned()).await;
    let missing = missing.unwrap_err();
    let reason = Rejection::MissingTable;
    assert!(
        matches!(&missing, Error::Rejected { reason: told, .. } if *told == reason),
        "{missing:?}"
    );
}

async fn sqlite() -> Scratch {
    Scratch::create(Engine::Sqlite).await.unwrap()
}

async fn soon<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_nobody_waits_for_makes_room_for_the_next_one() {
    let scratch = sqlite().await;
    fill(&scratch.db).await;
    let mut reading = Reading::begin(&scratch.db).await.unwrap();
    let mut rows = reading.batches(format!("SELECT a.id FROM {ENDLESS}"), id(8));
    assert_eq!(soon(rows.next()).await.unwrap().unwrap().len(), 1024);
    drop(rows);
    assert_eq!(soon(reading.number(COUNT.to_owned())).await.unwrap(), ROWS);
    let endless = reading.number(format!("SELECT COUNT(*) FROM {ENDLESS}"));
    assert!(timeout(Duration::from_millis(50), endless).await.is_err());
    assert_eq!(soon(reading.number(COUNT.to_owned())).await.unwrap(), ROWS);
    soon(reading.end()).await.unwrap();
    scratch.drop_database().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_dropped_lets_go_of_the_file() {
    let scratch = sqlite().await;
    fill(&scratch.db).await;
    let path = scratch.db.url().sqlite_path().unwrap().to_owned();
    let mut reading = Reading::begin(&scratch.db).await.unwrap();
    let mut rows = reading.batches(format!("SELECT a.id FROM {ENDLESS}"), id(8));
    soon(rows.next()).await.unwrap().unwrap();
    scratch.db.close().await;
    assert!(file::refuse_if_in_use(&path).await.is_err());
    drop(rows);
    drop(reading);
    let began = Instant::now();
    while file::refuse_if_in_use(&path).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    scratch.drop_database().await;
}

/// A table that ended there would be taken for whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_a_row_is_read_is_no_end() {
    let scratch = sqlite().await;
    fill(&scratch.db).await;
    let mut reading = Reading::begin(&scratch.db).await.unwrap();
    let panics = |ids: &mut Vec<i64>, row: Row<'_>| {
        ids.push(row.get(0)?);
        assert!(ids.len() < 1000, "on purpose");
        Ok(8)
    };
    let read = reading.batches(IDS.to_owned(), panics).try_concat().await;
    assert!(matches!(read, Err(Error::Other(_))), "{read:?}");
    assert_eq!(reading.number(COUNT.to_owned()).await.unwrap(), ROWS);
    reading.end().await.unwrap();
    scratch.drop_database().await;
}

/// Values as SQLite's driver reads them and as a reading does, each where the type fits.
async fn is_read_alike<T>(db: &Db)
where
    T: Cell + PartialEq + Debug + Send + 'static,
{
    let all = "SELECT value FROM odd ORDER BY id";
    let reader = db.reader();
    let asked = Statement::from_string(reader.get_database_backend(), all);
    let asked = reader.query_all_raw(asked).await.unwrap();
    let asked: Vec<Option<T>> = asked.iter().map(|row| Row::from(row).get(0).ok()).collect();
    let mut reading = Reading::begin(db).await.unwrap();
    let add = |values: &mut Vec<Option<T>>, row: Row<'_>| {
        values.push(row.get(0).ok());
        Ok(8)
    };
    let read = reading.batches(all.to_owned(), add).try_concat().await;
    assert_eq!(read.unwrap(), asked, "{}", std::any::type_name::<T>());
    assert!(asked.iter().any(Option::is_some) && asked.iter().any(Option::is_none));
    reading.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_read_as_the_driver_reads_it() {
    let scratch = sqlite().await;
    let db = &scratch.db;
    sql(db, "CREATE TABLE odd (id INTEGER PRIMARY KEY, value)").await;
    let texts = [
        "",
        "1",
        "true",
        "零件 🔧",
        "2026-11-20",
        "2026-11-31",
        "26-1-2",
        "2026-11-20T08:14:00+00:00",
        "2026-11-20T08:14:00.000001+00:00",
        "2026-11-20T08:14:00.1+00:00",
        "2026-11-20T08:14:00Z",
        "2026-11-20T08:14:00.5+02:00",
        "2026-11-20t08:14:00z",
        "2026-11-20 08:14:00",
        "2026-11-20 08:14:00.25",
        "2026-11-20 08:14",
        "2026-11-20T08:14",
        "2026-11-20 08:14Z",
        "2026-11-20 08:14+02:00",
        "2026-11-20 08:14:00Z",
        "2026-11-20T08:14:00.5",
        "2026-11-20 08:14:00.5+02:00",
        "2026-11-20T08:14:60+00:00",
        "2026-11-20T25:14:00+00:00",
        "+2026-11-20T08:14:00+00:00",
        "20261120",
        "08:14:00",
    ];
    let texts = texts.iter().map(|text| format!("'{text}'"));
    let others = [
        "NULL",
        "0",
        "1",
        "-5",
        "9223372036854775807",
        "x'31'",
        "CAST(x'ff' AS TEXT)",
    ];
    for value in texts.chain(others.map(str::to_owned)) {
        sql(db, format!("INSERT INTO odd (value) VALUES ({value})")).await;
    }
    is_read_alike::<i64>(db).await;
    is_read_alike::<bool>(db).await;
    is_read_alike::<String>(db).await;
    is_read_alike::<Date>(db).await;
    is_read_alike::<DateTimeWithTimeZone>(db).await;
    is_read_alike::<Option<i64>>(db).await;
    is_read_alike::<Option<bool>>(db).await;
    is_read_alike::<Option<String>>(db).await;
    is_read_alike::<Option<Date>>(db).await;
    is_read_alike::<Option<DateTimeWithTimeZone>>(db).await;
    scratch.drop_database().await;
}
