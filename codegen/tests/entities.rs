//! The committed entities are what the migrations say, from whichever database they are read.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use testkit::{Engine, TestDatabase, run};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../entity/src");

#[tokio::test]
async fn entities_read_from_sqlite_are_the_committed_ones() {
    let folder = tempfile::tempdir().unwrap();
    codegen::entities_from_sqlite(folder.path()).await.unwrap();
    compare("SQLite", folder.path());
}

#[test]
fn entities_read_from_postgres_are_the_committed_ones() {
    run(Engine::Postgres, async |t: TestDatabase| {
        let folder = tempfile::tempdir().unwrap();
        codegen::entities_from(&t.url, folder.path()).await.unwrap();
        compare("PostgreSQL", folder.path());
    });
}

#[tokio::test]
async fn the_entity_of_a_table_that_is_gone_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old_table.rs"), "").unwrap();
    codegen::entities_from_sqlite(folder.path()).await.unwrap();
    compare("SQLite", folder.path());
}

fn compare(source: &str, generated: &Path) {
    let (generated, committed) = (contents(generated), contents(Path::new(COMMITTED)));
    let (made, kept): (Vec<_>, Vec<_>) = (generated.keys().collect(), committed.keys().collect());
    assert_eq!(
        made, kept,
        "entity/src has other files than {source} gives; run `just entities`"
    );
    for (name, text) in &generated {
        let differs = text
            .lines()
            .zip(committed[name].lines())
            .find(|(new, old)| new != old);
        assert!(
            *text == committed[name],
            "entity/src/{name} is not what {source} gives ({differs:?}); run `just entities`"
        );
    }
}

fn contents(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                fs::read_to_string(file.path()).unwrap(),
            )
        })
        .collect()
}
