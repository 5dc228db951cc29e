//! Databases of our own, with the durable settings on: an SQLite file, or a server in a folder and on a port that
//! nobody else uses. They can be killed, stopped, paused and started again on the same data.

mod mount;
mod mysql;
pub(crate) mod process;
mod servers;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use db::{DatabaseUrl, Db, PoolOptions};
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;

use crate::Failure;
use mysql::MySql;
use servers::{MariaDb, Postgres};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
    Mysql,
}

impl Engine {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Sqlite, Self::Postgres, Self::Mariadb, Self::Mysql];

    /// Its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
            Self::Mysql => "mysql",
        }
    }
}

/// A database of our own. Dropped, it is stopped and forgotten.
pub(crate) struct Database {
    /// What it is.
    pub(crate) engine: Engine,
    /// The log of `dmt`, and the data.
    pub(crate) logs: Folder,
    /// SQLite on a file system of its own, which can get full.
    small: Option<mount::Small>,
    server: Option<Server>,
}

/// Where a database is: gone with it, or kept for later runs.
pub(crate) enum Folder {
    Passing(TempDir),
    Kept(PathBuf),
}

impl Folder {
    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Passing(folder) => folder.path(),
            Self::Kept(folder) => folder,
        }
    }
}

enum Server {
    Postgres(Postgres),
    MariaDb(MariaDb),
    MySql(MySql),
}

/// How long a server may take to start.
const START: Duration = Duration::from_secs(60);

impl Database {
    /// Makes a new one and starts it.
    pub(crate) async fn create(engine: Engine) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("dmt-bench-{}-", engine.name()))
            .tempdir()?;
        Self::at(engine, Folder::Passing(folder)).await
    }

    /// Starts the one that is kept in `folder`, made there at first. Whoever is done with it stops it.
    pub(crate) async fn keep(engine: Engine, folder: PathBuf) -> Result<Self, Failure> {
        std::fs::create_dir_all(&folder)?;
        Self::at(engine, Folder::Kept(folder)).await
    }

    async fn at(engine: Engine, folder: Folder) -> Result<Self, Failure> {
        let is_kept = matches!(folder, Folder::Kept(_));
        let path = folder.path();
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Server::Postgres(Postgres::create(path)?)),
            Engine::Mariadb => Some(Server::MariaDb(MariaDb::create(path)?)),
            Engine::Mysql => Some(Server::MySql(MySql::create(is_kept)?)),
        };
        let database = Self {
            engine,
            logs: folder,
            small: None,
            server,
        };
        // Of a run that broke off.
        let left = database.processes();
        if !left.is_empty() {
            process::signal("KILL", &left)?;
            process::wait_for_end(&left, START).await?;
        }
        database.start().await?;
        database.prepare().await?;
        Ok(database)
    }

    /// The same; SQLite on a file system that can get full.
    pub(crate) async fn create_small(engine: Engine) -> Result<Self, Failure> {
        let mut database = Self::create(engine).await?;
        if engine == Engine::Sqlite {
            let folder = database.logs.path().join("small");
            match mount::Small::mount(folder) {
                Ok(small) => database.small = Some(small),
                Err(error) => eprintln!("bench: the disk will not be full: {error}"),
            }
        }
        Ok(database)
    }

    /// Whether its file system can get full.
    pub(crate) fn can_be_full(&self) -> bool {
        self.small.is_some()
    }

    /// Where SQLite's file is.
    pub(crate) fn folder(&self) -> &Path {
        self.small
            .as_ref()
            .map_or_else(|| self.logs.path(), mount::Small::path)
    }

    /// The URL for `dmt`.
    pub(crate) fn url(&self) -> String {
        match &self.server {
            None => format!("sqlite:///{}", self.file().display()),
            Some(Server::Postgres(server)) => self.url_at(server.port),
            Some(Server::MariaDb(server)) => self.url_at(server.port),
            Some(Server::MySql(server)) => self.url_at(server.port),
        }
    }

    /// The URL of a server through another port, for a user without any privilege on the server.
    pub(crate) fn url_at(&self, port: u16) -> String {
        let scheme = self.engine.name();
        format!("{scheme}://plain:plain@127.0.0.1:{port}/dmt")
    }

    /// The URL of another database of the server.
    pub(crate) fn url_of(&self, name: &str) -> String {
        let (scheme, port) = (self.engine.name(), self.port().unwrap_or_default());
        format!("{scheme}://plain:plain@127.0.0.1:{port}/{name}")
    }

    /// The file of SQLite.
    fn file(&self) -> PathBuf {
        self.folder().join("dmt.db")
    }

    /// The port of a server.
    pub(crate) fn port(&self) -> Option<u16> {
        match self.server.as_ref()? {
            Server::Postgres(server) => Some(server.port),
            Server::MariaDb(server) => Some(server.port),
            Server::MySql(server) => Some(server.port),
        }
    }

    /// Starts it on the data that it has, and waits until it answers.
    pub(crate) async fn start(&self) -> Result<(), Failure> {
        match &self.server {
            None => return Ok(()),
            Some(Server::Postgres(server)) => server.start()?,
            Some(Server::MariaDb(server)) => server.start()?,
            Some(Server::MySql(server)) => server.start().await?,
        }
        let began = Instant::now();
        while let Err(error) = self.administrator().await {
            if began.elapsed() > START {
                let cause = error.source().map(ToString::to_string);
                let name = self.engine.name();
                return Err(format!("{name} did not start: {error}: {cause:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Its processes, the first one first.
    fn processes(&self) -> Vec<u32> {
        let first = match &self.server {
            None => None,
            Some(Server::Postgres(server)) => server.process(),
            Some(Server::MariaDb(server)) => server.process(),
            Some(Server::MySql(server)) => server.process(),
        };
        first.map(process::family).unwrap_or_default()
    }

    /// Ends it with SIGKILL, all of its processes at once.
    pub(crate) async fn kill(&self) -> Result<(), Failure> {
        // PostgreSQL: a child that is born meanwhile would outlive it, and keep a new server from starting.
        process::signal("STOP", self.processes().get(..1).unwrap_or_default())?;
        self.end("KILL").await
    }

    /// Asks it to stop at once, in order (SIGINT is "fast" to PostgreSQL).
    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        match self.engine {
            Engine::Postgres => self.end_first("INT").await,
            _ => self.end_first("TERM").await,
        }
    }

    /// Freezes it.
    pub(crate) fn pause(&self) -> Result<(), Failure> {
        process::signal("STOP", &self.processes())
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) -> Result<(), Failure> {
        process::signal("CONT", &self.processes())
    }

    async fn end(&self, signal: &str) -> Result<(), Failure> {
        let processes = self.processes();
        process::signal(signal, &processes)?;
        process::wait_for_end(&processes, START).await
    }

    async fn end_first(&self, signal: &str) -> Result<(), Failure> {
        let processes = self.processes();
        process::signal(signal, processes.get(..1).unwrap_or_default())?;
        process::wait_for_end(&processes, START).await
    }

    /// Runs statements as the server's administrator, or on the file.
    pub(crate) async fn execute(&self, statements: &[&str]) -> Result<(), Failure> {
        let db = self.administrator().await?;
        for statement in statements {
            let done = db.reader().execute_unprepared(statement).await;
            if let Err(error) = done {
                db.close().await;
                return Err(format!("{statement}: {error}").into());
            }
        }
        db.close().await;
        Ok(())
    }

    /// The first column of what a query answers.
    pub(crate) async fn texts(&self, query: &str) -> Result<Vec<String>, Failure> {
        let db = self.administrator().await?;
        let reader = db.reader();
        let statement = Statement::from_string(reader.get_database_backend(), query);
        let rows = reader.query_all_raw(statement).await;
        db.close().await;
        let rows = rows?;
        Ok(rows
            .iter()
            .map(|row| row.try_get_by(0))
            .collect::<Result<_, _>>()?)
    }

    /// A connection as the server's administrator, or to the file.
    pub(crate) async fn administrator(&self) -> Result<Db, Failure> {
        let url = match &self.server {
            None => self.url(),
            Some(Server::Postgres(server)) => {
                format!("postgres://postgres@127.0.0.1:{}/postgres", server.port)
            }
            Some(Server::MariaDb(server)) => {
                format!("mariadb://root@127.0.0.1:{}/mysql", server.port)
            }
            Some(Server::MySql(server)) => {
                format!("mysql://dmt:dmt@127.0.0.1:{}/mysql", server.port)
            }
        };
        let options = PoolOptions {
            max_connections: 1,
            ..PoolOptions::default()
        };
        Ok(Db::connect(&url.parse::<DatabaseUrl>()?, &options).await?)
    }

    /// The database and the user; a server that is kept has them already.
    async fn prepare(&self) -> Result<(), Failure> {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => {
                let roles = "SELECT rolname::text FROM pg_roles WHERE rolname = 'plain'";
                if !self.texts(roles).await?.is_empty() {
                    return Ok(());
                }
                let user = "CREATE ROLE plain LOGIN PASSWORD 'plain'";
                self.execute(&[user, "CREATE DATABASE dmt OWNER plain"])
                    .await
            }
            Engine::Mariadb | Engine::Mysql => {
                self.execute(&[
                    "CREATE DATABASE IF NOT EXISTS dmt",
                    "CREATE USER IF NOT EXISTS 'plain'@'%' IDENTIFIED BY 'plain'",
                    "GRANT ALL ON dmt.* TO 'plain'@'%'",
                ])
                .await
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What is left of a run, also of one that failed; its data goes with the folder.
        let processes = self.processes();
        if !processes.is_empty() {
            let _ = process::signal("KILL", &processes);
        }
    }
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16, Failure> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}

/// The pid in the first line of a file.
fn pid_in(file: &Path) -> Option<u32> {
    std::fs::read_to_string(file)
        .ok()?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()
        .filter(|pid| process::is_alive(*pid))
}
