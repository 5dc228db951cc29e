//! Data of the same size for all: made once by `dmt demo` and by the peers' scripts, kept, and copied for each run, so
//! that no run finds what another has written.
//!
//! MariaDB and MySQL cannot copy a database, and millions of records are too many to copy each time: these are used
//! as they are, and made anew once they have grown by half.

use std::fs::{File, create_dir_all};
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::contender::Server;
use super::place::{Kind, Place};
use crate::database::{Database, Engine};
use crate::{Failure, dmt};

/// What is larger is not copied.
const MOST_COPIED: u32 = 500_000;

/// A database with data in it, and the folder where its files and the servers' logs are.
pub(crate) struct Site {
    database: Database,
    pub(super) folder: PathBuf,
    _lock: File,
}

impl Site {
    /// Starts the database that is kept below `folder`.
    pub(crate) async fn open(engine: Engine, folder: &Path) -> Result<Self, Failure> {
        let folder = folder.join(engine.name());
        create_dir_all(&folder)?;
        let folder = std::fs::canonicalize(folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock()
            .map_err(|error| format!("{} is in use: {error}", folder.display()))?;
        Ok(Self {
            database: Database::keep(engine, folder.clone()).await?,
            folder,
            _lock: lock,
        })
    }

    /// Stops the database.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        match self.database.engine {
            Engine::Sqlite => Ok(()),
            _ => self.database.stop().await,
        }
    }

    /// Makes the data, unless it is there; `anew` if it is to be made in any case.
    pub(crate) async fn make(&self, kind: Kind, records: u32, anew: bool) -> Result<(), Failure> {
        let name = name(kind, records);
        let mark = self.folder.join(format!("{name}.made"));
        let place = self.place(&name);
        if mark.exists() && !anew && self.is_in_size(&place, kind, records).await {
            return self.bring_up_to_date(kind, &place).await;
        }
        println!(
            "making {records} records for {name} on {}",
            self.engine().name()
        );
        let _ = std::fs::remove_file(&mark);
        self.remove(&name).await?;
        match kind {
            Kind::Dmt => {
                self.create(&name).await?;
                let records = records.to_string();
                run(dmt_command(&place, &["demo", "--records", &records])?).await?;
            }
            Kind::Peer => self.seed(&name, records).await?,
        }
        self.tidy(&name).await?;
        if !self.is_in_size(&place, kind, records).await {
            return Err(format!("{name} has not the records 1 to {records}").into());
        }
        File::create(mark)?;
        Ok(())
    }

    /// Where the data is that was made.
    pub(crate) fn original(&self, kind: Kind, records: u32) -> Place {
        self.place(&name(kind, records))
    }

    /// A copy of the data for one server.
    pub(super) async fn copy(&self, server: Server, records: u32) -> Result<Place, Failure> {
        let original = name(server.kind(), records);
        if !self.is_copied(records) {
            return Ok(self.place(&original));
        }
        let copy = copy_name(server, records);
        match self.engine() {
            Engine::Sqlite => {
                self.remove(&copy).await?;
                let path = self.file(&copy);
                std::fs::copy(self.file(&original), &path)?;
                File::open(&path)?.sync_all()?;
                Ok(Place::File(path))
            }
            Engine::Postgres => {
                self.remove(&copy).await?;
                let made = format!(
                    "CREATE DATABASE {copy} OWNER plain TEMPLATE {original} STRATEGY FILE_COPY"
                );
                self.database.execute(&[&made, "CHECKPOINT"]).await?;
                Ok(self.place(&copy))
            }
            Engine::Mariadb | Engine::Mysql => Ok(self.place(&original)),
        }
    }

    /// A copy of the data for `dmt`, for whoever measures it by itself.
    pub(crate) async fn copy_for_dmt(&self, records: u32) -> Result<Place, Failure> {
        self.copy(Server::Dmt, records).await
    }

    /// Removes it.
    pub(crate) async fn forget_dmt(&self, records: u32) -> Result<(), Failure> {
        self.forget(Server::Dmt, records).await
    }

    /// How many records there are.
    pub(super) async fn count(&self, place: &Place, kind: Kind) -> Result<u64, Failure> {
        let [_, _, count] = place.span(kind).await?;
        Ok(count)
    }

    /// Removes a copy.
    pub(super) async fn forget(&self, server: Server, records: u32) -> Result<(), Failure> {
        if self.is_copied(records) {
            self.remove(&copy_name(server, records)).await?;
        }
        Ok(())
    }

    fn is_copied(&self, records: u32) -> bool {
        let can_be = matches!(self.engine(), Engine::Sqlite | Engine::Postgres);
        can_be && records <= MOST_COPIED
    }

    pub(super) fn engine(&self) -> Engine {
        self.database.engine
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.db"))
    }

    fn place(&self, name: &str) -> Place {
        match self.engine() {
            Engine::Sqlite => Place::File(self.file(name)),
            _ => Place::Url(self.database.url_of(name)),
        }
    }

    /// Whether the ids begin with 1 to `records`, and no more have come since than may.
    async fn is_in_size(&self, place: &Place, kind: Kind, records: u32) -> bool {
        let is_copied = self.is_copied(records);
        let records = u64::from(records);
        let most = if is_copied { records } else { records / 2 * 3 };
        // A number that was drawn for a write that failed is missing, but not among the first ones.
        let is_so = |[first, last, count]: [u64; 3]| {
            first == 1 && last >= count && (records..=most).contains(&count)
        };
        place.span(kind).await.is_ok_and(is_so)
    }

    /// An older `dmt` may have made it.
    async fn bring_up_to_date(&self, kind: Kind, place: &Place) -> Result<(), Failure> {
        if kind == Kind::Dmt {
            run(dmt_command(place, &["migrate"])?).await?;
            self.remove_backups()?;
        }
        Ok(())
    }

    /// What `dmt` copied before it migrated.
    fn remove_backups(&self) -> Result<(), Failure> {
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.to_string_lossy().contains(".db.bak") {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    async fn create(&self, name: &str) -> Result<(), Failure> {
        match self.engine() {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => {
                let made = format!("CREATE DATABASE {name} OWNER plain");
                // The peers' script ends with a checkpoint.
                let right = "GRANT pg_checkpoint TO plain";
                self.database.execute(&[&made, right]).await
            }
            Engine::Mariadb | Engine::Mysql => {
                let made = format!("CREATE DATABASE {name}");
                let rights = format!("GRANT ALL ON {name}.* TO 'plain'@'%'");
                self.database.execute(&[&made, &rights]).await
            }
        }
    }

    async fn remove(&self, name: &str) -> Result<(), Failure> {
        match self.engine() {
            Engine::Sqlite => {
                for end in ["", "-wal", "-shm", "-journal"] {
                    let path = format!("{}{end}", self.file(name).display());
                    if Path::new(&path).exists() {
                        std::fs::remove_file(path)?;
                    }
                }
                Ok(())
            }
            Engine::Postgres => {
                let gone = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                self.database.execute(&[&gone]).await
            }
            Engine::Mariadb | Engine::Mysql => {
                let gone = format!("DROP DATABASE IF EXISTS {name}");
                self.database.execute(&[&gone]).await
            }
        }
    }

    /// The peers' own script.
    async fn seed(&self, name: &str, records: u32) -> Result<(), Failure> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/data");
        let mut script = match self.engine() {
            Engine::Sqlite => Command::new(scripts.join("seed_sqlite.sh")),
            _ => Command::new(scripts.join("seed_pg.sh")),
        };
        self.create(name).await?;
        script
            .arg(self.place(name).peer_url())
            .arg(records.to_string());
        run(script).await
    }

    /// What a server's own housekeeping would have done by the next morning.
    async fn tidy(&self, name: &str) -> Result<(), Failure> {
        match self.engine() {
            Engine::Sqlite => {
                self.place(name)
                    .execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    .await
            }
            Engine::Postgres => self.place(name).execute("VACUUM ANALYZE").await,
            Engine::Mariadb | Engine::Mysql => {
                self.place(name)
                    .execute("ANALYZE TABLE defect, audit_event")
                    .await
            }
        }
    }
}

fn name(kind: Kind, records: u32) -> String {
    match kind {
        Kind::Dmt => format!("dmt_{records}"),
        Kind::Peer => format!("peer_{records}"),
    }
}

fn copy_name(server: Server, records: u32) -> String {
    format!("run_{}_{records}", server.name())
}

fn dmt_command(place: &Place, arguments: &[&str]) -> Result<Command, Failure> {
    let mut command = Command::new(dmt::program()?);
    command
        .args(arguments)
        .env("DATABASE_URL", place.url())
        .env("DMT_REQUEST_TIMEOUT_SECS", "600")
        .env_remove("DMT_BIN")
        .current_dir(std::env::temp_dir());
    Ok(command)
}

async fn run(mut command: Command) -> Result<(), Failure> {
    let output = command.output().await?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(format!("{:?} failed: {}", command.as_std(), said.trim()).into())
}
