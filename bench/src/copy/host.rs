//! Where targets are made: an SQLite file in a folder of ours, a database on a server of ours with the durable settings
//! on, or one on a server that is there.

use std::path::{Path, PathBuf};

use db::{DatabaseUrl, Db, PoolOptions};
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use crate::Failure;
use crate::database::{Database, Engine};

/// All that were needed so far.
pub(super) struct Hosts {
    folder: TempDir,
    here: bool,
    servers: Vec<Server>,
}

/// A server that databases are made on.
struct Server {
    engine: Engine,
    way: Way,
}

enum Way {
    Own(Database),
    /// The administrator's URL.
    Here(DatabaseUrl),
}

/// An empty database with its tables, for one move.
pub(super) struct Target {
    /// As `dmt` reads it.
    pub(super) url: String,
    engine: Engine,
    name: &'static str,
}

impl Hosts {
    /// None yet; files of ours are below `folder`.
    pub(super) fn new(folder: &Path, here: bool) -> Result<Self, Failure> {
        let folder = std::fs::canonicalize(folder)?;
        Ok(Self {
            folder: tempfile::Builder::new()
                .prefix("copy-")
                .tempdir_in(folder)?,
            here,
            servers: Vec::new(),
        })
    }

    /// A folder for files.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a database anew, with its tables.
    pub(super) async fn fresh(
        &mut self,
        engine: Engine,
        name: &'static str,
    ) -> Result<Target, Failure> {
        let url = match engine {
            Engine::Sqlite => {
                self.remove_file(name)?;
                format!("sqlite:///{}", self.file(name).display())
            }
            _ => self.server(engine).await?.fresh(name).await?,
        };
        super::moves::migrate(&url).await?;
        if let Engine::Postgres = engine {
            self.server(engine).await?.settle().await?;
        }
        Ok(Target { url, engine, name })
    }

    /// Drops it.
    pub(super) async fn forget(&mut self, target: Target) -> Result<(), Failure> {
        match target.engine {
            Engine::Sqlite => self.remove_file(target.name),
            engine => self.server(engine).await?.drop(target.name).await,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.db"))
    }

    fn remove_file(&self, name: &str) -> Result<(), Failure> {
        for end in ["", "-wal", "-shm", ".migrate.lock"] {
            let path = format!("{}{end}", self.file(name).display());
            if Path::new(&path).exists() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    async fn server(&mut self, engine: Engine) -> Result<&Server, Failure> {
        if let Some(place) = self.servers.iter().position(|host| host.engine == engine) {
            return Ok(&self.servers[place]);
        }
        let way = if self.here {
            Way::Here(url_here(engine)?)
        } else {
            Way::Own(Database::create(engine).await?)
        };
        self.servers.push(Server { engine, way });
        Ok(&self.servers[self.servers.len() - 1])
    }
}

/// `DMT_TEST_…_URL`.
fn url_here(engine: Engine) -> Result<DatabaseUrl, Failure> {
    let variable = format!("DMT_TEST_{}_URL", engine.name().to_uppercase());
    let url = std::env::var(&variable)
        .map_err(|_| format!("{variable} is not set: eval \"$(scripts/databases.sh start)\""))?;
    Ok(url.parse()?)
}

impl Server {
    /// An empty database.
    async fn fresh(&self, name: &str) -> Result<String, Failure> {
        self.drop(name).await?;
        self.execute(&format!("CREATE DATABASE {name}")).await?;
        let Way::Own(database) = &self.way else {
            return Ok(self.url_of(name));
        };
        let right = match self.engine {
            Engine::Postgres => format!("ALTER DATABASE {name} OWNER TO plain"),
            _ => format!("GRANT ALL ON {name}.* TO 'plain'@'%'"),
        };
        database.execute(&[&right]).await?;
        Ok(database.url_of(name))
    }

    async fn drop(&self, name: &str) -> Result<(), Failure> {
        let force = match self.engine {
            Engine::Postgres => " WITH (FORCE)",
            _ => "",
        };
        let drop = format!("DROP DATABASE IF EXISTS {name}{force}");
        self.execute(&drop).await
    }

    /// What was written before a move is on the disk when it begins. Only on servers of ours: others may forbid it.
    async fn settle(&self) -> Result<(), Failure> {
        match &self.way {
            Way::Own(database) => database.execute(&["CHECKPOINT"]).await,
            Way::Here(_) => Ok(()),
        }
    }

    fn url_of(&self, name: &str) -> String {
        match &self.way {
            Way::Own(database) => database.url_of(name),
            Way::Here(url) => url.with_database(name).expose(),
        }
    }

    async fn execute(&self, statement: &str) -> Result<(), Failure> {
        let url = match &self.way {
            Way::Own(database) => return database.execute(&[statement]).await,
            Way::Here(url) => url,
        };
        let url = match self.engine {
            Engine::Postgres => url.clone(),
            _ => url.with_database("mysql"),
        };
        let options = PoolOptions {
            max_connections: 1,
            ..PoolOptions::default()
        };
        let db = Db::connect(&url, &options).await?;
        let done = db.reader().execute_unprepared(statement).await;
        db.close().await;
        done.map_err(|error| format!("{statement}: {error}"))?;
        Ok(())
    }
}
