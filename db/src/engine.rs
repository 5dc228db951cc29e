//! Which of the four databases is on the other end.
//!
//! The URL tells only the family (`mysql://` is written for MariaDB as well); the server itself
//! says the rest.

use std::fmt;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// A database that DMT runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite, in the same process.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    MariaDb,
    /// MySQL.
    MySql,
}

impl Engine {
    /// All engines, in the order in which the documentation names them.
    pub const ALL: [Self; 4] = [Self::Sqlite, Self::Postgres, Self::MariaDb, Self::MySql];

    /// SeaORM's name for the SQL that this engine speaks.
    #[must_use]
    pub fn family(&self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::MariaDb | Self::MySql => DbBackend::MySql,
        }
    }

    /// True for MariaDB and MySQL.
    #[must_use]
    pub fn is_mysql_like(&self) -> bool {
        matches!(self, Self::MariaDb | Self::MySql)
    }

    /// Asks a connection which engine it talks to: what a migration does, which is given no
    /// [`Db`](crate::Db).
    ///
    /// # Errors
    /// The driver's error when `SELECT VERSION()` fails.
    pub async fn detect(connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        match connection.get_database_backend() {
            DbBackend::Postgres => Ok(Self::Postgres),
            DbBackend::MySql => {
                let ask = Statement::from_string(DbBackend::MySql, "SELECT VERSION()");
                let row = connection.query_one_raw(ask).await?;
                let version: String = row.map_or(Ok(String::new()), |row| row.try_get_by(0))?;
                Ok(Self::of_mysql_version(&version))
            }
            _ => Ok(Self::Sqlite),
        }
    }

    /// MariaDB names itself in its version (`10.11.19-MariaDB-…`); MySQL's is a bare number.
    pub(crate) fn of_mysql_version(version: &str) -> Self {
        if version.to_ascii_lowercase().contains("mariadb") {
            Self::MariaDb
        } else {
            Self::MySql
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
            Self::MySql => "MySQL",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn mariadb_names_itself_in_its_version() {
        assert_eq!(
            Engine::of_mysql_version("10.11.19-MariaDB-0+deb12u1"),
            Engine::MariaDb
        );
        assert_eq!(
            Engine::of_mysql_version("5.5.5-10.6.1-mariadb-log"),
            Engine::MariaDb
        );
        assert_eq!(Engine::of_mysql_version("9.7.4-2"), Engine::MySql);
    }
}
