//! What may follow the `?` of a `DATABASE_URL`: one table per family.
//!
//! The names of libpq, MySQL's clients and SQLAlchemy's drivers are read alike (`ssl-ca`, `ssl_ca`,
//! `sslrootcert`). What DMT sets for itself (character set, time-outs) is accepted and ignored; an
//! unknown name is an error, because it may be a demand that must not be dropped silently.

use std::path::PathBuf;

use super::parse::{UrlError, decode, read_port};
use super::{Family, File, Server, Tls, TlsMode};

/// Parameters of MySQL's drivers that change nothing for DMT.
const MYSQL_IGNORED: &[&str] = &[
    "charset",
    "collation",
    "useunicode",
    "connecttimeout",
    "readtimeout",
    "writetimeout",
    "autocommit",
    "statementcachecapacity",
    "timezone",
    "localinfile",
    "binaryprefix",
    "programname",
];
/// Parameters of PostgreSQL's drivers that change nothing for DMT.
const POSTGRES_IGNORED: &[&str] = &[
    "clientencoding",
    "connecttimeout",
    "fallbackapplicationname",
    "keepalives",
    "keepalivesidle",
    "keepalivesinterval",
    "keepalivescount",
    "tcpusertimeout",
    "statementcachecapacity",
    "preparedstatementcachesize",
    "preparethreshold",
];
/// Parameters of Python's SQLite drivers that change nothing for DMT.
const SQLITE_IGNORED: &[&str] = &[
    "cache",
    "timeout",
    "checksamethread",
    "uri",
    "isolationlevel",
    "detecttypes",
    "cachedstatements",
];

/// A parameter as written, under the name that all its spellings share, with its decoded value.
struct Parameter<'a> {
    written: &'a str,
    name: String,
    value: String,
}

impl Parameter<'_> {
    fn bad(&self, expected: &'static str) -> UrlError {
        UrlError::BadParameter {
            name: self.written.to_owned(),
            expected,
        }
    }

    fn unknown(&self, scheme: &str) -> UrlError {
        UrlError::UnknownParameter {
            scheme: scheme.to_owned(),
            name: self.written.to_owned(),
        }
    }

    fn switch(&self) -> Result<bool, UrlError> {
        match self.value.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err(self.bad("true or false")),
        }
    }
}

fn parameters(query: &str) -> impl Iterator<Item = Result<Parameter<'_>, UrlError>> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (written, value) = part.split_once('=').unwrap_or((part, ""));
            let name = written.replace(['-', '_'], "").to_ascii_lowercase();
            Ok(Parameter {
                written,
                name,
                value: decode(value)?,
            })
        })
}

impl File {
    pub(super) fn set_parameters(&mut self, query: &str) -> Result<(), UrlError> {
        for parameter in parameters(query) {
            let parameter = parameter?;
            match (parameter.name.as_str(), parameter.value.as_str()) {
                ("mode", "rwc") => self.create = true,
                ("mode", "rw") => self.create = false,
                ("mode", "memory") => self.memory = true,
                ("mode", _) => return Err(parameter.bad("rwc (the default) or rw: DMT writes")),
                (name, _) if SQLITE_IGNORED.contains(&name) => {}
                _ => return Err(parameter.unknown("sqlite")),
            }
        }
        Ok(())
    }
}

impl Server {
    pub(super) fn set_parameters(&mut self, scheme: &str, query: &str) -> Result<(), UrlError> {
        for parameter in parameters(query) {
            let parameter = parameter?;
            let known = self.tls.set(&parameter)?
                || match self.family {
                    Family::MySql => self.set_mysql(&parameter),
                    _ => self.set_postgres(&parameter)?,
                };
            if !known {
                return Err(parameter.unknown(scheme));
            }
        }
        self.tls.verify_with_ca();
        Ok(())
    }

    fn set_mysql(&mut self, parameter: &Parameter<'_>) -> bool {
        match parameter.name.as_str() {
            "unixsocket" | "socket" => self.socket = Some(PathBuf::from(&parameter.value)),
            name => return MYSQL_IGNORED.contains(&name),
        }
        true
    }

    fn set_postgres(&mut self, parameter: &Parameter<'_>) -> Result<bool, UrlError> {
        match parameter.name.as_str() {
            "host" => self.set_host(&parameter.value)?,
            "port" => self.port = read_port(&parameter.value)?,
            "applicationname" => self.application_name = Some(parameter.value.clone()),
            // Not to be ignored: it may set the search_path.
            "options" => self.options = Some(parameter.value.clone()),
            name => return Ok(POSTGRES_IGNORED.contains(&name)),
        }
        Ok(true)
    }

    /// The parameters of the normalised URL, in sqlx's spelling.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let postgres = self.family == Family::Postgres;
        let socket = self
            .socket
            .as_ref()
            .map(|path| path.to_string_lossy().into_owned());
        let names = if postgres {
            [
                "host",
                "sslmode",
                "sslrootcert",
                "sslcert",
                "sslkey",
                "application_name",
                "options",
            ]
        } else {
            [
                "socket", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "", "",
            ]
        };
        let values = [
            socket,
            self.tls.mode.map(|mode| mode.name(postgres).to_owned()),
            self.tls.ca.clone(),
            self.tls.cert.clone(),
            self.tls.key.clone(),
            self.application_name.clone(),
            self.options.clone(),
        ];
        names
            .into_iter()
            .zip(values)
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

impl Tls {
    /// True if it is a TLS parameter.
    fn set(&mut self, parameter: &Parameter<'_>) -> Result<bool, UrlError> {
        let value = || Some(parameter.value.clone());
        match parameter.name.as_str() {
            "sslmode" => self.mode = Some(TlsMode::read(parameter)?),
            "sslrootcert" | "sslca" => self.ca = value(),
            "sslcert" | "sslclientcert" => self.cert = value(),
            "sslkey" | "sslclientkey" => self.key = value(),
            // PyMySQL, asyncpg: `ssl=true`, `ssl=require`
            "ssl" => match parameter.switch() {
                Ok(on) => {
                    self.mode = Some(if on {
                        TlsMode::Require
                    } else {
                        TlsMode::Disable
                    });
                }
                Err(_) => self.mode = Some(TlsMode::read(parameter)?),
            },
            "ssldisabled" if parameter.switch()? => self.mode = Some(TlsMode::Disable),
            "sslverifycert" if parameter.switch()? => {
                self.mode = self.mode.max(Some(TlsMode::VerifyCa));
            }
            "sslverifyidentity" | "sslcheckhostname" if parameter.switch()? => {
                self.mode = Some(TlsMode::VerifyFull);
            }
            "ssldisabled" | "sslverifycert" | "sslverifyidentity" | "sslcheckhostname" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Who names an authority wants the certificate checked against it: libpq with `require`,
    /// MySQL's client without a mode. sqlx checks only when told so.
    fn verify_with_ca(&mut self) {
        if self.ca.is_some() && matches!(self.mode, None | Some(TlsMode::Require)) {
            self.mode = Some(TlsMode::VerifyCa);
        }
    }
}

impl TlsMode {
    fn read(parameter: &Parameter<'_>) -> Result<Self, UrlError> {
        match parameter
            .value
            .to_ascii_lowercase()
            .replace('_', "-")
            .as_str()
        {
            "disable" | "disabled" => Ok(Self::Disable),
            "allow" | "prefer" | "preferred" => Ok(Self::Prefer),
            "require" | "required" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" | "verify-identity" => Ok(Self::VerifyFull),
            _ => Err(parameter.bad("disable, prefer, require, verify-ca or verify-full")),
        }
    }

    fn name(self, postgres: bool) -> &'static str {
        match (self, postgres) {
            (Self::Disable, true) => "disable",
            (Self::Prefer, true) => "prefer",
            (Self::Require, true) => "require",
            (Self::VerifyCa, true) => "verify-ca",
            (Self::VerifyFull, true) => "verify-full",
            (Self::Disable, false) => "disabled",
            (Self::Prefer, false) => "preferred",
            (Self::Require, false) => "required",
            (Self::VerifyCa, false) => "verify_ca",
            (Self::VerifyFull, false) => "verify_identity",
        }
    }
}
