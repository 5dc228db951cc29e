//! A record's history as a story: what changed, from what to what, who did it, when and why.

use entity::audit_event;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{ChildQuery, ENTITY};
use crate::actor::Actor;
use crate::audit::shown;
use crate::error::Result;
use crate::input::Draft;
use crate::page::{Page, PageRequest};
use crate::rights::{field, sees_cost};
use crate::system::System;
use crate::value::Instant;

/// One change of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryEvent {
    /// Number within the record's history, from 1.
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
    /// Id of the user; null for the command line.
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
    let mut wanted = Condition::all()
        .add(audit_event::Column::Entity.eq(ENTITY))
        .add(audit_event::Column::EntityId.eq(id));
    if !with_cost {
        let cost = format!("{}/%", field::COST);
        wanted = wanted.add(
            Condition::any()
                .add(audit_event::Column::Field.is_null())
                .add(audit_event::Column::Field.not_like(cost)),
        );
    }
    let rows = audit_event::Entity::find()
        .filter(wanted.clone())
        .filter(audit_event::Column::Seq.gt(request.after().map_or(0, |(_, seq)| *seq)))
        .order_by_asc(audit_event::Column::Seq)
        .limit(request.to_read())
        .all(db)
        .await?;
    let page = request.page(rows, |row| (Json::Null, row.seq));
    let counted = Query::select()
        .expr(Expr::col(audit_event::Column::Id))
        .from(audit_event::Entity)
        .cond_where(wanted)
        .to_owned();
    let page = request.count(db, page, counted).await?;
    Ok(page.map(|row| event(row, with_cost)))
}

fn event(row: audit_event::Model, with_cost: bool) -> HistoryEvent {
    HistoryEvent {
        seq: row.seq,
        old_value: shown(row.old_value.as_deref()),
        new_value: visible(shown(row.new_value.as_deref()), with_cost),
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

/// A whole record may hold cost entries (a demo's does): not for those who do not see cost.
fn visible(mut value: Json, with_cost: bool) -> Json {
    if let (Json::Object(record), false) = (&mut value, with_cost) {
        record.retain(|name, _| !name.starts_with(field::COST));
    }
    value
}
