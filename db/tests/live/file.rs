//! An SQLite file as a file: who may read it, how it is copied in use, and when another may take its place.

use std::path::Path;

use db::file::{self, FileError};
use db::{DatabaseUrl, Db};
use sea_orm::ConnectionTrait;

use crate::scratch::{number, options, sql};

async fn open(path: &Path) -> Db {
    let url: DatabaseUrl = format!("sqlite:///{}", path.display()).parse().unwrap();
    let db = Db::connect(&url, &options()).await.unwrap();
    sql(&db, "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY)").await;
    db
}

async fn rows(db: &Db) -> i64 {
    number(db.reader(), "SELECT COUNT(*) FROM t").await
}

async fn copy(db: &Db, to: &Path) -> Result<(), FileError> {
    let wait = std::time::Duration::from_secs(5);
    db::lock::with_migration_lock(db, wait, |connection| async move {
        file::copy(&connection, to).await
    })
    .await
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_a_new_file_its_log_or_its_copy() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("x.db")).await;
    for name in ["x.db", "x.db-wal", "x.db-shm"] {
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
    let to = folder.path().join("copy.db");
    copy(&db, &to).await.unwrap();
    assert_eq!(mode(&to), 0o600);
    db.close().await;
}

#[tokio::test]
async fn a_copy_is_one_moment_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("x.db")).await;
    sql(&db, "INSERT INTO t VALUES (1)").await;
    let to = folder.path().join("copy.db");
    copy(&db, &to).await.unwrap();
    sql(&db, "INSERT INTO t VALUES (2)").await;
    assert!(matches!(copy(&db, &to).await, Err(FileError::Io(..))));
    db.close().await;
    let copied = Db::connect(&DatabaseUrl::of_file(&to), &options())
        .await
        .unwrap();
    assert_eq!(rows(&copied).await, 1);
    assert_eq!(file::faults(&copied).await.unwrap(), Vec::<String>::new());
    copied.close().await;
}

#[tokio::test]
async fn a_file_is_replaced_only_when_nobody_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new, kept] = ["old.db", "new.db", "kept.db"].map(|name| folder.path().join(name));
    let running = open(&old).await;
    sql(&running, "INSERT INTO t VALUES (1)").await;
    open(&new).await.close().await;
    let refused = file::replace(&old, &new, &kept).await;
    assert!(matches!(refused, Err(FileError::InUse(_))), "{refused:?}");
    assert!(new.exists() && !kept.exists());
    assert_eq!(rows(&running).await, 1);
    running.close().await;
    file::replace(&old, &new, &kept).await.unwrap();
    for (path, count) in [(&old, 0), (&kept, 1)] {
        let db = Db::connect(&DatabaseUrl::of_file(path), &options())
            .await
            .unwrap();
        assert_eq!(rows(&db).await, count, "{}", path.display());
        db.close().await;
    }
}

#[tokio::test]
async fn foreign_keys_that_lead_nowhere_are_faults() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("x.db")).await;
    sql(&db, "CREATE TABLE u (t_id BIGINT REFERENCES t (id))").await;
    let off = "PRAGMA foreign_keys=OFF";
    db::lock::with_migration_lock(
        &db,
        std::time::Duration::from_secs(5),
        |connection| async move {
            connection.execute_unprepared(off).await?;
            connection
                .execute_unprepared("INSERT INTO u VALUES (7)")
                .await?;
            Ok::<_, FileError>(())
        },
    )
    .await
    .unwrap();
    let faults = file::faults(&db).await.unwrap();
    assert_eq!(faults, ["a foreign key that leads nowhere in u"]);
    db.close().await;
}
