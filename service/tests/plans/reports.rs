//! Reports: an index finds what their statements add up; of records and of history none has to read
//! all.

use db::bulk::Rows;
use entity::{audit_event, cost_entry, defect};
use sea_orm::{EntityTrait, Statement};
use serde_json::json;
use service::asked::statements_of;
use service::input::Input;
use service::{Draft, report, summary};
use testkit::{Engine, TestSystem, each_db};

use crate::data;
use crate::explain::{Plan, explain_by_index};

/// Every report and what it is asked for: a day of many, with and without a filter.
const ASKED: &[(&str, &[(&str, &str)])] = &[
    ("pareto", &[("by", "part")]),
    ("pareto", &[("by", "failure_code"), ("measure", "quantity")]),
    ("pareto", &[("by", "supplier"), ("measure", "cost")]),
    ("pareto", &[("by", "work_center")]),
    ("pareto", &[("by", "cause"), ("measure", "cost")]),
    ("pareto", &[("by", "disposition")]),
    ("pareto", &[("by", "disposition"), ("measure", "cost")]),
    ("trend", &[("interval", "day")]),
    ("trend", &[("interval", "month")]),
    ("ageing", &[]),
    ("flow", &[]),
    ("copq", &[("interval", "week")]),
    ("copq", &[("by", "part")]),
    ("copq", &[("by", "supplier")]),
    ("suppliers", &[]),
    ("summary", &[]),
];

async fn ask(t: &TestSystem, name: &str, query: &[(String, String)]) -> Vec<Statement> {
    fn draft<T: Input>(query: &[(String, String)]) -> Draft<T> {
        Draft::pairs(query)
    }
    let actor = t.member(service::role::Role::QualityManager).await;
    macro_rules! asked {
        ($of:path) => {
            statements_of(Box::pin(async {
                $of(t, &actor, &draft(query)).await.unwrap();
            }))
            .await
            .1
        };
    }
    match name {
        "pareto" => asked!(report::pareto),
        "trend" => asked!(report::trend),
        "ageing" => asked!(report::ageing),
        "flow" => asked!(report::flow),
        "copq" => asked!(report::copq),
        "suppliers" => asked!(report::suppliers),
        "summary" => asked!(report::dashboard),
        other => panic!("there is no report {other}"),
    }
}

/// A move and a cost entry of each record, so that their tables are as large as they are in a plant.
pub(crate) async fn beside_records(t: &TestSystem) {
    let records = defect::Entity::find().all(t.db.reader()).await.unwrap();
    let moves = records.iter().map(|record| audit_event::Model {
        id: 0,
        entity: "defect".to_owned(),
        entity_id: record.id,
        seq: 1_000,
        field: Some("status".to_owned()),
        old_value: Some("\"reported\"".to_owned()),
        new_value: Some(format!("\"{}\"", record.status)),
        actor: None,
        actor_name: "somebody".to_owned(),
        at: record.reported_at,
        reason: None,
        request_id: None,
        prev_hash: "0".repeat(64),
        hash: "1".repeat(64),
    });
    let costs = records.iter().map(|record| cost_entry::Model {
        id: 0,
        defect_id: record.id,
        kind: "freight".to_owned(),
        amount: 100,
        note: None,
        reverses_id: None,
        reason: None,
        created_at: record.reported_at,
        created_by: record.reported_by,
        quality_class: None,
        charged_to_id: None,
    });
    let rows = vec![
        Rows::without_ids::<audit_event::Entity>(moves.collect()),
        Rows::without_ids::<cost_entry::Entity>(costs.collect()),
    ];
    data::store(t, rows).await;
}

/// Whether all rows of records or of history are read.
fn reads_all(engine: Engine, plan: &Plan) -> bool {
    plan.text.lines().any(|line| match engine {
        Engine::Sqlite => ["SCAN d", "SCAN e"].contains(&line.trim()),
        Engine::Postgres => {
            line.contains("Seq Scan on defect") || line.contains("Seq Scan on audit_event")
        }
        Engine::MariaDb | Engine::MySql => {
            // With an index that it could take, it reads a small table whole where it guesses that to cost less.
            (line.starts_with("d | ALL") || line.starts_with("e | ALL")) && line.ends_with("| ")
        }
    })
}

/// What the records are filtered by: the name of a parameter, and its value.
fn filters(supplier: i64) -> [Option<(&'static str, String)>; 4] {
    [
        None,
        Some(("severity", "critical".to_owned())),
        Some(("supplier_id", supplier.to_string())),
        Some(("cost_total", "0.50..".to_owned())),
    ]
}

each_db! {
    async fn no_report_reads_all_records_or_all_history(system: TestSystem) {
        let plant = data::fill(&system).await;
        beside_records(&system).await;
        let mut told = String::new();
        for is_live in [false, true] {
            if is_live {
                summary::ensure(&system).await.unwrap();
            }
            for filter in filters(plant.supplier) {
                let (by, value) = filter.unzip();
                for (name, more) in ASKED {
                    // Its two months are all that there is here, and without sums all of it has to be read.
                    if *name == "summary" && (!is_live || by == Some("cost_total")) {
                        continue;
                    }
                    let mut query: Vec<(String, String)> =
                        more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
                    query.extend(by.map(str::to_owned).zip(value.clone()));
                    if *name != "summary" {
                        query.push(("from".to_owned(), "2026-11-24".to_owned()));
                        query.push(("to".to_owned(), "2026-11-24".to_owned()));
                    }
                    let of = if is_live { "with sums" } else { "without sums" };
                    told.push_str(&format!("{name} {more:?} by {}, {of}\n", by.unwrap_or("nothing")));
                    for statement in ask(&system, name, &query).await {
                        let sql = statement.sql.clone();
                        let plan = explain_by_index(&system, statement, ("defect", "d")).await;
                        assert!(!reads_all(system.engine, &plan), "{name} {}\n{sql}\n{}", json!(query), plan.text);
                        told.push_str(&format!("    {}\n", plan.tables(system.engine)));
                    }
                }
            }
        }
        // Which of several good plans is taken moves with the statistics, so that they are not kept as they are.
        assert!(told.lines().count() > 100, "{told}");
    }
}
