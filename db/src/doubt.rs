//! Whether connections can be trusted: one that no longer leads anywhere (a cut cable, a firewall
//! that forgot it, a server that hangs) looks like one whose answer takes long.
//!
//! Whoever gives up waiting says so here. For a while every connection is then tried, with little
//! patience, before it goes back to its pool, and those that lie there are tried at once: the dead
//! are thrown away, where they would otherwise be in the pool's way until TCP gives up.

use std::iter::from_fn;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;

use crate::Engine;

/// How long a doubt lasts.
const LASTS: Duration = Duration::from_secs(60);

/// How long a connection that is tried may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// When it was last said that an answer did not come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubt(Arc<Mutex<Option<Instant>>>);

impl Doubt {
    /// An answer did not come in time. Say so before the connection goes back to its pool.
    pub(crate) fn raise(&self, engine: Engine, pool: &DatabaseConnection) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        // Taken out and let go again, they are tried on their way back.
        match engine {
            Engine::Sqlite => {}
            Engine::Postgres => {
                let pool = pool.get_postgres_connection_pool();
                drop(from_fn(|| pool.try_acquire()).collect::<Vec<_>>());
            }
            Engine::MariaDb | Engine::MySql => {
                let pool = pool.get_mysql_connection_pool();
                drop(from_fn(|| pool.try_acquire()).collect::<Vec<_>>());
            }
        }
    }

    /// Whether it was said of late.
    pub(crate) fn is_fresh(&self) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < LASTS)
    }
}

/// Tries a connection on its way back to the pool, in the pool's own task. A dead one ends that
/// task, without the noise of a panic: an error would have the pool close the connection in order,
/// for which the driver waits until the other side says something if the connection is encrypted.
pub(crate) async fn return_alive<C: sqlx::Connection>(connection: &mut C) {
    if let Err(error) = ping(connection).await {
        log::warn!("a connection to the database does not answer and is dropped: {error}");
        resume_unwind(Box::new("a dead connection"));
    }
}

/// Tries a connection.
pub(crate) async fn ping<C: sqlx::Connection>(connection: &mut C) -> Result<(), sqlx::Error> {
    tokio::time::timeout(PATIENCE, connection.ping())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
