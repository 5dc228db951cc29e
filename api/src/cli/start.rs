//! From a configuration to a running system: connect, migrate, settle.

use std::time::Duration;

use migration::MigrationError;
use service::clock::Clock;
use service::db::Db;
use service::password::Hashing;
use service::setting;
use service::store::Store;
use service::system::SystemOptions;
use service::{System, db};

use super::Failure;
use crate::config::Config;

/// How long to wait for another process that is migrating.
pub(super) const MIGRATION_WAIT: Duration = Duration::from_secs(600);

/// Connects, waiting for a database that is still starting.
pub(super) async fn connect(config: &Config) -> Result<Db, Failure> {
    Db::connect_waiting(&config.database_url, &config.pool, config.db_wait)
        .await
        .map_err(|error| Failure::database(&config.database_url, &error))
}

/// Makes sure that the schema is this program's, or brings it there where that is allowed.
async fn make_current(db: &Db, may_migrate: Result<(), &str>) -> Result<(), Failure> {
    match (migration::state(db).await?, may_migrate) {
        (migration::State::Current, _) => Ok(()),
        (migration::State::Newer { unknown }, _) => Err(MigrationError::Newer(unknown).into()),
        (migration::State::Behind { .. }, Ok(())) => {
            migration::up(db, MIGRATION_WAIT).await?;
            Ok(())
        }
        (migration::State::Behind { pending, .. }, Err(why)) => Err(Failure::new(format!(
            "the database lacks {} steps of its schema and {why}: run `dmt migrate`, as the user who owns the tables",
            pending.len()
        ))),
    }
}

/// The system of a configuration, its schema brought up to date where the configuration lets it.
pub(super) async fn open(config: &Config) -> Result<System, Failure> {
    open_to_serve(config, true).await
}

/// The same for a server, which tells the summaries of changes or, for measuring, does not.
pub(super) async fn open_to_serve(config: &Config, summaries: bool) -> Result<System, Failure> {
    let may_migrate = match config {
        Config {
            read_only: true, ..
        } => Err("DMT_READ_ONLY is on"),
        Config { migrate: false, .. } => Err("DMT_MIGRATE is off"),
        _ => Ok(()),
    };
    system(config, may_migrate, summaries).await
}

/// The system of a configuration, for who wants one that is there: in the wrong folder none is made.
pub(super) async fn open_existing(config: &Config) -> Result<System, Failure> {
    system(config, Err("this command makes no new system"), true).await
}

async fn system(
    config: &Config,
    may_migrate: Result<(), &str>,
    summaries: bool,
) -> Result<System, Failure> {
    let db = connect(config).await?;
    log::info!("database: {} {} at {}", db.engine(), db.version(), db.url());
    make_current(&db, may_migrate).await?;
    settled_with(db, config, summaries).await
}

/// The system in a database whose schema is this program's.
pub(super) async fn settled(db: Db, config: &Config) -> Result<System, Failure> {
    settled_with(db, config, true).await
}

async fn settled_with(db: Db, config: &Config, summaries: bool) -> Result<System, Failure> {
    let clock = Clock::Real;
    let settings = match setting::settle(&db, &clock, &config.wanted, &config.audit_key).await {
        Ok(settings) => settings,
        Err(service::Error::Database(error @ db::Error::Rejected { .. })) => {
            return Err(Failure::database(&config.database_url, &error));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(System::new(SystemOptions {
        db,
        clock,
        settings,
        hashing: Hashing::production(),
        audit_key: config.audit_key.clone(),
        read_only: config.read_only,
        session: config.session,
        files: Store::new(config.files.clone()),
        webhook_hosts: config.webhook_hosts.clone(),
        summaries,
        translate_into: config
            .translate
            .as_ref()
            .map(|translate| translate.languages.clone())
            .unwrap_or_default(),
    }))
}
