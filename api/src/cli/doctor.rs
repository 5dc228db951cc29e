//! `dmt doctor`: looks at everything between the configuration and a working server, and says what to do.
//!
//! Each step needs the one before it; the first that fails ends the examination.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use service::clock::Clock;
use service::db::file;
use service::db::{DatabaseUrl, Db, Error, Rejection};
use service::doctor::{self, Finding, Level};
use service::store::Store;
use tokio::net::{TcpStream, lookup_host};

use super::{Outcome, say};
use crate::config::Config;
use crate::logging;
use crate::outgoing::mail::Mailer;

const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run() -> Outcome {
    let (config, mistakes) = Config::look_over(Path::new("."), std::env::vars_os(), true);
    let filter = config.as_ref().and_then(|config| config.log_filter.clone());
    logging::start(filter.as_deref().unwrap_or("error"));
    let mut findings: Vec<_> = mistakes
        .into_iter()
        .map(|mistake| {
            Finding::fail(
                "configuration",
                mistake,
                "correct it; `dmt serve` does not start with it",
            )
        })
        .collect();
    if let Some(config) = config {
        findings.extend(examine(&config).await);
    }
    findings.iter().for_each(tell);
    let worst = findings.iter().map(|finding| finding.level).max();
    Ok(if worst == Some(Level::Fail) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn tell(finding: &Finding) {
    let Finding {
        level,
        what,
        found,
        advice,
    } = finding;
    let word = match level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "fail",
    };
    say(format_args!("{word:<5} {what}: {found}"));
    if let Some(advice) = advice {
        say(format_args!("      -> {advice}"));
    }
}

/// Whether attachments can be kept where they are to lie: something is written there, read and removed.
async fn files(config: &Config) -> Finding {
    let (what, place) = ("attachments", config.files.to_string());
    if config.files.folder().is_some_and(|folder| !folder.exists()) {
        return Finding::ok(what, format!("{place}, which the first start makes"));
    }
    match Store::new(config.files.clone()).check().await {
        Ok(()) => Finding::ok(what, place),
        Err(said) => {
            let advice = "make the folder writable for the server's user, or correct DMT_FILES and the AWS_… variables";
            Finding::fail(what, said, advice)
        }
    }
}

async fn examine(config: &Config) -> Vec<Finding> {
    let url = &config.database_url;
    let mut findings = vec![
        Finding::ok("DATABASE_URL", url.to_string()),
        files(config).await,
    ];
    for warning in &config.warnings {
        findings.push(Finding::warn(
            "configuration",
            warning.clone(),
            "correct its name, or remove it",
        ));
    }
    findings.extend(mail(config).await);
    if let (Some(host), Some(port)) = (url.host(), url.port()) {
        findings.extend(reach(host, port).await);
        if findings
            .last()
            .is_some_and(|last| last.level == Level::Fail)
        {
            return findings;
        }
    }
    if let Some(file) = url.sqlite_path().filter(|file| !file.exists()) {
        findings.push(missing(file));
        return findings;
    }
    // In the wrong folder no file is made.
    let db = match Db::connect(&url.of_existing(), &config.pool).await {
        Ok(db) => db,
        Err(error) => {
            findings.push(connection(url, &error));
            return findings;
        }
    };
    findings.push(Finding::ok("login", signed_in(url)));
    let (schema, has_schema) = schema(&db, config).await;
    findings.push(schema);
    match examined(&db, config, has_schema).await {
        Ok(more) => findings.extend(more),
        Err(error) => {
            let advice = "run dmt doctor again with RUST_LOG=debug to see more";
            findings.push(Finding::fail(
                "database",
                super::Failure::from(error).to_string(),
                advice,
            ));
        }
    }
    db.close().await;
    findings
}

async fn examined(db: &Db, config: &Config, has_schema: bool) -> service::Result<Vec<Finding>> {
    let Config {
        wanted, audit_key, ..
    } = config;
    doctor::examine(db, &Clock::Real, wanted, audit_key, has_schema).await
}

/// Whether the mail server lets this one in; without one there is nothing to say.
async fn mail(config: &Config) -> Option<Finding> {
    let options = config.mail.as_ref()?;
    let tried = match Mailer::new(options) {
        Ok(mailer) => mailer.try_out().await,
        Err(error) => Err(error),
    };
    let server = &options.server;
    Some(match tried {
        Ok(()) => Finding::ok("mail", format!("{server} can be reached")),
        Err(error) => Finding::warn(
            "mail",
            format!("{server} cannot be used: {error}"),
            "check DMT_SMTP_URL, its password and the firewall; until then mail waits in the outbox",
        ),
    })
}

/// An SQLite file that is not there yet.
fn missing(file: &Path) -> Finding {
    let what = "database";
    match file::try_folder(file) {
        Ok(()) => Finding::warn(
            what,
            format!("{} is not there yet", file.display()),
            "nothing to do, if this is the right folder: the first start makes it",
        ),
        Err(error) => Finding::fail(
            what,
            format!("{} cannot be made: {error}", file.display()),
            "make its folder, give the user that dmt runs as the right to write there, or name another file in DATABASE_URL",
        ),
    }
}

fn signed_in(url: &DatabaseUrl) -> String {
    match (url.user(), url.database()) {
        (Some(user), Some(database)) => format!("{user} at database {database}"),
        (None, Some(database)) => format!("database {database}"),
        _ => "the file can be opened".to_owned(),
    }
}

/// The server's name, and its port.
async fn reach(host: &str, port: u16) -> Vec<Finding> {
    let addresses: Vec<_> = match lookup_host((host, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => {
            let advice =
                "check the host in DATABASE_URL, and the name server or /etc/hosts of this machine";
            return vec![Finding::fail(
                "name resolution",
                format!("{host}: {error}"),
                advice,
            )];
        }
    };
    let list: Vec<_> = addresses
        .iter()
        .map(|address| address.ip().to_string())
        .collect();
    let name = Finding::ok("name resolution", format!("{host} is {}", list.join(", ")));
    let port = match tokio::time::timeout(PATIENCE, TcpStream::connect(addresses.as_slice())).await
    {
        Ok(Ok(_)) => Finding::ok("port", format!("{port} is open")),
        Ok(Err(error)) => {
            let advice = "start the database server, let it listen on this address, and check the port in DATABASE_URL";
            Finding::fail("port", format!("{host}:{port}: {error}"), advice)
        }
        Err(_) => {
            let advice = "a firewall between the two machines may drop the packets; check host and port in DATABASE_URL";
            Finding::fail(
                "port",
                format!(
                    "{host}:{port} does not answer within {} s",
                    PATIENCE.as_secs()
                ),
                advice,
            )
        }
    };
    vec![name, port]
}

/// What a refused connection means.
fn connection(url: &DatabaseUrl, error: &Error) -> Finding {
    let found = super::Failure::database(url, error).to_string();
    let (what, advice) = match error {
        Error::Rejected { reason, .. } => match reason {
            Rejection::AccessDenied => (
                "login",
                "check user and password in DATABASE_URL (a % in a password as %25), and from where the server lets this user in",
            ),
            Rejection::UnknownDatabase => ("database", "create it with the script in db_scripts/"),
            Rejection::NeedsTls => (
                "login",
                "write ?ssl-mode=REQUIRED behind DATABASE_URL; the server needs a certificate",
            ),
            Rejection::Tls => (
                "login",
                "check the TLS parameters in DATABASE_URL against the server's certificate",
            ),
            Rejection::NotUtf8(_) => (
                "character set",
                "create the database anew with db_scripts/init_postgresql.sql",
            ),
            Rejection::NotWritable(_) => (
                "database",
                "check the owner and the rights of the file and of its folder",
            ),
            Rejection::TooOld(_) => ("database", "use a newer server"),
            Rejection::MissingPrivilege => ("privileges", "grant the rights of db_scripts/"),
            _ => ("database", "correct DATABASE_URL, or the folder's rights"),
        },
        Error::Unavailable(_) => (
            "database",
            "start the database server, or check DATABASE_URL",
        ),
        _ => ("database", "look into the database server's log"),
    };
    Finding::fail(what, found, advice)
}

/// Where it cannot be told, the start will tell.
async fn may_migrate(db: &Db) -> bool {
    doctor::may_migrate(db).await.unwrap_or(true)
}

/// The schema's version, and whether its tables can be asked.
async fn schema(db: &Db, config: &Config) -> (Finding, bool) {
    let what = "schema";
    match migration::state(db).await {
        Ok(migration::State::Current) => (Finding::ok(what, "up to date"), true),
        Ok(migration::State::Newer { unknown }) => {
            let found = format!("made by a newer dmt (unknown: {})", unknown.join(", "));
            (
                Finding::fail(
                    what,
                    found,
                    "start that version, or restore a backup from before it",
                ),
                true,
            )
        }
        Ok(migration::State::Behind { pending, .. }) => {
            let found = format!("{} steps are missing", pending.len());
            let applied_at_start = config.migrate && !config.read_only;
            let finding = if applied_at_start && !may_migrate(db).await {
                Finding::fail(
                    what,
                    format!("{found}, and this user may not make tables"),
                    "run `dmt migrate` as the user who owns the tables (dmt_owner in db_scripts/), and set DMT_MIGRATE=off here",
                )
            } else if applied_at_start {
                let advice = "nothing to do: the next start applies them";
                Finding::warn(what, found, advice)
            } else {
                Finding::fail(
                    what,
                    found,
                    "run `dmt migrate` as the user who owns the tables",
                )
            };
            (finding, false)
        }
        Err(error) => {
            let found = super::Failure::from(error).to_string();
            (
                Finding::fail(
                    what,
                    found,
                    "grant the rights of db_scripts/, or look into the server's log",
                ),
                false,
            )
        }
    }
}
