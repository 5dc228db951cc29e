//! Connecting: what a session is like, and what is said when there is none.

use std::time::{Duration, Instant};

use db::{DatabaseUrl, Db, Engine, Error, PoolState, Rejection};
use sea_orm::ConnectionTrait;

use crate::scratch::{each_engine, number, options, text, unique};

each_engine!(
    the_handle_tells_what_it_is_connected_to,
    a_session_does_not_depend_on_the_settings_of_the_server,
    a_database_that_does_not_exist_is_said_to_be_missing,
    an_unknown_user_is_refused_at_once,
);

async fn the_handle_tells_what_it_is_connected_to(db: Db) {
    db.ping().await.unwrap();
    assert!(
        db.version().chars().any(|c| c.is_ascii_digit()),
        "{}",
        db.version()
    );
    assert_eq!(Engine::detect(db.reader()).await.unwrap(), db.engine());
    let PoolState { size, idle } = db.pool_state();
    assert!(size >= 1 && idle <= size, "{size} {idle}");
    db.close().await;
    assert!(matches!(db.ping().await, Err(Error::Unavailable(_))));
}

async fn a_session_does_not_depend_on_the_settings_of_the_server(db: Db) {
    let reader = db.reader();
    match db.engine() {
        Engine::Sqlite => {
            assert_eq!(text(reader, "PRAGMA journal_mode").await, "wal");
            for (pragma, value) in [
                ("foreign_keys", 1),
                ("synchronous", 2),
                ("busy_timeout", 5000),
                ("query_only", 1),
            ] {
                assert_eq!(
                    number(reader, &format!("PRAGMA {pragma}")).await,
                    value,
                    "{pragma}"
                );
            }
        }
        Engine::Postgres => {
            assert_eq!(text(reader, "SHOW application_name").await, "dmt");
            assert_eq!(
                text(reader, "SHOW transaction_isolation").await,
                "read committed"
            );
            assert_eq!(text(reader, "SHOW client_encoding").await, "UTF8");
            assert_eq!(text(reader, "SHOW timezone").await, "UTC");
            assert_eq!(text(reader, "SHOW lock_timeout").await, "5s");
        }
        Engine::MariaDb | Engine::MySql => {
            let mode = text(reader, "SELECT CAST(@@sql_mode AS CHAR)").await;
            assert!(
                mode.contains("STRICT_TRANS_TABLES") && !mode.contains("ANSI_QUOTES"),
                "{mode}"
            );
            assert_eq!(
                text(reader, "SELECT CAST(@@time_zone AS CHAR)").await,
                "+00:00"
            );
            let collation = text(reader, "SELECT CAST(@@collation_connection AS CHAR)").await;
            assert_eq!(
                Some(collation.as_str()),
                db::dialect::collation(db.engine())
            );
            let isolation = if db.engine() == Engine::MariaDb {
                "tx_isolation"
            } else {
                "transaction_isolation"
            };
            assert_eq!(
                text(reader, &format!("SELECT CAST(@@{isolation} AS CHAR)")).await,
                "READ-COMMITTED"
            );
            assert_eq!(
                number(reader, "SELECT CAST(@@innodb_lock_wait_timeout AS SIGNED)").await,
                5
            );
        }
    }
}

async fn a_database_that_does_not_exist_is_said_to_be_missing(db: Db) {
    if db.engine() == Engine::Sqlite {
        return;
    }
    let error = Db::connect(&db.url().with_database("dmt_no_such_db"), &options())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Rejected {
                reason: Rejection::UnknownDatabase,
                ..
            }
        ),
        "{error:?}"
    );
}

async fn an_unknown_user_is_refused_at_once(db: Db) {
    if db.engine() == Engine::Sqlite {
        return;
    }
    let url = db.url().expose();
    let (scheme, rest) = url.split_once("://").unwrap();
    let (_, host) = rest.rsplit_once('@').unwrap();
    let url: DatabaseUrl = format!("{scheme}://dmt_no_such_user:wr0ng@{host}")
        .parse()
        .unwrap();
    let error = Db::connect_waiting(&url, &options(), Duration::from_secs(60))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Rejected {
                reason: Rejection::AccessDenied,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains("wr0ng"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_waited_for_and_not_longer() {
    for scheme in ["postgres", "mysql"] {
        let url = format!("{scheme}://dmt:s3cret@127.0.0.1:1/dmt")
            .parse()
            .unwrap();
        let began = Instant::now();
        let error = Db::connect(&url, &options()).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
        assert!(
            began.elapsed() < options().acquire_timeout,
            "a refused connection is no reason to wait here"
        );

        let error = Db::connect_waiting(&url, &options(), Duration::from_secs(1))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
        let waited = began.elapsed();
        assert!(
            waited > Duration::from_millis(700) && waited < Duration::from_secs(15),
            "{waited:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up_after_the_acquire_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://dmt@{}/dmt", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let options = db::PoolOptions {
        acquire_timeout: Duration::from_millis(300),
        ..options()
    };
    assert!(matches!(
        Db::connect(&url, &options).await,
        Err(Error::Unavailable(_))
    ));
}

/// MySQL: the first sign-in of a user needs the whole password, which the driver sends over TLS
/// only.
#[tokio::test]
async fn mysql_without_tls_is_explained() {
    let Some(url) = testkit::server_url(Engine::MySql).await else {
        return;
    };
    let admin = Db::connect(&url, &options()).await.unwrap();
    let user = unique("dmt_u");
    for statement in [
        format!("CREATE USER {user} IDENTIFIED WITH caching_sha2_password BY 's3cret'"),
        format!("GRANT SELECT ON mysql.* TO {user}"),
    ] {
        admin.reader().execute_unprepared(&statement).await.unwrap();
    }
    let (host, port) = (url.host().unwrap(), url.port().unwrap());
    let connect = async |parameters: &str| {
        let url = format!("mysql://{user}:s3cret@{host}:{port}/mysql{parameters}")
            .parse()
            .unwrap();
        Db::connect(&url, &options()).await.map(drop)
    };
    let plain = connect("?ssl-mode=DISABLED").await;
    let encrypted = connect("?ssl-mode=REQUIRED").await;
    let unverified = connect("?ssl-mode=VERIFY_CA").await;
    let no_file = connect("?ssl-ca=/no/such/ca.pem").await;
    admin
        .reader()
        .execute_unprepared(&format!("DROP USER {user}"))
        .await
        .unwrap();

    assert!(
        matches!(
            plain,
            Err(Error::Rejected {
                reason: Rejection::NeedsTls,
                ..
            })
        ),
        "{plain:?}"
    );
    assert!(encrypted.is_ok(), "{encrypted:?}");
    for wrong in [unverified, no_file] {
        assert!(
            matches!(
                wrong,
                Err(Error::Rejected {
                    reason: Rejection::Tls,
                    ..
                })
            ),
            "{wrong:?}"
        );
    }
}
