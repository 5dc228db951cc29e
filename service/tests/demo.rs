//! The demo: what it holds obeys the rules, the same seed makes the same, and it never touches anybody's data.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;
use service::System;
use service::actor::Actor;
use service::audit::{self, AuditKey};
use service::chart;
use service::defects::{self, content_hash};
use service::demo::{self, Load, Standing};
use service::due_rule;
use service::error::Error;
use service::input::Draft;
use service::role::Role;
use service::setting::{self, Currency};
use service::summary;
use service::user;
use service::words::{Disposition, Language, Status};
use testkit::{Engine, TestSystem, each_db};

fn of(role: Role) -> Actor {
    Actor {
        id: Some(1),
        name: role.word().to_owned(),
        roles: [role].into_iter().collect(),
        language: Language::English,
        token_id: None,
        scopes: None,
    }
}

async fn seeded(system: &System, records: u64) {
    assert!(demo::seed(system, records, 7, |_| {}).await.unwrap());
}

/// So many records that they are not written all at once.
const LONG: u64 = 2_100;

/// Begins a demo and dies as soon as some of it is written.
async fn interrupted(system: &System) {
    let system = system.clone();
    let died = tokio::spawn(async move {
        let die = |told| assert_eq!(told, 0, "this panic is part of the test");
        demo::seed(&system, LONG, 7, die).await
    });
    assert!(died.await.unwrap_err().is_panic());
}

fn loading() -> Draft<Load> {
    Draft::json(&json!({"passwords_known": true}))
}

/// Who has set the system up, under the name that he took.
async fn first_administrator(system: &System, username: &str) -> Actor {
    let new = json!({"username": username, "display_name": "First", "roles": ["admin"], "password": "long enough"});
    let user = user::create(system, &Actor::command_line(), &Draft::json(&new), None)
        .await
        .unwrap();
    Actor {
        id: Some(user.id),
        name: user.display_name,
        ..of(Role::Admin)
    }
}

async fn records(system: &System) -> u64 {
    let all = entity::defect::Entity::find();
    all.count(system.db.reader()).await.unwrap()
}

async fn rows_of<E: EntityTrait>(system: &System, by: E::Column) -> Vec<E::Model>
where
    E::Model: Send + Sync,
{
    E::find()
        .order_by_asc(by)
        .all(system.db.reader())
        .await
        .unwrap()
}

each_db! {
    async fn every_chain_of_the_demo_verifies(system: TestSystem) {
        seeded(&system, 120).await;
        let verified = audit::verify(&system, |_| {}).await.unwrap();
        assert_eq!(verified.findings, []);
        assert!(verified.chains > 120, "people and lists have a history too");
    }

    async fn the_demo_follows_the_audit_key_and_the_currency(system: TestSystem) {
        let keyed = system.another_server(|options| {
            options.audit_key = AuditKey::new(Some("a key of the plant"));
            options.settings.currency = Currency { code: "JPY".to_owned(), digits: 0 };
        });
        seeded(&keyed, 30).await;
        assert_eq!(audit::verify(&keyed, |_| {}).await.unwrap().findings, []);
        assert!(!audit::verify(&system, |_| {}).await.unwrap().findings.is_empty());
        let parts = rows_of::<entity::part::Entity>(&keyed, entity::part::Column::Id).await;
        assert_eq!(parts[0].unit_cost, Some(18));
    }

    async fn the_demo_has_records_in_every_state_and_language(system: TestSystem) {
        seeded(&system, 120).await;
        let rows = rows_of::<entity::defect::Entity>(&system, entity::defect::Column::Id).await;
        assert_eq!(rows.len(), 120);
        let states: BTreeSet<_> = rows.iter().map(|row| row.status.as_str()).collect();
        assert_eq!(states.len(), Status::ALL.len(), "{states:?}");
        let languages: BTreeSet<_> = rows.iter().map(|row| row.language.as_str()).collect();
        assert_eq!(languages, BTreeSet::from(["en", "es", "zh"]));
        let now = system.clock.now();
        for row in &rows {
            assert!(row.reported_at > now - TimeDelta::days(730) && row.updated_at <= now);
            assert!(row.detected_at <= row.reported_at && row.reported_at <= row.updated_at);
            assert!(!row.title.contains('{'), "{}", row.title);
            assert_eq!(row.tag_number, format!("DMT-{:06}", row.id));
        }
    }

    async fn the_lines_of_the_demo_add_up_and_its_signatures_stand_under_what_is_there(system: TestSystem) {
        let system = &system;
        seeded(system, 200).await;
        let mut lines: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for line in rows_of::<entity::disposition_line::Entity>(system, entity::disposition_line::Column::Id).await {
            lines.entry(line.defect_id).or_default().push(line);
        }
        let codes: HashMap<_, _> = rows_of::<entity::code_value::Entity>(system, entity::code_value::Column::Id)
            .await
            .into_iter()
            .map(|code| (code.id, code.code))
            .collect();
        let code = |id: Option<i64>| id.map(|id| codes[&id].as_str());
        let mut signatures: HashMap<i64, _> = HashMap::new();
        for signature in rows_of::<entity::signature::Entity>(system, entity::signature::Column::Id).await {
            signatures.insert(signature.defect_id, signature);
        }
        let mut closed = 0;
        for row in rows_of::<entity::defect::Entity>(system, entity::defect::Column::Id).await {
            let lines = lines.remove(&row.id).unwrap_or_default();
            let decided = matches!(row.status.as_str(), "execution" | "verification" | "closed");
            if decided {
                assert_eq!(lines.iter().map(|line| line.quantity).sum::<i64>(), row.quantity_defective);
                assert!(row.process_analysis.is_some() && row.severity.is_some());
            }
            if row.status == "closed" {
                closed += 1;
                assert!(row.cause_id.is_some() && row.failure_code_id.is_some());
                let signature = &signatures[&row.id];
                let hash = content_hash(&row, code(row.failure_code_id), code(row.cause_id), &lines);
                assert_eq!((signature.action.as_str(), &signature.content_hash), ("close", &hash));
                assert_eq!(signature.record_version, row.version);
                assert_eq!((Some(signature.signer_id), Some(signature.signed_at)), (row.closed_by, row.closed_at));
                assert!(row.severity.as_deref() == Some("minor") || row.closed_by != Some(row.reported_by));
                for line in &lines {
                    let worked = Disposition::of(&line.disposition).unwrap().is_worked();
                    assert_eq!(line.status, "done");
                    assert_eq!(line.reinspection_result.as_deref(), worked.then_some("pass"));
                }
            }
        }
        assert!(closed > 100);
    }

    async fn a_demo_record_can_be_read_and_worked_on_like_any_other(system: TestSystem) {
        let system = &system;
        seeded(system, 20).await;
        let reported = defects::list(system, &of(Role::Viewer), &Draft::json(&json!({"status": ["reported"]}))).await;
        let reported = reported.unwrap().items.remove(0);
        let mut inspector = of(Role::Inspector);
        inspector.id = Some(reported.reported_by.id);
        let shown = defects::show(system, &inspector, reported.id).await.unwrap();
        assert_eq!(shown.item, reported);
        let patch = Draft::json(&json!({"title": "Another title"}));
        let version = service::version::IfMatch::Versions(vec![reported.version]);
        defects::change(system, &inspector, reported.id, &version, &patch).await.unwrap();

        let new = json!({
            "part_id": reported.part.id, "work_center_id": reported.work_center.id, "title": "New", "description": "New",
            "quantity_defective": "1",
        });
        let new = defects::report(system, &inspector, &Draft::json(&new), None).await.unwrap();
        assert!(new.item.id > 20, "the database goes on counting behind the demo");
        assert_eq!(audit::verify(system, |_| {}).await.unwrap().findings, []);
    }

    async fn the_inspections_of_the_demo_make_charts_with_something_to_see(system: TestSystem) {
        let system = &system;
        seeded(system, 200).await;
        let all = rows_of::<entity::inspection::Entity>(system, entity::inspection::Column::Id).await;
        assert_eq!(all.len(), 300);
        assert!(all.iter().all(|row| row.inspected_at < system.clock.now() && row.created_at > row.inspected_at));
        let mut signals = 0;
        let parts: BTreeSet<i64> = all.iter().map(|row| row.part_id).collect();
        for part in parts {
            let query = Draft::json(&json!({"chart": "p", "part_id": part}));
            let chart = chart::control_chart(system, &of(Role::Viewer), &query).await.unwrap();
            assert_eq!(chart.points.len(), 100);
            signals += chart.points.iter().filter(|point| !point.signals.is_empty()).count();
        }
        assert!(signals > 0);
    }

    async fn a_demo_is_left_as_it_is(system: TestSystem) {
        let system = &system;
        seeded(system, 3).await;
        assert!(!demo::seed(system, 50, 8, |_| {}).await.unwrap());
        assert_eq!(entity::defect::Entity::find().count(system.db.reader()).await.unwrap(), 3);
        assert!(setting::is_demo(&system.db).await.unwrap());
    }

    async fn a_system_with_data_of_its_own_is_refused(system: TestSystem) {
        let system = &system;
        service::setup::seed_causes(system).await.unwrap();
        let part = Draft::json(&json!({"number": "PN-1", "revision": "A", "name": "Pin"}));
        let part = service::part::create(system, &of(Role::Admin), &part, None).await.unwrap();
        assert!(matches!(demo::seed(system, 3, 7, |_| {}).await, Err(Error::SetUp(_))));
        assert!(!setting::is_demo(&system.db).await.unwrap());
        let any = service::version::IfMatch::Missing;
        service::part::delete(system, &of(Role::Admin), part.id, &any).await.unwrap();
        seeded(system, 3).await;
    }

    async fn of_several_servers_that_start_at_once_one_makes_the_demo(system: TestSystem) {
        let starts = (0..4).map(|_| {
            let system = System::clone(&system);
            tokio::spawn(async move { demo::seed(&system, 10, 7, |_| {}).await.unwrap() })
        });
        let mut made = 0;
        for start in starts.collect::<Vec<_>>() {
            made += usize::from(start.await.unwrap());
        }
        assert_eq!(made, 1);
        assert_eq!(entity::defect::Entity::find().count(system.db.reader()).await.unwrap(), 10);
    }

    async fn an_interrupted_demo_is_finished_by_the_same_call_and_no_other(system: TestSystem) {
        let system = &system;
        interrupted(system).await;
        let some = entity::defect::Entity::find().count(system.db.reader()).await.unwrap();
        assert!(some > 0 && some < LONG);
        for (records, of) in [(LONG + 1, 7), (LONG, 8)] {
            let error = demo::seed(system, records, of, |_| {}).await.unwrap_err().to_string();
            assert!(error.contains("dmt demo --records 2100 --seed 7"), "{error}");
        }
        seeded(system, LONG).await;
        assert!(!demo::seed(system, LONG, 7, |_| {}).await.unwrap());
        assert_eq!(entity::defect::Entity::find().count(system.db.reader()).await.unwrap(), LONG);
        assert_eq!(audit::verify(system, |_| {}).await.unwrap().findings, []);
    }

    async fn the_first_administrator_loads_the_demo_beside_himself(system: TestSystem) {
        let system = &system;
        let first = first_administrator(system, "ADMIN").await;
        assert_eq!(demo::standing(system, &first).await.unwrap(), Standing::Empty);
        let careless = Draft::json(&json!({"passwords_known": false}));
        let refused = demo::load(system, &first, &careless).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        assert_eq!(demo::standing(system, &first).await.unwrap(), Standing::Empty);

        let loaded = demo::load(system, &first, &loading()).await.unwrap();
        assert_eq!((loaded.records, records(system).await), (demo::DEFAULT_RECORDS, demo::DEFAULT_RECORDS));
        let names: Vec<_> = loaded.users.iter().map(|user| user.username.as_str()).collect();
        assert_eq!(names, ["demo-admin", "inspector", "operator", "engineer", "quality", "manager", "viewer"]);
        let rows = rows_of::<entity::app_user::Entity>(system, entity::app_user::Column::Id).await;
        assert_eq!((rows.len(), rows[0].username.as_str()), (8, "ADMIN"));
        for user in &loaded.users {
            let row = rows.iter().find(|row| row.username == user.username).unwrap();
            assert!(system.hashing.verify(&user.password, Some(&row.password_hash)).await.unwrap(), "{user:?}");
        }
        assert!(system.hashing.verify("long enough", Some(&rows[0].password_hash)).await.unwrap());
        assert_eq!(audit::verify(system, |_| {}).await.unwrap().findings, []);
        assert_eq!(summary::verify(system, |_| {}).await.unwrap(), None);

        assert_eq!(demo::standing(system, &first).await.unwrap(), Standing::Loaded);
        let again = demo::load(system, &first, &loading()).await;
        assert!(matches!(again, Err(Error::SetUp(_))), "{again:?}");
        assert_eq!(records(system).await, demo::DEFAULT_RECORDS);
    }

    async fn a_demo_that_is_loaded_twice_at_once_is_loaded_once(system: TestSystem) {
        let system = &system;
        let (first, sent) = (first_administrator(system, "ada").await, loading());
        let (one, other) = tokio::join!(demo::load(system, &first, &sent), demo::load(system, &first, &sent));
        assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
        for outcome in [one, other] {
            match outcome {
                Ok(loaded) => assert_eq!(loaded.users[0].username, "admin"),
                Err(error) => assert!(matches!(error, Error::SetUp(_)), "{error:?}"),
            }
        }
        assert_eq!(records(system).await, demo::DEFAULT_RECORDS);
    }

    async fn a_demo_is_loaded_by_an_administrator_and_only_where_nothing_else_is(system: TestSystem) {
        let system = &system;
        let first = first_administrator(system, "ada").await;
        for nobody in [of(Role::QualityManager), Actor::command_line()] {
            let refused = demo::load(system, &nobody, &loading()).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
        }
        assert!(matches!(demo::standing(system, &of(Role::Viewer)).await, Err(Error::Forbidden { .. })));
        let rule = json!({"code": "SOON", "severity": "critical", "milestone": "containment", "days": 1});
        let rule = due_rule::create(system, &first, &Draft::json(&rule), None).await.unwrap();
        assert_eq!(demo::standing(system, &first).await.unwrap(), Standing::Taken);
        assert!(matches!(demo::load(system, &first, &loading()).await, Err(Error::SetUp(_))));
        due_rule::delete(system, &first, rule.id, &service::version::IfMatch::Missing).await.unwrap();
        assert_eq!(demo::standing(system, &first).await.unwrap(), Standing::Empty);
        system.user(Role::Viewer).await;
        assert!(matches!(demo::load(system, &first, &loading()).await, Err(Error::SetUp(_))));
        assert_eq!(records(system).await, 0);
    }

    async fn an_interrupted_demo_of_another_size_is_finished_by_its_own_command(system: TestSystem) {
        let system = &system;
        interrupted(system).await;
        let admin = of(Role::Admin);
        assert_eq!(demo::standing(system, &admin).await.unwrap(), Standing::Unfinished);
        let refused = demo::load(system, &admin, &loading()).await.unwrap_err().to_string();
        assert!(refused.contains("dmt demo --records 2100 --seed 7"), "{refused}");
    }

    async fn the_people_of_the_demo_sign_in(system: TestSystem) {
        seeded(&system, 1).await;
        let users = rows_of::<entity::app_user::Entity>(&system, entity::app_user::Column::Id).await;
        let names: Vec<_> = users.iter().map(|user| user.username.as_str()).collect();
        assert_eq!(names, ["admin", "inspector", "operator", "engineer", "quality", "manager", "viewer"]);
        for user in &users {
            let password = format!("{}-demo", user.username);
            assert!(system.hashing.verify(&password, Some(&user.password_hash)).await.unwrap());
        }
    }
}

/// All but the passwords' salts: the last hash of each chain stands for what it is about. None where SQLite is not
/// among the databases of this run.
fn heads<F: Future<Output = ()>>(seed: impl FnOnce(System) -> F) -> Option<Vec<String>> {
    let (send, receive) = std::sync::mpsc::channel();
    testkit::run(Engine::Sqlite, move |system: TestSystem| async move {
        seed(System::clone(&system)).await;
        let rows = rows_of::<entity::defect::Entity>(&system, entity::defect::Column::Id).await;
        let heads: Vec<_> = rows.into_iter().map(|row| row.audit_head).collect();
        send.send(heads).unwrap();
    });
    receive.recv().ok()
}

#[test]
fn the_same_seed_makes_the_same_records() {
    let of = |seed: u64| {
        heads(
            move |system| async move { assert!(demo::seed(&system, 40, seed, |_| {}).await.unwrap()) },
        )
    };
    let Some(first) = of(7) else {
        return;
    };
    assert_eq!(Some(&first), of(7).as_ref());
    assert_ne!(Some(&first), of(8).as_ref());
}

#[test]
fn an_interrupted_demo_ends_as_it_would_have_ended() {
    let whole = heads(|system| async move { seeded(&system, LONG).await });
    let finished = heads(|system| async move {
        interrupted(&system).await;
        seeded(&system, LONG).await;
    });
    assert_eq!(whole, finished);
}
