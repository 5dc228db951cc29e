//! Exports as streams: the same content, few at once, given up with whoever reads them, and broken off where they fail.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use sea_orm::ConnectionTrait;
use service::archive::{self, ArchiveExport, ArchiveQuery};
use service::input::Draft;
use service::role::Role;
use service::{Error, System};
use testkit::{Engine, TestSystem, defect, each_db};

use super::{export, import, seeded};

async fn begin(system: &System, by: &service::actor::Actor) -> Result<ArchiveExport, Error> {
    let schema = async { Ok("m".to_owned()) };
    archive::export(system, by, &Draft::<ArchiveQuery>::pairs(&[]), schema).await
}

async fn read(stream: impl Stream<Item = Result<Vec<u8>, Error>>) -> (Vec<u8>, Option<Error>) {
    let mut stream = std::pin::pin!(stream);
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(error) => return (all, Some(error)),
        }
    }
    (all, None)
}

/// Records whose texts do not fit into what is under way between the database and a reader.
async fn filled(t: &TestSystem) {
    let by = t.user(Role::Inspector).await;
    for seed in 0..12_u64 {
        let mut text = String::new();
        let mut state = seed + 1;
        while text.len() < 190_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            text.push_str(&format!("{state:016x}"));
        }
        t.report(&by, defect().with("description", text)).await;
    }
}

each_db! {
    async fn a_stream_is_the_archive_of_the_command_line(t: TestSystem) {
        seeded(&t, 80).await;
        let admin = t.user(Role::Admin).await;
        let (bytes, error) = read(begin(&t, &admin).await.unwrap().into_stream()).await;
        assert!(error.is_none(), "{error:?}");
        let folder = tempfile::tempdir().unwrap();
        let (streamed, path) = (folder.path().join("s.dmt.zip"), folder.path().join("f.dmt.zip"));
        std::fs::write(&streamed, bytes).unwrap();
        let told = export(&t.db, &path).await;
        // The user who asked is new since; all else is in both.
        super::beside(Engine::Sqlite, &t.url, move |_, target| async move {
            let imported = import(&target.db, &streamed).await.unwrap();
            let rows = told.tables.iter().map(|(_, rows, _)| *rows);
            assert_eq!(imported.tables.iter().map(|table| table.1).collect::<Vec<_>>(), rows.collect::<Vec<_>>());
            let there = super::content(&target.db).await;
            assert_eq!(there, told.tables);
        })
        .await;
    }

    async fn a_few_exports_at_once_and_one_that_nobody_reads_ends(t: TestSystem) {
        filled(&t).await;
        let admin = t.user(Role::Admin).await;
        let first = begin(&t, &admin).await.unwrap();
        let second = begin(&t, &admin).await.unwrap();
        let third = begin(&t, &admin).await.err();
        assert!(matches!(third, Some(Error::Crowded(_))), "{third:?}");
        drop(first);
        let mut room = None;
        for _ in 0..200 {
            match begin(&t, &admin).await {
                Ok(export) => {
                    room = Some(export);
                    break;
                }
                Err(Error::Crowded(_)) => tokio::time::sleep(Duration::from_millis(25)).await,
                Err(error) => panic!("{error}"),
            }
        }
        let Some(room) = room else { panic!("the export that nobody reads goes on") };
        for export in [second, room] {
            let (bytes, error) = read(export.into_stream()).await;
            assert!(error.is_none() && bytes.len() > 500_000, "{} {error:?}", bytes.len());
        }
    }
}

#[test]
fn an_export_that_fails_halfway_breaks_off() {
    testkit::run(Engine::Sqlite, |t: TestSystem| async move {
        filled(&t).await;
        let admin = t.user(Role::Admin).await;
        let broken = t.db.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared("UPDATE audit_event SET at = 'never' WHERE id = 20")
                    .await?;
                Ok::<_, Error>(())
            })
        });
        broken.await.unwrap();
        let (bytes, error) = read(begin(&t, &admin).await.unwrap().into_stream()).await;
        assert!(matches!(error, Some(Error::Database(_))), "{error:?}");
        assert!(bytes.len() > 100_000, "{}", bytes.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("half.dmt.zip");
        std::fs::write(&path, bytes).unwrap();
        let told = service::moving::look_at(&path).unwrap_err().to_string();
        assert!(told.contains("is no whole zip file"), "{told}");
    });
}
