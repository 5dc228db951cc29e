//! A system in which somebody was erased, on its way to another database: what is left of him goes along, and holds there.

use std::sync::Arc;

use entity::{app_user, audit_event};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use service::actor::Actor;
use service::defects::DefectItem;
use service::role::Role;
use service::user::Erased;
use service::value::Text;
use service::version::IfMatch;
use service::{Draft, System, audit, defects, user};
use testkit::{TestSystem, defect, each_db};

use super::archives::edited;
use super::merge::{REAL, elsewhere, figures, merge, refused, sound};
use super::{beside, copy, export, import, started};

async fn erase(system: &System, username: &str) -> Erased {
    let reason = Text("As he asked for.".to_owned());
    user::erase(system, username, &reason).await.unwrap()
}

/// Somebody who reports, changes and makes a part of his own.
async fn works(t: &TestSystem) -> (Actor, DefectItem) {
    t.member(Role::Admin).await;
    let person = t.user(Role::Inspector).await;
    let record = t.report(&person, defect()).await.item;
    let patch = Draft::json(&json!({"lot_number": "L-1", "hold_location": "cage 4"}));
    defects::change(t, &person, record.id, &IfMatch::Any, &patch)
        .await
        .unwrap();
    (person, record)
}

/// How many rows of history are told under a name.
async fn told_by(system: &System, name: &str) -> usize {
    let rows = audit_event::Entity::find().filter(audit_event::Column::ActorName.eq(name));
    rows.all(system.db.reader()).await.unwrap().len()
}

async fn user_of(system: &System, username: &str) -> Option<app_user::Model> {
    let named = app_user::Entity::find().filter(app_user::Column::Username.eq(username));
    named.one(system.db.reader()).await.unwrap()
}

each_db! {
    async fn what_an_erasure_left_is_copied_and_imported_as_it_is(t: TestSystem) {
        let (person, _) = works(&t).await;
        let erased = erase(&t, &person.name).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erased.dmt.zip");
        export(&t.db, &path).await;
        let (url, rows) = (t.url.clone(), erased.replaced["audit_event"]);
        let t = Arc::new(t);
        let (here, engine) = (Arc::clone(&t), t.engine);
        beside(engine, &url, move |source, target| async move {
            assert_eq!(copy(&source, &target.db).await.difference, None);
            let there = started(&here, &target.db).await;
            let verified = audit::verify(&there, |_| ()).await.unwrap();
            assert_eq!((verified.findings, verified.erased), (vec![], rows));
        })
        .await;
        beside(engine, &url, move |_, target| async move {
            let imported = import(&target.db, &path).await.unwrap();
            assert_eq!((imported.history.findings, imported.history.erased), (vec![], rows));
            let there = started(&t, &target.db).await;
            assert_eq!(user_of(&there, &erased.username).await.unwrap().id, erased.id);
            assert_eq!(erase(&there, &erased.username).await.vouching, 0, "nothing is left to erase");
            sound(&there).await;
        })
        .await;
    }

    async fn an_archive_in_which_an_erased_row_was_edited_is_refused(t: TestSystem) {
        let (person, record) = works(&t).await;
        erase(&t, &person.name).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erased");
        export(&t.db, &path).await;
        let path = edited(&path, "edited", "audit_event.jsonl", |text| text.replace("\\\"L-1\\\"", "\\\"L-2\\\""));
        let url = t.url.clone();
        let archive = path.clone();
        beside(t.engine, &url, move |_, target| async move {
            let sentence = import(&target.db, &archive).await.unwrap_err();
            assert!(sentence.contains("its content does not match its hash"), "{sentence}");
            assert!(!service::moving::holds_data(&target.db).await.unwrap());
        })
        .await;
        elsewhere(move |_, other| async move {
            let merged = merge(&other.db, &path, REAL).await.unwrap();
            assert_eq!(refused(&merged), [format!("defect {}", record.tag_number)]);
        })
        .await;
    }

    async fn an_erased_person_comes_with_a_merge_and_is_nobody_else_there(t: TestSystem) {
        let (person, record) = works(&t).await;
        let first = erase(&t, &person.name).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erased.dmt.zip");
        export(&t.db, &path).await;
        let patch = Draft::json(&json!({"lot_number": "L-3"}));
        let engineer = t.member(Role::TechEngineer).await;
        defects::change(&t, &engineer, record.id, &IfMatch::Any, &patch).await.unwrap();
        let later = folder.path().join("later.dmt.zip");
        export(&t.db, &later).await;
        elsewhere(move |b, other| async move {
            b.member(Role::Admin).await;
            let own = erase(&other, &b.user(Role::Inspector).await.name).await;
            assert_ne!(own.username, first.username);
            let merged = merge(&other.db, &path, REAL).await.unwrap();
            assert_eq!(refused(&merged), Vec::<String>::new());
            assert_eq!(figures(&merged, "defect").0, 1);
            sound(&other).await;
            let there = user_of(&other, &first.username).await.unwrap();
            assert_ne!(there.id, own.id);
            // The same once more is nothing, and what came since goes on.
            let merged = merge(&other.db, &path, REAL).await.unwrap();
            assert_eq!(figures(&merged, "audit_event").0, 0);
            let merged = merge(&other.db, &later, REAL).await.unwrap();
            assert_eq!((refused(&merged), figures(&merged, "defect").1), (vec![], 1));
            sound(&other).await;
        })
        .await;
    }

    async fn an_erasure_goes_over_to_an_older_state_of_the_system_and_can_be_done_there(t: TestSystem) {
        let (person, _) = works(&t).await;
        let folder = tempfile::tempdir().unwrap();
        let (before, after) = (folder.path().join("before.dmt.zip"), folder.path().join("after.dmt.zip"));
        export(&t.db, &before).await;
        let first = erase(&t, &person.name).await;
        export(&t.db, &after).await;
        let url = t.url.clone();
        let engine = t.engine;
        let here = Arc::new(t);
        beside(engine, &url, move |source, target| async move {
            import(&target.db, &before).await.unwrap();
            let there = started(&here, &target.db).await;
            let merged = merge(&target.db, &after, REAL).await.unwrap();
            assert_eq!((refused(&merged), figures(&merged, "app_user").1), (vec![], 1));
            sound(&there).await;
            let user = user_of(&there, &first.username).await.unwrap();
            assert_eq!((user.id, user.is_active), (first.id, false));
            // The history there still has his name, until he is erased there too.
            assert!(told_by(&there, &person.name).await > 0);
            erase(&there, &first.username).await;
            assert_eq!(told_by(&there, &person.name).await, 0);
            sound(&there).await;
            // The older archive does not bring him back where he was erased.
            let server = started(&here, &source).await;
            let merged = merge(&source, &before, REAL).await.unwrap();
            assert_eq!((refused(&merged), figures(&merged, "app_user").0), (vec![], 0));
            assert_eq!(told_by(&server, &person.name).await, 0);
            sound(&server).await;
        })
        .await;
    }
}
