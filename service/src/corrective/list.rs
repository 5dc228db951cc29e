//! The list of corrective action requests: filters, order, pages.

use entity::{car_defect, corrective_action};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::{Value as Json, json};

use super::overdue;
use super::view::{ListedCorrective, item, partners, people_of};
use crate::actor::Actor;
use crate::defects::children::Names;
use crate::error::Result;
use crate::input::Draft;
use crate::page::{Count, Limit, Page, PageRequest, bad_key, behind};
use crate::system::System;
use crate::value::{Code, Id, Instant, List, Text, Value as _};
use crate::words::{CorrectiveStatus, Severity};

crate::choice! {
    /// The orders of the list.
    pub enum CorrectiveSort {
        /// Latest first.
        Newest = "-created_at",
        /// Earliest first.
        Oldest = "created_at",
    }
}

crate::input! {
    /// Which corrective action requests, in which order, which page of them.
    pub struct CorrectiveQuery {
        /// With any of these numbers.
        car_number: optional List<Code<40>>,
        /// At any of these steps or ends.
        status: optional List<CorrectiveStatus>,
        /// Of any of these severities.
        severity: optional List<Severity>,
        /// Which any of these people answer for.
        owner_id: optional List<Id>,
        /// To any of these suppliers.
        supplier_id: optional List<Id>,
        /// About any of these defects.
        defect_id: optional List<Id>,
        /// Only what is open and past its date, or has a step or an action that is and is not done; or only the rest.
        overdue: optional bool,
        /// The order; `-created_at` unless said.
        sort: optional CorrectiveSort,
        /// How many rows.
        limit: optional Limit,
        /// Where the page begins.
        cursor: optional Text<2000>,
        /// Whether to count.
        count: optional Count,
    }
}

/// Lists requests.
///
/// # Errors
/// `Invalid` for filters, cursors and orders that are not in order.
pub async fn list(
    system: &System,
    actor: &Actor,
    draft: &Draft<CorrectiveQuery>,
) -> Result<Page<ListedCorrective>> {
    actor.may_read()?;
    let db = system.db.reader();
    let query = draft.check()?;
    let sort = query.sort.unwrap_or(CorrectiveSort::Newest);
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let request = PageRequest::new(&identity(query, sort), query.limit, cursor, query.count)?;
    let wanted = corrective_action::Entity::find().filter(conditions(system, query));
    let order = match sort {
        CorrectiveSort::Newest => Order::Desc,
        CorrectiveSort::Oldest => Order::Asc,
    };
    let mut rows = wanted.clone();
    if let Some((key, id)) = request.after() {
        let key = key.as_str().ok_or_else(bad_key)?;
        let at = Instant::from_text(key).map_err(|_| bad_key())?;
        let column = || Expr::col(corrective_action::Column::CreatedAt);
        let by_id = || Expr::col(corrective_action::Column::Id);
        rows = rows.filter(behind(&order, column, by_id, at.0, *id));
    }
    let rows = rows
        .order_by(corrective_action::Column::CreatedAt, order.clone())
        .order_by(corrective_action::Column::Id, order);
    let rows = request.rows(db, rows).await?;
    let page = request.page(rows, |row| (json!(Instant::show(&row.created_at)), row.id));
    let names = Names::of(db, page.items.iter().flat_map(people_of)).await?;
    let suppliers = page.items.iter().filter_map(|row| row.supplier_id);
    let partners = partners(db, suppliers).await?;
    let shown = page.items.iter().map(|row| row.id);
    let late = overdue::among(db, shown.collect(), system.clock.now()).await?;
    let page = page.try_map(|row| {
        Ok(ListedCorrective {
            is_overdue: late.contains(&row.id),
            item: item(row, &names, &partners)?,
        })
    })?;
    let ids = wanted.select_only().column(corrective_action::Column::Id);
    request.count(db, page, ids.into_query()).await
}

/// All that tells one list from another: the filters and the order.
fn identity(query: &CorrectiveQuery, sort: CorrectiveSort) -> Json {
    let CorrectiveQuery {
        car_number,
        status,
        severity,
        owner_id,
        supplier_id,
        defect_id,
        overdue,
        sort: _,
        limit: _,
        cursor: _,
        count: _,
    } = query;
    let ids = |list: &Option<List<Id>>| json!(list.as_ref().map(numbers));
    json!([
        "corrective-actions",
        car_number.as_ref().map(codes),
        status.as_ref().map(|list| &list.0),
        severity.as_ref().map(|list| &list.0),
        ids(owner_id),
        ids(supplier_id),
        ids(defect_id),
        overdue,
        sort,
    ])
}

fn conditions(system: &System, query: &CorrectiveQuery) -> Condition {
    use corrective_action::Column;
    let words = |status: &CorrectiveStatus| status.word();
    let about = |list: &List<Id>| {
        let linked = Query::select()
            .column(car_defect::Column::CarId)
            .from(car_defect::Entity)
            .and_where(Expr::col(car_defect::Column::DefectId).is_in(numbers(list)))
            .to_owned();
        Column::Id.in_subquery(linked)
    };
    let overdue = |wanted: bool| overdue::condition(wanted, system.clock.now());
    Condition::all()
        .add_option(
            query
                .car_number
                .as_ref()
                .map(|list| Column::CarNumber.is_in(codes(list))),
        )
        .add_option(
            query
                .status
                .as_ref()
                .map(|list| Column::Status.is_in(list.0.iter().map(words))),
        )
        .add_option(
            query
                .severity
                .as_ref()
                .map(|list| Column::Severity.is_in(list.0.iter().map(|severity| severity.word()))),
        )
        .add_option(
            query
                .owner_id
                .as_ref()
                .map(|list| Column::OwnerId.is_in(numbers(list))),
        )
        .add_option(
            query
                .supplier_id
                .as_ref()
                .map(|list| Column::SupplierId.is_in(numbers(list))),
        )
        .add_option(query.defect_id.as_ref().map(about))
        .add_option(query.overdue.map(overdue))
}

fn numbers(list: &List<Id>) -> Vec<i64> {
    list.0.iter().map(|id| id.0).collect()
}

fn codes(list: &List<Code<40>>) -> Vec<String> {
    list.0.iter().map(|code| code.0.clone()).collect()
}
