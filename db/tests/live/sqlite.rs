//! What only SQLite has: a file, one writer, and transactions that end by themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use db::{DatabaseUrl, Db, Engine, Error, Rejection};
use sea_orm::ConnectionTrait;
use tokio::sync::Notify;

use crate::scratch::{number, options, sql, text};
use crate::write::{add, create_counters, total};

#[tokio::test]
async fn sqlite_says_what_is_wrong_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("sqlite:///{}", folder.path().join(name).display());
    let garbage = folder.path().join("garbage.db");
    std::fs::write(
        &garbage,
        "this is no database, but long enough to be read as a header of one ".repeat(20),
    )
    .unwrap();

    let error = async |url: String| {
        Db::connect(&url.parse().unwrap(), &options())
            .await
            .unwrap_err()
    };
    let reason = async |url: String| match error(url).await {
        Error::Rejected { reason, .. } => reason,
        error => panic!("{error:?}"),
    };
    assert_eq!(
        reason(at("none/x.db")).await,
        Rejection::MissingFolder(folder.path().join("none"))
    );
    assert_eq!(
        reason(at("x.db?mode=rw")).await,
        Rejection::MissingFile(folder.path().join("x.db"))
    );
    assert_eq!(reason(at("")).await, Rejection::NotADatabase);
    assert_eq!(reason(at("garbage.db")).await, Rejection::NotADatabase);
    assert_eq!(
        reason("sqlite::memory:".to_owned()).await,
        Rejection::InMemory
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_may_open_a_new_sqlite_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let url: DatabaseUrl = format!("sqlite:///{}", folder.path().join("new.db").display())
        .parse()
        .unwrap();
    let starts: Vec<_> = (0..10)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Db::connect(&url, &options()).await })
        })
        .collect();
    for start in starts {
        let db = start.await.unwrap().unwrap();
        assert_eq!(text(db.reader(), "PRAGMA journal_mode").await, "wal");
    }
}

#[tokio::test]
async fn an_sqlite_reader_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", folder.path().join("x.db").display());
    let db = Db::connect(&url.parse().unwrap(), &options())
        .await
        .unwrap();
    sql(&db, "CREATE TABLE t (id INTEGER PRIMARY KEY)").await;
    let refused = db
        .reader()
        .execute_unprepared("INSERT INTO t VALUES (1)")
        .await;
    assert!(refused.is_err_and(|error| error.to_string().contains("readonly")));
    assert_eq!(number(db.reader(), "SELECT COUNT(*) FROM t").await, 0);
}

/// SQLite: two processes have two writers, so that BEGIN has to wait for the file.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_sqlite_file_wait_for_each_other() {
    crate::scratch::run(Engine::Sqlite, async |db| {
        create_counters(&db).await;
        let other = Db::connect(db.url(), &options()).await.unwrap();
        let writes: Vec<_> = (0..40)
            .map(|i| {
                let db = if i % 2 == 0 {
                    db.clone()
                } else {
                    other.clone()
                };
                tokio::spawn(async move {
                    db.write(|tx| Box::pin(async move { add(tx, 1).await }))
                        .await
                })
            })
            .collect();
        for write in writes {
            write.await.unwrap().unwrap();
        }
        assert_eq!(total(&db).await, 40);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_sqlite_writer_survives_a_full_disk() {
    crate::scratch::run(Engine::Sqlite, async |db| {
        sql(&db, "CREATE TABLE big (id INTEGER PRIMARY KEY, body BLOB)").await;
        let full = db.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared("PRAGMA max_page_count = 20").await?;
                tx.execute_unprepared("INSERT INTO big (body) VALUES (zeroblob(10000000))")
                    .await?;
                Ok::<_, Error>(())
            })
        });
        assert!(matches!(full.await, Err(Error::Unavailable(_))));
        sql(&db, "INSERT INTO big (body) VALUES (NULL)").await;
        assert_eq!(number(db.reader(), "SELECT COUNT(*) FROM big").await, 1);
    })
    .await;
}

/// SQLite ends a transaction by itself after some errors (`OR ROLLBACK`, a failing disk). The
/// driver does not notice, and would make the next BEGIN IMMEDIATE a SAVEPOINT, which takes no
/// lock: the connection has to be replaced.
#[tokio::test(flavor = "multi_thread")]
async fn after_sqlite_rolled_back_by_itself_a_write_still_takes_the_lock() {
    crate::scratch::run(Engine::Sqlite, async |db| {
        create_counters(&db).await;
        let rolled_back = db.write(|tx| {
            Box::pin(async move {
                add(tx, 1).await?;
                tx.execute_unprepared("INSERT OR ROLLBACK INTO counter VALUES (1, 0)")
                    .await?;
                Ok::<_, Error>(())
            })
        });
        assert!(matches!(rolled_back.await, Err(Error::Unique(_))));

        let other = Db::connect(db.url(), &options()).await.unwrap();
        let holding = Arc::new(Notify::new());
        let is_over = Arc::new(AtomicBool::new(false));
        let (begun, over) = (Arc::clone(&holding), Arc::clone(&is_over));
        let holder = other.clone();
        let holder = tokio::spawn(async move {
            holder
                .write(move |_| {
                    let (begun, over) = (Arc::clone(&begun), Arc::clone(&over));
                    Box::pin(async move {
                        begun.notify_one();
                        tokio::time::sleep(Duration::from_millis(400)).await;
                        over.store(true, Ordering::SeqCst);
                        Ok::<_, Error>(())
                    })
                })
                .await
        });
        holding.notified().await;
        db.write(|tx| {
            Box::pin(
                async move { Ok::<_, Error>(number(tx, "SELECT COUNT(*) FROM counter").await) },
            )
        })
        .await
        .unwrap();
        assert!(
            is_over.load(Ordering::SeqCst),
            "it did not wait for the lock"
        );
        holder.await.unwrap().unwrap();
        other.close().await;
    })
    .await;
}
