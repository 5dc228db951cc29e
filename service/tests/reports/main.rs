//! Reports and the sums that they are read from: both ways of reading give the same, whatever happened, on every
//! database; what is forged is found; who folds and who reads do not disturb each other.

#![expect(clippy::unwrap_used, reason = "a test")]

mod builds;
mod demo;
mod edges;
mod figures;
mod happened;
mod same;

use sea_orm::ConnectionTrait;
use serde_json::{Map, Value as Json, json};
use service::actor::Actor;
use service::error::Result;
use service::input::Input;
use service::{Draft, System, report, summary};

/// Runs SQL past the service.
pub(crate) async fn by_force(system: &System, sql: &str) {
    let sql = sql.to_owned();
    let done = system.db.write(move |tx| {
        let sql = sql.clone();
        Box::pin(async move {
            tx.execute_unprepared(&sql).await?;
            Ok::<_, service::db::Error>(())
        })
    });
    done.await.unwrap();
}

/// Folds all that waits.
pub(crate) async fn fold_all(system: &System) {
    while summary::fold(system).await.unwrap() > 0 {}
}

fn draft<T: Input>(query: &Json) -> Draft<T> {
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let pairs: Vec<(String, String)> = query
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    Draft::pairs(&pairs)
}

/// A report as its JSON shows it.
pub(crate) async fn shown(
    system: &System,
    actor: &Actor,
    name: &str,
    query: &Json,
) -> Result<Json> {
    Ok(match name {
        "pareto" => json!(report::pareto(system, actor, &draft(query)).await?.1),
        "trend" => json!(report::trend(system, actor, &draft(query)).await?.1),
        "ageing" => json!(report::ageing(system, actor, &draft(query)).await?.1),
        "flow" => json!(report::flow(system, actor, &draft(query)).await?.1),
        "copq" => json!(report::copq(system, actor, &draft(query)).await?.1),
        "suppliers" => json!(report::suppliers(system, actor, &draft(query)).await?.1),
        "summary" => json!(report::dashboard(system, actor, &draft(query)).await?.1),
        other => panic!("there is no report {other}"),
    })
}

/// Every report in every way in which it can be asked for a span, with a filter.
pub(crate) fn ways((from, to): (&str, &str), filter: &Json) -> Vec<(&'static str, Json)> {
    let with = |more: Json| {
        let mut query = Map::new();
        query.insert("from".to_owned(), json!(from));
        query.insert("to".to_owned(), json!(to));
        for part in [filter, &more] {
            query.extend(part.as_object().unwrap().clone());
        }
        Json::Object(query)
    };
    let mut ways = Vec::new();
    for by in [
        "failure_code",
        "part",
        "work_center",
        "supplier",
        "cause",
        "disposition",
    ] {
        for measure in ["records", "quantity", "cost"] {
            ways.push(("pareto", with(json!({"by": by, "measure": measure}))));
        }
    }
    ways.push(("pareto", with(json!({"by": "part", "top": 2}))));
    for interval in ["day", "week", "month"] {
        ways.push(("trend", with(json!({"interval": interval}))));
        ways.push(("copq", with(json!({"interval": interval}))));
    }
    for by in ["part", "supplier", "work_center"] {
        ways.push(("copq", with(json!({"by": by}))));
    }
    for name in ["ageing", "flow", "suppliers"] {
        ways.push((name, with(json!({}))));
    }
    ways.push(("summary", filter.clone()));
    ways
}
