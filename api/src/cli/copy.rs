//! `dmt copy`: all data from one database into another, and the proof that none of it was lost.

use std::process::ExitCode;
use std::time::Duration;

use migration::State;
use service::db::{DatabaseUrl, Db, PoolOptions};
use service::moving::{self, Copied, Stage};

use super::bar::Bar;
use super::failure::with_cause;
use super::{Failure, Outcome, say, start};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The database to copy from; unless it is given, that of DATABASE_URL
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The database to copy into: an empty one, whose tables are made first
    #[arg(long, value_name = "URL")]
    to: String,
    /// Go on with a copy of the same system that was cut off
    #[arg(long)]
    resume: bool,
}

pub(super) async fn run(args: &Args, config: &Config) -> Outcome {
    let from = match &args.from {
        Some(url) => parse(url, "--from")?,
        None => config.database_url.clone(),
    };
    let to = parse(&args.to, "--to")?;
    let from = open_source(&from, config).await?;
    let to = open_target(&to, config).await?;
    let bar = Bar::new();
    let copied = moving::copy(&from, &to, &config.audit_key, args.resume, &bar.watch()).await;
    let took = bar.end();
    let copied = copied.map_err(go_on)?;
    tell(&copied, &from, &to, &took);
    from.close().await;
    to.close().await;
    match &copied.difference {
        None => Ok(ExitCode::SUCCESS),
        Some(difference) => Err(Failure::new(format!(
            "the target is not what the source is: {difference}; do not use it"
        ))),
    }
}

/// Why a copy was cut off, and what to do about it.
fn go_on(error: moving::Error) -> Failure {
    let is_cut_off = matches!(error, moving::Error::Database { .. });
    let failure = Failure::from(error);
    if is_cut_off {
        Failure::new(format!("{failure}; go on with the copy by --resume"))
    } else {
        failure
    }
}

/// Not by clap, which would show a wrong URL with its password.
fn parse(url: &str, option: &str) -> Result<DatabaseUrl, Failure> {
    let parsed = url.parse::<DatabaseUrl>();
    parsed.map_err(|error| Failure::new(format!("{option}: {error}")))
}

async fn connect(side: &str, url: &DatabaseUrl, config: &Config) -> Result<Db, Failure> {
    let options = PoolOptions {
        // A statement or a silent transaction of a move may last as long as the move.
        patience: service::db::UNHURRIED,
        ..config.pool.clone()
    };
    let connected = Db::connect_waiting(url, &options, config.db_wait).await;
    connected.map_err(|error| Failure::new(format!("the {side} {url}: {}", with_cause(&error))))
}

/// A source at this program's schema. Nothing is written to it, so it is not brought there either.
pub(super) async fn open_source(url: &DatabaseUrl, config: &Config) -> Result<Db, Failure> {
    if let Some(path) = url.sqlite_path().filter(|path| !path.exists()) {
        let path = path.display();
        return Err(Failure::new(format!("the source {path} does not exist")));
    }
    let db = connect("source", url, config).await?;
    match migration::state(&db).await? {
        State::Current => Ok(db),
        State::Newer { unknown } => Err(newer("source", &unknown)),
        State::Behind { applied: 0, .. } => Err(Failure::new("the source holds no tables of dmt")),
        State::Behind { pending, .. } => Err(Failure::new(format!(
            "the source lacks {} steps of this dmt's schema, and nothing is written to it here: run `dmt migrate` on it \
             first, or copy with the dmt that it belongs to",
            pending.len()
        ))),
    }
}

/// A target with this program's tables.
pub(super) async fn open_target(url: &DatabaseUrl, config: &Config) -> Result<Db, Failure> {
    let db = connect("target", url, config).await?;
    make_tables(&db).await?;
    Ok(db)
}

/// The tables of an empty target. One with data in tables of an older dmt is left alone.
async fn make_tables(db: &Db) -> Result<(), Failure> {
    match migration::state(db).await? {
        State::Current => Ok(()),
        State::Newer { unknown } => Err(newer("target", &unknown)),
        State::Behind { applied: 1.., .. } if moving::holds_data(db).await? => Err(Failure::new(
            "the target holds data in the tables of an older dmt: use an empty database",
        )),
        State::Behind { .. } => match migration::up(db, start::MIGRATION_WAIT).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let why = Failure::from(error);
                Err(Failure::new(format!("the tables of the target: {why}")))
            }
        },
    }
}

fn newer(side: &str, unknown: &[String]) -> Failure {
    Failure::new(format!(
        "the {side} was migrated by a newer dmt (unknown steps: {}): use that version, or another {side}",
        unknown.join(", ")
    ))
}

fn tell(copied: &Copied, from: &Db, to: &Db, took: &impl Fn(Stage) -> Duration) {
    let mut rows = 0;
    say(format_args!(
        "{:<18} {:>12} {:>12}  {:<16} {:<16}",
        "table", "source rows", "target rows", "source SHA-256", "target SHA-256"
    ));
    for table in &copied.tables {
        rows += table.target_rows;
        let is_same =
            table.source_rows == table.target_rows && table.source_sha256 == table.target_sha256;
        say(format_args!(
            "{:<18} {:>12} {:>12}  {:.16} {:.16}  {}",
            table.name,
            table.source_rows,
            table.target_rows,
            table.source_sha256,
            table.target_sha256,
            if is_same { "same" } else { "DIFFERENT" }
        ));
    }
    let seconds = |stage| took(stage).as_secs_f64();
    let moving = seconds(Stage::Moving);
    if moving > 0.0 {
        let (from, to, way) = (from.engine(), to.engine(), copied.way);
        let rate = rows as f64 / moving;
        say(format_args!(
            "{rows} rows from {from} into {to} by {way} in {moving:.1} s, {rate:.0} rows/s"
        ));
    } else {
        say(format_args!(
            "{} rows of an unfinished copy were not as they should be",
            copied.repaired
        ));
    }
    let history = &copied.history;
    say(format_args!(
        "verified in {:.1} s: rows, contents, references; {} records with {} rows of history, {} findings",
        seconds(Stage::Verifying) + seconds(Stage::History),
        history.chains,
        history.rows,
        history.findings.len()
    ));
}
