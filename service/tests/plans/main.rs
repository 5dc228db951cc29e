//! How each database finds what lists show: with which index, and whether it has to sort. On data as askew as a
//! plant's: nearly everything is closed, what is open is old, and some states and origins have no record at all.
//!
//! The statements are those of the lists themselves. The snapshots say which index serves what on each engine, where
//! that does not hang on a guess of its costs. That no page reads the whole table, and that pages which have an index
//! in their order are not sorted, is asserted besides.

#![expect(clippy::unwrap_used, reason = "a test")]

mod crowd;
mod data;
mod explain;
mod lists;
mod reports;
mod samples;
mod search;
mod work;

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::{Draft, defects};
use testkit::{Engine, TestSystem, each_db};

use data::Plant;
use explain::{Plan, explain};

const SORTS: [&str; 4] = ["-reported_at", "reported_at", "-updated_at", "tag_number"];

/// Filters with which one index alone is good. With the others the servers take what seems cheapest at the moment, by
/// samples of the data: the filter's index, or that of the order.
const CLEAR: [&str; 2] = ["everything", "old and rare state"];

/// Two filters, of which each has an index; which one is taken hangs on a guess with SQLite, too.
const BOTH: [&str; 2] = ["state and part", "state and severity"];

/// Filters that find nothing: to a server each index that begins with the filter's column is as good as the other, and
/// sorting the one row that it expects costs nothing.
const EMPTY: [&str; 2] = ["state without a record", "origin without a record"];

/// Filters, and in which of [`SORTS`] an index has what they find.
fn filters(plant: &Plant) -> Vec<(&'static str, Json, [bool; 4])> {
    let (all, reports, changes) = (
        [true; 4],
        [true, true, false, false],
        [true, true, true, false],
    );
    let nowhere = [false; 4];
    vec![
        ("everything", json!({}), all),
        ("common state", json!({"status": ["closed"]}), changes),
        (
            "old and rare state",
            json!({"status": ["reported"]}),
            changes,
        ),
        (
            "state without a record",
            json!({"status": ["verification"]}),
            changes,
        ),
        ("open", json!({"status": ["reported", "analysis"]}), nowhere),
        ("severity", json!({"severity": ["minor"]}), changes),
        ("origin", json!({"origin": ["in_process"]}), changes),
        (
            "origin without a record",
            json!({"origin": ["audit"]}),
            changes,
        ),
        ("assignee", json!({"assignee_id": [plant.person]}), changes),
        ("part", json!({"part_id": [plant.part]}), reports),
        (
            "parts",
            json!({"part_id": [plant.part, plant.other_part]}),
            nowhere,
        ),
        (
            "work center",
            json!({"work_center_id": [plant.work_center]}),
            reports,
        ),
        (
            "customer",
            json!({"customer_id": [plant.customer]}),
            reports,
        ),
        (
            "supplier",
            json!({"supplier_id": [plant.supplier]}),
            reports,
        ),
        ("failure code", json!({"failure_code": ["BURR"]}), reports),
        (
            "state and part",
            json!({"status": ["closed"], "part_id": [plant.part]}),
            reports,
        ),
        (
            "state and severity",
            json!({"status": ["reported"], "severity": ["minor"]}),
            changes,
        ),
        (
            "since a day",
            json!({"reported_after": plant.late}),
            reports,
        ),
        ("external id", json!({"external_id": "EXT-77"}), nowhere),
    ]
}

async fn plan(system: &TestSystem, filter: &Json, sort: &str) -> Plan {
    let mut query = filter.clone();
    query["sort"] = json!(sort);
    let statement = defects::list_statement(system, &Actor::command_line(), &Draft::json(&query))
        .await
        .unwrap();
    explain(system, statement, ("defect", "d")).await
}

each_db! {
    async fn every_page_of_defects_has_an_index(system: TestSystem) {
        let plant = data::fill(&system).await;
        let mut told = String::new();
        for (name, filter, indexed) in filters(&plant) {
            for (sort, is_indexed) in SORTS.into_iter().zip(indexed) {
                let plan = plan(&system, &filter, sort).await;
                assert!(!plan.reads_all, "{name}, {sort}: {}", plan.text);
                let guesses = system.engine != Engine::Sqlite;
                let is_empty = guesses && EMPTY.contains(&name);
                assert!(!(is_indexed && plan.sorts) || is_empty, "{name}, {sort}: {}", plan.text);
                let how = if is_empty {
                    "nothing, by an index".to_owned()
                } else if !is_indexed {
                    "keys are found by an index and sorted".to_owned()
                } else if BOTH.contains(&name) || guesses && !CLEAR.contains(&name) {
                    "in the order of an index".to_owned()
                } else {
                    plan.told()
                };
                told.push_str(&format!("{name}, {sort}: {how}\n"));
            }
        }
        insta::assert_snapshot!(format!("{:?}", system.engine), told);
    }

    async fn a_range_of_cost_is_looked_through_in_the_order_of_the_list(system: TestSystem) {
        data::fill(&system).await;
        reports::beside_records(&system).await;
        for sort in SORTS {
            let plan = plan(&system, &json!({"cost_total": "0.50..2"}), sort).await;
            assert!(!plan.reads_all && !plan.sorts, "{sort}: {}", plan.text);
            assert!(plan.text.contains("ix_cost_defect"), "{sort}: {}", plan.text);
        }
    }
}
