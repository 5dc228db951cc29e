//! Search: the same words find the same records on every database, and what records are found by follows their texts.

#![expect(clippy::unwrap_used, reason = "a test")]

mod all;
mod demo;
mod finding;
mod pages;
mod step;

use entity::defect_search;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::Value as Json;
use service::db::Db;
use service::input::Input;
use service::version::IfMatch;
use service::{Draft, search};
use testkit::TestSystem;

/// Whatever version there is.
const ANY: IfMatch = IfMatch::Any;

/// A request's body.
#[expect(clippy::needless_pass_by_value, reason = "reads better with json!")]
fn body<T: Input>(body: Json) -> Draft<T> {
    Draft::json(&body)
}

/// What a search finds, the best first; whichever way it is asked, it is the same.
async fn found(t: &TestSystem, text: &str) -> Vec<i64> {
    let hits = search::found(&t.db, text, None, 200).await.unwrap();
    let (head, body) = search::found_by_condition(&t.db, text).await.unwrap();
    let ids_of = |wanted: fn(i64) -> bool| {
        let hits = hits.iter().filter(|(rank, _)| wanted(*rank));
        let mut ids: Vec<i64> = hits.map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids_of(|rank| rank == 1), head, "{text}");
    assert_eq!(ids_of(|_| true), body, "{text}");
    hits.into_iter().map(|(_, id)| id).collect()
}

/// Every record is found by the words of its texts, and the engine's index holds what the table does.
async fn assert_in_step(t: &TestSystem) {
    let verified = search::verify(&t.db, |_| ()).await.unwrap();
    assert_eq!(verified.difference, None);
    assert_eq!(verified.records, tokens(t).await);
}

/// How many records have tokens.
async fn tokens(t: &TestSystem) -> u64 {
    let rows = defect_search::Entity::find();
    rows.count(t.db.reader()).await.unwrap()
}

/// Does something to the tables behind the service's back.
async fn by_force(db: &Db, sql: &str) {
    let sql = sql.to_owned();
    db.write(move |tx| {
        let sql = sql.clone();
        Box::pin(async move {
            tx.execute_unprepared(&sql).await?;
            Ok::<(), service::db::Error>(())
        })
    })
    .await
    .unwrap();
}
