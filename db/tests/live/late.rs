//! Transactions that begin as late as they can: what is asked before, and what is done at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use db::{Db, Engine, Error, Tx};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{
    Expr, ExprTrait, InsertStatement, Query, SelectStatement, UpdateStatement,
};

use crate::scratch::{each_engine, number, options, sql};
use crate::write::{add, create_counters, total};

each_engine!(
    a_question_and_a_last_statement_need_no_transaction,
    a_last_statement_is_done_before_what_follows_it,
    what_fails_after_a_last_statement_undoes_it,
    a_last_statement_that_is_refused_changes_nothing,
    a_foreign_key_that_refuses_at_the_end_has_the_work_done_again,
    a_question_on_a_dead_connection_is_asked_on_another,
);

/// How often the first counter was moved.
fn question() -> SelectStatement {
    Query::select()
        .column("n")
        .from("counter")
        .and_where(Expr::col("id").eq(1))
        .to_owned()
}

fn plus_one(id: i64) -> UpdateStatement {
    Query::update()
        .table("counter")
        .value("n", Expr::col("n").add(1))
        .and_where(Expr::col("id").eq(id))
        .to_owned()
}

fn counter(id: i64) -> InsertStatement {
    Query::insert()
        .into_table("counter")
        .columns(["id", "n"])
        .values_panic([id.into(), 0.into()])
        .to_owned()
}

async fn asked(tx: &Tx) -> Result<i64, Error> {
    let row = tx.ask(&question()).await?.unwrap();
    Ok(row.try_get_by(0)?)
}

/// PostgreSQL: whether a session of this database is in a transaction, but for the one that asks.
const IN_TRANSACTION: &str = "SELECT COUNT(*) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'";

async fn a_question_and_a_last_statement_need_no_transaction(db: Db) {
    create_counters(&db).await;
    let observer = Db::connect(db.url(), &options()).await.unwrap();
    let watching = observer.clone();
    let write = db.write(move |tx| {
        let watching = watching.clone();
        Box::pin(async move {
            let before = asked(tx).await?;
            tx.finish(&plus_one(1)).await?;
            if tx.get_database_backend() == sea_orm::DbBackend::Postgres {
                assert_eq!(number(watching.reader(), IN_TRANSACTION).await, 0);
            }
            Ok::<_, Error>(before)
        })
    });
    assert_eq!(write.await.unwrap(), 0);
    observer.close().await;
    assert_eq!(total(&db).await, 1);
}

async fn a_last_statement_is_done_before_what_follows_it(db: Db) {
    create_counters(&db).await;
    let write = db.write(|tx| {
        Box::pin(async move {
            tx.finish(&plus_one(1)).await?;
            let seen = asked(tx).await?;
            tx.finish(&plus_one(1)).await?;
            add(tx, 2).await?;
            Ok::<_, Error>((seen, asked(tx).await?))
        })
    });
    assert_eq!(write.await.unwrap(), (1, 2));
    assert_eq!(total(&db).await, 3);
}

async fn what_fails_after_a_last_statement_undoes_it(db: Db) {
    create_counters(&db).await;
    for is_in_transaction in [false, true] {
        let write = db.write(move |tx| {
            Box::pin(async move {
                if is_in_transaction {
                    add(tx, 2).await?;
                }
                tx.finish(&plus_one(1)).await?;
                Err::<(), _>(Error::OutcomeUnknown)
            })
        });
        write.await.unwrap_err();
    }
    assert_eq!(total(&db).await, 0);
}

async fn a_last_statement_that_is_refused_changes_nothing(db: Db) {
    create_counters(&db).await;
    for is_in_transaction in [false, true] {
        let write = db.write(move |tx| {
            Box::pin(async move {
                if is_in_transaction {
                    add(tx, 2).await?;
                }
                tx.finish(&counter(1)).await?;
                Ok::<_, Error>(())
            })
        });
        assert!(matches!(write.await, Err(Error::Unique(_))));
    }
    sql(&db, "UPDATE counter SET n = n + 1").await;
    assert_eq!(total(&db).await, 2);
}

async fn a_foreign_key_that_refuses_at_the_end_has_the_work_done_again(db: Db) {
    if db.engine() == Engine::Sqlite {
        // Refuses at once: nothing is kept for the end.
        return;
    }
    create_counters(&db).await;
    let end = if db.engine().is_mysql_like() {
        " ENGINE=InnoDB"
    } else {
        ""
    };
    let table = format!(
        "CREATE TABLE step (id BIGINT NOT NULL PRIMARY KEY, counter_id BIGINT NOT NULL, \
         CONSTRAINT fk_step FOREIGN KEY (counter_id) REFERENCES counter (id)){end}"
    );
    db.reader().execute_unprepared(&table).await.unwrap();
    let attempts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&attempts);
    let write = db.write(move |tx| {
        // The counter that it found in the first attempt has gone since.
        let is_first = seen.fetch_add(1, Ordering::SeqCst) == 0;
        let counter = if is_first { 7 } else { 2 };
        Box::pin(async move {
            let step = Query::insert()
                .into_table("step")
                .columns(["id", "counter_id"])
                .values_panic([1.into(), counter.into()])
                .to_owned();
            tx.finish(&step).await?;
            Ok::<_, Error>(())
        })
    });
    write.await.unwrap();
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
    assert_eq!(number(db.reader(), "SELECT counter_id FROM step").await, 2);
}

async fn a_question_on_a_dead_connection_is_asked_on_another(db: Db) {
    create_counters(&db).await;
    let killer = Db::connect(db.url(), &options()).await.unwrap();
    crate::lend::kill_others(&killer).await;
    killer.close().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let write = db.write(|tx| {
        Box::pin(async move {
            asked(tx).await?;
            tx.finish(&plus_one(1)).await?;
            Ok::<_, Error>(())
        })
    });
    write.await.unwrap();
    assert_eq!(total(&db).await, 1);
}
