//! `Db::write`: whole or not at all, whoever goes away, and again after a deadlock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use db::{Db, Engine, Error, Tx, TxError, request};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tokio::sync::{Barrier, Notify};

use crate::scratch::{each_engine, number, options};

pub(crate) async fn create_counters(db: &Db) {
    let end = if db.engine().is_mysql_like() {
        " ENGINE=InnoDB"
    } else {
        ""
    };
    let table =
        format!("CREATE TABLE counter (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL){end}");
    db.write(move |tx| {
        let table = table.clone();
        Box::pin(async move {
            tx.execute_unprepared(&table).await?;
            tx.execute_unprepared("INSERT INTO counter VALUES (1, 0), (2, 0)")
                .await?;
            Ok::<_, Error>(())
        })
    })
    .await
    .unwrap();
}

pub(crate) async fn add(tx: &Tx, id: u32) -> Result<(), Error> {
    tx.execute_unprepared(&format!("UPDATE counter SET n = n + 1 WHERE id = {id}"))
        .await?;
    Ok(())
}

pub(crate) async fn total(db: &Db) -> i64 {
    let cast = db::dialect::sum_type(db.engine().family());
    number(
        db.reader(),
        &format!("SELECT CAST(SUM(n) AS {cast}) FROM counter"),
    )
    .await
}

/// An error of the caller's own, as the service has.
#[derive(Debug)]
enum Refusal {
    Database(Error),
    NotAllowed,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl TxError for Refusal {
    fn database(&self) -> Option<&Error> {
        match self {
            Self::Database(error) => Some(error),
            Self::NotAllowed => None,
        }
    }
}

each_engine!(
    two_that_deadlock_both_succeed_in_the_end,
    fifty_at_once_all_succeed,
    each_of_many_at_once_has_an_outcome_of_its_own,
    nobody_is_done_again_for_a_refusal_that_changed_nothing_and_once_for_others,
    a_statement_tells_of_its_own_rows_whoever_wrote_before,
    a_caller_that_goes_away_does_not_tear_a_transaction,
    a_refusal_rolls_back_and_is_not_repeated,
    contention_that_does_not_end_is_reported_after_a_bounded_number_of_attempts,
    a_panic_is_an_error_and_the_next_write_works,
    the_request_id_is_known_inside,
    a_swallowed_database_error_is_not_taken_for_success,
    connections_that_the_server_dropped_do_not_fail_a_write,
);

async fn two_that_deadlock_both_succeed_in_the_end(db: Db) {
    create_counters(&db).await;
    let meeting = Arc::new(Barrier::new(2));
    let attempts = Arc::new(AtomicU32::new(0));
    let writes = [(1, 2), (2, 1)].map(|(first, second)| {
        let (db, meeting, attempts) = (db.clone(), Arc::clone(&meeting), Arc::clone(&attempts));
        tokio::spawn(async move {
            db.write(move |tx| {
                let (meeting, attempts) = (Arc::clone(&meeting), Arc::clone(&attempts));
                Box::pin(async move {
                    let attempt = attempts.fetch_add(1, Ordering::SeqCst);
                    add(tx, first).await?;
                    if attempt < 2 {
                        // SQLite: the other one has not begun, so they never meet.
                        let _ =
                            tokio::time::timeout(Duration::from_millis(500), meeting.wait()).await;
                    }
                    add(tx, second).await?;
                    Ok::<_, Refusal>(())
                })
            })
            .await
        })
    });
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(total(&db).await, 4);
    let attempts = attempts.load(Ordering::SeqCst);
    assert_eq!(
        attempts > 2,
        db.engine() != Engine::Sqlite,
        "{attempts} attempts"
    );
}

async fn fifty_at_once_all_succeed(db: Db) {
    create_counters(&db).await;
    let writes: Vec<_> = (0..50)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(|tx| Box::pin(async move { add(tx, 1).await }))
                    .await
            })
        })
        .collect();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(total(&db).await, 50);
}

/// On SQLite they wait for the first one and then share its commit.
async fn each_of_many_at_once_has_an_outcome_of_its_own(db: Db) {
    create_counters(&db).await;
    let gate = Arc::new(Notify::new());
    let first = {
        let (db, gate) = (db.clone(), Arc::clone(&gate));
        tokio::spawn(async move {
            db.write(move |tx| {
                let gate = Arc::clone(&gate);
                Box::pin(async move {
                    // Only in the first attempt: a permit is stored for those that follow.
                    gate.notified().await;
                    gate.notify_one();
                    add(tx, 1).await
                })
            })
            .await
        })
    };
    let writes: Vec<_> = (0..60)
        .map(|i| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(move |tx| {
                    Box::pin(async move {
                        add(tx, 2).await?;
                        match i {
                            17 => Err(Refusal::Database(Error::Contention(DbErr::Custom(
                                "as if".to_owned(),
                            )))),
                            31 => panic!("in the midst of others"),
                            _ if i % 3 == 1 => Err(Refusal::NotAllowed),
                            _ => Ok(i),
                        }
                    })
                })
                .await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    gate.notify_one();
    first.await.unwrap().unwrap();
    let mut done = 0;
    for (i, write) in writes.into_iter().enumerate() {
        match (i, write.await.unwrap()) {
            (17, Err(Refusal::Database(Error::Contention(_))))
            | (31, Err(Refusal::Database(Error::Other(_)))) => {}
            (_, Err(Refusal::NotAllowed)) => assert_eq!(i % 3, 1),
            (_, Ok(answer)) => {
                assert_eq!(answer, i);
                done += 1;
            }
            (_, other) => panic!("{i}: {other:?}"),
        }
    }
    assert_eq!(total(&db).await, done + 1);
}

/// On SQLite they share commits, first without savepoints and then with them.
async fn nobody_is_done_again_for_a_refusal_that_changed_nothing_and_once_for_others(db: Db) {
    create_counters(&db).await;
    for (refused_after, most) in [(0, 60), (1, 120)] {
        let attempts = Arc::new(AtomicU32::new(0));
        let writes = (0..60).map(|i| {
            let (db, attempts) = (db.clone(), Arc::clone(&attempts));
            tokio::spawn(async move {
                db.write(move |tx| {
                    attempts.fetch_add(1, Ordering::SeqCst);
                    Box::pin(async move {
                        let found = Statement::from_string(
                            tx.get_database_backend(),
                            "SELECT n FROM counter WHERE id = 2",
                        );
                        tx.query_one_raw(found).await.map_err(Error::from)?;
                        let is_refused = i % 3 == 1;
                        if !is_refused || refused_after > 0 {
                            add(tx, 1).await?;
                        }
                        if is_refused {
                            return Err(Refusal::NotAllowed);
                        }
                        Ok(())
                    })
                })
                .await
            })
        });
        for (i, write) in writes.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(write.await.unwrap().is_err(), i % 3 == 1, "{i}");
        }
        let attempts = attempts.load(Ordering::SeqCst);
        assert!((60..=most).contains(&attempts), "{attempts} attempts");
    }
    assert_eq!(total(&db).await, 80);
}

/// Whoever takes a lease knows by that number whether it is his.
async fn a_statement_tells_of_its_own_rows_whoever_wrote_before(db: Db) {
    create_counters(&db).await;
    let writes = (0..60).map(|i| {
        let db = db.clone();
        tokio::spawn(async move {
            db.write(move |tx| {
                Box::pin(async move {
                    let id = if i % 2 == 0 { 1 } else { 99 };
                    let update = format!("UPDATE counter SET n = n + 1 WHERE id = {id}");
                    let changed = tx.execute_unprepared(&update).await?;
                    Ok::<_, Error>((id, changed.rows_affected()))
                })
            })
            .await
        })
    });
    for write in writes.collect::<Vec<_>>() {
        let (id, rows) = write.await.unwrap().unwrap();
        assert_eq!(rows, u64::from(id == 1), "of the counter {id}");
    }
    assert_eq!(total(&db).await, 30);
}

async fn a_caller_that_goes_away_does_not_tear_a_transaction(db: Db) {
    create_counters(&db).await;
    let (begun, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let caller = {
        let (db, begun, done) = (db.clone(), Arc::clone(&begun), Arc::clone(&done));
        tokio::spawn(async move {
            db.write(move |tx| {
                let (begun, done) = (Arc::clone(&begun), Arc::clone(&done));
                Box::pin(async move {
                    add(tx, 1).await?;
                    begun.notify_one();
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    add(tx, 2).await?;
                    done.notify_one();
                    Ok::<_, Error>(())
                })
            })
            .await
        })
    };
    begun.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    done.notified().await;
    // It has still to be committed.
    for _ in 0..200 {
        if total(&db).await == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(total(&db).await, 2);
}

async fn a_refusal_rolls_back_and_is_not_repeated(db: Db) {
    create_counters(&db).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&attempts);
    let result = db.write(move |tx| {
        seen.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            add(tx, 1).await?;
            Err::<(), _>(Refusal::NotAllowed)
        })
    });
    assert!(matches!(result.await, Err(Refusal::NotAllowed)));
    assert_eq!((total(&db).await, attempts.load(Ordering::SeqCst)), (0, 1));
}

async fn contention_that_does_not_end_is_reported_after_a_bounded_number_of_attempts(db: Db) {
    create_counters(&db).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&attempts);
    let result = db.write(move |tx| {
        seen.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            add(tx, 1).await?;
            Err::<(), _>(Error::Contention(DbErr::Custom("as if".to_owned())))
        })
    });
    assert!(matches!(result.await, Err(Error::Contention(_))));
    // SQLite: the first attempt might have been shared with others, and does not count.
    let most = if db.engine() == Engine::Sqlite { 7 } else { 6 };
    assert_eq!(
        (total(&db).await, attempts.load(Ordering::SeqCst)),
        (0, most)
    );
}

async fn a_panic_is_an_error_and_the_next_write_works(db: Db) {
    create_counters(&db).await;
    let result = db.write(|tx| {
        Box::pin(async move {
            add(tx, 1).await?;
            assert!(
                request::current().is_some(),
                "this panic is part of the test"
            );
            Ok::<_, Error>(())
        })
    });
    assert!(matches!(result.await, Err(Error::Other(_))));
    assert_eq!(total(&db).await, 0);
    db.write(|tx| Box::pin(async move { add(tx, 1).await }))
        .await
        .unwrap();
    assert_eq!(total(&db).await, 1);
}

async fn the_request_id_is_known_inside(db: Db) {
    let write = db.write(|_| Box::pin(async { Ok::<_, Error>(request::current()) }));
    assert_eq!(
        request::scope("req-7".to_owned(), write)
            .await
            .unwrap()
            .as_deref(),
        Some("req-7")
    );
    let write = db.write(|_| Box::pin(async { Ok::<_, Error>(request::current()) }));
    assert_eq!(write.await.unwrap(), None);
}

async fn a_swallowed_database_error_is_not_taken_for_success(db: Db) {
    create_counters(&db).await;
    let result = db.write(|tx| {
        Box::pin(async move {
            add(tx, 1).await?;
            let _ = tx
                .execute_unprepared("INSERT INTO counter VALUES (1, 0)")
                .await;
            Ok::<_, Error>(())
        })
    });
    // PostgreSQL has rolled back; the others undo the failed statement only.
    let (success, expected) = (result.await.is_ok(), db.engine() != Engine::Postgres);
    assert_eq!((success, total(&db).await), (expected, i64::from(expected)));
}

async fn connections_that_the_server_dropped_do_not_fail_a_write(db: Db) {
    let drop_others = match db.engine() {
        Engine::Sqlite => return,
        Engine::Postgres => {
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                             WHERE datname = current_database() AND pid <> pg_backend_pid()"
        }
        // The answer is SQL to be run.
        Engine::MariaDb | Engine::MySql => {
            "SELECT COALESCE(GROUP_CONCAT('KILL ', id SEPARATOR ';'), '') \
                             FROM information_schema.processlist \
                             WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        }
    };
    create_counters(&db).await;
    let other = Db::connect(db.url(), &options()).await.unwrap();
    if db.engine() == Engine::Postgres {
        assert!(number(other.reader(), drop_others).await >= 1);
    } else {
        let kill = crate::scratch::text(other.reader(), drop_others).await;
        other.reader().execute_unprepared(&kill).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    db.write(|tx| Box::pin(async move { add(tx, 1).await }))
        .await
        .unwrap();
    other.close().await;
    assert_eq!(total(&db).await, 1);
}
