//! The configuration: read once at start, every mistake told at once.
//!
//! The keys and their defaults are in [`keys`], where they come from in [`layers`], how each is read in [`values`];
//! here they are put together.
//! No mistake repeats the value of a secret.

pub mod keys;

mod layers;
mod values;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use service::audit::AuditKey;
use service::db::{DatabaseUrl, PoolOptions};
use service::setting::Wanted;
use service::store::Place;
use service::webhook::address::Allowed;

use crate::limits::Rate;
use crate::outgoing::mail::MailOptions;
use crate::outgoing::translate::TranslateOptions;
use crate::proxies::Proxies;
use crate::state::StateOptions;
use layers::Layers;
use values::Values;

/// Everything that can be configured.
#[derive(Debug)]
pub struct Config {
    /// The database.
    pub database_url: DatabaseUrl,
    /// Its connections.
    pub pool: PoolOptions,
    /// How long the start waits for it.
    pub db_wait: Duration,
    /// Whether the start migrates.
    pub migrate: bool,
    /// Where the server listens: `host:port`.
    pub bind: Vec<String>,
    /// The address that people use, without a slash at its end.
    pub public_url: Option<String>,
    /// HTTPS.
    pub tls: Option<TlsFiles>,
    /// What requests look at.
    pub requests: StateOptions,
    /// Where attachments lie.
    pub files: Place,
    /// Whether changes are refused.
    pub read_only: bool,
    /// How long a sign-in lasts.
    pub session: TimeDelta,
    /// What first start fixes.
    pub wanted: Wanted,
    /// The key of the audit trail.
    pub audit_key: AuditKey,
    /// Where anchors of the audit trail are kept.
    pub anchor: Option<PathBuf>,
    /// How often the server adds one.
    pub anchor_every: Duration,
    /// Whether this server sends what is to be sent.
    pub notify: bool,
    /// Which hosts inside the plant's network webhooks may call.
    pub webhook_hosts: Allowed,
    /// How mail goes out.
    pub mail: Option<MailOptions>,
    /// How texts are translated.
    pub translate: Option<TranslateOptions>,
    /// What is logged.
    pub log_filter: Option<String>,
    /// What is odd, but no mistake.
    pub warnings: Vec<String>,
}

/// Certificate and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Every mistake of a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not in order: {}", .0.join("; "))]
pub struct Mistakes(pub Vec<String>);

impl Config {
    /// Reads the environment and the files of the working directory.
    pub fn read() -> Result<Self, Mistakes> {
        Self::from(Path::new("."), std::env::vars_os())
    }

    /// Reads an environment and the files of a folder.
    pub fn from(
        folder: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Mistakes> {
        match Self::look_over(folder, environment, false) {
            (Some(config), mistakes) if mistakes.is_empty() => Ok(config),
            (_, mistakes) => Err(Mistakes(mistakes)),
        }
    }

    /// The same for a server, which needs more than its configuration to be in order: its files must be there.
    pub fn read_to_serve() -> Result<Self, Mistakes> {
        match Self::look_over(Path::new("."), std::env::vars_os(), true) {
            (Some(config), mistakes) if mistakes.is_empty() => Ok(config),
            (_, mistakes) => Err(Mistakes(mistakes)),
        }
    }

    /// What can be read, and everything that keeps a server from starting (`serving`) or any command from running.
    pub fn look_over(
        folder: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        serving: bool,
    ) -> (Option<Self>, Vec<String>) {
        let mut values = Values(Layers::load(folder, environment));
        let config = values.config();
        if let (Some(tls), true) = (
            config.as_ref().and_then(|config| config.tls.as_ref()),
            serving,
        ) {
            values.refuse_missing("DMT_TLS_CERT", &tls.cert);
            values.refuse_missing("DMT_TLS_KEY", &tls.key);
        }
        (config, values.0.mistakes)
    }
}

impl Values {
    /// `None` only where a mistake was noted.
    fn config(&mut self) -> Option<Config> {
        let database_url = self.parsed::<DatabaseUrl>("DATABASE_URL");
        let connections = self.number("DMT_DB_MAX_CONNECTIONS", 1..=1000);
        let recycle = self.number("DMT_DB_RECYCLE_SECS", 1..=86_400);
        let acquire_timeout = self.number("DMT_DB_ACQUIRE_TIMEOUT_SECS", 1..=300);
        let db_wait = self.number("DMT_DB_WAIT_SECS", 0..=3600);
        let timeout = self.number("DMT_REQUEST_TIMEOUT_SECS", 2..=3600);
        let migrate = self.switch("DMT_MIGRATE");
        let read_only = self.switch("DMT_READ_ONLY");
        let session = self.number("DMT_SESSION_HOURS", 1..=8760);
        let max_body_kb = self.number("DMT_MAX_BODY_KB", 1..=1_048_576);
        let files = self.parsed::<Place>("DMT_FILES");
        let max_attachment_mb = self.number("DMT_MAX_ATTACHMENT_MB", 1..=4096);
        let max_import_mb = self.number("DMT_MAX_IMPORT_MB", 1..=1_048_576);
        let proxies = self.parsed::<Proxies>("DMT_TRUSTED_PROXIES");
        let rate_limit = self.parsed::<Rate>("DMT_RATE_LIMIT");
        let (bind, cors_origins, tls) = (self.bind(), self.origins(), self.tls());
        let public_url = self.public_url();
        let anchor = self.parsed::<PathBuf>("DMT_AUDIT_ANCHOR");
        let anchor_hours = self.number("DMT_AUDIT_ANCHOR_HOURS", 1..=8760);
        let (notify, mail) = (self.switch("DMT_NOTIFY"), self.mail());
        let translate = self.translate();
        let webhook_hosts = self.parsed::<Allowed>("DMT_WEBHOOK_ALLOW");
        let (wanted, audit_key, log_filter) = (self.wanted(), self.audit_key(), self.log_filter());
        Some(Config {
            database_url: database_url?,
            pool: PoolOptions {
                max_connections: u32::try_from(connections?).ok()?,
                recycle: Duration::from_secs(recycle?),
                acquire_timeout: Duration::from_secs(acquire_timeout?),
                patience: Duration::from_secs(timeout?),
            },
            db_wait: Duration::from_secs(db_wait?),
            migrate: migrate?,
            bind,
            public_url: public_url.clone(),
            tls,
            requests: StateOptions {
                proxies: proxies.unwrap_or_default(),
                public_url,
                cors_origins,
                max_body_kb: usize::try_from(max_body_kb?).ok()?,
                files: files.as_ref()?.folder().map(Path::to_owned),
                max_import_mb: max_import_mb?,
                max_attachment_mb: max_attachment_mb?,
                timeout: Duration::from_secs(timeout?),
                rate_limit,
            },
            files: files?,
            read_only: read_only?,
            session: TimeDelta::try_hours(i64::try_from(session?).ok()?)?,
            wanted,
            audit_key,
            anchor,
            anchor_every: Duration::from_secs(anchor_hours? * 3600),
            notify: notify?,
            webhook_hosts: webhook_hosts.unwrap_or_default(),
            mail,
            translate,
            log_filter,
            warnings: self.warnings(),
        })
    }
}

#[cfg(test)]
mod tests;
