//! What the target holds, asked for many records at once.

use std::collections::{BTreeMap, HashMap};

use db::Tx;
use entity::audit_event;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Value,
};

use super::super::row::{self, Row};
use super::super::tables::Table;
use super::super::{Result, Side};
use super::history::Mark;
use super::keys::{text_of, whole_of_row};
use crate::audit;

/// So many values are asked for by one statement.
const AT_ONCE: usize = 200;

/// The rows of a table that have one of these values in a column.
pub(super) async fn rows<V: Into<Value> + Clone>(
    tx: &Tx,
    table: &Table,
    column: &str,
    values: &[V],
) -> Result<Vec<Row>> {
    let failed = |error: db::Error| Side::Target.failed(error);
    let mut found = Vec::new();
    for some in values.chunks(AT_ONCE) {
        let mut select = Query::select();
        let names = table.columns.iter().map(|column| Alias::new(column.name));
        select.columns(names).from(Alias::new(table.name));
        select.and_where(Expr::col(Alias::new(column)).is_in(some.iter().cloned()));
        let rows = tx.query_all(&select).await;
        for row in rows.map_err(|error| Side::Target.failed(error))? {
            found.push(row::read(table, (&row).into()).map_err(failed)?);
        }
    }
    Ok(found)
}

/// The roles of users, or the labels of codes, by the id of what they belong to: a name, and what is under it.
pub(super) async fn parts(
    tx: &Tx,
    table: &Table,
    owner: &str,
    ids: &[i64],
) -> Result<HashMap<i64, BTreeMap<String, String>>> {
    let mut all: HashMap<i64, BTreeMap<String, String>> = HashMap::new();
    for row in rows(tx, table, owner, ids).await? {
        if let Some((id, name, content)) = part(table, owner, &row) {
            all.entry(id).or_default().insert(name, content);
        }
    }
    Ok(all)
}

/// A row of a table of parts: whose it is, its name there, and the rest.
pub(super) fn part(table: &Table, owner: &str, row: &Row) -> Option<(i64, String, String)> {
    let id = whole_of_row(table, row, owner)?;
    let text = |column: &str| text_of(table, row, column).unwrap_or_default().to_owned();
    let mut texts = table.columns.iter().filter(|column| column.name != owner);
    let name = text(texts.next()?.name);
    Some((id, name, texts.map(|column| text(column.name)).collect()))
}

/// The hashes of rows of history, by record and number.
pub(super) async fn hashes(
    tx: &Tx,
    entity: &str,
    places: &[(i64, i64)],
) -> Result<HashMap<(i64, i64), String>> {
    let mut all = HashMap::new();
    for some in places.chunks(AT_ONCE) {
        let place = |(id, seq): &(i64, i64)| {
            Condition::all()
                .add(audit_event::Column::EntityId.eq(*id))
                .add(audit_event::Column::Seq.eq(*seq))
        };
        let found: Vec<(i64, i64, String)> = audit_event::Entity::find()
            .select_only()
            .columns([
                audit_event::Column::EntityId,
                audit_event::Column::Seq,
                audit_event::Column::Hash,
            ])
            .filter(audit_event::Column::Entity.eq(entity))
            .filter(
                some.iter()
                    .map(place)
                    .fold(Condition::any(), Condition::add),
            )
            .into_tuple()
            .all(tx)
            .await
            .map_err(|error| Side::Target.failed(error))?;
        all.extend(found.into_iter().map(|(id, seq, hash)| ((id, seq), hash)));
    }
    Ok(all)
}

/// What earlier merges left in the histories of records, in their order.
pub(super) async fn marks(tx: &Tx, entity: &str, ids: &[i64]) -> Result<HashMap<i64, Vec<Mark>>> {
    let mut all: HashMap<i64, Vec<Mark>> = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found: Vec<(i64, i64, Option<String>)> = audit_event::Entity::find()
            .select_only()
            .columns([
                audit_event::Column::EntityId,
                audit_event::Column::Seq,
                audit_event::Column::NewValue,
            ])
            .filter(audit_event::Column::Entity.eq(entity))
            .filter(audit_event::Column::EntityId.is_in(some.iter().copied()))
            .filter(audit_event::Column::Field.eq(audit::MERGED_FROM))
            .order_by_asc(audit_event::Column::EntityId)
            .order_by_asc(audit_event::Column::Seq)
            .into_tuple()
            .all(tx)
            .await
            .map_err(|error| Side::Target.failed(error))?;
        for (id, seq, content) in found {
            if let Some(mark) = Mark::read(entity, seq, content.as_deref()) {
                all.entry(id).or_default().push(mark);
            }
        }
    }
    Ok(all)
}

/// The largest id of a table.
pub(super) async fn last_id(tx: &Tx, table: &str) -> Result<i64> {
    let mut select = Query::select();
    select
        .expr(Expr::col(Alias::new("id")).max())
        .from(Alias::new(table));
    let row = tx.query_one(&select).await;
    let row = row.map_err(|error| Side::Target.failed(error))?;
    let id = row.map(|row| row.try_get_by_index::<Option<i64>>(0));
    let id = id.transpose().map_err(|error| Side::Target.failed(error))?;
    Ok(id.flatten().unwrap_or_default())
}
