//! SQLite: the copy of the file that is made before it is migrated.

use std::path::{Path, PathBuf};

use db::{DatabaseUrl, Db, Engine, PoolOptions};
use migration::{MigrationError, State};
use testkit::{EmptyDatabase, run as run_test};

use crate::{WAIT, all_steps, number_of_steps, rows, run, schema::schema, texts, up_by};

fn copies(database: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(database.parent().unwrap())
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .filter(|file| file.to_string_lossy().ends_with(".bak"))
        .collect()
}

#[test]
fn the_backup_holds_the_data_as_they_were_before() {
    run_test(Engine::Sqlite, async |t: EmptyDatabase| {
        let file = t.url.sqlite_path().unwrap();
        up_by(&t.db, 11).await;
        run(&t.db, &[rows::USER]).await;
        assert!(
            copies(file).is_empty(),
            "an empty database is not worth a copy"
        );

        migration::up(&t.db, WAIT).await.unwrap();
        let copies = copies(file);
        let [copy] = copies.as_slice() else {
            panic!("{copies:?}")
        };
        assert!(copy.ends_with(format!(
            "{}.before-m0012_defect.bak",
            file.file_name().unwrap().display()
        )));

        let url: DatabaseUrl = format!("sqlite:///{}", copy.display()).parse().unwrap();
        let old = Db::connect(&url, &PoolOptions::default()).await.unwrap();
        assert_eq!(texts(&old, "SELECT username FROM app_user").await, ["Añña"]);
        let pending = all_steps()[11..].to_vec();
        assert_eq!(
            migration::state(&old).await.unwrap(),
            State::Behind {
                applied: 11,
                pending
            }
        );
        old.close().await;
    });
}

#[test]
fn a_copy_of_an_earlier_try_does_unless_somebody_has_worked_since() {
    let event = "INSERT INTO audit_event (id, entity, entity_id, seq, actor_name, at, prev_hash, hash) \
        VALUES (1, 'part', 5, 1, 'Añña', '2026-01-01 00:00:00', '0', '1')";
    for (works, copied) in [(None, 1), (Some(event), 2)] {
        run_test(Engine::Sqlite, async |t: EmptyDatabase| {
            let file = t.url.sqlite_path().unwrap();
            up_by(&t.db, number_of_steps() - 1).await;
            run(&t.db, &[rows::USER]).await;
            let last = all_steps().pop().unwrap();
            let earlier = PathBuf::from(format!("{}.before-{last}.bak", file.display()));
            migration::backup::copy(&t.db, &earlier, WAIT)
                .await
                .unwrap();
            run(&t.db, works.as_slice()).await;
            migration::up(&t.db, WAIT).await.unwrap();
            assert_eq!(copies(file).len(), copied, "{works:?}");
        });
    }
}

#[test]
fn what_was_current_is_not_copied() {
    run_test(Engine::Sqlite, async |t: EmptyDatabase| {
        migration::up(&t.db, WAIT).await.unwrap();
        migration::up(&t.db, WAIT).await.unwrap();
        assert!(copies(t.url.sqlite_path().unwrap()).is_empty());
    });
}

#[cfg(unix)]
#[test]
fn without_its_backup_nothing_is_migrated() {
    run_test(Engine::Sqlite, async |t: EmptyDatabase| {
        up_by(&t.db, 11).await;
        let before = schema(&t.db).await;
        // A link to nowhere cannot be written through, not even by root; what it stands for is the unfinished copy.
        let unfinished = format!(
            "{}.before-m0012_defect.part",
            t.url.sqlite_path().unwrap().display()
        );
        std::os::unix::fs::symlink("/nowhere/at/all", &unfinished).unwrap();
        let refused = migration::up(&t.db, WAIT).await.unwrap_err();
        assert!(matches!(refused, MigrationError::Backup(..)), "{refused:?}");
        assert!(
            refused
                .to_string()
                .contains("make room or check the folder's rights"),
            "{refused}"
        );
        assert_eq!(schema(&t.db).await, before);
    });
}
