//! Inspections: the list, and what a control chart is made of. Neither reads the table whole, and where one filter is
//! asked for alone a page is read in the order of an index. The snapshots say of each statement which tables it reads, and
//! how.

use chrono::TimeDelta;
use db::bulk::Rows;
use entity::inspection;
use sea_orm::Statement;
use serde_json::{Value as Json, json};
use service::asked::statements_of;
use service::role::Role;
use service::{Draft, chart};
use testkit::{Engine, TestSystem, each_db};

use crate::crowd::at;
use crate::data::store;
use crate::explain::explain;

/// How many inspections there are: of a year, at twenty places.
const ROWS: i64 = 12_000;

struct Plant {
    part: i64,
    place: i64,
}

async fn fill(t: &TestSystem) -> Plant {
    let user = t.member(Role::Inspector).await.id.unwrap();
    let (mut parts, mut places) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        parts.push(t.part().await.id);
        places.push(t.work_center().await.id);
    }
    let rows = (0..ROWS).map(|number| {
        let place = usize::try_from(number).unwrap();
        inspection::Model {
            id: 0,
            guid: format!("{number:032}"),
            part_id: parts[place % 20],
            work_center_id: places[place / 7 % 20],
            inspected_at: at() - TimeDelta::minutes(number * 43),
            sample_size: 50,
            defective_units: Some(number % 50 / 40),
            defects_found: None,
            is_failed: number % 50 >= 40,
            defect_id: None,
            note: None,
            created_by: user,
            voided_at: (number % 500 == 0).then(at),
            voided_by: (number % 500 == 0).then_some(user),
            void_reason: None,
            version: 1,
            audit_seq: 1,
            audit_head: "0".repeat(64),
            created_at: at(),
            updated_at: at(),
        }
    });
    let rows = Rows::without_ids::<inspection::Entity>(rows.collect());
    store(t, vec![rows]).await;
    Plant {
        part: parts[3],
        place: places[5],
    }
}

/// What a query is filtered by; the ids differ from run to run.
fn names(filter: &Json) -> String {
    let names: Vec<_> = filter.as_object().unwrap().keys().cloned().collect();
    names.join(", ")
}

/// Looks at what was read, and tells it. Servers take what seems cheapest at the moment: the filter's index, or that of
/// the order.
async fn check(t: &TestSystem, what: &str, statements: Vec<Statement>, in_order: bool) -> String {
    assert!(!statements.is_empty(), "{what}");
    let mut told = format!("{what}\n");
    for statement in statements {
        let plan = explain(t, statement, ("inspection", "inspection")).await;
        assert!(!plan.reads_all, "{what}: {}", plan.text);
        let guesses = t.engine != Engine::Sqlite;
        assert!(
            guesses || !(in_order && plan.sorts),
            "{what}: {}",
            plan.text
        );
        told.push_str(&format!("    {}\n", plan.tables(t.engine)));
    }
    told
}

each_db! {
    async fn every_page_of_inspections_has_an_index(t: TestSystem) {
        let (plant, viewer) = (fill(&t).await, t.member(Role::Viewer).await);
        let mut told = String::new();
        for filter in [
            json!({}),
            json!({"part_id": [plant.part]}),
            json!({"work_center_id": [plant.place]}),
            json!({"failed": true}),
            json!({"inspected_after": "2026-11-01T00:00:00Z"}),
        ] {
            for sort in ["-inspected_at", "inspected_at"] {
                let mut query = filter.clone();
                query["sort"] = json!(sort);
                query["limit"] = json!(20);
                for page in ["first", "next"] {
                    let draft = Draft::json(&query);
                    let list = service::inspection::list(&t, &viewer, &draft);
                    let (found, statements) = statements_of(Box::pin(list)).await;
                    let next: Json = found.unwrap().next_cursor.into();
                    assert!(next.is_string(), "{query}");
                    let what = format!("by {}, {sort}, {page} page", names(&filter));
                    told.push_str(&check(&t, &what, statements, true).await);
                    query["cursor"] = next;
                }
            }
        }
        insta::assert_snapshot!(format!("list_{:?}", t.engine), told);
    }

    async fn a_chart_reads_the_inspections_of_its_part_or_place_alone(t: TestSystem) {
        let (plant, viewer) = (fill(&t).await, t.member(Role::Viewer).await);
        let mut told = String::new();
        for (what, count) in [(json!({"part_id": plant.part}), 600), (json!({"work_center_id": plant.place}), 599)] {
            let mut query = what.clone();
            query["chart"] = json!("p");
            let draft = Draft::json(&query);
            let (view, statements) = statements_of(Box::pin(chart::control_chart(&t, &viewer, &draft))).await;
            let points = view.unwrap().points.len();
            assert!((count - 40..=count).contains(&points), "{points}");
            told.push_str(&check(&t, &format!("by {}", names(&what)), statements, true).await);
        }
        insta::assert_snapshot!(format!("chart_{:?}", t.engine), told);
    }
}
