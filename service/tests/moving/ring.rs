//! Once around: what comes back is what left, to the byte.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use service::db::DatabaseUrl;
use testkit::{Engine, TestSystem};

use super::{beside, copy, export, hostile, seeded};

/// From SQLite over all servers back into an SQLite file.
static AROUND: [Engine; 4] = [
    Engine::Postgres,
    Engine::MariaDb,
    Engine::MySql,
    Engine::Sqlite,
];

#[test]
fn two_thousand_records_come_back_as_they_left() {
    testkit::run(Engine::Sqlite, |t: TestSystem| async move {
        seeded(&t, 2000).await;
        hostile::add(&t.db).await;
        let folder = tempfile::tempdir().unwrap();
        let (first, last) = (
            folder.path().join("first.dmt.zip"),
            folder.path().join("last.dmt.zip"),
        );
        export(&t.db, &first).await;
        hop(t.url.clone(), &AROUND, last.clone()).await;
        let (mut first, mut last) = (files(&first), files(&last));
        let manifests = [first.remove("manifest.json"), last.remove("manifest.json")];
        let [before, after] = manifests.map(|json| {
            let mut manifest: serde_json::Value = serde_json::from_slice(&json.unwrap()).unwrap();
            let members = manifest.as_object_mut().unwrap();
            assert!(members.remove("created_at").is_some() && members.remove("source").is_some());
            manifest
        });
        assert_eq!(before, after);
        assert_eq!(first.len(), 40);
        for (name, bytes) in &first {
            assert!(last[name] == *bytes, "{name} is not what it was");
        }
    });
}

/// Copies from one station to the next; at the end of the ring the last one is exported.
fn hop(
    from: DatabaseUrl,
    rest: &'static [Engine],
    last: PathBuf,
) -> futures_util::future::BoxFuture<'static, ()> {
    Box::pin(async move {
        let Some((next, rest)) = rest.split_first() else {
            export(&super::connect(&from).await, &last).await;
            return;
        };
        beside(*next, &from, move |source, target| async move {
            let copied = copy(&source, &target.db).await;
            assert_eq!(copied.difference, None, "into {}", target.engine);
            hop(target.url, rest, last).await;
        })
        .await;
    })
}

/// The files of a zip file, unpacked.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(file.name().unwrap().into_owned(), bytes);
    }
    files
}
