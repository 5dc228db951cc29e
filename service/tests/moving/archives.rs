//! Archives: what is exported is imported, and what is wrong with one is told by file and line.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::{app_user, setting, user_role, webhook};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value as Json;
use service::audit::AuditKey;
use service::clock::Clock;
use service::db::{DatabaseUrl, Db};
use service::moving::{self, ExportOptions, Stage, Watch};
use service::store::Store;
use sha2::{Digest, Sha256};
use testkit::{Engine, TestDatabase, TestSystem, each_db};

use super::{beside, content, export, import, run, searched, seeded};

each_db! {
    async fn an_archive_goes_into_an_empty_system(t: TestSystem) {
        seeded(&t, 100).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.dmt.zip");
        let exported = export(&t.db, &path).await;
        for engine in [t.engine, Engine::Sqlite] {
            let (path, expected) = (path.clone(), exported.tables.clone());
            beside(engine, &t.url, move |_, target| async move {
                // A system that was only started is empty.
                let _ = <TestSystem as testkit::Fixture>::on(target.clone()).await;
                let imported = import(&target.db, &path).await.unwrap();
                assert_eq!(imported.history.findings, []);
                assert_eq!(content(&target.db).await, expected);
                searched(&target.db).await;
                let again = import(&target.db, &path).await.unwrap_err();
                assert!(again.contains("holds data already"), "{again}");
            })
            .await;
        }
    }

    async fn without_secrets_nobody_signs_in(t: TestSystem) {
        seeded(&t, 10).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("open.dmt.zip");
        let options = ExportOptions { schema: "m".to_owned(), without_secrets: true, files: Store::memory() };
        moving::export(&t.db, &path, &options, &Clock::Real, &Watch::nobody()).await.unwrap();
        beside(t.engine, &t.url, move |_, target| async move {
            let imported = import(&target.db, &path).await.unwrap();
            assert_eq!(imported.history.findings, []);
            let users = app_user::Entity::find().all(target.db.reader()).await.unwrap();
            assert!(!users.is_empty() && users.iter().all(|user| user.password_hash == "!"));
            let hooks = webhook::Entity::find().all(target.db.reader()).await.unwrap();
            assert_eq!(hooks.iter().map(|hook| hook.secret.as_str()).collect::<Vec<_>>(), ["!"]);
        })
        .await;
    }

    async fn a_bad_archive_changes_nothing(target: TestDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        good_archive(&good).await;
        // A reference that only the database's last table breaks: everything before it is taken back.
        let bad = edited(&good, "bad", "signature.jsonl", |text| text.replacen("\"signer_id\":", "\"signer_id\":99", 1));
        let before = rows(&target.db).await;
        let sentence = import(&target.db, &bad).await.unwrap_err();
        assert!(sentence.starts_with("signature.jsonl, line 1: refers in signer_id to the app_user 99"), "{sentence}");
        assert_eq!(rows(&target.db).await, before);
        // What only the database sees: two rows with one tag.
        let bad = edited(&good, "twins", "defect.jsonl", |text| {
            let tag = |number: usize| text.lines().nth(number).unwrap().split('"').nth(5).unwrap().to_owned();
            text.replacen(&tag(3), &tag(1), 1)
        });
        let sentence = import(&target.db, &bad).await.unwrap_err();
        assert_eq!(sentence, "defect.jsonl, line 4: has the same tag_number as line 2");
        assert_eq!(rows(&target.db).await, before);
        import(&target.db, &good).await.unwrap();
    }

    async fn an_archive_whose_history_was_edited_changes_nothing(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        good_archive(&good).await;
        let before = rows(&t.db).await;
        assert!(!before.1.is_empty(), "a system that was started has settings");
        let bad = edited(&good, "event", "audit_event.jsonl", |text| {
            let line = text.lines().nth(6).unwrap();
            text.replace(line, &line.replacen("\"actor_name\":\"", "\"actor_name\":\"Not ", 1))
        });
        let sentence = import(&t.db, &bad).await.unwrap_err();
        assert_eq!(sentence, "audit_event.jsonl, line 7: was changed: its content does not match its hash");
        assert_eq!(rows(&t.db).await, before);
        // What only shows when all of it is there: a record that is not what its history tells, and one without its end.
        let title = edited(&good, "title", "defect.jsonl", |text| text.replacen("\"title\":\"", "\"title\":\"Not ", 1));
        let end = edited(&good, "end", "audit_event.jsonl", |text| {
            let lines: Vec<&str> = text.lines().collect();
            lines[..lines.len() - 1].join("\n") + "\n"
        });
        let end = edited(&end, "told", "manifest.json", |text| {
            let mut manifest: Json = serde_json::from_str(text).unwrap();
            let tables = manifest["tables"].as_array_mut().unwrap();
            let history = tables.iter_mut().find(|table| table["name"] == "audit_event").unwrap();
            history["rows"] = (history["rows"].as_u64().unwrap() - 1).into();
            manifest.to_string()
        });
        for (bad, what) in [(title, "title is not what its history tells"), (end, "has no history")] {
            let sentence = import(&t.db, &bad).await.unwrap_err();
            assert!(sentence.contains("nothing was imported: the history of"), "{sentence}");
            assert!(sentence.ends_with(what), "{sentence}");
            assert_eq!(rows(&t.db).await, before);
        }
        import(&t.db, &good).await.unwrap();
    }

    async fn an_archive_is_for_its_owner_alone(t: TestSystem) {
        use std::os::unix::fs::PermissionsExt;
        seeded(&t, 5).await;
        let folder = tempfile::tempdir().unwrap();
        let (zip, open) = (folder.path().join("a.zip"), folder.path().join("a"));
        fs::write(folder.path().join("a.zip.part"), b"left by one that was killed").unwrap();
        for path in [&zip, &open] {
            export(&t.db, path).await;
        }
        for path in [&zip, &open, &open.join("app_user.jsonl"), &open.join("manifest.json")] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", path.display());
        }
    }

    async fn what_was_done_since_an_import_is_not_taken_back_with_it(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        good_archive(&good).await;
        let bad = edited(&good, "title", "defect.jsonl", |text| text.replacen("\"title\":\"", "\"title\":\"Not ", 1));
        let (url, is_done) = (t.url.clone(), AtomicBool::new(false));
        let watch = Watch::new(move |at| {
            let is_there = matches!(at.stage, Stage::Verifying | Stage::History);
            if is_there && !is_done.swap(true, Ordering::Relaxed) {
                let url = url.clone();
                std::thread::spawn(move || work_elsewhere(&url)).join().unwrap();
            }
        });
        let refused = moving::import((&t.db, &Store::memory()), &bad, &AuditKey::default(), &watch).await;
        let sentence = refused.unwrap_err().to_string();
        assert!(sentence.contains("somebody has worked there since"), "{sentence}");
        let roles = user_role::Entity::find().filter(user_role::Column::Role.eq("operator"));
        let roles = roles.order_by_asc(user_role::Column::UserId).all(t.db.reader()).await.unwrap();
        assert_eq!(roles[0].user_id, 1, "what was done is there");
    }
}

/// What another program does in the meantime.
fn work_elsewhere(url: &DatabaseUrl) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(async {
        let db = super::connect(url).await;
        let role = "INSERT INTO user_role (user_id, role) SELECT MIN(id), 'operator' FROM app_user";
        run(&db, role).await;
        db.close().await;
    });
}

/// How many rows there are, and the settings.
async fn rows(db: &Db) -> (usize, Vec<setting::Model>) {
    let users = app_user::Entity::find()
        .all(db.reader())
        .await
        .unwrap()
        .len();
    let settings = setting::Entity::find().order_by_asc(setting::Column::Name);
    (users, settings.all(db.reader()).await.unwrap())
}

async fn good_archive(path: &Path) {
    let path = path.to_owned();
    let made = tokio::task::spawn_blocking(move || {
        testkit::run(Engine::Sqlite, |t: TestSystem| async move {
            seeded(&t, 40).await;
            export(&t.db, &path).await;
        });
    });
    made.await.unwrap();
}

/// A copy of an archive in which a file is edited and the manifest made to agree with it.
pub(super) fn edited(
    good: &Path,
    name: &str,
    file: &str,
    edit: impl Fn(&str) -> String,
) -> std::path::PathBuf {
    let bad = good.with_file_name(name);
    fs::create_dir(&bad).unwrap();
    for entry in fs::read_dir(good).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), bad.join(entry.file_name())).unwrap();
    }
    let text = fs::read_to_string(bad.join(file)).unwrap();
    let new = edit(&text);
    assert_ne!(new, text, "{name} is not edited");
    fs::write(bad.join(file), &new).unwrap();
    if file != "manifest.json" {
        let digest = |text: &str| {
            Sha256::digest(text.as_bytes())
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect::<String>()
        };
        let manifest = fs::read_to_string(bad.join("manifest.json")).unwrap();
        fs::write(
            bad.join("manifest.json"),
            manifest.replace(&digest(&text), &digest(&new)),
        )
        .unwrap();
    }
    bad
}

#[test]
fn what_is_wrong_is_told_by_file_and_line() {
    testkit::run(Engine::Sqlite, |target: TestDatabase| async move {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        good_archive(&good).await;
        let swap = |text: &str| {
            let mut lines: Vec<_> = text.lines().collect();
            lines.swap(2, 3);
            lines.join("\n") + "\n"
        };
        let double = |text: &str| {
            let mut lines: Vec<_> = text.lines().collect();
            lines.insert(3, lines[2]);
            lines.join("\n") + "\n"
        };
        let cut = |text: &str| text[..text.len() - 20].to_owned();
        let without_last =
            |text: &str| text[..=text[..text.len() - 1].rfind('\n').unwrap()].to_owned();
        type Edit<'a> = &'a dyn Fn(&str) -> String;
        let cases: &[(&str, &str, Edit<'_>, &str)] = &[
            (
                "order",
                "part.jsonl",
                &swap,
                "part.jsonl, line 4: is out of order: its key 3 comes before that of the line before it, 4",
            ),
            (
                "double",
                "part.jsonl",
                &double,
                "part.jsonl, line 4: has the key 3 of the line before it",
            ),
            ("cut", "part.jsonl", &cut, "part.jsonl, line 30: is cut off"),
            (
                "short",
                "part.jsonl",
                &without_last,
                "part.jsonl: has 29 rows, and the manifest says 30",
            ),
            (
                "column",
                "part.jsonl",
                &|text| text.replacen("\"id\":2", "\"id\":2,\"colour\":1", 1),
                "part.jsonl, line 2: has the column colour",
            ),
            (
                "kind",
                "part.jsonl",
                &|text| text.replacen("\"id\":2", "\"id\":\"2\"", 1),
                "part.jsonl, line 2: id: must be a whole number",
            ),
            (
                "form",
                "part.jsonl",
                &|text| text.replacen("\"id\":2", "\"id\": 2", 1),
                "part.jsonl, line 2: is not in the one form",
            ),
            (
                "parent",
                "code_value.jsonl",
                &|text| text.replacen("\"parent_id\":null", "\"parent_id\":99", 1),
                "refers in parent_id to the code_value 99",
            ),
            (
                "version",
                "manifest.json",
                &|text| text.replace("\"format_version\": 1", "\"format_version\": 2"),
                "manifest.json: is of format version 2",
            ),
            (
                "format",
                "manifest.json",
                &|text| text.replace("dmt archive", "zmt archive"),
                "manifest.json: is of the format \"zmt archive\"",
            ),
            (
                "unknown",
                "manifest.json",
                &|text| text.replacen("\"name\": \"unit_cost\"", "\"name\": \"cost\"", 1),
                "has a column cost in part, which this dmt does not know",
            ),
            (
                "hash",
                "manifest.json",
                &|text| flipped(text),
                "was changed: its SHA-256 is",
            ),
        ];
        let before = rows(&target.db).await;
        for (name, file, edit, expected) in cases {
            let bad = edited(&good, name, file, edit);
            let sentence = import(&target.db, &bad).await.unwrap_err();
            assert!(sentence.contains(expected), "{name}: {sentence}");
            assert_eq!(rows(&target.db).await, before, "{name}");
        }
        let spare = edited(&good, "table", "manifest.json", |text| {
            text.replacen("\"part\"", "\"spare\"", 1)
                .replace("part.jsonl", "spare.jsonl")
        });
        fs::rename(spare.join("part.jsonl"), spare.join("spare.jsonl")).unwrap();
        let sentence = import(&target.db, &spare).await.unwrap_err();
        assert!(
            sentence.contains("names the table spare, which this dmt does not know"),
            "{sentence}"
        );
        let missing = edited(&good, "missing", "part.jsonl", |text| text.to_owned() + " ");
        fs::remove_file(missing.join("part.jsonl")).unwrap();
        let sentence = import(&target.db, &missing).await.unwrap_err();
        assert_eq!(sentence, "part.jsonl: is missing in the archive");
        let stranger = edited(&good, "stranger", "part.jsonl", |text| {
            text.to_owned() + " "
        });
        fs::write(stranger.join("more.jsonl"), "{}\n").unwrap();
        let sentence = import(&target.db, &stranger).await.unwrap_err();
        assert_eq!(sentence, "more.jsonl: is not named in the manifest");
    });
}

/// The manifest with another hash of the last table.
fn flipped(text: &str) -> String {
    let place = text.rfind("\"sha256\": \"").unwrap() + 11;
    let digit = if text.as_bytes()[place] == b'0' {
        "1"
    } else {
        "0"
    };
    format!("{}{digit}{}", &text[..place], &text[place + 1..])
}

#[test]
fn a_zip_file_that_was_cut_off_is_refused() {
    testkit::run(Engine::Sqlite, |t: TestSystem| async move {
        seeded(&t, 20).await;
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.dmt.zip");
        export(&t.db, &whole).await;
        let bytes = fs::read(&whole).unwrap();
        let cut = folder.path().join("cut.dmt.zip");
        beside(Engine::Sqlite, &t.url, move |_, target| async move {
            for part in [0, 1, bytes.len() / 2, bytes.len() - 1] {
                fs::write(&cut, &bytes[..part]).unwrap();
                let sentence = import(&target.db, &cut).await.unwrap_err();
                assert!(sentence.contains("is no whole zip file"), "{sentence}");
            }
            // A bit in the middle of the history, which is the last table and the largest.
            let mut flipped = bytes.clone();
            flipped[bytes.len() / 4 * 3] ^= 4;
            fs::write(&cut, &flipped).unwrap();
            let before = rows(&target.db).await;
            import(&target.db, &cut).await.unwrap_err();
            assert_eq!(rows(&target.db).await, before);
        })
        .await;
        let options = ExportOptions {
            files: Store::memory(),
            schema: "m".to_owned(),
            without_secrets: false,
        };
        let again = moving::export(&t.db, &whole, &options, &Clock::Real, &Watch::nobody()).await;
        let sentence = again.unwrap_err().to_string();
        assert!(sentence.contains("is there already"), "{sentence}");
    });
}
