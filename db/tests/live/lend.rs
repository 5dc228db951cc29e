//! Connections to servers that are lent again as they come back.

use std::time::Duration;

use db::{Db, Engine, Error, PoolState};
use futures_util::future::join_all;
use sea_orm::ConnectionTrait;

use crate::scratch::{each_engine, number, sql};

each_engine!(
    what_ended_in_order_is_lent_again_without_a_word,
    a_connection_that_died_meanwhile_is_replaced,
    a_write_that_was_given_up_leaves_nothing_open,
    readers_writers_and_the_pool_itself_do_not_starve_each_other,
    a_load_that_never_ends_leaves_the_pool_something,
    a_closed_database_lends_nothing,
);

/// What tells one session of a server from another.
fn session(db: &Db) -> Option<&'static str> {
    match db.engine() {
        Engine::Sqlite => None,
        Engine::Postgres => Some("SELECT CAST(pg_backend_pid() AS BIGINT)"),
        Engine::MariaDb | Engine::MySql => Some("SELECT CAST(CONNECTION_ID() AS SIGNED)"),
    }
}

async fn table(db: &Db) {
    sql(
        db,
        "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)",
    )
    .await;
    sql(db, "INSERT INTO t VALUES (1, 0)").await;
}

/// The session of a write.
async fn session_of_a_write(db: &Db, session: &'static str) -> i64 {
    let write = db.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared("UPDATE t SET n = n + 1").await?;
            Ok::<_, Error>(number(tx, session).await)
        })
    });
    write.await.unwrap()
}

async fn what_ended_in_order_is_lent_again_without_a_word(db: Db) {
    table(&db).await;
    let Some(session) = session(&db) else {
        assert_eq!(number(&db.reads(), "SELECT n FROM t").await, 0);
        return;
    };
    let first = number(&db.reads(), session).await;
    for _ in 0..20 {
        assert_eq!(number(&db.reads(), session).await, first);
        assert_eq!(session_of_a_write(&db, session).await, first);
    }
    let PoolState { size, idle } = db.pool_state();
    assert_eq!(size, idle, "nobody has one");
}

async fn a_connection_that_died_meanwhile_is_replaced(db: Db) {
    table(&db).await;
    let Some(session) = session(&db) else {
        return;
    };
    for is_write in [false, true] {
        // Several lie there, and all of them die.
        let together = join_all((0..3).map(|_| async {
            let sleep = match db.engine() {
                Engine::Postgres => "SELECT CAST(1 AS BIGINT) FROM pg_sleep(0.2)",
                _ => "SELECT CAST(SLEEP(0.2) AS SIGNED)",
            };
            number(&db.reads(), sleep).await;
        }));
        together.await;
        let killer = Db::connect(db.url(), &crate::scratch::options())
            .await
            .unwrap();
        kill_others(&killer).await;
        killer.close().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        match is_write {
            false => assert!(number(&db.reads(), session).await > 0),
            true => assert!(session_of_a_write(&db, session).await > 0),
        }
    }
    assert_eq!(number(&db.reads(), "SELECT n FROM t").await, 1);
}

/// Ends all sessions in this database but its own.
pub(crate) async fn kill_others(db: &Db) {
    let Some(session) = session(db) else {
        return;
    };
    let own = number(&db.reads(), session).await;
    for victim in sessions(db).await {
        if victim != own {
            kill(db, victim).await;
        }
    }
}

/// The sessions in this database.
async fn sessions(db: &Db) -> Vec<i64> {
    let query = match db.engine() {
        Engine::Postgres => {
            "SELECT CAST(pid AS BIGINT) FROM pg_stat_activity \
             WHERE datname = current_database() AND backend_type = 'client backend'"
        }
        _ => "SELECT CAST(id AS SIGNED) FROM information_schema.processlist WHERE db = DATABASE()",
    };
    let statement =
        sea_orm::Statement::from_string(db.reader().get_database_backend(), query.to_owned());
    let rows = db.reads().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by(0).unwrap()).collect()
}

async fn kill(db: &Db, session: i64) {
    let kill = match db.engine() {
        Engine::Postgres => format!("SELECT pg_terminate_backend({session})"),
        _ => format!("KILL {session}"),
    };
    db.reader().execute_unprepared(&kill).await.unwrap();
}

async fn a_write_that_was_given_up_leaves_nothing_open(db: Db) {
    table(&db).await;
    let refused = db.write(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("UPDATE t SET n = 100").await?;
            Err::<(), _>(Error::OutcomeUnknown)
        })
    });
    refused.await.unwrap_err();
    // A write that ends by a panic does not get as far as to its rollback.
    let torn = db.write(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("UPDATE t SET n = 200").await?;
            if tx.execute_unprepared("SELECT 1").await.is_ok() {
                panic!("on purpose");
            }
            Ok::<_, Error>(())
        })
    });
    torn.await.unwrap_err();
    sql(&db, "UPDATE t SET n = n + 1").await;
    assert_eq!(number(&db.reads(), "SELECT n FROM t").await, 1);
}

async fn readers_writers_and_the_pool_itself_do_not_starve_each_other(db: Db) {
    table(&db).await;
    let reads = join_all((0..200).map(|_| async {
        assert!(number(&db.reads(), "SELECT n FROM t").await >= 0);
    }));
    let writes = join_all((0..20).map(|_| sql(&db, "UPDATE t SET n = n + 1")));
    let snapshots = join_all((0..50).map(|_| async {
        let snapshot = db.snapshot().await.unwrap();
        assert!(number(&snapshot, "SELECT n FROM t").await >= 0);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }));
    let pooled = join_all((0..50).map(|_| async {
        assert!(number(db.reader(), "SELECT n FROM t").await >= 0);
    }));
    tokio::join!(reads, writes, snapshots, pooled);
    assert_eq!(number(&db.reads(), "SELECT n FROM t").await, 20);
    // Whatever was on its way back to the pool has come back.
    for _ in 0..100 {
        let PoolState { size, idle } = db.pool_state();
        if size == idle {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("connections are lost: {:?}", db.pool_state());
}

async fn a_load_that_never_ends_leaves_the_pool_something(db: Db) {
    let Some(_) = session(&db) else {
        return;
    };
    let (sleep, one) = match db.engine() {
        Engine::Postgres => (
            "SELECT CAST(1 AS BIGINT) FROM pg_sleep(0.02)",
            "SELECT CAST(1 AS BIGINT)",
        ),
        _ => (
            "SELECT CAST(SLEEP(0.02) AS SIGNED)",
            "SELECT CAST(1 AS SIGNED)",
        ),
    };
    // As many at once as there are connections, and then never fewer than two.
    let burst = (0..5).map(|_| async { number(&db.reads(), sleep).await });
    join_all(burst).await;
    let load = join_all((0..3).map(|_| async {
        loop {
            number(&db.reads(), sleep).await;
        }
    }));
    let pooled = async {
        for _ in 0..20 {
            assert_eq!(number(db.reader(), one).await, 1);
        }
    };
    tokio::select! {
        _ = load => unreachable!("it never ends"),
        () = pooled => (),
    }
}

async fn a_closed_database_lends_nothing(db: Db) {
    table(&db).await;
    assert_eq!(number(&db.reads(), "SELECT n FROM t").await, 0);
    db.close().await;
    let statement =
        sea_orm::Statement::from_string(db.reader().get_database_backend(), "SELECT 1".to_owned());
    let error = db.reads().query_one_raw(statement).await.unwrap_err();
    assert!(matches!(Error::from(error), Error::Unavailable(_)));
}
