//! Reading the forms of `DATABASE_URL` that people bring along.
//!
//! SQLite as SQLAlchemy has it: three slashes are relative, four absolute (sqlx would read three as
//! absolute). What follows `+` in the scheme is ignored. In a server's URL the last `@` ends the
//! login, and all before it is literal but for `%XX`; so an `@` after the host has to be written
//! `%40`. No error repeats anything that may be a piece of a password.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::{DatabaseUrl, Family, File, Server, Target, Tls};

const SUPPORTED: &str = "sqlite:, mysql://, mariadb://, postgres:// and postgresql://";

/// Why a text is no `DATABASE_URL`: one sentence each, never with the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// No scheme at all.
    #[error(
        "DATABASE_URL is not a URL; write for example sqlite://dmt.db or \
         postgresql://user:password@host/dmt_db (supported are {SUPPORTED})"
    )]
    NotAUrl,
    /// A scheme, but none of ours.
    #[error(
        "DATABASE_URL has the scheme {scheme}, which DMT does not support; \
         supported are {SUPPORTED}"
    )]
    UnsupportedScheme {
        /// The scheme as written.
        scheme: String,
    },
    /// `mysql:host` and the like.
    #[error("DATABASE_URL must go on with // after {scheme}:")]
    MissingSlashes {
        /// The scheme as written.
        scheme: String,
    },
    /// `sqlite:` without a file.
    #[error("DATABASE_URL names no file; write for example sqlite://dmt.db")]
    MissingFile,
    /// No path after the host, or an empty one.
    #[error("DATABASE_URL names no database; write {scheme}://user:password@host/database")]
    MissingDatabase {
        /// The scheme as written.
        scheme: String,
    },
    /// More than one part after the host.
    #[error("DATABASE_URL has a database name with / in it; write %2F")]
    BadDatabase,
    /// Not a host name, an IPv4 address or an IPv6 address in brackets.
    #[error(
        "DATABASE_URL has no valid host name after the last @; write an IPv6 address in brackets"
    )]
    BadHost,
    /// Not a number from 1 to 65535.
    #[error("DATABASE_URL has no valid port number after the host")]
    BadPort,
    /// `%XX` that is no UTF-8 text, or `%00`.
    #[error("DATABASE_URL has a % sequence that is no text")]
    BadEncoding,
    /// A parameter that DMT does not know; ignoring it might ignore a demand of its author.
    #[error("DATABASE_URL has the parameter {name}, which DMT does not know for {scheme}")]
    UnknownParameter {
        /// The scheme as written.
        scheme: String,
        /// The parameter as written.
        name: String,
    },
    /// A known parameter with a value that it cannot have.
    #[error("DATABASE_URL has a bad value for the parameter {name}; it can be {expected}")]
    BadParameter {
        /// The parameter as written.
        name: String,
        /// What it can be.
        expected: &'static str,
    },
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.trim().split_once(':').ok_or(UrlError::NotAUrl)?;
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
        // A single letter is a Windows drive.
        if scheme.len() < 2 || !scheme.chars().all(is_scheme) {
            return Err(UrlError::NotAUrl);
        }
        let dialect = scheme
            .split('+')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let target = match dialect.as_str() {
            "sqlite" => Target::File(file(rest)?),
            "mysql" | "mariadb" => Target::Server(Box::new(server(scheme, Family::MySql, rest)?)),
            "postgres" | "postgresql" => {
                Target::Server(Box::new(server(scheme, Family::Postgres, rest)?))
            }
            _ => {
                return Err(UrlError::UnsupportedScheme {
                    scheme: scheme.to_owned(),
                });
            }
        };
        Ok(Self(target))
    }
}

fn file(rest: &str) -> Result<File, UrlError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path
        .strip_prefix("///")
        .or_else(|| path.strip_prefix("//"))
        .unwrap_or(path);
    let mut file = File {
        path: PathBuf::from(decode(path)?),
        memory: path == ":memory:",
        create: true,
    };
    file.set_parameters(query)?;
    if path.is_empty() && !file.memory {
        return Err(UrlError::MissingFile);
    }
    Ok(file)
}

fn server(scheme: &str, family: Family, rest: &str) -> Result<Server, UrlError> {
    let rest = rest
        .strip_prefix("//")
        .ok_or_else(|| UrlError::MissingSlashes {
            scheme: scheme.to_owned(),
        })?;
    let (login, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, database) = address.split_once('/').unwrap_or((address, ""));
    let (host, port) = split_port(host)?;
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (user, Some(decode(password)?)),
        None => (login, None),
    };
    let mut server = Server {
        family,
        is_mariadb: scheme.to_ascii_lowercase().starts_with("mariadb"),
        user: Some(decode(user)?).filter(|user| !user.is_empty()),
        password,
        host: String::new(),
        port: port.unwrap_or(if family == Family::Postgres {
            5432
        } else {
            3306
        }),
        database: database_name(scheme, database)?,
        socket: None,
        tls: Tls::default(),
        application_name: None,
        options: None,
    };
    server.set_host(host)?;
    server.set_parameters(scheme, query)?;
    Ok(server)
}

fn database_name(scheme: &str, text: &str) -> Result<String, UrlError> {
    if text.contains('/') {
        return Err(UrlError::BadDatabase);
    }
    let name = decode(text)?;
    if name.is_empty() {
        return Err(UrlError::MissingDatabase {
            scheme: scheme.to_owned(),
        });
    }
    Ok(name)
}

/// `host`, `host:port`, `[::1]`, `[::1]:port`, or nothing.
fn split_port(text: &str) -> Result<(&str, Option<u16>), UrlError> {
    let (host, port) = match text.rfind(']') {
        Some(end) => match text[end + 1..].strip_prefix(':') {
            Some(port) => (&text[..=end], Some(port)),
            None if end + 1 == text.len() => (text, None),
            None => return Err(UrlError::BadHost),
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = port.map(read_port).transpose()?;
    Ok((host, port))
}

/// A port from 1 to 65535.
pub(super) fn read_port(text: &str) -> Result<u16, UrlError> {
    text.parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or(UrlError::BadPort)
}

impl Server {
    /// A name, an address, an IPv6 address in brackets, the folder of a socket (`%2Fvar%2Frun`), or
    /// nothing.
    pub(super) fn set_host(&mut self, text: &str) -> Result<(), UrlError> {
        let host = decode(text)?;
        if host.is_empty() {
            "localhost".clone_into(&mut self.host);
        } else if host.starts_with('/') {
            "localhost".clone_into(&mut self.host);
            self.socket = Some(PathBuf::from(host));
        } else if let Some(address) = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
        {
            let address: std::net::Ipv6Addr = address.parse().map_err(|_| UrlError::BadHost)?;
            self.host = address.to_string();
        } else if host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        {
            self.host = host;
        } else {
            return Err(UrlError::BadHost);
        }
        Ok(())
    }
}

/// Decodes `%XX`; any other `%` stays as it is. NUL is refused: both protocols end a text with it.
pub(super) fn decode(text: &str) -> Result<String, UrlError> {
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| UrlError::BadEncoding)?;
    if decoded.contains('\0') {
        return Err(UrlError::BadEncoding);
    }
    Ok(decoded.into_owned())
}
