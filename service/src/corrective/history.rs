//! A request's history as people read it, oldest first. Whether a supplier has a link, and until when, is told to those
//! who give links alone; for others the events are numbered without that, as those of defects are without cost.

use entity::audit_event;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use serde_json::json;

use super::ENTITY;
use super::record::require;
use super::supplier::link;
use crate::actor::Actor;
use crate::defects::ChildQuery;
use crate::defects::history::{HistoryEvent, event, oldest};
use crate::defects::story::{self, Told};
use crate::error::Result;
use crate::input::Draft;
use crate::page::{Page, PageRequest};
use crate::rights::SUPPLIER_LINKS;
use crate::system::System;

/// Lists a request's history.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<HistoryEvent>> {
    let page = visible(system, actor, id, draft).await?;
    Ok(page.map(|(row, _)| event(row, true)))
}

/// The same, with the names of what it refers to.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn named(
    system: &System,
    actor: &Actor,
    id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<Told>> {
    let page = visible(system, actor, id, draft).await?;
    let db = system.db.reader();
    let merged = story::merged_up_to(db, ENTITY, id).await?;
    let page = page.map(|(row, place)| (event(row, true), place > merged));
    story::told(db, page, true).await
}

/// A page of it as far as the caller sees it, each row with its number in the chain.
async fn visible(
    system: &System,
    actor: &Actor,
    id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<(audit_event::Model, i64)>> {
    actor.may_read()?;
    let db = system.db.reader();
    require(db, id).await?;
    let query = draft.check()?;
    let with_links = actor.roles.has_any(SUPPLIER_LINKS);
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let identity = json!(["corrective-history", id, with_links]);
    let request = PageRequest::new(&identity, query.limit, cursor, query.count)?;
    oldest(db, &request, rows(id, with_links), with_links).await
}

fn rows(id: i64, with_links: bool) -> Condition {
    let all = Condition::all()
        .add(audit_event::Column::Entity.eq(ENTITY))
        .add(audit_event::Column::EntityId.eq(id));
    if with_links {
        return all;
    }
    let others = Condition::any()
        .add(audit_event::Column::Field.is_null())
        .add(audit_event::Column::Field.ne(link::FIELD));
    all.add(others)
}
