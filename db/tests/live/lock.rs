//! The migration lock: one at a time, and free again whatever happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use db::lock::with_migration_lock;
use db::{Db, Engine, Error};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait};

use crate::scratch::{each_engine, number, options, text};

const WAIT: Duration = Duration::from_secs(20);

/// One session from beginning to end, as a migration uses it: with and without a transaction.
async fn migrate(connection: DatabaseConnection) -> Result<(), Error> {
    connection
        .execute_unprepared("CREATE TABLE IF NOT EXISTS step (id BIGINT NOT NULL PRIMARY KEY)")
        .await?;
    let tx = connection.begin().await?;
    tx.execute_unprepared("DELETE FROM step").await?;
    tx.execute_unprepared("INSERT INTO step VALUES (1)").await?;
    tx.commit().await?;
    Ok(())
}

each_engine!(
    ten_starting_servers_migrate_in_turn,
    a_held_lock_is_waited_for_and_no_longer,
    a_failed_or_panicking_migration_lets_the_lock_go,
    the_run_has_one_session_that_waits_for_locks_as_long_as_it_takes,
);

async fn ten_starting_servers_migrate_in_turn(db: Db) {
    let inside = Arc::new(AtomicU32::new(0));
    let servers: Vec<_> = (0..10)
        .map(|_| {
            let (url, inside) = (db.url().clone(), Arc::clone(&inside));
            tokio::spawn(async move {
                let server = Db::connect(&url, &options()).await?;
                let result = with_migration_lock(&server, WAIT, async |connection| {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                    migrate(connection).await?;
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                    Ok::<_, Error>(())
                })
                .await;
                server.close().await;
                result
            })
        })
        .collect();
    for server in servers {
        server.await.unwrap().unwrap();
    }
    assert_eq!(number(db.reader(), "SELECT COUNT(*) FROM step").await, 1);
}

async fn a_held_lock_is_waited_for_and_no_longer(db: Db) {
    let other = db.clone();
    with_migration_lock(&db, WAIT, async move |_| {
        let short = Duration::from_millis(300);
        let error = with_migration_lock(&other, short, async |_| Ok::<_, Error>(()))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Contention(_)), "{error:?}");
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
}

async fn a_failed_or_panicking_migration_lets_the_lock_go(db: Db) {
    let failed = with_migration_lock(&db, WAIT, async |_| {
        Err::<(), Error>(DbErr::Custom("no".into()).into())
    });
    assert!(matches!(failed.await, Err(Error::Other(_))));

    let other = db.clone();
    let panicked = tokio::spawn(async move {
        with_migration_lock(&other, WAIT, async |connection| {
            migrate(connection).await?;
            assert!(other.version().is_empty(), "this panic is part of the test");
            Ok::<_, Error>(())
        })
        .await
    });
    assert!(panicked.await.unwrap_err().is_panic());

    with_migration_lock(&db, WAIT, migrate).await.unwrap();
}

async fn the_run_has_one_session_that_waits_for_locks_as_long_as_it_takes(db: Db) {
    let engine = db.engine();
    with_migration_lock(&db, WAIT, async move |connection| {
        let session = match engine {
            Engine::Sqlite => return Ok(()),
            Engine::Postgres => "SELECT pg_backend_pid()::text",
            Engine::MariaDb | Engine::MySql => "SELECT CAST(CONNECTION_ID() AS CHAR)",
        };
        let first = text(&connection, session).await;
        migrate(connection.clone()).await?;
        assert_eq!(text(&connection, session).await, first);
        if engine == Engine::Postgres {
            assert_eq!(text(&connection, "SHOW lock_timeout").await, "0");
        }
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
}
