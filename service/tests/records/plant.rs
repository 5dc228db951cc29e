//! What these tests share: short words for requests and refusals, and a look at the tables behind the service.

use std::fmt::Debug;

use entity::{audit_event, defect};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::db::{BoxFuture, Tx};
use service::defects::history::HistoryEvent;
use service::defects::lines::LineView;
use service::defects::{self, DefectView};
use service::input::Input;
use service::role::Role;
use service::version::IfMatch;
use service::{Draft, Error, FieldError, Result, System, audit};
use testkit::TestSystem;

/// Whatever version there is.
pub(crate) const ANY: IfMatch = IfMatch::Any;

/// A request's body.
#[expect(clippy::needless_pass_by_value, reason = "reads better with json!")]
pub(crate) fn body<T: Input>(body: Json) -> Draft<T> {
    Draft::json(&body)
}

/// A request's query: `"status=void&limit=2"`, without escapes.
pub(crate) fn query<T: Input>(text: &str) -> Draft<T> {
    let pairs: Vec<_> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Draft::pairs(&pairs)
}

/// An answer as it is sent.
pub(crate) fn sent<T: Serialize>(view: &T) -> Json {
    serde_json::to_value(view).unwrap()
}

/// Changes a record, whatever its version.
pub(crate) async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    patch: Json,
) -> Result<DefectView> {
    defects::change(system, actor, id, &ANY, &body(patch)).await
}

/// A record as its managers see it.
pub(crate) async fn shown(t: &TestSystem, id: i64) -> DefectView {
    let manager = t.member(Role::QualityManager).await;
    defects::show(t, &manager, id).await.unwrap()
}

/// The lines of a record.
pub(crate) async fn lines_of(t: &TestSystem, id: i64) -> Vec<LineView> {
    let viewer = t.member(Role::Viewer).await;
    let page = defects::lines::list(t, &viewer, id, &body(json!({}))).await;
    page.unwrap().items
}

/// The whole history of a record, as its managers see it.
pub(crate) async fn history_of(t: &TestSystem, id: i64) -> Vec<HistoryEvent> {
    let manager = t.member(Role::QualityManager).await;
    let page = defects::history::list(t, &manager, id, &body(json!({"limit": 200}))).await;
    page.unwrap().items
}

/// What a refusal says of each field.
#[track_caller]
pub(crate) fn errors<T: Debug>(result: Result<T>) -> Vec<FieldError> {
    match result.unwrap_err() {
        Error::Invalid(fields) | Error::Duplicate(fields) | Error::Forbidden { fields, .. } => {
            fields
        }
        error => panic!("refused in another way: {error:?}"),
    }
}

/// The fields of a refusal with its codes, in the order of the alphabet: `"title blank"`.
#[track_caller]
pub(crate) fn refused<T: Debug>(result: Result<T>) -> Vec<String> {
    let mut named: Vec<_> = errors(result)
        .into_iter()
        .map(|error| format!("{} {}", error.field, error.code))
        .collect();
    named.sort();
    named
}

/// The kind of an answer: `"ok"`, or that of the refusal.
pub(crate) fn kind<T>(result: &Result<T>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Unauthenticated) => "unauthenticated",
        Err(Error::NotFound(_)) => "not found",
        Err(Error::Forbidden { .. }) => "forbidden",
        Err(Error::SignatureRefused) => "signature refused",
        Err(Error::VersionMissing) => "version missing",
        Err(Error::VersionStale { .. }) => "version stale",
        Err(Error::WrongState(_)) => "wrong state",
        Err(Error::Duplicate(_)) => "duplicate",
        Err(Error::Invalid(_)) => "invalid",
        Err(Error::KeyReused) => "key reused",
        Err(Error::KeyInFlight) => "key in flight",
        Err(Error::AnswerOutdated) => "answer outdated",
        Err(Error::ReadOnly) => "read-only",
        Err(_) => "another error",
    }
}

const TABLES: [&str; 13] = [
    "defect",
    "defect_serial",
    "disposition_line",
    "labor_entry",
    "cost_entry",
    "signature",
    "defect_link",
    "defect_note",
    "note_mention",
    "attachment",
    "translation",
    "audit_event",
    "idempotency_key",
];

/// How many rows each table of records has; of the history, what is told of records.
pub(crate) async fn rows(system: &System) -> Vec<(&'static str, i64)> {
    let mut counted = Vec::new();
    for table in TABLES {
        let mut question = Query::select();
        question.expr_as(Expr::cust("COUNT(*)"), "n").from(table);
        if table == "audit_event" {
            question.and_where(Expr::col("entity").eq("defect"));
        }
        let row = system.db.reader().query_one(&question).await;
        counted.push((table, row.unwrap().unwrap().try_get("", "n").unwrap()));
    }
    counted
}

/// How many rows one table has.
pub(crate) async fn count(system: &System, table: &str) -> i64 {
    let counted = rows(system).await;
    counted.iter().find(|(name, _)| *name == table).unwrap().1
}

/// A record's chain as it is stored.
pub(crate) async fn chain_of(system: &System, id: i64) -> Vec<audit_event::Model> {
    audit_event::Entity::find()
        .filter(audit_event::Column::Entity.eq("defect"))
        .filter(audit_event::Column::EntityId.eq(id))
        .order_by_asc(audit_event::Column::Seq)
        .all(system.db.reader())
        .await
        .unwrap()
}

/// Every chain is as it was written.
pub(crate) async fn assert_intact(system: &System) {
    let verified = audit::verify(system, |_| ()).await.unwrap();
    assert_eq!(verified.findings, []);
    assert!(verified.rows > 0);
}

/// Works on the tables past the service.
pub(crate) async fn past_the_service<F>(system: &System, work: F)
where
    F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, std::result::Result<(), sea_orm::DbErr>>,
    F: Send + Sync + 'static,
{
    let work = std::sync::Arc::new(work);
    let done = system.db.write(move |tx| {
        let work = std::sync::Arc::clone(&work);
        Box::pin(async move { work(tx).await.map_err(service::db::Error::from) })
    });
    done.await.unwrap();
}

/// Copies of a record straight into the table: reported one by one, a thousand would take minutes.
pub(crate) async fn copies(t: &TestSystem, id: i64, how_many: usize) {
    let found = defect::Entity::find_by_id(id).one(t.db.reader()).await;
    let row = found.unwrap().unwrap();
    let copies: Vec<_> = (0..how_many)
        .map(|_| defect::ActiveModel {
            id: NotSet,
            tag_number: Set(format!("COPY-{}", t.number())),
            ..row.clone().into()
        })
        .collect();
    past_the_service(t, move |tx| {
        let copies = copies.clone();
        Box::pin(async move {
            for part in copies.chunks(200) {
                let some = defect::Entity::insert_many(part.to_vec());
                some.exec_without_returning(tx).await?;
            }
            Ok(())
        })
    })
    .await;
}
