//! What people add to a record goes with it: links, notes with their mentions, translations, attachments with their
//! files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use entity::{attachment, defect_link, defect_note, note_mention};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;
use service::actor::Actor;
use service::archive::Upload;
use service::audit::{self, AuditKey};
use service::clock::Clock;
use service::db::Db;
use service::defects::attachments::{self, Incoming};
use service::defects::{links, notes, translations};
use service::moving::{self, ExportOptions, MergeOptions, Merged, Watch};
use service::role::Role;
use service::store::Store;
use service::version::IfMatch;
use service::{Draft, System};
use testkit::{Fixture, TestSystem, defect, each_db};

use super::{beside, import};

async fn export(system: &System, path: &Path) -> Result<(), String> {
    let options = ExportOptions {
        schema: "m".to_owned(),
        without_secrets: false,
        files: system.files.clone(),
    };
    let done = moving::export(&system.db, path, &options, &Clock::Real, &Watch::nobody()).await;
    done.map(drop).map_err(|error| error.to_string())
}

async fn merge(to: (&Db, &Store), path: &Path) -> Result<Merged, String> {
    let (key, actor, watch) = (AuditKey::default(), Actor::command_line(), Watch::nobody());
    let options = MergeOptions::default();
    let merged = moving::merge(to, path, &key, &actor, options, &watch, None).await;
    merged.map_err(|error| error.to_string())
}

/// Two records that are linked, a note on the first that mentions somebody, and a file.
async fn add_evidence(t: &TestSystem) {
    let inspector = t.member(Role::Inspector).await;
    let one = t.report(&inspector, defect()).await.item.id;
    let two = t.report(&inspector, defect()).await.item.id;
    add_to(t, one, two).await;
}

async fn add_to(t: &TestSystem, one: i64, two: i64) {
    let inspector = t.member(Role::Inspector).await;
    let link = Draft::json(&json!({"kind": "duplicates", "other_id": two}));
    links::add(t, &inspector, one, &IfMatch::Any, &link, None)
        .await
        .unwrap();
    let note = Draft::json(&json!({"body": format!("Look, @{}.", inspector.name)}));
    notes::add(t, &inspector, one, &IfMatch::Any, &note, None)
        .await
        .unwrap();
    let translation = Draft::json(&json!({"title": "Rebaba"}));
    translations::put(t, &inspector, (one, "es"), &IfMatch::Any, &translation)
        .await
        .unwrap();
    let mut upload = Upload::begin_attachment(&std::env::temp_dir()).unwrap();
    upload
        .push(format!("{};1.5\n", t.number()).as_bytes())
        .unwrap();
    let (name, arrived) = ("bore.csv".to_owned(), upload.end().unwrap());
    let file = Incoming { name, arrived };
    attachments::add(t, &inspector, one, &IfMatch::Any, file, None)
        .await
        .unwrap();
}

/// Every chain holds, and every file is there.
async fn sound(system: &System) {
    assert_eq!(audit::verify(system, |_| {}).await.unwrap().findings, []);
    for row in attachment::Entity::find()
        .all(system.db.reader())
        .await
        .unwrap()
    {
        assert!(
            system.files.has(&row.sha256).await.unwrap(),
            "{}",
            row.file_name
        );
    }
}

/// Added, updated, same and refused rows of a table.
fn figures(merged: &Merged, name: &str) -> (u64, u64, u64, u64) {
    let table = merged
        .tables
        .iter()
        .find(|table| table.name == name)
        .unwrap();
    (table.added, table.updated, table.same, table.refused)
}

each_db! {
    async fn a_copy_to_which_evidence_was_added_is_gone_on_with(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let [one, two, three] = [
            t.report(&inspector, defect()).await.item.id,
            t.report(&inspector, defect()).await.item.id,
            t.report(&inspector, defect()).await.item.id,
        ];
        let folder = tempfile::tempdir().unwrap();
        let (before, after) = (folder.path().join("before"), folder.path().join("after"));
        export(&t, &before).await.unwrap();
        let path = after.clone();
        beside(t.engine, &t.url, move |_, target| async move {
            let copy = Arc::new(TestSystem::on(target).await);
            import(&copy.db, &before).await.unwrap();
            for _ in 0..1_000 {
                copy.number();
            }
            add_to(&copy, one, two).await;
            export(&copy, &path).await.unwrap();
        })
        .await;
        // Meanwhile ids are taken here that things have there.
        add_to(&t, three, two).await;
        add_to(&t, three, one).await;
        let merged = merge((&t.db, &t.files), &after).await.unwrap();
        assert!(merged.applied, "{:?}", merged.refusals);
        for table in ["defect_link", "defect_note", "note_mention", "attachment", "translation"] {
            assert_eq!(figures(&merged, table), (1, 0, 0, 0), "{table}");
        }
        sound(&t).await;
        let db = t.db.reader();
        let links = defect_link::Entity::find().order_by_asc(defect_link::Column::Id).all(db).await.unwrap();
        let ends: Vec<_> = links.iter().map(|link| (link.defect_id, link.other_id)).collect();
        assert_eq!(ends, [(three, two), (three, one), (one, two)]);
        let mention = note_mention::Entity::find().order_by_desc(note_mention::Column::Id).one(db).await.unwrap();
        let note = defect_note::Entity::find().order_by_desc(defect_note::Column::Id).one(db).await.unwrap();
        let (mention, note) = (mention.unwrap(), note.unwrap());
        assert_eq!((mention.note_id, mention.defect_id, note.defect_id), (note.id, one, one));
        let again = merge((&t.db, &t.files), &after).await.unwrap();
        assert_eq!(figures(&again, "attachment"), (0, 0, 1, 0));
    }

    async fn an_archive_carries_the_files_and_is_refused_without_them(t: TestSystem) {
        add_evidence(&t).await;
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        export(&t, &good).await.unwrap();
        let files: Vec<_> = fs::read_dir(good.join("files")).unwrap().map(|file| file.unwrap().path()).collect();
        let [file] = files.as_slice() else { panic!("{files:?}") };
        let content = fs::read(file).unwrap();
        let (file, engine) = (file.clone(), t.engine);
        beside(engine, &t.url, move |_, target| async move {
            let import = async |store: &Store| {
                let (key, watch) = (AuditKey::default(), Watch::nobody());
                let done = moving::import((&target.db, store), &good, &key, &watch).await;
                done.map(drop).map_err(|error| error.to_string())
            };
            let store = Store::memory();
            fs::write(&file, b"something else").unwrap();
            let changed = import(&store).await.unwrap_err();
            assert!(changed.contains("was changed"), "{changed}");
            fs::remove_file(&file).unwrap();
            let missing = import(&store).await.unwrap_err();
            assert!(missing.contains("is missing in the archive"), "{missing}");
            fs::write(&file, &content).unwrap();
            assert_eq!(attachment::Entity::find().count(target.db.reader()).await.unwrap(), 0);
            import(&store).await.unwrap();
            let row = attachment::Entity::find().one(target.db.reader()).await.unwrap().unwrap();
            assert!(store.has(&row.sha256).await.unwrap());
        })
        .await;
        // A store that has lost a file makes no archive.
        let lost = t.another_server(|options| options.files = Store::memory());
        let refused = export(&lost, &folder.path().join("lost")).await.unwrap_err();
        assert!(refused.contains("is missing in"), "{refused}");
        assert!(!folder.path().join("lost").exists());
    }
}
