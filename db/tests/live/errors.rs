//! What a refused statement is called on each engine.

use db::{Db, Engine, Error, Rejection};
use sea_orm::ConnectionTrait;

use crate::scratch::{each_engine, sql};

/// Runs a statement in a write, and gives its error.
async fn refused(db: &Db, sql: &'static str) -> Error {
    let result = db.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(sql).await?;
            Ok::<_, Error>(())
        })
    });
    match result.await {
        Ok(()) => panic!("not refused: {sql}"),
        Err(error) => error,
    }
}

async fn create_parts(db: &Db) {
    let end = if db.engine().is_mysql_like() {
        " ENGINE=InnoDB"
    } else {
        ""
    };
    let statements = [
        format!(
            "CREATE TABLE part (id BIGINT NOT NULL PRIMARY KEY, number VARCHAR(40) NOT NULL, \
             revision VARCHAR(9) NOT NULL, CONSTRAINT uq_part UNIQUE (number, revision)){end}"
        ),
        format!(
            "CREATE TABLE defect (id BIGINT NOT NULL PRIMARY KEY, part_id BIGINT NOT NULL, \
             CONSTRAINT fk_defect_part FOREIGN KEY (part_id) REFERENCES part (id)){end}"
        ),
    ];
    for statement in statements {
        db.write(move |tx| {
            let statement = statement.clone();
            Box::pin(async move {
                tx.execute_unprepared(&statement).await?;
                Ok::<_, Error>(())
            })
        })
        .await
        .unwrap();
    }
    sql(
        db,
        "INSERT INTO part VALUES (1, 'it''s for key ''A''', 'B')",
    )
    .await;
    sql(db, "INSERT INTO defect VALUES (1, 1)").await;
}

each_engine!(
    a_broken_unique_key_is_named,
    a_broken_foreign_key_is_named_in_both_directions,
    a_missing_table_or_column_tells_to_migrate,
    a_connection_that_is_ended_in_a_write_is_unavailable_and_nothing_is_written,
);

async fn a_broken_unique_key_is_named(db: Db) {
    create_parts(&db).await;
    let error = refused(
        &db,
        "INSERT INTO part VALUES (2, 'it''s for key ''A''', 'B')",
    )
    .await;
    let expected = match db.engine() {
        Engine::Sqlite => "part.number, part.revision",
        Engine::Postgres | Engine::MariaDb => "uq_part",
        Engine::MySql => "part.uq_part",
    };
    assert!(
        matches!(&error, Error::Unique(key) if key == expected),
        "{error:?}"
    );

    let error = refused(&db, "INSERT INTO part VALUES (1, 'X', 'B')").await;
    let expected = match db.engine() {
        Engine::Sqlite => "part.id",
        Engine::Postgres => "part_pkey",
        Engine::MariaDb => "PRIMARY",
        Engine::MySql => "part.PRIMARY",
    };
    assert!(
        matches!(&error, Error::Unique(key) if key == expected),
        "{error:?}"
    );
    assert!(!error.to_string().contains("it's"), "no data in {error}");
}

async fn a_broken_foreign_key_is_named_in_both_directions(db: Db) {
    create_parts(&db).await;
    let expected = (db.engine() != Engine::Sqlite).then_some("fk_defect_part");
    for statement in [
        "INSERT INTO defect VALUES (2, 77)",
        "DELETE FROM part WHERE id = 1",
    ] {
        let error = refused(&db, statement).await;
        assert!(
            matches!(&error, Error::ForeignKey(key) if key.as_deref() == expected),
            "{error:?}"
        );
    }
}

async fn a_missing_table_or_column_tells_to_migrate(db: Db) {
    create_parts(&db).await;
    for statement in [
        "SELECT * FROM no_such_table",
        "UPDATE part SET no_such_column = 1",
    ] {
        let error = refused(&db, statement).await;
        assert!(
            matches!(
                error,
                Error::Rejected {
                    reason: Rejection::MissingTable,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    assert!(matches!(refused(&db, "SELECTED").await, Error::Other(_)));
}

async fn a_connection_that_is_ended_in_a_write_is_unavailable_and_nothing_is_written(db: Db) {
    let end = match db.engine() {
        Engine::Sqlite => return,
        Engine::Postgres => "SELECT pg_terminate_backend(pg_backend_pid())",
        Engine::MariaDb | Engine::MySql => "KILL CONNECTION_ID()",
    };
    create_parts(&db).await;
    let error = db.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared("INSERT INTO defect VALUES (3, 1)")
                .await?;
            tx.execute_unprepared(end).await?;
            tx.execute_unprepared("INSERT INTO defect VALUES (4, 1)")
                .await?;
            Ok::<_, Error>(())
        })
    });
    let error = error.await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert_eq!(
        crate::scratch::number(db.reader(), "SELECT COUNT(*) FROM defect").await,
        1
    );
}
