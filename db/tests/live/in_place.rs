//! SQLite: reads in place answer with nothing where anything is in their way, and are right again as soon as it is gone.

use db::{DatabaseUrl, Db, DbErr};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use crate::scratch::{number, options, sql};

fn query(sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

fn read(db: &Db, sql: &str) -> Option<Vec<i64>> {
    db.read_in_place(&query(sql, Vec::new()), |row| row.get(0))
}

/// A database with two rows.
async fn filled(folder: &tempfile::TempDir) -> Db {
    let url = format!("sqlite:///{}", folder.path().join("x.db").display());
    let url: DatabaseUrl = url.parse().unwrap();
    let db = Db::connect(&url, &options()).await.unwrap();
    sql(&db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)").await;
    sql(&db, "INSERT INTO t VALUES (1, 'one'), (2, NULL)").await;
    db
}

const ROWS: &str = "SELECT id FROM t ORDER BY id";

#[tokio::test]
async fn rows_are_read_with_what_was_just_written() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(&folder).await;
    assert_eq!(read(&db, ROWS), Some(vec![1, 2]));
    sql(&db, "INSERT INTO t VALUES (3, 'three')").await;
    assert_eq!(read(&db, ROWS), Some(vec![1, 2, 3]));
    let named = query(
        "SELECT name FROM t WHERE id < ? ORDER BY id",
        vec![3_i64.into()],
    );
    let names: Option<Vec<Option<String>>> = db.read_in_place(&named, |row| row.get(0));
    assert_eq!(names, Some(vec![Some("one".to_owned()), None]));
}

#[tokio::test]
async fn without_a_connection_there_is_no_answer_until_it_can_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(&folder).await;
    let (path, away) = (folder.path().join("x.db"), folder.path().join("away.db"));
    std::fs::rename(&path, &away).unwrap();
    assert_eq!(read(&db, ROWS), None);
    assert!(!path.exists(), "no new file is made");
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(read(&db, ROWS), Some(vec![1, 2]));
}

#[tokio::test]
async fn what_fails_is_no_answer_and_does_not_spoil_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(&folder).await;
    let unread = |sql, values| db.read_in_place(&query(sql, values), |row| row.get::<i64>(0));
    for round in 0..3 {
        assert_eq!(
            read(&db, "SELECT id FROM nowhere"),
            None,
            "{round}: no such table"
        );
        assert_eq!(read(&db, "SELECT"), None, "{round}: no statement");
        assert_eq!(
            read(&db, "INSERT INTO t VALUES (9, 'nine') RETURNING id"),
            None,
            "{round}: a write"
        );
        assert_eq!(read(&db, "SELECT name FROM t"), None, "{round}: no number");
        let float = unread(
            "SELECT id FROM t WHERE id > ?",
            vec![Value::Double(Some(0.5))],
        );
        assert_eq!(
            float, None,
            "{round}: a value of a kind that records do not have"
        );
        let refuse = |_: db::Row<'_>| Err::<i64, _>(DbErr::Custom("not that".to_owned()));
        assert_eq!(
            db.read_in_place(&query(ROWS, Vec::new()), refuse),
            None,
            "{round}: refused"
        );
        assert_eq!(read(&db, ROWS), Some(vec![1, 2]), "{round}");
    }
    let sum = db
        .reader()
        .query_one_raw(query("SELECT SUM(id) FROM t", Vec::new()));
    let sum: i64 = sum.await.unwrap().unwrap().try_get_by(0).unwrap();
    assert_eq!(sum, 3, "nothing was written");
}

/// A read that nobody else there should wait for.
#[tokio::test]
async fn a_read_that_takes_long_gives_up() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(&folder).await;
    let count = |to: u32| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT COUNT(*) FROM n"
        )
    };
    assert_eq!(read(&db, &count(100)), Some(vec![100]));
    assert_eq!(read(&db, &count(1_000_000)), None);
    assert_eq!(read(&db, &count(100)), Some(vec![100]));
    assert_eq!(number(db.reader(), &count(1_000_000)).await, 1_000_000);
}

#[tokio::test]
async fn nothing_is_read_once_the_database_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(&folder).await;
    assert_eq!(read(&db, ROWS), Some(vec![1, 2]));
    db.close().await;
    assert_eq!(read(&db, ROWS), None);
}
