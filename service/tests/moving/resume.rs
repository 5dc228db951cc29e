//! A copy that is cut off, and gone on with; a source that is in use meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use entity::{code_label, code_value, part, user_role, work_center};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use service::audit::AuditKey;
use service::clock::Clock;
use service::db::{Db, Error};
use service::moving::{self, Stage, Watch};
use service::role::Role;
use service::setting::{self, Wanted};
use testkit::{TestSystem, defect, each_db};
use tokio::sync::Notify;

use super::{beside, content, copy, refused, resume, run, searched, seeded};

/// Begins a copy and gives it up when about so many rows are on their way.
async fn cut_off(from: &Db, to: &Db, rows: u64) {
    let reached = Arc::new(Notify::new());
    let notified = Arc::clone(&reached);
    let watch = Watch::new(move |at| {
        if at.stage == Stage::Moving && at.done >= rows {
            notified.notify_one();
        }
    });
    let key = AuditKey::default();
    tokio::select! {
        ended = moving::copy(from, to, &key, false, &watch) => panic!("it came to its end: {ended:?}"),
        () = reached.notified() => {}
    }
    // What was handed over may still be on its way.
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// Starts a server on a database.
async fn start(db: &Db) -> Result<(), String> {
    let (wanted, key) = (Wanted::default(), AuditKey::default());
    let settled = setting::settle(db, &Clock::Real, &wanted, &key).await;
    settled.map(drop).map_err(|error| error.to_string())
}

/// What a day of work may do to rows that were copied already: values change places, rows go and come.
async fn work(db: &Db) {
    db.write(|tx| {
        Box::pin(async move {
            let number = |id: i64, number: &str| {
                part::Entity::update_many()
                    .col_expr(part::Column::PartNumber, Expr::value(number))
                    .filter(part::Column::Id.eq(id))
            };
            let parts = part::Entity::find().all(tx).await?;
            let (one, two) = (&parts[0], &parts[1]);
            number(one.id, "between").exec(tx).await?;
            number(two.id, &one.part_number).exec(tx).await?;
            number(one.id, &two.part_number).exec(tx).await?;
            user_role::Entity::delete_many()
                .filter(user_role::Column::Role.eq("viewer"))
                .exec(tx)
                .await?;
            code_label::Entity::delete_many()
                .filter(code_label::Column::Locale.eq("zh"))
                .exec(tx)
                .await?;
            // A code whose parent came later than itself.
            let codes = code_value::Entity::find().all(tx).await?;
            let (first, last) = (codes[0].id, codes[codes.len() - 1].id);
            code_value::Entity::update_many()
                .col_expr(code_value::Column::ParentId, Expr::value(last))
                .filter(code_value::Column::Id.eq(first))
                .exec(tx)
                .await?;
            tx.execute_unprepared("DELETE FROM defect_serial").await?;
            tx.execute_unprepared("DELETE FROM audit_event WHERE seq > 3")
                .await?;
            Ok::<(), Error>(())
        })
    })
    .await
    .unwrap();
}

/// A shared view that somebody keeps, and texts in two languages.
const KEYED: [&str; 4] = [
    "INSERT INTO saved_view (id, owner_id, name, query, version, created_at, updated_at) \
     SELECT 10, MIN(id), 'mine', 'status=open', 1, MIN(created_at), MIN(created_at) FROM app_user",
    "INSERT INTO view_choice (id, user_id, view_id, is_default) SELECT 10, owner_id, id, FALSE FROM saved_view WHERE id = 10",
    "INSERT INTO translation (id, defect_id, field, language, content, origin, source_language, source_digest, \
     created_at, updated_at) SELECT 10, MIN(id), 'title', 'es', 'uno', 'human', 'en', 'x', MIN(created_at), \
     MIN(created_at) FROM defect",
    "INSERT INTO translation (id, defect_id, field, language, content, origin, source_language, source_digest, \
     created_at, updated_at) SELECT 11, MIN(id), 'title', 'zh', 'dos', 'human', 'en', 'x', MIN(created_at), \
     MIN(created_at) FROM defect",
];

/// The choice is another one, and the languages change places.
const CHANGED: [&str; 4] = [
    "UPDATE view_choice SET is_default = TRUE",
    "UPDATE translation SET language = 'xx' WHERE id = 10",
    "UPDATE translation SET language = 'es' WHERE id = 11",
    "UPDATE translation SET language = 'zh' WHERE id = 10",
];

each_db! {
    async fn what_was_cut_off_is_gone_on_with(t: TestSystem) {
        seeded(&t, 300).await;
        let expected = content(&t.db).await;
        beside(t.engine, &t.url, move |source, target| async move {
            cut_off(&source, &target.db, 3000).await;
            let sentence = start(&target.db).await.unwrap_err();
            assert!(sentence.contains("a copy that was cut off"), "{sentence}");
            let sentence = refused(&source, &target.db, false).await;
            assert!(sentence.contains("go on with it by --resume"), "{sentence}");
            let sentence = refused(&target.db, &source, false).await;
            assert!(sentence.contains("itself a copy that was cut off"), "{sentence}");
            assert_eq!(resume(&source, &target.db).await.difference, None);
            assert_eq!(content(&target.db).await, expected);
            start(&target.db).await.unwrap();
            searched(&target.db).await;
            // And once more: nothing is left to do.
            assert_eq!(resume(&source, &target.db).await.difference, None);
        })
        .await;
    }

    /// Only rows are compared: this work leaves no history.
    async fn what_changed_in_the_meantime_is_put_right(t: TestSystem) {
        seeded(&t, 200).await;
        beside(t.engine, &t.url, |source, target| async move {
            cut_off(&source, &target.db, 4000).await;
            work(&source).await;
            let copied = resume(&source, &target.db).await;
            for table in &copied.tables {
                assert_eq!(table.source_sha256, table.target_sha256, "{}", table.name);
            }
            assert!(copied.difference.unwrap().starts_with("the history of"));
            assert!(copied.repaired > 0);
        })
        .await;
    }

    async fn rows_whose_keys_are_references_and_short_words_are_put_right(t: TestSystem) {
        seeded(&t, 30).await;
        beside(t.engine, &t.url, |source, target| async move {
            for sql in KEYED {
                run(&source, sql).await;
            }
            // Without a history they cannot be proved, so the copy is not done with.
            let copied = copy(&source, &target.db).await;
            assert!(copied.difference.unwrap().starts_with("the history of"));
            for sql in CHANGED {
                run(&source, sql).await;
            }
            let copied = resume(&source, &target.db).await;
            for table in &copied.tables {
                assert_eq!(table.source_sha256, table.target_sha256, "{}", table.name);
            }
            assert_eq!(copied.repaired, 3);
        })
        .await;
    }

    async fn a_source_in_use_is_copied_as_of_one_moment(t: TestSystem) {
        seeded(&t, 200).await;
        let inspector = t.user(Role::Inspector).await;
        let part = part::Entity::find().one(t.db.reader()).await.unwrap().unwrap().id;
        let place = work_center::Entity::find().one(t.db.reader()).await.unwrap().unwrap().id;
        let tag = defect().with("part_id", part).with("work_center_id", place);
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let writing = async {
            let mut reported = 0;
            while !over.load(Ordering::Relaxed) {
                t.report(&inspector, tag.clone()).await;
                reported += 1;
            }
            reported
        };
        let copying = beside(t.engine, &t.url, move |source, target| async move {
            let copied = copy(&source, &target.db).await;
            is_over.store(true, Ordering::Relaxed);
            // Every record has its history, and every history its record.
            assert_eq!(copied.difference, None);
        });
        let (reported, ()) = tokio::join!(writing, copying);
        assert!(reported > 0);
    }
}
