//! One test on one database: find it, set it up, run the behaviour, give it back or keep it.

use std::any::Any;
use std::error::Error;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};

use db::Engine;
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::database::{Lease, TestDatabase};
use crate::{Failure, server};

/// What a behaviour is given.
pub trait Fixture: Sized {
    /// Whether the database has DMT's tables.
    const MIGRATED: bool = true;

    /// Sets it up on a database of its own.
    fn on(database: TestDatabase) -> impl Future<Output = Self>;
}

/// So many tests of one process ask a server for a database at once; the others wait without a connection.
static AT_ONCE: [Semaphore; 4] = [const { Semaphore::const_new(16) }; 4];

/// Runs `test` on a database of its own; what [`each_db!`](crate::each_db) calls.
///
/// # Panics
/// If the test does, or if the database that it needs cannot be had although it is asked for.
pub fn run<T: Fixture, F: Future<Output = ()>>(engine: Engine, test: impl FnOnce(T) -> F) {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => panic!("testkit: {error}"),
    };
    // A LocalSet, so that tests of the server may spawn what stays on its thread.
    let outcome = LocalSet::new().block_on(&runtime, Box::pin(run_on(engine, test)));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => resume_unwind(panic),
        Err(error) => panic!("testkit: {engine}: {}", in_full(&*error)),
    }
}

/// The error with its causes: what a server said helps whoever sets up the tests.
fn in_full(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// The outer error is the test kit's, the inner one the test's panic.
async fn run_on<T: Fixture, F: Future<Output = ()>>(
    engine: Engine,
    test: impl FnOnce(T) -> F,
) -> Result<Result<(), Box<dyn Any + Send>>, Failure> {
    let _permit = AT_ONCE[engine as usize].acquire().await?;
    let Some(server) = server::find(engine).await? else {
        return Ok(Ok(()));
    };
    let lease = Lease::take(engine, server.as_ref(), T::MIGRATED).await?;
    let database = lease.database().clone();
    let behaviour = async move { test(T::on(database).await).await };
    let outcome = AssertUnwindSafe(Box::pin(behaviour)).catch_unwind().await;
    lease.database().db.close().await;
    match outcome {
        Ok(()) => lease.give_back().await?,
        Err(_) => match lease.keep().await {
            Ok(url) => eprintln!("testkit: the database of the failed test is kept: {url}"),
            Err(error) => {
                eprintln!("testkit: the database of the failed test could not be kept: {error}");
            }
        },
    }
    Ok(outcome)
}
