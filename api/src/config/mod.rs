//! The configuration: read once at start, every mistake told at once.
//!
//! The keys and their defaults are in [`keys`], where they come from in [`layers`]; here they become values.
//! No mistake repeats the value of a secret.

pub mod keys;

mod layers;

use std::ffi::OsString;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use service::audit::AuditKey;
use service::db::{DatabaseUrl, PoolOptions};
use service::setting::Wanted;

use crate::limits::Rate;
use crate::proxies::Proxies;
use crate::state::StateOptions;
use layers::Layers;

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
    /// Whether changes are refused.
    pub read_only: bool,
    /// How long a sign-in lasts.
    pub session: TimeDelta,
    /// What first start fixes.
    pub wanted: Wanted,
    /// The key of the audit trail.
    pub audit_key: AuditKey,
    /// What is logged.
    pub log_filter: String,
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

/// Keys of fewer characters are found by trying.
const SHORTEST_KEY: usize = 16;

struct Values(Layers);

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
        let proxies = self.parsed::<Proxies>("DMT_TRUSTED_PROXIES");
        let rate_limit = self.parsed::<Rate>("DMT_RATE_LIMIT");
        let (bind, cors_origins, tls) = (self.bind(), self.origins(), self.tls());
        let public_url = self.public_url();
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
            public_url,
            tls,
            requests: StateOptions {
                proxies: proxies.unwrap_or_default(),
                cors_origins,
                max_body_kb: usize::try_from(max_body_kb?).ok()?,
                timeout: Duration::from_secs(timeout?),
                rate_limit,
            },
            read_only: read_only?,
            session: TimeDelta::try_hours(i64::try_from(session?).ok()?)?,
            wanted,
            audit_key,
            log_filter,
            warnings: self.warnings(),
        })
    }

    /// What is set, or the table's default.
    fn text(&self, name: &str) -> Option<String> {
        let set = self.0.values.get(name).cloned();
        set.or_else(|| {
            keys::of(name)
                .map(|key| key.default.to_owned())
                .filter(|default| !default.is_empty())
        })
    }

    /// Notes what is wrong with a key, which a sentence may have named already.
    fn mistake(&mut self, name: &str, what: impl Display) {
        let what = what.to_string();
        let named = what.starts_with(name);
        let sentence = if named {
            what
        } else {
            format!("{name}: {what}")
        };
        self.0.mistakes.push(sentence);
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        match self.text(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistake(name, error);
                None
            }
        }
    }

    fn number(&mut self, name: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let number = self
            .text(name)?
            .trim()
            .parse()
            .ok()
            .filter(|number| range.contains(number));
        if number.is_none() {
            self.mistake(
                name,
                format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            );
        }
        number
    }

    fn switch(&mut self, name: &str) -> Option<bool> {
        let switch = match self.text(name)?.trim().to_ascii_lowercase().as_str() {
            "on" | "true" | "yes" | "1" => Some(true),
            "off" | "false" | "no" | "0" => Some(false),
            _ => None,
        };
        if switch.is_none() {
            self.mistake(name, "must be on or off");
        }
        switch
    }

    fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn bind(&mut self) -> Vec<String> {
        let list = self.list("DMT_BIND");
        for place in &list {
            let port = place
                .rsplit_once(':')
                .filter(|(host, _)| !host.is_empty())
                .map(|(_, port)| port);
            if port.and_then(|port| port.parse::<u16>().ok()).is_none() {
                self.mistake(
                    "DMT_BIND",
                    format!("`{place}` is not host:port, such as 127.0.0.1:8080 or [::1]:8080"),
                );
            }
        }
        list
    }

    fn origins(&mut self) -> Vec<String> {
        let list = self.list("DMT_CORS_ORIGINS");
        for origin in &list {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '*', '@', '?'])) {
                let what = format!(
                    "`{origin}` is not an origin such as https://mes.example.com, without a path"
                );
                self.mistake("DMT_CORS_ORIGINS", what);
            }
        }
        list
    }

    fn public_url(&mut self) -> Option<String> {
        let url = self.text("DMT_PUBLIC_URL")?;
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            self.mistake("DMT_PUBLIC_URL", "must begin with https:// or http://");
        }
        Some(url.trim_end_matches('/').to_owned())
    }

    fn tls(&mut self) -> Option<TlsFiles> {
        match (self.text("DMT_TLS_CERT"), self.text("DMT_TLS_KEY")) {
            (Some(cert), Some(key)) => Some(TlsFiles {
                cert: cert.into(),
                key: key.into(),
            }),
            (None, None) => None,
            (Some(_), None) => {
                self.mistake("DMT_TLS_KEY", "is missing; DMT_TLS_CERT needs it");
                None
            }
            (None, Some(_)) => {
                self.mistake("DMT_TLS_CERT", "is missing; DMT_TLS_KEY needs it");
                None
            }
        }
    }

    fn refuse_missing(&mut self, name: &str, file: &Path) {
        if let Err(error) = std::fs::File::open(file) {
            let what = format!("{} cannot be read: {error}", file.display());
            self.mistake(name, what);
        }
    }

    fn wanted(&mut self) -> Wanted {
        let wanted = Wanted {
            currency: self.text("DMT_CURRENCY"),
            tag_prefix: self.text("DMT_TAG_PREFIX"),
            time_zone: self.text("DMT_TIME_ZONE"),
        };
        for mistake in wanted.mistakes() {
            self.mistake(&mistake.field, mistake.message);
        }
        wanted
    }

    fn audit_key(&mut self) -> AuditKey {
        let key = self.text("DMT_AUDIT_KEY");
        if key
            .as_ref()
            .is_some_and(|key| key.chars().count() < SHORTEST_KEY)
        {
            let what = format!(
                "must have at least {SHORTEST_KEY} characters; a shorter one can be guessed"
            );
            self.mistake("DMT_AUDIT_KEY", what);
        }
        AuditKey::new(key.as_deref())
    }

    fn log_filter(&mut self) -> String {
        let filter = self.text("RUST_LOG").unwrap_or_default();
        if !filter.split(',').all(is_log_directive) {
            let what = "must be a level (error, warn, info, debug, trace, off), or levels by module such as warn,service=debug";
            self.mistake("RUST_LOG", what);
        }
        filter
    }

    fn warnings(&self) -> Vec<String> {
        self.0
            .unknown()
            .map(|name| format!("{name} is set, but dmt has no such key; see dmt --help"))
            .collect()
    }
}

/// A level, or that of a module. The logger would take a level with a slip in it for a module's name, and be silent.
fn is_log_directive(text: &str) -> bool {
    let level = text.rsplit_once('=').map_or(text, |(_, level)| level);
    level.trim().parse::<log::LevelFilter>().is_ok()
}

#[cfg(test)]
mod tests;
