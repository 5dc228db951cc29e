//! Merging: what is new is added, and what went on goes on. What a merge refuses is in `merge_refusals.rs`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use entity::{audit_event, defect, disposition_line, labor_entry, part, setting as setting_row};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Statement,
};
use serde_json::{Value as Json, json};
use service::Draft;
use service::actor::Actor;
use service::audit::{self, AuditKey};
use service::db::{Db, Error};
use service::defects::{self, hold, labor};
use service::moving::{self, MergeOptions, Merged, Watch};
use service::role::Role;
use service::setting::{self, Wanted};
use service::store::Store;
use service::version::IfMatch;
use service::words::Status;
use service::{System, demo, due_rule, part as parts, search};
use testkit::{Engine, Fixture, TestSystem, defect, each_db};

use super::{beside, content, export, import, seeded};

pub(super) const DRY: MergeOptions = MergeOptions {
    dry_run: true,
    skip_refused: false,
};
pub(crate) const REAL: MergeOptions = MergeOptions {
    dry_run: false,
    skip_refused: false,
};

pub(crate) async fn merge(to: &Db, path: &Path, options: MergeOptions) -> Result<Merged, String> {
    let (key, actor, watch) = (AuditKey::default(), Actor::command_line(), Watch::nobody());
    let merged = moving::merge(
        (to, &Store::memory()),
        path,
        &key,
        &actor,
        options,
        &watch,
        None,
    )
    .await;
    merged.map_err(|error| error.to_string())
}

/// Added, updated, same and refused rows of a table.
pub(crate) fn figures(merged: &Merged, name: &str) -> (u64, u64, u64, u64) {
    let table = merged
        .tables
        .iter()
        .find(|table| table.name == name)
        .unwrap();
    (table.added, table.updated, table.same, table.refused)
}

/// What is refused, as `table key`.
pub(super) fn refused(merged: &Merged) -> Vec<String> {
    let refusals = merged.refusals.iter();
    refusals
        .map(|refusal| format!("{} {}", refusal.table, refusal.key))
        .collect()
}

/// Everything is in order: each chain, each record, and what it is found by.
pub(crate) async fn sound(system: &System) {
    assert_eq!(audit::verify(system, |_| {}).await.unwrap().findings, []);
    let verified = search::verify(&system.db, |_| ()).await.unwrap();
    assert_eq!(verified.difference, None);
}

/// Runs a behaviour on an independent system, an SQLite file whose tags begin with `B`.
pub(crate) async fn elsewhere<F: Future<Output = ()>>(
    behaviour: impl FnOnce(Arc<TestSystem>, System) -> F + Send + 'static,
) {
    let test = move || {
        testkit::run(Engine::Sqlite, |t: TestSystem| async move {
            let db = &t.db;
            db.write(|tx| {
                Box::pin(async move {
                    setting_row::Entity::update_many()
                        .col_expr(setting_row::Column::Content, Expr::value("B"))
                        .filter(setting_row::Column::Name.eq("tag_prefix"))
                        .exec(tx)
                        .await?;
                    Ok::<(), Error>(())
                })
            })
            .await
            .unwrap();
            let (wanted, key) = (Wanted::default(), AuditKey::default());
            let settings = setting::settle(db, &t.clock, &wanted, &key).await.unwrap();
            let system = t.another_server(|options| options.settings = settings);
            // So that its people and parts are not those of a demo.
            for _ in 0..1_000 {
                t.number();
            }
            behaviour(Arc::new(t), system).await;
        });
    };
    tokio::task::spawn_blocking(test).await.unwrap();
}

/// The archive of an independent demo.
pub(super) async fn demo_elsewhere(path: &Path, records: u64, seed: u64) {
    let path = path.to_owned();
    elsewhere(move |_, system| async move {
        assert!(demo::seed(&system, records, seed, |_| {}).await.unwrap());
        export(&system.db, &path).await;
    })
    .await;
}

/// The archive of a copy of the system that went on by itself.
pub(super) async fn copy_that_went_on<F: Future<Output = ()>>(
    t: &TestSystem,
    folder: &Path,
    go_on: impl FnOnce(Arc<TestSystem>) -> F + Send + 'static,
) -> PathBuf {
    let (before, after) = (folder.join("before"), folder.join("after"));
    export(&t.db, &before).await;
    let path = after.clone();
    beside(t.engine, &t.url, move |_, target| async move {
        let copy = Arc::new(TestSystem::on(target).await);
        import(&copy.db, &before).await.unwrap();
        forget_ids(&copy.db).await;
        // So that its people and parts have other names than those of the system that it was copied from.
        for _ in 0..1_000 {
            copy.number();
        }
        go_on(Arc::clone(&copy)).await;
        export(&copy.db, &path).await;
    })
    .await;
    after
}

/// MariaDB, MySQL: a database of tests goes on counting where an earlier test ended; one of its own would not.
async fn forget_ids(db: &Db) {
    if !db.engine().is_mysql_like() {
        return;
    }
    let names = "SELECT CAST(table_name AS CHAR) AS name FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND extra = 'auto_increment'";
    let names = db
        .reader()
        .query_all_raw(Statement::from_string(db.engine().family(), names));
    for row in names.await.unwrap() {
        let name: String = row.try_get("", "name").unwrap();
        let forget = db.write(move |tx| {
            let forget = format!("ALTER TABLE {name} AUTO_INCREMENT = 1");
            Box::pin(async move {
                tx.execute_unprepared(&forget).await?;
                Ok::<_, Error>(())
            })
        });
        forget.await.unwrap();
    }
}

/// Part numbers by tag.
pub(super) async fn parts_by_tag(db: &Db) -> HashMap<String, String> {
    let rows = defect::Entity::find().find_also_related(part::Entity);
    let rows = rows.all(db.reader()).await.unwrap();
    let pair = |(defect, part): (defect::Model, Option<part::Model>)| {
        (defect.tag_number, part.unwrap().part_number)
    };
    rows.into_iter().map(pair).collect()
}

pub(super) async fn find(db: &Db, tag: &str) -> defect::Model {
    let row = defect::Entity::find().filter(defect::Column::TagNumber.eq(tag));
    row.one(db.reader()).await.unwrap().unwrap()
}

async fn add_labor(system: &System, actor: &Actor, id: i64) -> i64 {
    let work =
        Draft::json(&json!({"work_date": "2026-11-19", "minutes": 30, "activity": "rework"}));
    labor::add(system, actor, id, &IfMatch::Any, &work, None)
        .await
        .unwrap()
        .item
        .id
}

each_db! {
    async fn an_independent_system_is_added(t: TestSystem) {
        seeded(&t, 30).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.dmt.zip");
        demo_elsewhere(&path, 60, 8).await;
        let before = content(&t.db).await;
        let (ours, part_count) = (parts_by_tag(&t.db).await, part::Entity::find().count(t.db.reader()).await.unwrap());

        let dry = merge(&t.db, &path, DRY).await.unwrap();
        assert!(!dry.applied && dry.history.is_none());
        assert_eq!((dry.refused, dry.refusals.len()), (0, 0), "{:?}", dry.refusals);
        assert_eq!(content(&t.db).await, before);

        let real = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(real.tables, dry.tables);
        assert_eq!(real.history.unwrap().findings, []);
        sound(&t).await;
        // The same plant: people, parts and codes are mapped, only the records are new.
        assert_eq!(figures(&dry, "defect"), (60, 0, 0, 0));
        for name in ["app_user", "part", "code_value", "work_center", "partner", "user_role", "code_label"] {
            let (added, updated, same, refused) = figures(&dry, name);
            assert_eq!((added, updated, refused), (0, 0, 0), "{name}");
            assert!(same > 0, "{name}");
        }
        let after = content(&t.db).await;
        for table in &dry.tables {
            let rows = |content: &[(String, u64, String)]| content.iter().find(|row| row.0 == table.name).unwrap().1;
            // One for each record that is new: here they are defects and inspections.
            let marks = if table.name == "audit_event" { 60 + figures(&dry, "inspection").0 } else { 0 };
            assert_eq!(rows(&after), rows(&before) + table.added + marks, "{}", table.name);
        }
        // Each record has the part of its number, here and there.
        let theirs = Arc::new(std::sync::Mutex::new(HashMap::new()));
        let (slot, archive) = (Arc::clone(&theirs), path.clone());
        beside(Engine::Sqlite, &t.url, move |_, target| async move {
            import(&target.db, &archive).await.unwrap();
            *slot.lock().unwrap() = parts_by_tag(&target.db).await;
        })
        .await;
        let both: HashMap<_, _> = theirs.lock().unwrap().clone().into_iter().chain(ours).collect();
        assert_eq!(both.len(), 90);
        assert_eq!(parts_by_tag(&t.db).await, both);
        assert_eq!(part::Entity::find().count(t.db.reader()).await.unwrap(), part_count);

        let again = merge(&t.db, &path, REAL).await.unwrap();
        assert!(again.applied);
        assert!(again.tables.iter().all(|table| (table.added, table.updated, table.refused) == (0, 0, 0)), "{again:?}");
        assert_eq!(content(&t.db).await, after);
    }

    async fn a_copy_that_went_on_is_gone_on_with(t: TestSystem) {
        let closed = t.bring_to(Status::Closed).await.item;
        let open = t.bring_to(Status::Analysis).await.item.id;
        let disposed = t.bring_to(Status::Disposition).await.item.id;
        let folder = tempfile::tempdir().unwrap();
        let path = copy_that_went_on(&t, folder.path(), move |copy| async move {
            copy.bring(disposed, Status::Closed).await;
            copy.bring(open, Status::Execution).await;
            copy.bring_to(Status::Closed).await;
            copy.report(&copy.member(Role::Operator).await, defect().minor()).await;
        })
        .await;
        let dry = merge(&t.db, &path, DRY).await.unwrap();
        assert_eq!(figures(&dry, "defect"), (2, 2, 1, 0));
        let real = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(real.tables, dry.tables);
        sound(&t).await;
        assert_eq!(find(&t.db, &closed.tag_number).await.audit_head.len(), 64);
        // It is the copy now, to the last hash.
        let (same, copied) = (Arc::new(std::sync::Mutex::new(Vec::new())), path.clone());
        let slot = Arc::clone(&same);
        beside(Engine::Sqlite, &t.url, move |_, target| async move {
            import(&target.db, &copied).await.unwrap();
            *slot.lock().unwrap() = content(&target.db).await;
        })
        .await;
        let records = |all: Vec<(String, u64, String)>| -> Vec<_> {
            all.into_iter().filter(|table| !["setting", "audit_event"].contains(&table.0.as_str())).collect()
        };
        let copied = same.lock().unwrap().clone();
        assert_eq!(records(content(&t.db).await), records(copied));
        let again = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(figures(&again, "defect"), (0, 0, 5, 0));
        // The older state has nothing to add either.
        let older = merge(&t.db, &folder.path().join("before"), REAL).await.unwrap();
        assert_eq!((older.applied, figures(&older, "defect")), (true, (0, 0, 3, 0)));
    }

    async fn due_rules_and_holds_go_along(t: TestSystem) {
        let waiting = t.bring_to(Status::Analysis).await.item;
        let (id, folder) = (waiting.id, tempfile::tempdir().unwrap());
        let path = copy_that_went_on(&t, folder.path(), move |copy| async move {
            let rule = json!({"code": "MAJOR", "severity": "major", "milestone": "closure", "days": 30});
            due_rule::create(&copy, &Actor::command_line(), &Draft::json(&rule), None).await.unwrap();
            let engineer = copy.member(Role::TechEngineer).await;
            let reason = Draft::json(&json!({"reason": "The customer decides."}));
            hold::begin(&copy, &engineer, id, &IfMatch::Any, &reason, None).await.unwrap();
        })
        .await;
        let merged = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(figures(&merged, "due_rule"), (1, 0, 0, 0));
        assert_eq!(figures(&merged, "defect"), (0, 1, 0, 0));
        let row = find(&t.db, &waiting.tag_number).await;
        assert_eq!(row.hold_reason.as_deref(), Some("The customer decides."));
        assert!(row.held_at.is_some());
        sound(&t).await;
    }

    async fn a_system_is_merged_again_and_again_as_it_goes_on(t: TestSystem) {
        seeded(&t, 10).await;
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = ["first", "second", "third"].map(|name| folder.path().join(name)).into();
        let files = paths.clone();
        elsewhere(move |t, system| async move {
            let inspector = t.member(Role::Inspector).await;
            // Records before it, whose ids the other system has for other things.
            for _ in 0..3 {
                let form = Draft::json(&t.form(&defect()).await);
                defects::report(&system, &inspector, &form, None).await.unwrap();
            }
            let form = t.form(&defect().with("external_system", "erp").with("external_id", "Q-1")).await;
            let id = defects::report(&system, &inspector, &Draft::json(&form), None).await.unwrap().item.id;
            t.bring(id, Status::Execution).await;
            let operator = t.member(Role::Operator).await;
            let entry = add_labor(&system, &operator, id).await;
            export(&system.db, &files[0]).await;
            let reason = Draft::json(&json!({"reason": "twice"}));
            labor::reverse(&system, &operator, (id, entry), &IfMatch::Any, &reason, None).await.unwrap();
            export(&system.db, &files[1]).await;
            t.bring(id, Status::Closed).await;
            export(&system.db, &files[2]).await;
        })
        .await;
        let first = merge(&t.db, &paths[0], REAL).await.unwrap();
        assert!(first.applied, "{:?}", first.refusals);
        let tag = defect::Entity::find().filter(defect::Column::ExternalId.eq("Q-1"));
        let tag = tag.one(t.db.reader()).await.unwrap().unwrap().tag_number;
        assert!(tag.starts_with("B-"), "{tag}");
        sound(&t).await;
        // What is older than what was merged has nothing to say, and what goes on goes on.
        for (path, expected) in [(&paths[1], (0, 1)), (&paths[0], (0, 0)), (&paths[2], (0, 1)), (&paths[1], (0, 0))] {
            let merged = merge(&t.db, path, REAL).await.unwrap();
            assert!(merged.applied, "{:?}", merged.refusals);
            let (added, updated, ..) = figures(&merged, "defect");
            assert_eq!((added, updated), expected, "{}", path.display());
            sound(&t).await;
        }
        let record = find(&t.db, &tag).await;
        assert_eq!(record.status, "closed");
        let of = |rows: Vec<labor_entry::Model>| -> i64 { rows.iter().map(|row| row.minutes).sum() };
        let work = labor_entry::Entity::find().filter(labor_entry::Column::DefectId.eq(record.id));
        let work = work.order_by_asc(labor_entry::Column::Id).all(t.db.reader()).await.unwrap();
        assert!(work.iter().any(|row| row.reverses_id.is_some_and(|id| work.iter().any(|other| other.id == id))));
        assert!(of(work) > 0);
        let marks = audit_event::Entity::find().filter(audit_event::Column::Field.eq("merged_from"));
        let marks = marks.filter(audit_event::Column::Entity.eq("defect"));
        let marks = marks.filter(audit_event::Column::EntityId.eq(record.id)).order_by_asc(audit_event::Column::Seq);
        let marks = marks.all(t.db.reader()).await.unwrap();
        let rows = |mark: &audit_event::Model| {
            let content: Json = serde_json::from_str(mark.new_value.as_deref().unwrap()).unwrap();
            assert_eq!((mark.actor, mark.actor_name.as_str()), (None, "dmt command line"));
            (content["id"].as_i64().unwrap(), content["rows"].as_i64().unwrap(), content["head"].as_str().unwrap().len())
        };
        let told: Vec<_> = marks.iter().map(rows).collect();
        assert_eq!(told.iter().map(|mark| (mark.0, mark.2)).collect::<Vec<_>>(), [(4, 64); 3]);
        assert!(told.windows(2).all(|pair| pair[0].1 < pair[1].1), "{told:?}");
        // Here it goes on too: from now on the other system's changes are refused, and nothing is lost.
        let manager = t.user(Role::QualityManager).await;
        let lines = disposition_line::Entity::find().filter(disposition_line::Column::DefectId.eq(record.id));
        assert!(lines.count(t.db.reader()).await.unwrap() > 0);
        assert_eq!(defects::show(&t, &manager, record.id).await.unwrap().item.status, Status::Closed);
    }

    async fn hostile_texts_arrive_as_they_were(t: TestSystem) {
        seeded(&t, 5).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hostile");
        let file = path.clone();
        elsewhere(move |t, system| async move {
            let inspector = t.member(Role::Inspector).await;
            for text in TEXTS {
                let new = json!({"number": text, "revision": "'", "name": text});
                let part = parts::create(&system, &Actor::command_line(), &Draft::json(&new), None).await.unwrap();
                let tag = defect().with("part_id", part.id).with("title", text).with("description", text);
                let tag = tag.with("external_system", "erp").with("external_id", text);
                let form = t.form(&tag).await;
                defects::report(&system, &inspector, &Draft::json(&form), None).await.unwrap();
            }
            export(&system.db, &file).await;
        })
        .await;
        let dry = merge(&t.db, &path, DRY).await.unwrap();
        let real = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!((real.applied, real.tables), (true, dry.tables), "{:?}", real.refusals);
        sound(&t).await;
        let rows = defect::Entity::find().find_also_related(part::Entity).filter(defect::Column::ExternalId.is_not_null());
        let rows = rows.order_by_asc(defect::Column::Id).all(t.db.reader()).await.unwrap();
        let told: Vec<_> = rows.into_iter().map(|(row, part)| {
            let part = part.unwrap();
            assert!([&row.description, &row.external_id.unwrap(), &part.part_number, &part.name].iter().all(|text| **text == row.title));
            row.title
        }).collect();
        assert_eq!(told, TEXTS);
        let again = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(figures(&again, "defect"), (0, 0, TEXTS.len() as u64, 0));
    }

    async fn people_at_work_meanwhile_lose_nothing(t: TestSystem) {
        seeded(&t, 10).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other");
        demo_elsewhere(&path, 60, 8).await;
        let inspector = t.member(Role::Inspector).await;
        let form = Draft::json(&t.form(&defect()).await);
        let reports = async {
            let mut tags = Vec::new();
            for _ in 0..20 {
                tags.push(defects::report(&t, &inspector, &form, None).await.unwrap().item.tag_number);
            }
            tags
        };
        let (merged, tags) = tokio::join!(merge(&t.db, &path, REAL), reports);
        assert!(merged.unwrap().applied);
        assert_eq!(parts_by_tag(&t.db).await.len(), 10 + 60 + 20);
        for tag in tags {
            find(&t.db, &tag).await;
        }
        sound(&t).await;
    }
}

/// What closes a quotation, what steers, what is invisible, what other programs take for nothing.
const TEXTS: [&str; 9] = [
    "'; DROP TABLE part; --",
    "\"quoted\\\" \\N \\.",
    "🔧 法兰孔毛刺 שלום",
    "e\u{301} is not é",
    "%_!?:1$1",
    "NULL",
    "disposition_lines/1",
    "{\"id\":1}",
    "\u{202e}rtl\u{202c}",
];
