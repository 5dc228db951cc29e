//! Records as askew as a plant's, made of one that was reported: what a plan depends on differs, the rest does not.

use chrono::TimeDelta;
use db::bulk::{Durability, Loader, Rows};
use entity::defect;
use sea_orm::{ConnectionTrait, EntityTrait};
use service::role::Role;
use service::value::Instant;
use testkit::{Engine, TestSystem, defect};

/// How many records there are.
pub(crate) const RECORDS: i64 = 12_000;

/// The oldest of them, which alone are still open.
const OPEN: i64 = 600;

/// Whom and what filters name.
pub(crate) struct Plant {
    /// The first record; the others follow without a gap.
    pub(crate) first: i64,
    pub(crate) person: i64,
    pub(crate) part: i64,
    pub(crate) other_part: i64,
    pub(crate) work_center: i64,
    pub(crate) customer: i64,
    pub(crate) supplier: i64,
    /// A moment before the latest reports.
    pub(crate) late: String,
}

/// Fills a system, and has the database look at what it holds.
pub(crate) async fn fill(system: &TestSystem) -> Plant {
    let manager = system.member(Role::QualityManager).await;
    let other = system.user(Role::TechEngineer).await.id.unwrap();
    let failure = system.failure_code("BURR").await.id;
    let (customer, supplier) = (system.customer().await.id, system.supplier().await.id);
    let mut parts = Vec::new();
    let mut work_centers = Vec::new();
    for _ in 0..20 {
        parts.push(system.part().await.id);
        work_centers.push(system.work_center().await.id);
    }
    let first = system.report(&manager, defect()).await.item.id;
    let reader = system.db.reader();
    let first = defect::Entity::find_by_id(first)
        .one(reader)
        .await
        .unwrap()
        .unwrap();
    let records = (1..RECORDS).map(|number| {
        let id = first.id + number;
        let is_open = number < OPEN;
        let state = if number % 3 == 0 {
            "analysis"
        } else {
            "reported"
        };
        let at = first.reported_at + TimeDelta::minutes(number);
        let place = usize::try_from(number).unwrap();
        defect::Model {
            id,
            tag_number: format!("DMT-{id:06}"),
            status: if is_open { state } else { "closed" }.to_owned(),
            severity: Some(["critical", "major", "minor", "minor"][place % 4].to_owned()),
            origin: if number % 9 == 0 {
                "customer"
            } else {
                "in_process"
            }
            .to_owned(),
            failure_code_id: (number % 40 == 0).then_some(failure),
            part_id: parts[place % parts.len()],
            work_center_id: work_centers[place / 7 % work_centers.len()],
            customer_id: (number % 30 == 0).then_some(customer),
            supplier_id: (number % 45 == 0).then_some(supplier),
            assignee_id: [None, manager.id, Some(other), Some(other)][place % 4],
            external_system: Some("MES".to_owned()),
            external_id: Some(format!("EXT-{number}")),
            reported_at: at,
            // Some are changed long after they were reported.
            updated_at: at + TimeDelta::minutes(number * 7_919 % 5_000),
            ..first.clone()
        }
    });
    store(system, vec![Rows::of::<defect::Entity>(records.collect())]).await;
    Plant {
        first: first.id,
        person: other,
        part: parts[3],
        other_part: parts[4],
        work_center: work_centers[5],
        customer,
        supplier,
        late: Instant::show(&(first.reported_at + TimeDelta::minutes(RECORDS - 300))),
    }
}

/// Stores rows as an import does, and has the database look at them.
pub(crate) async fn store(system: &TestSystem, rows: Vec<Rows>) {
    let mut tables: Vec<String> = rows.iter().map(|rows| rows.table().to_owned()).collect();
    tables.dedup();
    let loader = Loader::open(&system.db, Durability::EachCommit)
        .await
        .unwrap();
    let mut load = loader.begin().await.unwrap();
    for rows in rows {
        load.add(rows).await.unwrap();
    }
    load.commit().await.unwrap();
    loader.finish().await.unwrap();
    let statements = match system.engine {
        Engine::Sqlite | Engine::Postgres => vec!["ANALYZE".to_owned()],
        // MariaDB, MySQL: of 20 pages that they draw by lot they guess otherwise each time, and look again by themselves.
        Engine::MariaDb | Engine::MySql => tables
            .iter()
            .map(|table| {
                format!("ALTER TABLE {table} STATS_AUTO_RECALC=0, STATS_SAMPLE_PAGES=4000")
            })
            .chain([format!("ANALYZE TABLE {}", tables.join(", "))])
            .collect(),
    };
    let look = system.db.write(move |tx| {
        let statements = statements.clone();
        Box::pin(async move {
            for statement in &statements {
                tx.execute_unprepared(statement).await?;
            }
            Ok::<_, db::Error>(())
        })
    });
    look.await.unwrap();
}
