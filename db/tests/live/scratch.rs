//! A database for one test: created under a name of its own, dropped when the test is over.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use db::{Db, Engine, PoolOptions};
use sea_orm::{ConnectionTrait, Statement};

/// A fresh database and how to get rid of it.
pub(crate) struct Scratch {
    pub(crate) db: Db,
    admin: Option<Db>,
    folder: Option<tempfile::TempDir>,
}

/// Runs a test on each engine: `each_engine!(a_test)` makes `a_test::sqlite` and so on.
macro_rules! each_engine {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use db::Engine;
            use crate::scratch::run;

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() { run(Engine::Sqlite, super::$test).await; }
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() { run(Engine::Postgres, super::$test).await; }
            #[tokio::test(flavor = "multi_thread")]
            async fn mariadb() { run(Engine::MariaDb, super::$test).await; }
            #[tokio::test(flavor = "multi_thread")]
            async fn mysql() { run(Engine::MySql, super::$test).await; }
        }
    )+};
}
pub(crate) use each_engine;

/// Runs a test on a database of its own, or says loudly that there is no server for it.
pub(crate) async fn run<F, Fut>(engine: Engine, test: F)
where
    F: FnOnce(Db) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let Some(scratch) = Scratch::create(engine).await else {
        return;
    };
    let result = tokio::spawn(test(scratch.db.clone())).await;
    scratch.drop_database().await;
    if let Err(failure) = result {
        resume_unwind(failure.into_panic());
    }
}

/// A name that no other test has.
pub(crate) fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis()
        % 100_000_000;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}_{}_{now}_{count}", std::process::id())
}

pub(crate) fn options() -> PoolOptions {
    PoolOptions {
        max_connections: 5,
        ..PoolOptions::default()
    }
}

/// Runs a statement in a write of its own.
pub(crate) async fn sql(db: &Db, sql: impl Into<String>) {
    let sql = sql.into();
    db.write(move |tx| {
        let sql = sql.clone();
        Box::pin(async move {
            tx.execute_unprepared(&sql).await?;
            Ok::<_, db::Error>(())
        })
    })
    .await
    .unwrap();
}

/// The one number that a query answers.
pub(crate) async fn number(connection: &impl ConnectionTrait, sql: &str) -> i64 {
    text_or_number(connection, sql).await.try_get_by(0).unwrap()
}

/// The one text that a query answers.
pub(crate) async fn text(connection: &impl ConnectionTrait, sql: &str) -> String {
    text_or_number(connection, sql).await.try_get_by(0).unwrap()
}

async fn text_or_number(connection: &impl ConnectionTrait, sql: &str) -> sea_orm::QueryResult {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.unwrap().unwrap()
}

impl Scratch {
    pub(crate) async fn create(engine: Engine) -> Option<Self> {
        if engine == Engine::Sqlite {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:///{}", folder.path().join("test.db").display());
            let db = Db::connect(&url.parse().unwrap(), &options())
                .await
                .unwrap();
            return Some(Self {
                db,
                admin: None,
                folder: Some(folder),
            });
        }
        let url = testkit::server_url(engine).await?;
        let admin = Db::connect_waiting(&url, &options(), Duration::from_secs(20))
            .await
            .unwrap();
        assert_eq!(admin.engine(), engine, "{url} is another engine");
        let name = unique("dmt_db_test");
        admin
            .reader()
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let db = Db::connect(&url.with_database(&name), &options())
            .await
            .unwrap();
        Some(Self {
            db,
            admin: Some(admin),
            folder: None,
        })
    }

    pub(crate) async fn drop_database(self) {
        self.db.close().await;
        if let (Some(admin), Some(name)) = (self.admin, self.db.url().database()) {
            let force = if admin.engine() == Engine::Postgres {
                " WITH (FORCE)"
            } else {
                ""
            };
            admin
                .reader()
                .execute_unprepared(&format!("DROP DATABASE {name}{force}"))
                .await
                .unwrap();
            admin.close().await;
        }
        if let Some(folder) = self.folder {
            folder.close().unwrap();
        }
    }
}
