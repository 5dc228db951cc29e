//! The list of inspections: filters, order, pages.

use entity::inspection;
use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Select};
use serde_json::{Value as Json, json};

use super::forms::{InspectionQuery, InspectionView, Sort};
use super::view::Shown;
use crate::actor::Actor;
use crate::error::Result;
use crate::input::Draft;
use crate::master;
use crate::page::{Page, PageRequest, bad_key, behind};
use crate::system::System;
use crate::value::{Id, Instant, List, Value as _};

/// Lists inspections, void ones included unless said otherwise.
///
/// # Errors
/// `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    draft: &Draft<InspectionQuery>,
) -> Result<Page<InspectionView>> {
    actor.may_read()?;
    let query = draft.check()?;
    let sort = query.sort.unwrap_or(Sort::Newest);
    let cursor = query.cursor.as_ref().map(|text| text.0.as_str());
    let request = PageRequest::new(&identity(query, sort), query.limit, cursor, query.count)?;
    let db = system.db.reader();
    let select = wanted(query);
    let rows = in_order(select.clone(), sort, &request)?;
    let rows = request.rows(db, rows).await?;
    let page = request.page(rows, |row| {
        (json!(Instant::show(&row.inspected_at)), row.id)
    });
    let page = master::counted(db, &request, page, select).await?;
    let shown = Shown::of(db, &page.items).await?;
    page.try_map(|row| shown.view(row))
}

/// All that tells one list from another.
fn identity(query: &InspectionQuery, sort: Sort) -> Json {
    let InspectionQuery {
        part_id,
        work_center_id,
        inspected_after,
        inspected_before,
        failed,
        voided,
        sort: _,
        limit: _,
        cursor: _,
        count: _,
    } = query;
    json!([
        "inspections",
        part_id.as_ref().map(numbers),
        work_center_id.as_ref().map(numbers),
        inspected_after.map(|at| Instant::show(&at.0)),
        inspected_before.map(|at| Instant::show(&at.0)),
        failed,
        voided,
        sort,
    ])
}

fn wanted(query: &InspectionQuery) -> Select<inspection::Entity> {
    use inspection::Column;
    inspection::Entity::find()
        .apply_if(query.part_id.as_ref(), |select, ids| {
            select.filter(Column::PartId.is_in(numbers(ids)))
        })
        .apply_if(query.work_center_id.as_ref(), |select, ids| {
            select.filter(Column::WorkCenterId.is_in(numbers(ids)))
        })
        .apply_if(query.inspected_after, |select, at| {
            select.filter(Column::InspectedAt.gte(at.0))
        })
        .apply_if(query.inspected_before, |select, at| {
            select.filter(Column::InspectedAt.lt(at.0))
        })
        .apply_if(query.failed, |select, yes| {
            select.filter(Column::IsFailed.eq(yes))
        })
        .apply_if(query.voided, |select, yes| {
            let at = Column::VoidedAt;
            select.filter(if yes { at.is_not_null() } else { at.is_null() })
        })
}

fn in_order(
    mut select: Select<inspection::Entity>,
    sort: Sort,
    request: &PageRequest,
) -> Result<Select<inspection::Entity>> {
    let order = match sort {
        Sort::Newest => Order::Desc,
        Sort::Oldest => Order::Asc,
    };
    if let Some((key, id)) = request.after() {
        let at = Instant::from_json(key).map_err(|_| bad_key())?.0;
        let column = || Expr::col(inspection::Column::InspectedAt);
        let by_id = || Expr::col(inspection::Column::Id);
        select = select.filter(behind(&order, column, by_id, at, *id));
    }
    Ok(select
        .order_by(inspection::Column::InspectedAt, order.clone())
        .order_by(inspection::Column::Id, order))
}

fn numbers(list: &List<Id>) -> Vec<i64> {
    list.0.iter().map(|id| id.0).collect()
}
