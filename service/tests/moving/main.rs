//! Moving the data: what arrives is what left, on every pair of databases, whatever it holds and whatever happens on
//! the way.

#![expect(clippy::unwrap_used, reason = "a test")]

mod archives;
mod hostile;
mod pairs;
mod refusals;
mod resume;
mod ring;

use std::path::Path;

use service::audit::AuditKey;
use service::clock::Clock;
use service::db::{DatabaseUrl, Db, PoolOptions};
use service::moving::{self, Copied, ExportOptions, Exported, Imported};
use service::setting::{self, Wanted};
use service::{System, demo};
use testkit::{Engine, TestDatabase, TestSystem};

/// Connects once more, from the runtime of another test.
async fn connect(url: &DatabaseUrl) -> Db {
    Db::connect(url, &PoolOptions::default()).await.unwrap()
}

/// Runs a behaviour on an empty migrated database of one engine beside that of another, which the caller holds.
async fn beside<F: Future<Output = ()>>(
    engine: Engine,
    url: &DatabaseUrl,
    behaviour: impl FnOnce(Db, TestDatabase) -> F + Send + 'static,
) {
    let url = url.clone();
    // A thread of its own, because a test brings its runtime.
    let test = move || {
        testkit::run(engine, |target: TestDatabase| async move {
            let source = connect(&url).await;
            behaviour(source.clone(), target).await;
            source.close().await;
        });
    };
    tokio::task::spawn_blocking(test).await.unwrap();
}

async fn copy(from: &Db, to: &Db) -> Copied {
    moving::copy(from, to, &AuditKey::default(), false, &|_| {})
        .await
        .unwrap()
}

async fn resume(from: &Db, to: &Db) -> Copied {
    moving::copy(from, to, &AuditKey::default(), true, &|_| {})
        .await
        .unwrap()
}

/// The sentence with which a copy is refused.
async fn refused(from: &Db, to: &Db, resume: bool) -> String {
    let refused = moving::copy(from, to, &AuditKey::default(), resume, &|_| {}).await;
    refused.unwrap_err().to_string()
}

async fn export(from: &Db, path: &Path) -> Exported {
    let options = ExportOptions {
        schema: "m".to_owned(),
        without_secrets: false,
    };
    moving::export(from, path, &options, &Clock::Real, &|_| {})
        .await
        .unwrap()
}

async fn import(to: &Db, path: &Path) -> Result<Imported, String> {
    let imported = moving::import(to, path, &AuditKey::default(), &|_| {}).await;
    imported.map_err(|error| error.to_string())
}

/// Fills a system with records of every kind.
async fn seeded(system: &System, records: u64) {
    assert!(demo::seed(system, records, 7, |_| {}).await.unwrap());
}

/// A server on a database to which a system was moved.
async fn started(t: &TestSystem, db: &Db) -> System {
    let (wanted, key) = (Wanted::default(), AuditKey::default());
    let settings = setting::settle(db, &t.clock, &wanted, &key).await.unwrap();
    t.another_server(|options| {
        options.db = db.clone();
        options.settings = settings;
    })
}

/// What a database holds, as a line for each table: its name, its rows and their hash.
async fn content(db: &Db) -> Vec<(String, u64, String)> {
    let folder = tempfile::tempdir().unwrap();
    export(db, &folder.path().join("content")).await.tables
}
