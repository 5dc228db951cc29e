//! `DATABASE_URL`: one line that says which database, where, and as whom.
//!
//! SQLAlchemy's forms are read as people know them (see `parse.rs`), the driver is given a
//! normalised one ([`DatabaseUrl::expose`]). `Debug` and `Display` show `***` for the password, so
//! that a URL may be logged; only `expose` tells it.

mod parameters;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use parse::UrlError;

/// The kind of SQL that a URL's scheme names. MariaDB and MySQL share one; the server tells which
/// it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `sqlite:`
    Sqlite,
    /// `postgres://`, `postgresql://`
    Postgres,
    /// `mysql://`, `mariadb://`
    MySql,
}

/// A database's address with its login, read from `DATABASE_URL` by [`FromStr`](std::str::FromStr).
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Target);

#[derive(Clone, PartialEq, Eq)]
enum Target {
    File(File),
    Server(Box<Server>),
}

#[derive(Clone, PartialEq, Eq)]
struct File {
    path: PathBuf,
    memory: bool,
    create: bool,
}

#[derive(Clone, PartialEq, Eq)]
struct Server {
    family: Family,
    /// Whether the scheme was `mariadb:`; drivers know `mysql:` alone.
    is_mariadb: bool,
    user: Option<String>,
    password: Option<String>,
    host: String,
    port: u16,
    database: String,
    socket: Option<PathBuf>,
    tls: Tls,
    application_name: Option<String>,
    options: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tls {
    mode: Option<TlsMode>,
    ca: Option<String>,
    cert: Option<String>,
    key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// What stands unencoded in a shown or exposed URL: letters, digits and what never separates
/// anything.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// The same for the path of a file.
const ENCODED_PATH: &AsciiSet = &ENCODED.remove(b'/');

impl DatabaseUrl {
    /// What is used when `DATABASE_URL` is unset: a file in the working directory.
    pub const DEFAULT: &'static str = "sqlite://dmt.db";

    /// The kind of SQL that the scheme names.
    #[must_use]
    pub fn family(&self) -> Family {
        match &self.0 {
            Target::File(_) => Family::Sqlite,
            Target::Server(server) => server.family,
        }
    }

    /// The server's host name or address, an IPv6 address without brackets; `localhost` where the
    /// URL names none. None for SQLite and for a socket.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let server = self.server()?;
        server.socket.is_none().then_some(server.host.as_str())
    }

    /// The server's port, the family's default where the URL names none. None for SQLite and for a
    /// socket.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let server = self.server()?;
        server.socket.is_none().then_some(server.port)
    }

    /// The user who signs in. None for SQLite, and where the driver's default applies.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.server()?.user.as_deref()
    }

    /// The name of the database on its server. None for SQLite.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        Some(&self.server()?.database)
    }

    /// The SQLite file, relative to the working directory unless absolute. None for servers and in
    /// memory.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Target::File(file) if !file.memory => Some(&file.path),
            _ => None,
        }
    }

    /// True for `sqlite::memory:`, which [`Db::connect`](crate::Db::connect) refuses.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        matches!(&self.0, Target::File(file) if file.memory)
    }

    /// True unless `mode=rw` forbids to create a missing SQLite file.
    pub(crate) fn may_create(&self) -> bool {
        matches!(&self.0, Target::File(file) if file.create)
    }

    /// True if the URL insists on TLS. Without a mode the drivers use TLS where the server offers
    /// it.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.server().and_then(|server| server.tls.mode) >= Some(TlsMode::Require)
    }

    /// The Unix socket: MySQL's socket file, PostgreSQL's folder of sockets.
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        self.server()?.socket.as_deref()
    }

    /// The same server and login with another database; for SQLite, the file of that name in the
    /// same folder.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut url = self.clone();
        match &mut url.0 {
            Target::File(file) => file.path.set_file_name(name),
            Target::Server(server) => name.clone_into(&mut server.database),
        }
        url
    }

    /// The same file, which has to be there: connecting does not create it. A server's URL stays as it is.
    #[must_use]
    pub fn of_existing(&self) -> Self {
        let mut url = self.clone();
        if let Target::File(file) = &mut url.0 {
            file.create = false;
        }
        url
    }

    /// The SQLite file at a path, which has to be there.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        Self(Target::File(File {
            path: path.to_owned(),
            memory: false,
            create: false,
        }))
    }

    /// The same server and database for a user who proves who he is in another way: without the password.
    #[must_use]
    pub fn without_password(&self) -> Self {
        let mut url = self.clone();
        if let Target::Server(server) = &mut url.0 {
            server.password = None;
        }
        url
    }

    /// True if the URL has a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.server()
            .is_some_and(|server| server.password.is_some())
    }

    /// The TLS parameters, as the clients of the family name them (`sslmode`, `ssl-mode`, `ssl-ca`, …).
    #[must_use]
    pub fn tls_parameters(&self) -> Vec<(&'static str, String)> {
        let parameters = self.server().map(Server::parameters).unwrap_or_default();
        let is_tls = |(name, _): &(&str, String)| name.starts_with("ssl");
        parameters.into_iter().filter(is_tls).collect()
    }

    /// The normalised URL for a driver, **with the password**: never log it.
    #[must_use]
    pub fn expose(&self) -> String {
        let encoded = |password: &str| utf8_percent_encode(password, ENCODED).to_string();
        match &self.0 {
            Target::File(file) => file.render(),
            Target::Server(server) => server.render(server.driver_scheme(), encoded),
        }
    }

    fn server(&self) -> Option<&Server> {
        match &self.0 {
            Target::File(_) => None,
            Target::Server(server) => Some(server),
        }
    }
}

impl File {
    // sqlx: one colon and the path; `sqlite:///x` would be absolute here, unlike in SQLAlchemy.
    fn render(&self) -> String {
        if self.memory {
            return "sqlite::memory:".to_owned();
        }
        let mode = if self.create { "rwc" } else { "rw" };
        let path = self.path.to_string_lossy();
        format!(
            "sqlite:{}?mode={mode}",
            utf8_percent_encode(&path, ENCODED_PATH)
        )
    }
}

impl Server {
    fn driver_scheme(&self) -> &'static str {
        match self.family {
            Family::Postgres => "postgres",
            _ => "mysql",
        }
    }

    fn render(&self, scheme: &str, password: fn(&str) -> String) -> String {
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let user = self.user.as_deref().map(encode).unwrap_or_default();
        let login = match &self.password {
            Some(secret) => format!("{user}:{}@", password(secret)),
            None if user.is_empty() => user,
            None => format!("{user}@"),
        };
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let mut url = format!(
            "{scheme}://{login}{host}:{}/{}",
            self.port,
            encode(&self.database)
        );
        for (index, (name, value)) in self.parameters().into_iter().enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            url.push_str(&format!("{separator}{name}={}", encode(&value)));
        }
        url
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self(Target::File(File {
            path: PathBuf::from("dmt.db"),
            memory: false,
            create: true,
        }))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match &self.0 {
            Target::File(file) => file.render(),
            Target::Server(server) => {
                let scheme = match server.is_mariadb {
                    true => "mariadb",
                    false => server.driver_scheme(),
                };
                server.render(scheme, |_| "***".to_owned())
            }
        })
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}
