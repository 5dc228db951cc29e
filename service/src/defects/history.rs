//! A record's history as a story: what changed, from what to what, who did it, when and why.
//!
//! For callers who do not see cost the events are numbered without those of cost entries: a gap would tell of one.
//! Their cursor counts events instead of naming the chain's number, for the same reason; a history only grows at its
//! end, so that is the same place for ever.

use entity::audit_event;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::{ChildQuery, ENTITY, labor};
use crate::actor::Actor;
use crate::audit::{MERGED_FROM, shown};
use crate::error::Result;
use crate::input::Draft;
use crate::page::{Page, PageRequest};
use crate::rights::{field, sees_cost};
use crate::system::System;
use crate::value::Instant;

/// One change of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryEvent {
    /// Number within the record's history as far as the caller may see it, from 1.
    pub seq: i64,
    /// The field; null for the report itself, whose new value is the whole record. Children are named
    /// `disposition_lines/12` or `disposition_lines/12.status`.
    #[schema(required)]
    pub field: Option<String>,
    /// The value before; null where there was none.
    #[schema(required, value_type = Value)]
    pub old_value: Json,
    /// The value after; null where there is none.
    #[schema(required, value_type = Value)]
    pub new_value: Json,
    /// Who did it.
    pub actor: HistoryActor,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Why, where a reason was given.
    #[schema(required)]
    pub reason: Option<String>,
    /// The request that did it.
    #[schema(required)]
    pub request_id: Option<String>,
}

/// Who made a change, by the name of that time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryActor {
    /// Id of the user; null for the command line, and for a machine that translates.
    #[schema(required)]
    pub id: Option<i64>,
    /// The name of that time.
    pub name: String,
}

/// Lists a record's history, oldest first, without what the caller may not see.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<HistoryEvent>> {
    actor.may_read()?;
    let db = system.db.reader();
    super::children::require_defect(db, id).await?;
    let query = draft.check()?;
    let with_cost = sees_cost(actor.roles);
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let request = PageRequest::new(
        &json!(["history", id, with_cost]),
        query.limit,
        cursor,
        query.count,
    )?;
    let page = oldest(db, &request, visible_rows(id, with_cost), with_cost).await?;
    Ok(page.map(|(row, _)| event(row, with_cost)))
}

/// A page of events, oldest first, each with its number in the chain. Where the caller does not see the whole chain, the
/// rows are numbered without what he does not see, and the cursor counts them.
pub(crate) async fn oldest(
    db: &impl ConnectionTrait,
    request: &PageRequest,
    wanted: Condition,
    is_whole: bool,
) -> Result<Page<(audit_event::Model, i64)>> {
    let seen = request.after().map_or(0, |(_, last)| Ord::max(*last, 0));
    let mut behind = audit_event::Entity::find()
        .filter(wanted.clone())
        .order_by_asc(audit_event::Column::Seq);
    behind = match is_whole {
        true => behind.filter(audit_event::Column::Seq.gt(seen)),
        false => behind.offset(seen.unsigned_abs()),
    };
    let (rows, more) = request.read(db, behind, LONG).await?;
    let numbered = |(mut row, number): (audit_event::Model, i64)| {
        let place = row.seq;
        if !is_whole {
            row.seq = number;
        }
        (row, place)
    };
    let rows = rows.into_iter().zip(seen.saturating_add(1)..);
    let rows: Vec<(audit_event::Model, i64)> = rows.map(numbered).collect();
    let page = request.part(rows, more, |(row, _)| (Json::Null, row.seq));
    request.count(db, page, ids(wanted)).await
}

/// What may be long in an event.
pub(crate) const LONG: &[audit_event::Column] =
    &[audit_event::Column::OldValue, audit_event::Column::NewValue];

/// A record's events, as far as the caller may see them.
pub(super) fn visible_rows(id: i64, with_cost: bool) -> Condition {
    let all = Condition::all()
        .add(audit_event::Column::Entity.eq(ENTITY))
        .add(audit_event::Column::EntityId.eq(id));
    if with_cost {
        return all;
    }
    let cost = format!("{}/%", field::COST);
    all.add(
        Condition::any()
            .add(audit_event::Column::Field.is_null())
            .add(audit_event::Column::Field.not_like(cost)),
    )
}

pub(super) fn ids(wanted: Condition) -> SelectStatement {
    Query::select()
        .expr(Expr::col(audit_event::Column::Id))
        .from(audit_event::Entity)
        .cond_where(wanted)
        .to_owned()
}

fn is_labor(field: &str) -> bool {
    field.starts_with(field::LABOR)
}

pub(crate) fn event(row: audit_event::Model, with_cost: bool) -> HistoryEvent {
    HistoryEvent {
        seq: row.seq,
        old_value: shown(row.old_value.as_deref()),
        new_value: visible(
            shown(row.new_value.as_deref()),
            with_cost,
            (
                row.field.as_deref() == Some(MERGED_FROM),
                row.field.as_deref().is_some_and(is_labor),
            ),
        ),
        field: row.field,
        actor: HistoryActor {
            id: row.actor,
            name: row.actor_name,
        },
        at: Instant::show(&row.at),
        reason: row.reason,
        request_id: row.request_id,
    }
}

/// A whole record may hold cost entries (a demo's does), and labor has a rate: not for those who do not see cost. What
/// says where a record was merged from names cost entries too, and counts them.
fn visible(mut value: Json, with_cost: bool, (is_mark, is_labor): (bool, bool)) -> Json {
    let Json::Object(content) = &mut value else {
        return value;
    };
    if with_cost {
        return value;
    }
    if is_labor {
        without_money(content);
        return value;
    }
    content.retain(|name, _| !(name.starts_with(field::COST) || is_mark && name == "rows"));
    for (name, child) in content {
        if let (true, Json::Object(entry)) = (name.starts_with(field::LABOR), child) {
            without_money(entry);
        }
    }
    value
}

fn without_money(entry: &mut Map<String, Json>) {
    entry.retain(|name, _| !labor::MONEY.contains(&name.as_str()));
}
