//! PostgreSQL, MariaDB and MySQL: a pool of migrated databases, each emptied for the next test.
//!
//! A test holds a numbered slot by a lock of the server, which bounds the connections there and goes with the session
//! when the test is killed. The slot's database is emptied before a test, not after it, and made anew when it is not
//! there. Making one for every test would cost more than most tests do: PostgreSQL copies 8 MB of files and waits for a
//! checkpoint to drop them (100 ms, and 500 ms on a busy machine), MySQL makes tables slowly. Emptying takes 5 ms.

use std::time::Instant;

use db::{DatabaseUrl, Db, DbErr, Engine, Error, Rejection};
use migration::State;

use crate::database::{
    CONNECTIONS, CONNECTIONS_PER_SLOT, PAUSE, SLOTS, WAIT, kept_name, options, too_many,
};
use crate::statement::{number, run, texts};
use crate::{Failure, SCHEMA};

/// The right to one database.
pub(crate) struct Slot {
    engine: Engine,
    server: DatabaseUrl,
    /// One session, which holds the lock.
    admin: Db,
    number: i64,
    name: String,
    migrated: bool,
}

impl Slot {
    /// Waits for a slot, and connects to its database.
    pub(crate) async fn take(
        engine: Engine,
        server: &DatabaseUrl,
        migrated: bool,
    ) -> Result<(Self, Db), Failure> {
        let (admin, number) = wait_for_slot(engine, server).await?;
        let kind = if migrated { SCHEMA } else { "empty" };
        let name = format!("dmt_test_{kind}_{number}");
        let slot = Self {
            engine,
            server: server.clone(),
            admin,
            number,
            name,
            migrated,
        };
        let db = if migrated {
            slot.ready().await?
        } else {
            slot.create().await?
        };
        Ok((slot, db))
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        self.server.with_database(&self.name)
    }

    /// Leaves the database to the next test.
    pub(crate) async fn give_back(self) -> Result<(), Failure> {
        if !self.migrated {
            self.drop_database(&self.name).await?;
        }
        self.admin.close().await;
        Ok(())
    }

    /// Moves the database to a name that no test uses.
    pub(crate) async fn keep(self) -> Result<DatabaseUrl, Failure> {
        let kept = kept_name(&self.number.to_string());
        if self.engine == Engine::Postgres {
            let users = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
                self.name
            );
            run(&self.admin, &users).await?;
            run(
                &self.admin,
                &format!("ALTER DATABASE {} RENAME TO {kept}", self.name),
            )
            .await?;
        } else {
            self.move_tables(&kept).await?;
        }
        for old in too_many(self.databases("dmt\\_kept\\_%").await?) {
            self.drop_database(&old).await?;
        }
        self.admin.close().await;
        Ok(self.server.with_database(&kept))
    }

    /// MariaDB, MySQL: a database cannot be renamed, but its tables can.
    async fn move_tables(&self, kept: &str) -> Result<(), DbErr> {
        run(&self.admin, &format!("CREATE DATABASE {kept}")).await?;
        let tables = format!(
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = '{}'",
            self.name
        );
        let moves = texts(&self.admin, &tables).await?.into_iter();
        let moves: Vec<_> = moves
            .map(|table| format!("{}.`{table}` TO {kept}.`{table}`", self.name))
            .collect();
        if !moves.is_empty() {
            run(&self.admin, &format!("RENAME TABLE {}", moves.join(", "))).await?;
        }
        self.drop_database(&self.name).await
    }

    /// The slot's database with all tables and no rows.
    async fn ready(&self) -> Result<Db, Failure> {
        match Db::connect(&self.url(), &options(CONNECTIONS)).await {
            Ok(db) if empty(&db).await? => return Ok(db),
            Ok(unfinished) => unfinished.close().await,
            Err(Error::Rejected {
                reason: Rejection::UnknownDatabase,
                ..
            }) => {}
            Err(error) => return Err(error.into()),
        }
        let db = self.create().await?;
        migration::up(&db, WAIT).await?;
        Ok(db)
    }

    /// Makes the slot's database anew; those of other schemas go.
    async fn create(&self) -> Result<Db, Failure> {
        for old in self
            .databases(&format!("dmt\\_test\\_%\\_{}", self.number))
            .await?
        {
            if old == self.name || self.migrated {
                self.drop_database(&old).await?;
            }
        }
        let details = match self.engine {
            // It sorts as people do, so that code which relies on the order of bytes fails.
            Engine::Postgres => {
                "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0"
            }
            // In the server's own character set, whatever that is: the tables say what they need.
            _ => "",
        };
        run(
            &self.admin,
            &format!("CREATE DATABASE {} {details}", self.name),
        )
        .await?;
        Ok(Db::connect(&self.url(), &options(CONNECTIONS)).await?)
    }

    async fn drop_database(&self, name: &str) -> Result<(), DbErr> {
        let force = if self.engine == Engine::Postgres {
            "WITH (FORCE)"
        } else {
            ""
        };
        run(
            &self.admin,
            &format!("DROP DATABASE IF EXISTS {name} {force}"),
        )
        .await
    }

    async fn databases(&self, pattern: &str) -> Result<Vec<String>, DbErr> {
        let sql = match self.engine {
            Engine::Postgres => {
                format!("SELECT datname::text FROM pg_database WHERE datname LIKE '{pattern}'")
            }
            _ => format!(
                "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata WHERE schema_name LIKE '{pattern}'"
            ),
        };
        texts(&self.admin, &sql).await
    }
}

/// Removes the rows of earlier tests; false if the database was not migrated to its end.
async fn empty(db: &Db) -> Result<bool, Failure> {
    if migration::state(db).await? != State::Current {
        return Ok(false);
    }
    let tables = match db.engine() {
        Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
        _ => {
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
             WHERE table_schema = DATABASE()"
        }
    };
    let tables = texts(db, tables).await?;
    let with_rows = tables
        .iter()
        .filter(|table| *table != "seaql_migrations")
        .map(|table| format!("SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM {table})"));
    let with_rows = texts(db, &with_rows.collect::<Vec<_>>().join(" UNION ALL ")).await?;
    if !with_rows.is_empty() {
        run(db, &delete_all(db.engine(), &with_rows)).await?;
    }
    Ok(true)
}

/// Deletes the rows of tables that refer to each other.
fn delete_all(engine: Engine, tables: &[String]) -> String {
    let deletes = tables.iter().map(|table| format!("DELETE FROM {table}"));
    if engine == Engine::Postgres {
        // PostgreSQL looks at references when the whole statement is done.
        let parts = deletes
            .enumerate()
            .map(|(place, delete)| format!("part_{place} AS ({delete})"));
        return format!("WITH {} SELECT 1", parts.collect::<Vec<_>>().join(", "));
    }
    let deletes = deletes.collect::<Vec<_>>().join("; ");
    format!(
        "SET SESSION foreign_key_checks=0; BEGIN; {deletes}; COMMIT; SET SESSION foreign_key_checks=1"
    )
}

/// Waits without a connection while all slots are taken.
async fn wait_for_slot(engine: Engine, server: &DatabaseUrl) -> Result<(Db, i64), Failure> {
    let began = Instant::now();
    while began.elapsed() < WAIT {
        let admin = Db::connect_waiting(server, &options(1), WAIT).await?;
        if let Some(number) = free_slot(engine, &admin).await? {
            return Ok((admin, number));
        }
        admin.close().await;
        tokio::time::sleep(PAUSE).await;
    }
    Err("other tests have held all databases for too long".into())
}

async fn free_slot(engine: Engine, admin: &Db) -> Result<Option<i64>, DbErr> {
    let (most, lock) = match engine {
        // 1952805748 is "test" in ASCII.
        Engine::Postgres => (
            "SELECT current_setting('max_connections')::bigint",
            "SELECT pg_try_advisory_lock(1952805748, SLOT)::int::bigint",
        ),
        _ => (
            "SELECT CAST(@@max_connections AS SIGNED)",
            "SELECT CAST(GET_LOCK('dmt_test_SLOT', 0) AS SIGNED)",
        ),
    };
    let slots = (number(admin, most).await? / CONNECTIONS_PER_SLOT).clamp(1, SLOTS);
    for slot in 0..slots {
        if number(admin, &lock.replace("SLOT", &slot.to_string())).await? == 1 {
            return Ok(Some(slot));
        }
    }
    Ok(None)
}
