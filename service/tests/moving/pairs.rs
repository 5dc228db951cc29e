//! From any of the four into any other.

use serde_json::json;
use service::actor::Actor;
use service::{Draft, part};
use testkit::{Engine, TestSystem};

use super::{beside, content, copy, refused, searched, seeded, started};

/// A test of each ordered pair: `pairs::postgres::into_mysql`.
macro_rules! pairs {
    ($($from:ident: $source:ident => $($into:ident: $target:ident),+;)+) => {$(
        mod $from {
            $(
                #[test]
                fn $into() {
                    super::pair(testkit::Engine::$source, testkit::Engine::$target);
                }
            )+
        }
    )+};
}

pairs! {
    sqlite: Sqlite => into_postgres: Postgres, into_mariadb: MariaDb, into_mysql: MySql;
    postgres: Postgres => into_sqlite: Sqlite, into_mariadb: MariaDb, into_mysql: MySql;
    mariadb: MariaDb => into_sqlite: Sqlite, into_postgres: Postgres, into_mysql: MySql;
    mysql: MySql => into_sqlite: Sqlite, into_postgres: Postgres, into_mariadb: MariaDb;
    same: Sqlite => into_another_file: Sqlite;
}

fn pair(from: Engine, to: Engine) {
    testkit::run(from, |t: TestSystem| async move {
        seeded(&t, 200).await;
        let before = content(&t.db).await;
        let expected = before.clone();
        beside(to, &t.url, move |source, target| async move {
            let copied = copy(&source, &target.db).await;
            assert_eq!(copied.difference, None);
            assert_eq!(copied.history.findings, []);
            assert!(copied.history.chains > 200, "{}", copied.history.chains);
            for table in &copied.tables {
                assert_eq!(table.source_rows, table.target_rows, "{}", table.name);
                assert_eq!(table.source_sha256, table.target_sha256, "{}", table.name);
            }
            assert_eq!(content(&target.db).await, expected);
            searched(&target.db).await;
            let again = refused(&source, &target.db, false).await;
            assert!(again.contains("holds data already"), "{again}");
        })
        .await;
        assert_eq!(content(&t.db).await, before, "the source was changed");
    });
}

testkit::each_db! {
    async fn a_system_goes_on_where_it_was_copied_to(t: TestSystem) {
        seeded(&t, 30).await;
        beside(t.engine, &t.url, |source, target| async move {
            assert_eq!(copy(&source, &target.db).await.difference, None);
            // Another server's clock and options, this database.
            let test = <TestSystem as testkit::Fixture>::on(target.clone()).await;
            let system = started(&test, &target.db).await;
            for number in ["PN-NEW-1", "PN-NEW-2"] {
                let form = Draft::json(&json!({"number": number, "revision": "Z", "name": "Flange"}));
                part::create(&system, &Actor::command_line(), &form, None).await.unwrap();
            }
            let verified = service::audit::verify(&system, |_| {}).await.unwrap();
            assert_eq!(verified.findings, []);
        })
        .await;
    }
}
