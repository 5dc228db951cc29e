//! Jobs as administrators see them, the latest first.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use entity::{app_user, job};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::{Value as Json, json};

use super::{JobKind, JobStatus, JobView, OPEN, bury, may_see, view};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::{Count, Limit, Page, PageRequest};
use crate::system::System;
use crate::value::{List, Text};

crate::input! {
    /// Which jobs to list, the latest first.
    pub struct JobQuery {
        /// Only those that do this.
        kind: optional JobKind,
        /// Only those that stand so.
        status: optional List<JobStatus>,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists jobs.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<JobQuery>,
) -> Result<Page<JobView>> {
    may_see(actor)?;
    let JobQuery {
        kind,
        status,
        limit,
        cursor,
        count,
    } = query.check()?;
    let words: Option<Vec<_>> = status
        .as_ref()
        .map(|all| all.0.iter().map(|status| status.word()).collect());
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let request = PageRequest::new(&json!(["jobs", kind, words]), *limit, cursor, *count)?;
    end_dead(system).await?;
    let db = system.db.reader();
    let select = job::Entity::find()
        .apply_if(*kind, |select, kind| {
            select.filter(job::Column::Kind.eq(kind.word()))
        })
        .apply_if(words, |select, words| {
            select.filter(job::Column::Status.is_in(words))
        });
    let behind = select
        .clone()
        .apply_if(request.after(), |select, (_, last)| {
            select.filter(job::Column::Id.lt(*last))
        })
        .order_by_desc(job::Column::Id);
    let rows = request.rows(db, behind).await?;
    let page = request.page(rows, |row: &job::Model| (Json::Null, row.id));
    let people = people(db, &page.items).await?;
    let page = page.try_map(|row| {
        let person = people.get(&row.created_by).cloned().unwrap_or_default();
        Ok(system.jobs.brought_up_to_date(view(row, person)?))
    })?;
    let ids = select.select_only().column(job::Column::Id).into_query();
    request.count(db, page, ids).await
}

/// Shows a job.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators, [`Error::NotFound`].
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<JobView> {
    may_see(actor)?;
    let db = system.db.reader();
    let find = || job::Entity::find_by_id(id).one(db);
    let mut row = find().await?.ok_or(Error::NotFound("job"))?;
    if is_dead(system, &row, system.clock.now()) {
        end_dead(system).await?;
        row = find().await?.ok_or(Error::NotFound("job"))?;
    }
    let people = people(db, std::slice::from_ref(&row)).await?;
    let person = people.get(&row.created_by).cloned().unwrap_or_default();
    Ok(system.jobs.brought_up_to_date(view(row, person)?))
}

/// Whether the server that works on a job has died, as far as can be seen.
fn is_dead(system: &System, row: &job::Model, now: DateTime<FixedOffset>) -> bool {
    OPEN.contains(&row.status.as_str()) && row.lease_until < now && !system.jobs.has(row.id)
}

/// Fails what nobody works on any more. A read-only server leaves that to others, and one that cannot write now tells
/// what it finds.
async fn end_dead(system: &System) -> Result<()> {
    let now = system.clock.now();
    let open = job::Entity::find().filter(job::Column::Status.is_in(OPEN));
    let open = open.all(system.db.reader()).await?;
    if system.read_only || !open.iter().any(|row| is_dead(system, row, now)) {
        return Ok(());
    }
    let buried = system
        .db
        .write(move |tx| Box::pin(async move { bury(tx, now).await }))
        .await;
    match buried {
        Err(Error::Database(db::Error::Contention(error))) => {
            log::warn!("a job whose server has died could not be failed yet: {error}");
            Ok(())
        }
        other => other.map(drop),
    }
}

async fn people(db: &impl ConnectionTrait, rows: &[job::Model]) -> Result<HashMap<i64, String>> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = rows.iter().map(|row| row.created_by);
    let people: Vec<(i64, String)> = app_user::Entity::find()
        .select_only()
        .column(app_user::Column::Id)
        .column(app_user::Column::DisplayName)
        .filter(app_user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(people.into_iter().collect())
}
