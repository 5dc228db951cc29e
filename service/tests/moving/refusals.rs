//! What a copy does not begin with.

use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use service::audit::AuditKey;
use service::db::{DatabaseUrl, Db};
use service::moving::{self, Watch};
use service::setting::{self, Wanted};
use testkit::{Engine, TestDatabase, TestSystem, each_db};

use super::{beside, content, copy, refused, seeded};

each_db! {
    async fn a_database_is_not_copied_into_itself(t: TestSystem) {
        let other_way = super::connect(&t.url).await;
        for resume in [false, true] {
            let sentence = refused(&t.db, &other_way, resume).await;
            assert!(sentence.contains("one and the same database"), "{sentence}");
        }
        other_way.close().await;
    }

    async fn a_source_that_was_never_started_holds_nothing(source: TestDatabase) {
        beside(source.engine, &source.url, |source, target| async move {
            let sentence = refused(&source, &target.db, false).await;
            assert!(sentence.contains("no system was ever started on the source"), "{sentence}");
        })
        .await;
    }

    async fn a_target_that_holds_data_is_left_as_it_is(t: TestSystem) {
        beside(t.engine, &t.url, |source, target| async move {
            let other = <TestSystem as testkit::Fixture>::on(target.clone()).await;
            seeded(&other, 5).await;
            let before = content(&target.db).await;
            let sentence = refused(&source, &target.db, false).await;
            assert!(sentence.contains("the target holds data already (in app_user)"), "{sentence}");
            // Nothing there is an unfinished copy, so this looks and does not touch.
            let compared = super::resume(&source, &target.db).await;
            assert!(compared.difference.is_some());
            assert_eq!(content(&target.db).await, before);
        })
        .await;
    }

    async fn a_target_without_a_right_that_the_copy_needs_is_left_as_it_is(t: TestSystem) {
        seeded(&t, 5).await;
        beside(t.engine, &t.url, |source, target| async move {
            let Some(user) = Stranger::create(&target).await else {
                return; // SQLite: no users
            };
            let db = super::connect(&user.url).await;
            let sentence = refused(&source, &db, false).await;
            db.close().await;
            user.drop_from(&target).await;
            assert!(sentence.starts_with("the target: "), "{sentence}");
            assert!(sentence.contains("lacks a privilege"), "{sentence}");
            assert_eq!(written(&target.db).await, 0);
            assert_eq!(copy(&source, &target.db).await.difference, None);
        })
        .await;
    }

    async fn without_the_key_of_its_history_a_system_is_not_moved(t: TestDatabase) {
        let key = AuditKey::new(Some("the key of the plant"));
        let clock = service::clock::Clock::Real;
        setting::settle(&t.db, &clock, &Wanted::default(), &key).await.unwrap();
        beside(t.engine, &t.url, move |source, target| async move {
            let sentence = refused(&source, &target.db, false).await;
            assert!(sentence.contains("set DMT_AUDIT_KEY"), "{sentence}");
            let copied = moving::copy(&source, &target.db, &key, false, &Watch::nobody()).await.unwrap();
            assert_eq!(copied.difference, None);
        })
        .await;
    }
}

/// How many rows a copy has left in the tables that it writes first and last.
async fn written(db: &Db) -> u64 {
    let reader = db.reader();
    entity::setting::Entity::find().count(reader).await.unwrap()
        + entity::app_user::Entity::find()
            .count(reader)
            .await
            .unwrap()
        + entity::defect::Entity::find().count(reader).await.unwrap()
        + entity::audit_event::Entity::find()
            .count(reader)
            .await
            .unwrap()
}

/// A user of a target who may write some rows, but not all that a copy has to write: on PostgreSQL no sequence, on
/// the others no history.
struct Stranger {
    name: String,
    url: DatabaseUrl,
}

impl Stranger {
    async fn create(target: &TestDatabase) -> Option<Self> {
        let url = &target.url;
        let (scheme, host, port) = match target.engine {
            Engine::Sqlite => return None,
            Engine::Postgres => ("postgres", url.host()?, url.port()?),
            Engine::MariaDb => ("mariadb", url.host()?, url.port()?),
            Engine::MySql => ("mysql", url.host()?, url.port()?),
        };
        let database = url.database()?;
        // Not of the database's name: that of a failed test is kept, and a role with it.
        let name = format!("dmt_stranger_{}", std::process::id());
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        let statements = if target.engine == Engine::Postgres {
            vec![
                format!("DROP ROLE IF EXISTS {name}"),
                format!("CREATE ROLE {name} LOGIN PASSWORD 'Stranger-1'"),
                format!("GRANT {rights} ON ALL TABLES IN SCHEMA public TO {name}"),
            ]
        } else {
            vec![
                format!("DROP USER IF EXISTS {name}"),
                format!("CREATE USER {name} IDENTIFIED BY 'Stranger-1'"),
                format!("GRANT SELECT ON {database}.* TO {name}"),
                format!("GRANT {rights} ON {database}.setting TO {name}"),
                format!("GRANT {rights} ON {database}.app_user TO {name}"),
            ]
        };
        run(target, &statements).await;
        let url = format!("{scheme}://{name}:Stranger-1@{host}:{port}/{database}");
        Some(Self {
            name,
            url: url.parse().unwrap(),
        })
    }

    async fn drop_from(self, target: &TestDatabase) {
        let name = self.name;
        let statements = if target.engine == Engine::Postgres {
            vec![format!("DROP OWNED BY {name}"), format!("DROP ROLE {name}")]
        } else {
            vec![format!("DROP USER {name}")]
        };
        run(target, &statements).await;
    }
}

async fn run(target: &TestDatabase, statements: &[String]) {
    for statement in statements {
        target
            .db
            .reader()
            .execute_unprepared(statement)
            .await
            .unwrap();
    }
}
