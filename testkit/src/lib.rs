//! What the tests stand on: every behaviour is named once and tried on every database.
//!
//! [`each_db!`] makes four tests of a behaviour, each with a database of its own: a [`TestSystem`], ready for work; a
//! [`TestDatabase`] with DMT's tables; or an [`EmptyDatabase`]. `server.rs` says where servers are looked for,
//! `DMT_TEST_DATABASES` which databases are wanted. A test that fails keeps its database and prints the URL.

pub mod design;

mod corrective;
mod database;
mod defect;
mod pool;
mod run;
mod server;
mod sqlite;
mod statement;
mod system;

pub use database::{EmptyDatabase, TestDatabase};
pub use db::Engine;
pub use defect::{Tag, defect, line_by_force};
pub use run::{Fixture, run};
pub use system::{PASSWORD, START, TestSystem};

/// The administrator's URL of a server, for tests that make databases of their own; none where the engine is not
/// wanted, or not there and not asked for.
///
/// # Panics
/// If the server is asked for and cannot be had.
pub async fn server_url(engine: Engine) -> Option<db::DatabaseUrl> {
    match server::find(engine).await {
        Ok(server) => server.flatten().map(|url| server::as_named(engine, url)),
        Err(reason) => panic!("testkit: {engine}: {reason}"),
    }
}

/// A picture of two by two pixels, as a PNG.
pub const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\
    \x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x02\x00\x00\x00\xfd\xd4\x9as\
    \x00\x00\x00\x12IDATx\xdac\x10\x11\x11y\xf6\xec\x19\x03\x84\x02\x00!\xb0\x05\xdd\x05\x13\x05\xcf\
    \x00\x00\x00\x00IEND\xaeB`\x82";

/// The digest of the schema's sources, see `build.rs`.
const SCHEMA: &str = env!("DMT_SCHEMA");

/// What goes wrong around a test; in a test it is a panic.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Names behaviours, and tries each on every database: `cargo test a_closed_record` runs
/// `a_closed_record_cannot_be_changed::{sqlite, postgres, mariadb, mysql}`.
///
/// The parameter is what the behaviour needs: any [`Fixture`].
///
/// ```
/// use testkit::{TestDatabase, each_db};
///
/// each_db! {
///     /// A sentence more, where the name does not say it all.
///     async fn the_database_answers(t: TestDatabase) {
///         t.db.ping().await.unwrap();
///     }
/// }
/// ```
#[macro_export]
macro_rules! each_db {
    ($(
        $(#[$attribute:meta])*
        async fn $name:ident($fixture:ident: $kind:ty) $body:block
    )+) => {$(
        $(#[$attribute])*
        #[cfg(test)]
        async fn $name($fixture: $kind) $body

        #[cfg(test)]
        mod $name {
            #[test]
            fn sqlite() {
                $crate::run($crate::Engine::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Engine::Postgres, super::$name);
            }

            #[test]
            fn mariadb() {
                $crate::run($crate::Engine::MariaDb, super::$name);
            }

            #[test]
            fn mysql() {
                $crate::run($crate::Engine::MySql, super::$name);
            }
        }
    )+};
}
