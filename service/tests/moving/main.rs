//! Moving the data: what arrives is what left, on every pair of databases, whatever it holds and whatever happens on
//! the way.

#![expect(clippy::unwrap_used, reason = "a test")]

mod archives;
mod decisions;
mod erased;
mod evidence;
mod exports;
mod hostile;
mod jobs;
mod merge;
mod merge_refusals;
mod pairs;
mod refusals;
mod requests;
mod resume;
mod ring;
mod samples;

use std::path::Path;

use entity::app_user;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::json;
use service::actor::Actor;
use service::audit::AuditKey;
use service::clock::Clock;
use service::db::{DatabaseUrl, Db, Error, PoolOptions};
use service::moving::{self, Copied, ExportOptions, Exported, Imported, Watch};
use service::setting::{self, Wanted};
use service::store::Store;
use service::{Draft, System, demo, saved_view, search, subscription, webhook};
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

/// Runs a statement.
async fn run(db: &Db, sql: &'static str) {
    let done = db.write(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(sql).await?;
            Ok::<(), Error>(())
        })
    });
    done.await.unwrap();
}

async fn copy(from: &Db, to: &Db) -> Copied {
    moving::copy(from, to, &AuditKey::default(), false, &Watch::nobody())
        .await
        .unwrap()
}

async fn resume(from: &Db, to: &Db) -> Copied {
    moving::copy(from, to, &AuditKey::default(), true, &Watch::nobody())
        .await
        .unwrap()
}

/// The sentence with which a copy is refused.
async fn refused(from: &Db, to: &Db, resume: bool) -> String {
    let refused = moving::copy(from, to, &AuditKey::default(), resume, &Watch::nobody()).await;
    refused.unwrap_err().to_string()
}

async fn export(from: &Db, path: &Path) -> Exported {
    let options = ExportOptions {
        schema: "m".to_owned(),
        without_secrets: false,
        files: Store::memory(),
    };
    moving::export(from, path, &options, &Clock::Real, &Watch::nobody())
        .await
        .unwrap()
}

async fn import(to: &Db, path: &Path) -> Result<Imported, String> {
    let imported = moving::import(
        (to, &Store::memory()),
        path,
        &AuditKey::default(),
        &Watch::nobody(),
    )
    .await;
    imported.map_err(|error| error.to_string())
}

/// Every record, of which there are some, is found by the words of its texts.
async fn searched(db: &Db) {
    let verified = search::verify(db, |_| ()).await.unwrap();
    assert_eq!(verified.difference, None);
    assert!(verified.records > 0);
}

/// Fills a system with records of every kind.
async fn seeded(system: &System, records: u64) {
    assert!(demo::seed(system, records, 7, |_| {}).await.unwrap());
    // A server's ids go on where the last test stopped.
    let users = app_user::Entity::find().order_by_asc(app_user::Column::Id);
    let first = users.one(system.db.reader()).await.unwrap().unwrap();
    let admin = Actor {
        id: Some(first.id),
        ..Actor::command_line()
    };
    let new = json!({"url": "https://mes.example.com/dmt", "events": ["closed"]});
    let hook = webhook::create(system, &admin, &Draft::json(&new), None).await;
    assert!(hook.unwrap().secret.is_some());
    let choice = Draft::json(&json!({"immediate": ["assigned"], "daily": []}));
    subscription::choose(system, &admin, &choice).await.unwrap();
    let view = Draft::json(
        &json!({"name": "Open and critical", "shared_with": "everyone", "query": {"severity": ["critical"]}}),
    );
    let view = saved_view::create(system, &admin, &view, None)
        .await
        .unwrap();
    let choice = Draft::json(&json!({"is_default": true, "digest": "weekly"}));
    saved_view::choose(system, &admin, view.id, &choice)
        .await
        .unwrap();
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
