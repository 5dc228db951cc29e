//! The kit itself: every test has a database of its own, whatever the others do, and keeps it when it fails.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::process::Command;

use db::{DatabaseUrl, Db, PoolOptions};
use migration::State;
use sea_orm::{ConnectionTrait, Statement};
use service::words::Status;
use testkit::{EmptyDatabase, Engine, TestDatabase, TestSystem, each_db, run};

each_db! {
    async fn a_test_database_has_the_tables(t: TestDatabase) {
        assert_eq!(t.db.engine(), t.engine);
        assert_eq!(migration::state(&t.db).await.unwrap(), State::Current);
    }

    async fn an_empty_database_has_no_table(t: EmptyDatabase) {
        assert!(matches!(migration::state(&t.db).await.unwrap(), State::Behind { applied: 0, .. }));
    }

    async fn a_system_brings_a_defect_to_every_state(t: TestSystem) {
        for status in Status::ALL {
            assert_eq!(t.bring_to(*status).await.item.status, *status);
        }
    }
}

#[test]
fn tests_at_once_do_not_see_each_other() {
    for engine in Engine::ALL {
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| (0..3).for_each(|_| run(engine, write_the_same)));
            }
        });
    }
}

async fn write_the_same(t: TestDatabase) {
    write(&t.db).await;
    let rows = t.db.reader().query_all_raw(Statement::from_string(
        t.engine.family(),
        "SELECT name FROM setting",
    ));
    assert_eq!(rows.await.unwrap().len(), 1);
}

async fn write(db: &Db) {
    db.write::<(), db::Error, _>(|tx| {
        Box::pin(async move {
            tx.execute_unprepared("INSERT INTO setting (name, content) VALUES ('mine', 'alone')")
                .await?;
            Ok(())
        })
    })
    .await
    .unwrap();
}

#[test]
fn postgres_sorts_as_people_do() {
    run(Engine::Postgres, async |t: TestDatabase| {
        let ask = Statement::from_string(t.engine.family(), "SELECT 'a'::text < 'B'::text");
        let row = t.db.reader().query_one_raw(ask).await.unwrap().unwrap();
        assert!(row.try_get_by::<bool, _>(0).unwrap());
    });
}

const FAILING: &str = "DMT_TESTKIT_FAILING";

#[test]
#[ignore = "fails on purpose, in a process of its own"]
fn a_failing_test() {
    let engine = std::env::var(FAILING)
        .ok()
        .and_then(|name| Engine::ALL.into_iter().find(|e| e.to_string() == name));
    if let Some(engine) = engine {
        run(engine, async |t: TestDatabase| {
            write(&t.db).await;
            panic!("on purpose");
        });
    }
}

#[test]
fn a_failed_test_keeps_its_database_and_prints_the_url() {
    for engine in Engine::ALL {
        let program = std::env::current_exe().unwrap();
        let arguments = ["--exact", "a_failing_test", "--ignored", "--nocapture"];
        let child = Command::new(program)
            .args(arguments)
            .env(FAILING, engine.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr).into_owned();
        if child.status.success() {
            assert!(!said.contains("on purpose"), "{said}");
            continue;
        }
        let kept = said
            .split("is kept: ")
            .nth(1)
            .and_then(|rest| rest.lines().next())
            .expect(&said)
            .to_owned();
        run(engine, async |t: EmptyDatabase| {
            look_at(&t, kept.parse().unwrap()).await;
        });
    }
}

async fn look_at(t: &EmptyDatabase, kept: DatabaseUrl) {
    let url = match kept.database() {
        // The printed URL hides the password.
        Some(name) => t.url.with_database(name),
        None => kept,
    };
    let db = Db::connect(&url, &PoolOptions::default()).await.unwrap();
    let ask = Statement::from_string(
        t.engine.family(),
        "SELECT content FROM setting WHERE name = 'mine'",
    );
    let row = db
        .reader()
        .query_one_raw(ask)
        .await
        .unwrap()
        .expect("the row of the failed test");
    assert_eq!(row.try_get_by::<String, _>(0).unwrap(), "alone");
    db.close().await;
    match (url.database(), url.sqlite_path()) {
        (Some(name), _) => drop(
            t.db.reader()
                .execute_unprepared(&format!("DROP DATABASE {name}"))
                .await
                .unwrap(),
        ),
        (_, file) => std::fs::remove_dir_all(file.unwrap().parent().unwrap()).unwrap(),
    }
}
