//! What a merge refuses: records that both have changed, tags that are taken, archives that do not hold, systems that do
//! not go together. What is refused stays as it is here, and nothing is overwritten.

use std::path::{Path, PathBuf};

use entity::part;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use service::actor::Actor;
use service::audit::AuditKey;
use service::db::Db;
use service::defects;
use service::moving::{self, MergeOptions, Watch};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Draft, demo, part as parts};
use testkit::{Engine, TestSystem, defect, each_db};

use super::archives::edited;
use super::merge::{
    DRY, REAL, copy_that_went_on, demo_elsewhere, figures, find, merge, parts_by_tag, refused,
    sound,
};
use super::{beside, content, export, seeded};

/// What is refused is left out, and the rest is merged.
const REST: MergeOptions = MergeOptions {
    dry_run: false,
    skip_refused: true,
};

async fn t_part(db: &Db, number: &str) -> part::Model {
    let row = part::Entity::find().filter(part::Column::PartNumber.eq(number));
    row.one(db.reader()).await.unwrap().unwrap()
}

/// The archive with a tag whose number lies far ahead.
fn edited_numbers(path: &Path) -> PathBuf {
    edited(path, "numbers", "defect.jsonl", |text| {
        let tag = text.lines().nth(3).unwrap().split('"').nth(5).unwrap();
        text.replacen(tag, "DMT-900000000000", 1)
    })
}

each_db! {
    async fn what_both_changed_is_refused_and_stays(t: TestSystem) {
        let both = t.bring_to(Status::Analysis).await.item;
        let theirs = t.bring_to(Status::Analysis).await.item;
        let renamed = t.part().await;
        let (number, id, free) = (renamed.number.clone(), both.id, theirs.id);
        let folder = tempfile::tempdir().unwrap();
        let path = copy_that_went_on(&t, folder.path(), move |copy| async move {
            let engineer = copy.member(Role::TechEngineer).await;
            let change = |title: &str| Draft::json(&json!({"title": title}));
            defects::change(&copy, &engineer, id, &IfMatch::Any, &change("Theirs")).await.unwrap();
            defects::change(&copy, &engineer, free, &IfMatch::Any, &change("Only theirs")).await.unwrap();
            let name = Draft::json(&json!({"name": "Their flange"}));
            parts::change(&copy, &Actor::command_line(), renamed.id, &IfMatch::Any, &name).await.unwrap();
        })
        .await;
        let engineer = t.member(Role::TechEngineer).await;
        let ours = Draft::json(&json!({"title": "Ours"}));
        defects::change(&t, &engineer, both.id, &IfMatch::Any, &ours).await.unwrap();
        let name = Draft::json(&json!({"name": "Our flange"}));
        let ours = t.member(Role::QualityManager).await;
        parts::change(&t, &ours, t_part(&t.db, &number).await.id, &IfMatch::Any, &name).await.unwrap();
        let before = content(&t.db).await;

        let merged = merge(&t.db, &path, REAL).await.unwrap();
        assert!(!merged.applied && merged.refused == 2, "{merged:?}");
        assert_eq!(refused(&merged), [format!("part {number} A"), format!("defect {}", both.tag_number)]);
        let what = &merged.refusals[1].what;
        assert!(what.contains("title: \"Ours\" here, \"Theirs\" in the archive"), "{what}");
        assert!(merged.refusals[0].what.contains("\"Our flange\" here"), "{:?}", merged.refusals);
        assert_eq!(content(&t.db).await, before);

        let merged = merge(&t.db, &path, REST).await.unwrap();
        assert!(merged.applied);
        assert_eq!(figures(&merged, "defect"), (0, 1, 0, 1));
        assert_eq!(find(&t.db, &both.tag_number).await.title, "Ours");
        assert_eq!(find(&t.db, &theirs.tag_number).await.title, "Only theirs");
        assert_eq!(t_part(&t.db, &number).await.name, "Our flange");
        sound(&t).await;
    }

    async fn the_next_tag_after_a_merge_is_free(t: TestSystem) {
        seeded(&t, 5).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("same-prefix");
        let file = path.clone();
        let made = tokio::task::spawn_blocking(move || {
            testkit::run(Engine::Sqlite, |other: TestSystem| async move {
                // The first numbers are used up, so that the tags are far ahead of this system's.
                assert!(demo::seed(&other, 40, 9, |_| {}).await.unwrap());
                export(&other.db, &file).await;
            });
        });
        made.await.unwrap();
        let merged = merge(&t.db, &path, REAL).await.unwrap();
        assert!(!merged.applied);
        assert_eq!(figures(&merged, "defect"), (35, 0, 0, 5));
        let what = &merged.refusals[0];
        assert!(what.table == "defect" && what.key == "DMT-000001" && what.what.contains(" here, "), "{what:?}");
        let merged = merge(&t.db, &path, REST).await.unwrap();
        assert_eq!((merged.applied, merged.refused), (true, 5));
        sound(&t).await;
        let inspector = t.member(Role::Inspector).await;
        for _ in 0..3 {
            let next = t.report(&inspector, defect()).await.item;
            assert!(next.tag_number.as_str() > "DMT-000040", "{}", next.tag_number);
        }
    }

    async fn tags_ahead_of_the_ids_are_skipped(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        seeded(&t, 3).await;
        let path = copy_that_went_on(&t, folder.path(), |copy| async move {
            let inspector = copy.member(Role::Inspector).await;
            for _ in 0..6 {
                copy.report(&inspector, defect().minor()).await;
            }
        })
        .await;
        // Without the first of the new ones the last one's number is ahead of its id here.
        let path = edited_numbers(&path);
        let merged = merge(&t.db, &path, REST).await.unwrap();
        let refusals = refused(&merged);
        assert!(merged.applied && refusals == ["defect DMT-900000000000"], "{refusals:?} {merged:?}");
        sound(&t).await;
        let next = t.report(&t.member(Role::Inspector).await, defect()).await.item;
        let tags = parts_by_tag(&t.db).await;
        assert!(tags.keys().all(|tag| *tag <= next.tag_number), "{tags:?}");
    }

    async fn a_bad_archive_changes_nothing(t: TestSystem) {
        seeded(&t, 5).await;
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        demo_elsewhere(&good, 20, 8).await;
        let before = content(&t.db).await;
        let cut = edited(&good, "cut", "audit_event.jsonl", |text| text[..text.len() - 20].to_owned());
        let sentence = merge(&t.db, &cut, REST).await.unwrap_err();
        assert!(sentence.starts_with("audit_event.jsonl, line ") && sentence.ends_with("is cut off"), "{sentence}");
        // Two records with one tag.
        let twins = edited(&good, "twins", "defect.jsonl", |text| text.replacen("B-000003", "B-000001", 1));
        let sentence = merge(&t.db, &twins, REST).await.unwrap_err();
        assert_eq!(sentence, "defect.jsonl, line 3: has the same tag_number as line 1");
        // A record that is not what its history tells: it is told before anything is kept.
        let title = edited(&good, "title", "defect.jsonl", |text| text.replacen("\"title\":\"", "\"title\":\"x", 1));
        let sentence = merge(&t.db, &title, REST).await.unwrap_err();
        assert!(sentence.contains("title is not what its history tells"), "{sentence}");
        assert_eq!(content(&t.db).await, before);
        // A history that was rewritten: that record is refused, and does not get a good hash here.
        let history = edited(&good, "history", "audit_event.jsonl", |text| {
            let line = text.lines().find(|line| line.contains("\"entity\":\"defect\"")).unwrap();
            text.replacen(line, &line.replacen("\"actor_name\":\"", "\"actor_name\":\"x", 1), 1)
        });
        let merged = merge(&t.db, &history, REST).await.unwrap();
        assert_eq!(figures(&merged, "defect"), (19, 0, 0, 1));
        assert!(merged.refusals[0].what.contains("does not hold"), "{:?}", merged.refusals);
        sound(&t).await;
    }

    async fn systems_that_do_not_go_together_are_refused(t: TestSystem) {
        seeded(&t, 5).await;
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good");
        demo_elsewhere(&good, 5, 8).await;
        let dollars = edited(&good, "dollars", "setting.jsonl", |text| text.replacen("\"EUR\"", "\"USD\"", 1));
        let sentence = merge(&t.db, &dollars, DRY).await.unwrap_err();
        assert!(sentence.contains("in USD, and this system in EUR"), "{sentence}");
        let (key, actor) = (AuditKey::new(Some("k")), Actor::command_line());
        let other = moving::merge((&t.db, &t.files), &good, &key, &actor, DRY, &Watch::nobody(), None).await;
        assert!(other.unwrap_err().to_string().contains("DMT_AUDIT_KEY"));
        beside(t.engine, &t.url, move |_, empty| async move {
            let sentence = merge(&empty.db, &good, REAL).await.unwrap_err();
            assert!(sentence.contains("import the archive without --merge"), "{sentence}");
        })
        .await;
    }
}
