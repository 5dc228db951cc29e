//! Every form of `DATABASE_URL`, and that a password comes through whole and never comes out.
#![expect(clippy::expect_used, reason = "a test")]

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use proptest::prelude::*;
use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::{DatabaseUrl, Family, UrlError};

fn read(text: &str) -> DatabaseUrl {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> UrlError {
    text.parse::<DatabaseUrl>()
        .err()
        .unwrap_or_else(|| panic!("{text} was accepted"))
}

/// The password as the driver sees it.
fn password_of(url: &DatabaseUrl) -> Option<String> {
    let driver = match url.family() {
        Family::Postgres => url
            .expose()
            .parse::<PgConnectOptions>()
            .expect("PostgreSQL")
            .to_url_lossy(),
        _ => url
            .expose()
            .parse::<MySqlConnectOptions>()
            .expect("MySQL")
            .to_url_lossy(),
    };
    let encoded = driver.password()?.to_owned();
    Some(
        percent_decode_str(&encoded)
            .decode_utf8()
            .expect("UTF-8")
            .into_owned(),
    )
}

/// As written, and the file that it means.
const SQLITE_FORMS: &str = r"
sqlite:x.db                                     x.db
sqlite://x.db                                   x.db
sqlite:///x.db                                  x.db
sqlite:///./x.db                                ./x.db
sqlite:///../data/x.db                          ../data/x.db
sqlite:////var/x.db                             /var/x.db
sqlite:/var/x.db                                /var/x.db
sqlite+aiosqlite:///x.db                        x.db
SQLite:x.db                                     x.db
sqlite:///C:\dmt\x.db                           C:\dmt\x.db
sqlite://a%3Fb#c100%.db                         a?b#c100%.db
sqlite://x.db?mode=rwc&cache=shared&timeout=5   x.db
sqlite://sqlite://x.db                          sqlite://x.db
";

/// As written, and as the driver gets it.
const SERVER_FORMS: &str = r"
mysql://h/d                                     mysql://h:3306/d
mariadb://u@h/d                                 mysql://u@h:3306/d
postgres://u:p@h/d                              postgres://u:p@h:5432/d
postgresql://u:p@h:6543/d                       postgres://u:p@h:6543/d
POSTGRESQL+asyncpg://u:p@h/d                    postgres://u:p@h:5432/d
postgresql+psycopg2://u:p@h/d                   postgres://u:p@h:5432/d
mysql+pymysql://u:p@h/d?charset=utf8mb4         mysql://u:p@h:3306/d
mariadb+mariadbconnector://u:p@h/d              mysql://u:p@h:3306/d
mysql://u:@h/d                                  mysql://u:@h:3306/d
mysql://u:p/a?s#s:w@o@r%40d@h:1/d               mysql://u:p%2Fa%3Fs%23s%3Aw%40o%40r%40d@h:1/d
mysql://u%40x:p@h/d                             mysql://u%40x:p@h:3306/d
postgres://u:p@[::1]/d                          postgres://u:p@[::1]:5432/d
postgres://u:p@[2001:DB8::1]:6543/d             postgres://u:p@[2001:db8::1]:6543/d
postgres:///d                                   postgres://localhost:5432/d
postgres://h/my%20db%25                         postgres://h:5432/my%20db%25
postgres://h/d?sslmode=require                  postgres://h:5432/d?sslmode=require
mysql://h/d?ssl-mode=REQUIRED                   mysql://h:3306/d?ssl-mode=required
mysql://h/d?sslmode=verify-full                 mysql://h:3306/d?ssl-mode=verify_identity
postgres://h/d?ssl_mode=VERIFY_IDENTITY         postgres://h:5432/d?sslmode=verify-full
postgres://h/d?ssl=true                         postgres://h:5432/d?sslmode=require
postgres://h/d?ssl=verify-ca                    postgres://h:5432/d?sslmode=verify-ca
mysql://h/d?ssl_ca=c                            mysql://h:3306/d?ssl-mode=verify_ca&ssl-ca=c
mysql://h/d?ssl-ca=c&ssl-mode=preferred         mysql://h:3306/d?ssl-mode=preferred&ssl-ca=c
mysql://h/d?ssl_cert=c&ssl_key=k                mysql://h:3306/d?ssl-cert=c&ssl-key=k
mysql://h/d?ssl_check_hostname=true             mysql://h:3306/d?ssl-mode=verify_identity
mysql://h/d?ssl_disabled=true                   mysql://h:3306/d?ssl-mode=disabled
postgres://h/d?sslmode=require&sslrootcert=c    postgres://h:5432/d?sslmode=verify-ca&sslrootcert=c
postgres://h/d?sslcert=c&sslkey=k               postgres://h:5432/d?sslcert=c&sslkey=k
mysql://h/d?unix_socket=/run/my.sock            mysql://h:3306/d?socket=%2Frun%2Fmy.sock
mysql://u:p@/d?socket=/run/my.sock              mysql://u:p@localhost:3306/d?socket=%2Frun%2Fmy.sock
postgres://u@/d?host=/run/pg&port=6543          postgres://u@localhost:6543/d?host=%2Frun%2Fpg
postgres://u@%2Frun%2Fpg/d                      postgres://u@localhost:5432/d?host=%2Frun%2Fpg
postgres://h/d?application_name=a%20b           postgres://h:5432/d?application_name=a%20b
postgres://h/d?connect_timeout=3                postgres://h:5432/d
postgres://h/d?options=-csearch_path%3Ddmt      postgres://h:5432/d?options=-csearch_path%3Ddmt
";

fn table(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let rows = text.lines().filter(|line| !line.is_empty());
    rows.map(|line| {
        line.split_once(' ')
            .map(|(left, right)| (left, right.trim()))
            .expect("two columns")
    })
}

#[test]
fn sqlite_forms_are_read_as_sqlalchemy_reads_them() {
    for (form, path) in table(SQLITE_FORMS) {
        let url = read(form);
        assert_eq!(url.sqlite_path(), Some(Path::new(path)), "{form}");
        assert_eq!(url.family(), Family::Sqlite, "{form}");
        let driver: SqliteConnectOptions = url.expose().parse().expect("sqlx reads it");
        assert_eq!(driver.get_filename(), Path::new(path), "{form}");
    }
    assert_eq!(read(" sqlite://x.db\n"), read("sqlite:x.db"));
    assert_eq!(read(DatabaseUrl::DEFAULT), DatabaseUrl::default());
    assert_eq!(DatabaseUrl::default().to_string(), "sqlite:dmt.db?mode=rwc");
    assert_eq!(
        read("sqlite://x.db?mode=rw").expose(),
        "sqlite:x.db?mode=rw"
    );
    for form in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite:///:memory:",
        "sqlite://?mode=memory",
    ] {
        assert!(read(form).is_memory(), "{form}");
        assert_eq!(read(form).sqlite_path(), None, "{form}");
    }
}

#[test]
fn server_forms_are_normalised_for_the_driver() {
    for (form, normal) in table(SERVER_FORMS) {
        let url = read(form);
        assert_eq!(url.expose(), normal, "{form}");
        assert_eq!(
            read(normal).expose(),
            url.expose(),
            "normalising twice changes nothing: {form}"
        );
        let has_address = url.host().is_some() && url.port().is_some();
        assert_ne!(has_address, url.socket().is_some(), "{form}");
    }
}

#[test]
fn the_parts_of_a_server_url_can_be_read() {
    let url = read("mysql+pymysql://dmt%40x:s3cret@[::1]:3307/dmt_db?ssl-mode=REQUIRED");
    assert_eq!(url.family(), Family::MySql);
    assert_eq!((url.host(), url.port()), (Some("::1"), Some(3307)));
    assert_eq!(
        (url.user(), url.database()),
        (Some("dmt@x"), Some("dmt_db"))
    );
    assert!(url.has_tls() && url.socket().is_none() && url.sqlite_path().is_none());
    assert_eq!(
        url.to_string(),
        "mysql://dmt%40x:***@[::1]:3307/dmt_db?ssl-mode=required"
    );
    assert_eq!(format!("{url:?}"), format!("DatabaseUrl({url})"));

    let mariadb = read("mariadb+pymysql://u:s3cret@h/d");
    assert_eq!(mariadb.to_string(), "mariadb://u:***@h:3306/d");
    assert_eq!(mariadb.expose(), "mysql://u:s3cret@h:3306/d");
    assert_eq!(mariadb.without_password().expose(), "mysql://u@h:3306/d");

    let socket = read("postgres://u@/d?host=/run/pg");
    assert_eq!(socket.socket(), Some(Path::new("/run/pg")));
    assert!(!socket.has_tls());

    assert_eq!(url.with_database("o/ther").database(), Some("o/ther"));
    assert_eq!(
        read("sqlite:////var/x.db").with_database("y.db"),
        read("sqlite:////var/y.db")
    );
}

#[test]
fn what_is_no_database_url_is_refused_with_the_reason() {
    for text in [
        "",
        "foo",
        ":",
        "://",
        r"C:\dmt.db",
        "/var/dmt.db",
        "se cret:x",
    ] {
        assert_eq!(refused(text), UrlError::NotAUrl, "{text}");
    }
    for scheme in ["oracle", "oracle+cx_oracle", "mssql+pyodbc", "http", "dmt"] {
        let error = refused(&format!("{scheme}://scott:tiger@host:1521/x"));
        assert_eq!(
            error,
            UrlError::UnsupportedScheme {
                scheme: scheme.to_owned()
            }
        );
        let sentence = error.to_string();
        assert!(
            sentence.contains(scheme) && sentence.contains("mariadb://"),
            "{sentence}"
        );
        assert!(!sentence.contains("tiger"), "{sentence}");
    }
    let cases = [
        ("sqlite:", UrlError::MissingFile),
        ("sqlite://", UrlError::MissingFile),
        ("sqlite:///?mode=rwc", UrlError::MissingFile),
        (
            "mysql:x",
            UrlError::MissingSlashes {
                scheme: "mysql".into(),
            },
        ),
        (
            "mysql://u:p@h",
            UrlError::MissingDatabase {
                scheme: "mysql".into(),
            },
        ),
        (
            "postgres://u:p@h/",
            UrlError::MissingDatabase {
                scheme: "postgres".into(),
            },
        ),
        (
            "postgres://",
            UrlError::MissingDatabase {
                scheme: "postgres".into(),
            },
        ),
        ("postgres://h/a/b", UrlError::BadDatabase),
        ("postgres://h:x/d", UrlError::BadPort),
        ("postgres://h:0/d", UrlError::BadPort),
        ("postgres://h:65536/d", UrlError::BadPort),
        ("postgres://h:/d", UrlError::BadPort),
        ("postgres://[::1]x/d", UrlError::BadHost),
        ("postgres://[x]/d", UrlError::BadHost),
        ("postgres://a b/d", UrlError::BadHost),
        ("postgres://a,b/d", UrlError::BadHost),
        ("postgres://u:%00@h/d", UrlError::BadEncoding),
        ("postgres://u:%ff@h/d", UrlError::BadEncoding),
    ];
    for (text, error) in cases {
        assert_eq!(refused(text), error, "{text}");
    }
}

#[test]
fn an_unknown_parameter_or_value_is_named() {
    let unknown = [
        "mysql://h/d?sslmod=require",
        "postgres://h/d?channel_binding=require",
        "sqlite://x?vfs=unix",
        "mysql://h/d?host=x",
        "postgres://h/d?unix_socket=/x",
        "postgres://h/d?password=x",
    ];
    for text in unknown {
        let (_, query) = text.split_once('?').expect("a query");
        let (name, _) = query.split_once('=').expect("a value");
        let error = refused(text);
        assert!(
            matches!(&error, UrlError::UnknownParameter { name: it, .. } if it == name),
            "{error}"
        );
        assert!(error.to_string().contains(name), "{error}");
    }
    let bad = [
        "mysql://h/d?ssl-mode=maybe",
        "sqlite://x.db?mode=ro",
        "postgres://h/d?ssl_verify_cert=perhaps",
    ];
    for text in bad {
        assert!(
            matches!(refused(text), UrlError::BadParameter { .. }),
            "{text}"
        );
    }
}

/// A server's URL around a password, with what people have after the host.
fn server_url() -> impl Strategy<Value = (String, String)> {
    let schemes = prop::sample::select(vec![
        "mysql",
        "mariadb+x",
        "postgres",
        "postgresql+psycopg2",
    ]);
    let hosts = prop::sample::select(vec![
        "h",
        "db.example:3307",
        "[::1]",
        "[::1]:77",
        "127.0.0.1",
    ]);
    let tails = prop::sample::select(vec!["d", "dmt_db?sslmode=require", "d?ssl_ca=/x%40y"]);
    (schemes, hosts, tails)
        .prop_map(|(scheme, host, tail)| (format!("{scheme}://dmt:"), format!("@{host}/{tail}")))
}

proptest! {
    #[test]
    fn a_password_of_any_characters_reaches_the_driver(
        (head, tail) in server_url(),
        password in "[^\0]*",
    ) {
        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC);
        let url = read(&format!("{head}{encoded}{tail}"));
        prop_assert_eq!(password_of(&url).unwrap_or_default(), password.clone());
        prop_assert_eq!(read(&url.expose()).expose(), url.expose());
    }

    #[test]
    fn a_password_may_be_written_as_it_is((head, tail) in server_url(), password in "[^\0%]*") {
        let url = read(&format!("{head}{password}{tail}"));
        prop_assert_eq!(password_of(&url).unwrap_or_default(), password);
        prop_assert_eq!(url.user(), Some("dmt"));
    }

    #[test]
    fn no_text_shows_a_password(
        (head, tail) in server_url(),
        password in "[^\0%]{0,8}Zq9[ -~&&[^%]]{0,8}",
    ) {
        let good = format!("{head}{password}{tail}");
        let url = read(&good);
        let shown = format!("{url} {url:?} {url:#?}");
        prop_assert!(!shown.contains("Zq9"), "{}", shown);
        for bad in [
            good.replace("://", ":"),
            good.replace('/', ""),
            format!("{good}&bogus=1"),
            format!("{good}?bogus=1"),
            format!("{head}{password}@host"),
            format!("{head}{password}@ho st/d"),
            format!("{head}{password}@host:port/d"),
            format!("{head}{password}%00{tail}"),
            format!("oracle{good}"),
        ] {
            if let Err(error) = bad.parse::<DatabaseUrl>() {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains("Zq9"), "{}: {}", bad, shown);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(
        scheme in "(sqlite|mysql|postgres|mariadb\\+x)?",
        mark in "(:|:/|://|:///)?",
        text in ".*",
    ) {
        let _ = format!("{scheme}{mark}{text}").parse::<DatabaseUrl>();
    }

    #[test]
    fn any_file_name_reaches_the_driver(name in "x[^\0?%]*x") {
        let url = read(&format!("sqlite:///{name}"));
        let driver: SqliteConnectOptions = url.expose().parse().expect("sqlx reads it");
        prop_assert_eq!(Some(driver.get_filename()), url.sqlite_path());
    }
}
