//! Where the servers are: in `DMT_TEST_POSTGRES_URL`, `DMT_TEST_MARIADB_URL`, `DMT_TEST_MYSQL_URL`, else on their
//! standard local ports or those of `scripts/databases.sh`, else started by that script from programs installed here.
//!
//! `DMT_TEST_DATABASES` says which are wanted: unset for all that can be had (what is missing is skipped, loudly),
//! `all` for all (what is missing is a failure), or a list such as `sqlite,postgres`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use db::{DatabaseUrl, Db, Engine, PoolOptions, UrlError};
use tokio::sync::OnceCell;

use crate::Failure;

const WHICH: &str = "DMT_TEST_DATABASES";

/// What was found in this process for each engine: a server, none because it is not wanted, or why there is none.
static FOUND: [OnceCell<Result<Option<DatabaseUrl>, String>>; 4] =
    [const { OnceCell::const_new() }; 4];

enum Wanted {
    Must,
    IfThere,
    No,
}

/// Where the tests of `engine` run: `Some(None)` for SQLite, `None` if they are to be skipped.
pub(crate) async fn find(engine: Engine) -> Result<Option<Option<DatabaseUrl>>, Failure> {
    let wanted = wanted(engine)?;
    if matches!(wanted, Wanted::No) {
        return Ok(None);
    }
    if engine == Engine::Sqlite {
        return Ok(Some(None));
    }
    // Who names a server wants it to be used.
    let must = matches!(wanted, Wanted::Must) || std::env::var_os(variable(engine)).is_some();
    let found = FOUND[engine as usize]
        .get_or_init(|| async {
            let found = look(engine, must).await;
            if let (Err(reason), false) = (&found, must) {
                // Not eprintln!, which the test harness swallows when a test passes.
                let _ = writeln!(
                    std::io::stderr(),
                    "\nTESTS ON {engine} ARE SKIPPED: {reason}\n"
                );
            }
            found
        })
        .await;
    match found {
        Ok(server) => Ok(Some(server.clone())),
        Err(reason) if must => Err(reason.clone().into()),
        Err(_) => Ok(None),
    }
}

fn wanted(engine: Engine) -> Result<Wanted, Failure> {
    let Ok(which) = std::env::var(WHICH) else {
        return Ok(Wanted::IfThere);
    };
    let mut answer = Wanted::No;
    for word in which
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
    {
        if !(word == "all" || Engine::ALL.iter().any(|engine| name(*engine) == word)) {
            return Err(format!(
                "{WHICH} has {word}; write all, or some of sqlite,postgres,mariadb,mysql"
            )
            .into());
        }
        if word == "all" || word == name(engine) {
            answer = Wanted::Must;
        }
    }
    Ok(if which.trim().is_empty() {
        Wanted::IfThere
    } else {
        answer
    })
}

/// The name in variables and for `scripts/databases.sh`.
fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
        Engine::MariaDb => "mariadb",
        Engine::MySql => "mysql",
    }
}

fn variable(engine: Engine) -> String {
    format!("DMT_TEST_{}_URL", name(engine).to_uppercase())
}

async fn look(engine: Engine, must: bool) -> Result<Option<DatabaseUrl>, String> {
    let variable = variable(engine);
    if let Ok(url) = std::env::var(&variable) {
        return answers(engine, &url)
            .await
            .map(Some)
            .map_err(|error| format!("{variable}: {error}"));
    }
    let mut reasons = String::new();
    for url in usual_places(engine) {
        match answers(engine, &url).await {
            Ok(url) => return Ok(Some(url)),
            Err(reason) => drop(write!(reasons, "{reason}; ")),
        }
    }
    if !must && !has_programs(engine) {
        return Err(format!(
            "{reasons}set {variable}, or run eval \"$(scripts/databases.sh start {})\"",
            name(engine)
        ));
    }
    let url = start(engine).await?;
    answers(engine, &url).await.map(Some)
}

fn usual_places(engine: Engine) -> Vec<String> {
    let port =
        |variable, default: &str| std::env::var(variable).unwrap_or_else(|_| default.to_owned());
    match engine {
        Engine::Sqlite => vec![],
        Engine::Postgres => vec![
            format!(
                "postgres://postgres@127.0.0.1:{}/postgres",
                port("DMT_POSTGRES_PORT", "15432")
            ),
            "postgres://postgres@127.0.0.1:5432/postgres".to_owned(),
        ],
        Engine::MariaDb => vec![
            format!(
                "mariadb://root@127.0.0.1:{}",
                port("DMT_MARIADB_PORT", "13306")
            ),
            "mariadb://root@127.0.0.1:3306".to_owned(),
        ],
        Engine::MySql => vec![
            format!(
                "mysql://dmt:dmt@127.0.0.1:{}",
                port("DMT_MYSQL_PORT", "3307")
            ),
            "mysql://root@127.0.0.1:3306".to_owned(),
        ],
    }
}

/// The URL, if the engine that it should be answers there.
async fn answers(engine: Engine, url: &str) -> Result<DatabaseUrl, String> {
    let Some(plain) = without_tls(url) else {
        return reach(engine, url).await;
    };
    if let Ok(url) = reach(engine, &plain).await {
        return Ok(url);
    }
    // MySQL lets a password in without TLS once it has seen it with TLS, until it restarts.
    let encrypted = reach(engine, url).await?;
    Ok(reach(engine, &plain).await.unwrap_or(encrypted))
}

/// On this machine TLS protects nothing, and costs each new connection 50 to 100 ms in small packets that wait for
/// each other. None where the server is elsewhere, or the URL says what it wants.
fn without_tls(url: &str) -> Option<String> {
    let is_local = ["@127.0.0.1", "@localhost", "@[::1]"]
        .iter()
        .any(|host| url.contains(host));
    let separator = if url.contains('?') { '&' } else { '?' };
    (is_local && !url.contains("ssl")).then(|| format!("{url}{separator}sslmode=disable"))
}

/// The URL without what [`without_tls`] added to it.
pub(crate) fn as_named(engine: Engine, url: DatabaseUrl) -> DatabaseUrl {
    if std::env::var(variable(engine)).is_ok_and(|named| named.contains("ssl")) {
        return url;
    }
    let exposed = url.expose();
    let plain = exposed.split('?').next().unwrap_or_default();
    plain.parse().unwrap_or(url)
}

async fn reach(engine: Engine, url: &str) -> Result<DatabaseUrl, String> {
    let url = match url.parse() {
        // Everybody may enter this one.
        Err(UrlError::MissingDatabase { .. }) if engine.is_mysql_like() => {
            with_database(url, "information_schema")
        }
        Err(UrlError::MissingDatabase { .. }) => with_database(url, "postgres"),
        parsed => parsed,
    };
    let url: DatabaseUrl = url.map_err(|error| error.to_string())?;
    let once = PoolOptions {
        max_connections: 1,
        acquire_timeout: Duration::from_secs(5),
        ..PoolOptions::default()
    };
    let db = Db::connect(&url, &once)
        .await
        .map_err(|error| format!("{url}: {error}"))?;
    let there = db.engine();
    db.close().await;
    if there == engine {
        Ok(url)
    } else {
        Err(format!("{url} is {there}"))
    }
}

fn with_database(url: &str, database: &str) -> Result<DatabaseUrl, UrlError> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    format!("{}/{database}?{query}", address.trim_end_matches('/')).parse()
}

/// Whether the script could start a server without downloading one.
fn has_programs(engine: Engine) -> bool {
    let in_path = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    match engine {
        Engine::Sqlite => true,
        Engine::Postgres => in_path("initdb") || Path::new("/usr/lib/postgresql").is_dir(),
        Engine::MariaDb => in_path("mariadbd") || Path::new("/usr/sbin/mariadbd").is_file(),
        Engine::MySql => {
            let root =
                std::env::var("DMT_MYSQL_ROOT").unwrap_or_else(|_| "/var/tmp/dmt-mysql".to_owned());
            Path::new(&root).join("usr/sbin/mysqld").is_file()
        }
    }
}

/// Runs `scripts/databases.sh start NAME`, which answers `export DMT_TEST_…_URL='…'`.
async fn start(engine: Engine) -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/databases.sh");
    let run = move || Command::new(script).arg("start").arg(name(engine)).output();
    let output = match tokio::task::spawn_blocking(run).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("scripts/databases.sh: {error}")),
        Err(error) => return Err(error.to_string()),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let url = said
        .lines()
        .find_map(|line| line.strip_prefix("export ")?.split_once('='));
    match url {
        Some((_, url)) if output.status.success() => Ok(url.trim_matches('\'').to_owned()),
        _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
