//! Work centers: where material is made or checked. A work center may lie in an area, a code of the list `area`.

use std::sync::Arc;

use entity::work_center;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::code;
use crate::error::{Error, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::page::{Count, Limit, Page, PageRequest};
use crate::system::{System, Unit};
use crate::value::{Code, Instant, List, Text};
use crate::version::IfMatch;
use crate::words::CodeList;

master::master!(work_center, "work center");

/// A work center as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkCenterView {
    /// Id.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Where it lies: a code of the list `area`.
    pub area: Option<String>,
    /// False once retired.
    pub is_active: bool,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

crate::input! {
    /// A work center to add.
    pub struct NewWorkCenter {
        /// Code; unique.
        code: required Code<40>,
        /// Name.
        name: required Text<200>,
        /// Where it lies: a code of the list `area`.
        area: optional Code<40>,
        /// False to add it retired; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in a work center.
    pub struct WorkCenterPatch {
        /// Code.
        code: change Code<40>,
        /// Name.
        name: change Text<200>,
        /// Where it lies: a code of the list `area`.
        area: clearable Code<40>,
        /// False to retire it.
        is_active: change bool,
    }
}

crate::input! {
    /// Which work centers to list, in the order of their codes.
    pub struct WorkCenterQuery {
        /// What the code or the name begins with.
        q: optional Text<100>,
        /// Only those in these areas.
        area: optional List<Code<40>>,
        /// Only active or only retired ones.
        is_active: optional bool,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists work centers by code.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<WorkCenterQuery>,
) -> Result<Page<WorkCenterView>> {
    actor.may_read()?;
    let WorkCenterQuery {
        q,
        area,
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let (q, cursor) = (
        q.as_ref().map(|text| &text.0),
        cursor.as_ref().map(|text| text.0.as_str()),
    );
    let areas: Option<Vec<_>> = area
        .as_ref()
        .map(|list| list.0.iter().map(|code| code.0.clone()).collect());
    let identity = json!(["work-centers", q, areas, is_active]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let db = system.db.reader();
    let areas = match areas {
        Some(areas) => {
            let known = code::by_code(db, CodeList::Area, areas).await?;
            Some(known.into_values().collect::<Vec<_>>())
        }
        None => None,
    };
    let select = work_center::Entity::find()
        .apply_if(q, |select, q| select.filter(search(q)))
        .apply_if(areas, |select, areas| {
            select.filter(work_center::Column::AreaId.is_in(areas))
        })
        .apply_if(*is_active, |select, yes| {
            select.filter(work_center::Column::IsActive.eq(yes))
        });
    let page = master::page(db, &request, select, work_center::Column::Code, |row| {
        &row.code
    })
    .await?;
    let areas = code::words_of(db, page.items.iter().filter_map(|row| row.area_id)).await?;
    Ok(page.map(|row| {
        let area = row.area_id.and_then(|id| areas.get(&id).cloned());
        view(row, area)
    }))
}

fn search(q: &str) -> Condition {
    Condition::any()
        .add(master::begins_with(
            || Expr::col(work_center::Column::Code),
            q,
        ))
        .add(master::begins_with(
            || Expr::col(work_center::Column::Name),
            q,
        ))
}

/// Adds a work center.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewWorkCenter>,
    key: Option<&Idempotency>,
) -> Result<WorkCenterView> {
    master::may_manage(actor, "add work centers")?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

/// Adds a work center within a change.
pub(crate) async fn create_in(unit: Unit<'_>, new: Arc<NewWorkCenter>) -> Result<WorkCenterView> {
    let NewWorkCenter {
        code,
        name,
        area,
        is_active,
    } = &*new;
    let area = area.as_ref().map(|area| area.0.clone());
    let row = work_center::Model {
        id: 0,
        code: code.0.clone(),
        name: name.0.clone(),
        area_id: active_area(&unit, area.as_deref()).await?,
        is_active: is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    let record = record(&row, area.as_deref());
    let row = master::insert::<work_center::Entity>(&unit, row, &record).await?;
    Ok(view(row, area))
}

async fn active_area(unit: &Unit<'_>, area: Option<&str>) -> Result<Option<i64>> {
    let Some(area) = area else {
        return Ok(None);
    };
    let mut errors = Vec::new();
    let id = code::find_active(unit.tx, CodeList::Area, area, "area", &mut errors).await?;
    refuse_if_any(errors)?;
    Ok(id)
}

/// Shows a work center.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<WorkCenterView> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = work_center::Entity::find_by_id(id).one(db).await?;
    let row = row.ok_or(Error::NotFound("work center"))?;
    let area = area_of(db, &row).await?;
    Ok(view(row, area))
}

async fn area_of(conn: &impl ConnectionTrait, row: &work_center::Model) -> Result<Option<String>> {
    let words = code::words_of(conn, row.area_id).await?;
    Ok(words.into_values().next())
}

/// Changes a work center.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<WorkCenterPatch>,
) -> Result<WorkCenterView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await
}

pub(crate) async fn change_in(
    unit: Unit<'_>,
    change: Arc<Change<WorkCenterPatch>>,
) -> Result<WorkCenterView> {
    let old = master::lock(&unit, work_center::Entity::find_by_id(change.id)).await?;
    master::may_manage(&unit.actor, "change work centers")?;
    change.if_match.check(old.version)?;
    let WorkCenterPatch {
        code,
        name,
        area,
        is_active,
    } = change.draft.check()?;
    let old_area = area_of(unit.tx, &old).await?;
    let mut new = old.clone();
    if let Some(code) = code {
        new.code.clone_from(&code.0);
    }
    if let Some(name) = name {
        new.name.clone_from(&name.0);
    }
    let new_area = match area {
        None => old_area.clone(),
        Some(area) => area.as_ref().map(|area| area.0.clone()),
    };
    // An area that has been retired since may stay, but not be newly set.
    if new_area != old_area {
        new.area_id = active_area(&unit, new_area.as_deref()).await?;
    }
    new.is_active = is_active.unwrap_or(old.is_active);
    let records = (
        record(&old, old_area.as_deref()),
        record(&new, new_area.as_deref()),
    );
    let row = master::save::<work_center::Entity>(&unit, old, new, &records).await?;
    Ok(view(row, new_area))
}

/// Deletes a work center that nothing refers to.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    let input = (id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let row = master::lock(&unit, work_center::Entity::find_by_id(input.0)).await?;
    master::may_manage(&unit.actor, "delete work centers")?;
    input.1.check(row.version)?;
    let area = area_of(unit.tx, &row).await?;
    let record = record(&row, area.as_deref());
    master::delete::<work_center::Entity>(&unit, &row, &record).await
}

/// A work center as its history keeps it.
pub(crate) fn record(row: &work_center::Model, area: Option<&str>) -> Json {
    json!({
        "code": row.code,
        "name": row.name,
        "area": area,
        "is_active": row.is_active,
    })
}

fn view(row: work_center::Model, area: Option<String>) -> WorkCenterView {
    WorkCenterView {
        id: row.id,
        code: row.code,
        name: row.name,
        area,
        is_active: row.is_active,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    }
}
