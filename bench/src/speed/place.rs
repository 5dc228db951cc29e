//! Where one server's data is, in the words of each, and a look into it.

use std::path::PathBuf;
use std::time::Duration;

use db::{DatabaseUrl, Db, PoolOptions};
use sea_orm::{ConnectionTrait, Statement};

use crate::Failure;

/// How long one statement may take on a large table.
const PATIENCE: Duration = Duration::from_secs(600);

/// Whose tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dmt,
    Peer,
}

/// Where a server's data is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// SQLite: the file.
    File(PathBuf),
    /// The URL, as `dmt` reads it.
    Url(String),
}

impl Place {
    /// For `dmt`.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite:///{}", path.display()),
            Self::Url(url) => url.clone(),
        }
    }

    /// For the Rust peers.
    pub(super) fn peer_url(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Url(url) => url.clone(),
        }
    }

    /// For SQLAlchemy.
    pub(super) fn python_url(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite:///{}", path.display()),
            Self::Url(url) => url.replacen("postgres", "postgresql+psycopg", 1),
        }
    }

    /// The first id, the last one, and how many there are.
    pub(super) async fn span(&self, kind: Kind) -> Result<[u64; 3], Failure> {
        let table = match kind {
            Kind::Dmt => "defect",
            Kind::Peer => "defects",
        };
        let db = self.connect().await?;
        let reader = db.reader();
        let query = format!("SELECT MIN(id), MAX(id), COUNT(*) FROM {table}");
        let statement = Statement::from_string(reader.get_database_backend(), query);
        let row = reader.query_one_raw(statement).await;
        db.close().await;
        let row = row?.ok_or("a count gave nothing")?;
        let number = |place: usize| -> Result<u64, Failure> {
            let number: i64 = row.try_get_by(place)?;
            Ok(u64::try_from(number)?)
        };
        Ok([number(0)?, number(1)?, number(2)?])
    }

    /// Runs a statement on it.
    pub(super) async fn execute(&self, statement: &str) -> Result<(), Failure> {
        let db = self.connect().await?;
        let done = db.reader().execute_unprepared(statement).await;
        db.close().await;
        done?;
        Ok(())
    }

    async fn connect(&self) -> Result<Db, Failure> {
        let options = PoolOptions {
            max_connections: 1,
            patience: PATIENCE,
            ..PoolOptions::default()
        };
        Ok(Db::connect(&self.url().parse::<DatabaseUrl>()?, &options).await?)
    }
}
