//! The steps, taken forward and back, with rows, by several at once and after a crash.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod backup;
mod crash;
mod grants;
mod rows;
mod schema;

use std::time::Duration;

use db::{Db, PoolOptions};
use futures_util::future::join_all;
use migration::{MigrationError, Migrator, State};
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use testkit::{EmptyDatabase, each_db};

use schema::schema;

const WAIT: Duration = Duration::from_secs(60);

/// Applies the next steps only, as an older program would have.
async fn up_by(db: &Db, steps: u32) {
    db::lock::with_migration_lock(db, WAIT, async |connection| {
        Migrator::up(&connection, Some(steps)).await?;
        Ok::<_, MigrationError>(())
    })
    .await
    .unwrap();
}

fn all_steps() -> Vec<String> {
    Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect()
}

fn number_of_steps() -> u32 {
    u32::try_from(all_steps().len()).unwrap()
}

async fn run(db: &Db, statements: &[&str]) {
    let statements: Vec<String> = statements.iter().map(|sql| (*sql).to_owned()).collect();
    db.write::<(), db::Error, _>(move |tx| {
        let statements = statements.clone();
        Box::pin(async move {
            for sql in statements {
                tx.execute_unprepared(&sql).await?;
            }
            Ok(())
        })
    })
    .await
    .unwrap();
}

async fn texts(db: &Db, sql: &str) -> Vec<String> {
    let reader = db.reader();
    let rows = reader
        .query_all_raw(Statement::from_string(reader.get_database_backend(), sql))
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| row.try_get_by(0).unwrap())
        .collect()
}

each_db! {
    async fn asking_for_the_state_of_an_empty_database_writes_nothing(t: EmptyDatabase) {
        let pending = all_steps();
        assert_eq!(migration::state(&t.db).await.unwrap(), State::Behind { applied: 0, pending });
        assert!(migration::status(&t.db).await.unwrap().iter().all(|(_, applied)| !applied));
        assert_eq!(schema(&t.db).await, Vec::<String>::new());
    }

    async fn down_and_up_again_leave_the_same_schema(t: EmptyDatabase) {
        assert_eq!(migration::up(&t.db, WAIT).await.unwrap(), all_steps());
        let first = schema(&t.db).await;
        // Steps that add columns make no table of their own.
        assert!(first.len() > all_steps().len() / 2, "{first:?}");
        migration::down(&t.db, number_of_steps(), WAIT).await.unwrap();
        assert!(schema(&t.db).await.iter().all(|part| part.contains("seaql_migrations")));
        migration::up(&t.db, WAIT).await.unwrap();
        assert_eq!(schema(&t.db).await, first);
    }

    async fn each_step_can_be_taken_back_and_repeated(t: EmptyDatabase) {
        for _ in all_steps() {
            let before = schema(&t.db).await;
            up_by(&t.db, 1).await;
            let after = schema(&t.db).await;
            migration::down(&t.db, 1, WAIT).await.unwrap();
            let back = schema(&t.db).await;
            assert!(before.is_empty() || back == before);
            up_by(&t.db, 1).await;
            assert_eq!(schema(&t.db).await, after);
        }
        assert_eq!(migration::state(&t.db).await.unwrap(), State::Current);
    }

    async fn what_is_current_is_left_alone(t: EmptyDatabase) {
        migration::up(&t.db, WAIT).await.unwrap();
        assert_eq!(migration::up(&t.db, WAIT).await.unwrap(), Vec::<String>::new());
        assert!(migration::status(&t.db).await.unwrap().iter().all(|(_, applied)| *applied));
    }

    async fn starting_afresh_drops_all_rows(t: EmptyDatabase) {
        migration::up(&t.db, WAIT).await.unwrap();
        let before = schema(&t.db).await;
        run(&t.db, &[rows::USER]).await;
        migration::fresh(&t.db, WAIT).await.unwrap();
        assert_eq!(schema(&t.db).await, before);
        assert!(texts(&t.db, "SELECT username FROM app_user").await.is_empty());
    }

    async fn of_ten_servers_that_start_at_once_each_step_is_applied_by_one(t: EmptyDatabase) {
        let options = PoolOptions { max_connections: 2, ..PoolOptions::default() };
        let servers = join_all((0..10).map(|_| Db::connect(&t.url, &options))).await;
        let servers: Vec<Db> = servers.into_iter().map(Result::unwrap).collect();
        let done = join_all(servers.iter().map(|server| migration::up(server, WAIT))).await;
        let done: Vec<Vec<String>> = done.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().filter(|steps| !steps.is_empty()).collect::<Vec<_>>(), [&all_steps()]);
        let recorded = texts(&t.db, "SELECT version FROM seaql_migrations ORDER BY version").await;
        assert_eq!(recorded, all_steps());
        join_all(servers.iter().map(Db::close)).await;
    }

    async fn who_waits_for_another_migration_in_vain_is_told_so(t: EmptyDatabase) {
        let other = Db::connect(&t.url, &PoolOptions::default()).await.unwrap();
        let refused = db::lock::with_migration_lock(&other, WAIT, async |_| {
            Ok::<_, db::Error>(migration::up(&t.db, Duration::from_millis(300)).await)
        })
        .await
        .unwrap();
        assert!(matches!(refused, Err(MigrationError::Database(db::Error::Contention(_)))), "{refused:?}");
        assert_eq!(schema(&t.db).await, Vec::<String>::new());
        other.close().await;
        migration::up(&t.db, WAIT).await.unwrap();
    }

    async fn a_schema_of_a_newer_program_is_refused_and_left_alone(t: EmptyDatabase) {
        for missing in [0, 3] {
            up_by(&t.db, number_of_steps() - 3 + missing).await;
            run(&t.db, &["INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_tomorrow', 1)"]).await;
            let before = schema(&t.db).await;
            let unknown = vec!["m9999_tomorrow".to_owned()];
            assert_eq!(migration::state(&t.db).await.unwrap(), State::Newer { unknown: unknown.clone() });
            for refused in [
                migration::up(&t.db, WAIT).await.unwrap_err(),
                migration::down(&t.db, 1, WAIT).await.unwrap_err(),
                migration::fresh(&t.db, WAIT).await.unwrap_err(),
            ] {
                assert!(matches!(&refused, MigrationError::Newer(steps) if *steps == unknown), "{refused:?}");
                assert!(refused.to_string().contains("newer dmt (unknown steps: m9999_tomorrow)"), "{refused}");
            }
            assert_eq!(schema(&t.db).await, before);
            run(&t.db, &["DELETE FROM seaql_migrations WHERE version = 'm9999_tomorrow'"]).await;
        }
    }
}
