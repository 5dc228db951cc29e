//! People, requests and refusals in short.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value as Json;
use service::System;
use service::actor::Actor;
use service::error::{Error, Result};
use service::input::{Draft, Input};
use service::role::Role;
use service::version::IfMatch;
use service::words::Language;

/// The history of a row: the fields that changed, in order; `None` stands for its creation and its end.
pub(crate) async fn history(system: &System, entity: &str, id: i64) -> Vec<Option<String>> {
    let rows = entity::audit_event::Entity::find()
        .filter(entity::audit_event::Column::Entity.eq(entity))
        .filter(entity::audit_event::Column::EntityId.eq(id))
        .order_by_asc(entity::audit_event::Column::Seq)
        .all(system.db.reader())
        .await
        .unwrap();
    rows.into_iter().map(|row| row.field).collect()
}

/// Somebody with one role.
pub(crate) fn of(role: Role) -> Actor {
    Actor {
        id: Some(role as i64 + 1),
        name: role.word().to_owned(),
        roles: [role].into_iter().collect(),
        language: Language::English,
        token_id: None,
        scopes: None,
    }
}

/// A request's body.
#[expect(
    clippy::needless_pass_by_value,
    reason = "body(json!(…)) reads better without an ampersand"
)]
pub(crate) fn body<T: Input>(json: Json) -> Draft<T> {
    Draft::json(&json)
}

/// A request's query: `"q=x&limit=2"`, without escapes.
pub(crate) fn query<T: Input>(text: &str) -> Draft<T> {
    let pairs: Vec<_> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Draft::pairs(&pairs)
}

pub(crate) const ANY: IfMatch = IfMatch::Missing;

pub(crate) fn version(version: i64) -> IfMatch {
    IfMatch::Versions(vec![version])
}

/// The fields and codes of a refusal: `"unit_cost forbidden"`.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result.unwrap_err() {
        Error::Invalid(fields) | Error::Duplicate(fields) | Error::Forbidden { fields, .. } => {
            fields
                .into_iter()
                .map(|field| format!("{} {}", field.field, field.code))
                .collect()
        }
        error => panic!("refused in another way: {error:?}"),
    }
}
