//! The list of defects: filters, order, pages.

use chrono::{DateTime, FixedOffset};
use entity::defect;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, Value};
use serde_json::{Value as Json, json};

use super::view::{D, DefectItem, item, items};
use crate::actor::Actor;
use crate::code;
use crate::error::Result;
use crate::input::Draft;
use crate::page::{Count, Limit, Page, PageRequest, bad_key, behind};
use crate::system::System;
use crate::value::{Code, Id, Instant, List, Text, Value as _};
use crate::words::{CodeList, Origin, Severity, Status};

crate::choice! {
    /// The orders of the list.
    pub enum Sort {
        /// Latest report first.
        NewestReported = "-reported_at",
        /// Earliest report first.
        OldestReported = "reported_at",
        /// Latest change first.
        NewestUpdated = "-updated_at",
        /// By number.
        TagNumber = "tag_number",
    }
}

crate::input! {
    /// Which defects, in which order, which page of them.
    pub struct DefectQuery {
        /// With any of these numbers on the tag.
        tag_number: optional List<Code<40>>,
        /// In any of these states.
        status: optional List<Status>,
        /// Of any of these severities.
        severity: optional List<Severity>,
        /// Found at any of these.
        origin: optional List<Origin>,
        /// Of any of these parts.
        part_id: optional List<Id>,
        /// At any of these work centers.
        work_center_id: optional List<Id>,
        /// For any of these customers.
        customer_id: optional List<Id>,
        /// From any of these suppliers.
        supplier_id: optional List<Id>,
        /// Taken care of by any of these people.
        assignee_id: optional List<Id>,
        /// Of any of these kinds of failure.
        failure_code: optional List<Code<40>>,
        /// Reported at this instant or later.
        reported_after: optional Instant,
        /// Reported before this instant.
        reported_before: optional Instant,
        /// Known elsewhere as.
        external_id: optional Text<200>,
        /// The order; `-reported_at` unless said.
        sort: optional Sort,
        /// How many rows.
        limit: optional Limit,
        /// Where the page begins.
        cursor: optional Text<2000>,
        /// Whether to count.
        count: optional Count,
    }
}

/// Lists defects.
///
/// # Errors
/// `Invalid` for filters, cursors and orders that are not in order.
pub async fn list(
    system: &System,
    actor: &Actor,
    draft: &Draft<DefectQuery>,
) -> Result<Page<DefectItem>> {
    actor.may_read()?;
    let query = draft.check()?;
    let sort = query.sort.unwrap_or(Sort::NewestReported);
    let identity = identity(query, sort);
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let request = PageRequest::new(&identity, query.limit, cursor, query.count)?;
    let db = system.db.reader();
    let wanted = conditions(db, query).await?;
    let mut select = items();
    select.cond_where(wanted.clone());
    order(&mut select, sort, &request)?;
    let rows = db.query_all(&select).await?;
    let rows = rows.iter().map(item).collect::<Result<Vec<_>>>()?;
    let page = request.page(rows, |row| (sort_key(sort, row), row.id));
    request.count(db, page, ids(wanted)).await
}

/// All that tells one list from another: the filters and the order.
fn identity(query: &DefectQuery, sort: Sort) -> Json {
    let DefectQuery {
        tag_number,
        status,
        severity,
        origin,
        part_id,
        work_center_id,
        customer_id,
        supplier_id,
        assignee_id,
        failure_code,
        reported_after,
        reported_before,
        external_id,
        sort: _,
        limit: _,
        cursor: _,
        count: _,
    } = query;
    let ids = |list: &Option<List<Id>>| json!(list.as_ref().map(numbers));
    json!([
        "defects",
        tag_number.as_ref().map(codes),
        status.as_ref().map(|list| &list.0),
        severity.as_ref().map(|list| &list.0),
        origin.as_ref().map(|list| &list.0),
        ids(part_id),
        ids(work_center_id),
        ids(customer_id),
        ids(supplier_id),
        ids(assignee_id),
        failure_code.as_ref().map(codes),
        reported_after.map(|at| Instant::show(&at.0)),
        reported_before.map(|at| Instant::show(&at.0)),
        external_id.as_ref().map(|id| &id.0),
        sort,
    ])
}

async fn conditions(db: &impl ConnectionTrait, query: &DefectQuery) -> Result<Condition> {
    let words =
        |column: defect::Column, words: Vec<&'static str>| Expr::col((D, column)).is_in(words);
    let ids = |column: defect::Column, list: &Option<List<Id>>| {
        list.as_ref()
            .map(|list| Expr::col((D, column)).is_in(numbers(list)))
    };
    let all = Condition::all()
        .add_option(
            query
                .tag_number
                .as_ref()
                .map(|list| Expr::col((D, defect::Column::TagNumber)).is_in(codes(list))),
        )
        .add_option(query.status.as_ref().map(|list| {
            words(
                defect::Column::Status,
                list.0.iter().map(|word| word.word()).collect(),
            )
        }))
        .add_option(query.severity.as_ref().map(|list| {
            words(
                defect::Column::Severity,
                list.0.iter().map(|word| word.word()).collect(),
            )
        }))
        .add_option(query.origin.as_ref().map(|list| {
            words(
                defect::Column::Origin,
                list.0.iter().map(|word| word.word()).collect(),
            )
        }))
        .add_option(ids(defect::Column::PartId, &query.part_id))
        .add_option(ids(defect::Column::WorkCenterId, &query.work_center_id))
        .add_option(ids(defect::Column::CustomerId, &query.customer_id))
        .add_option(ids(defect::Column::SupplierId, &query.supplier_id))
        .add_option(ids(defect::Column::AssigneeId, &query.assignee_id))
        .add_option(
            query
                .reported_after
                .map(|at| Expr::col((D, defect::Column::ReportedAt)).gte(at.0)),
        )
        .add_option(
            query
                .reported_before
                .map(|at| Expr::col((D, defect::Column::ReportedAt)).lt(at.0)),
        )
        .add_option(
            query
                .external_id
                .as_ref()
                .map(|id| Expr::col((D, defect::Column::ExternalId)).eq(id.0.as_str())),
        );
    let Some(list) = &query.failure_code else {
        return Ok(all);
    };
    let codes: Vec<String> = codes(list).into_iter().map(str::to_owned).collect();
    let ids = code::ids_of(db, CodeList::FailureCode, &codes, "failure_code").await?;
    Ok(all.add(Expr::col((D, defect::Column::FailureCodeId)).is_in(ids)))
}

fn order(select: &mut SelectStatement, sort: Sort, request: &PageRequest) -> Result<()> {
    let id = || SimpleExpr::from(Expr::col((D, defect::Column::Id)));
    let (column, order) = match sort {
        Sort::NewestReported => (defect::Column::ReportedAt, Order::Desc),
        Sort::OldestReported => (defect::Column::ReportedAt, Order::Asc),
        Sort::NewestUpdated => (defect::Column::UpdatedAt, Order::Desc),
        // The number is made of the id, and as text DMT-1000000 would stand before DMT-999999.
        Sort::TagNumber => (defect::Column::Id, Order::Asc),
    };
    let key_column = || SimpleExpr::from(Expr::col((D, column)));
    if let Some((key, last)) = request.after() {
        let key = key_value(sort, key)?;
        select.cond_where(behind(&order, key_column, id, key, *last));
    }
    select.order_by((D, column), order.clone());
    if sort != Sort::TagNumber {
        select.order_by((D, defect::Column::Id), order);
    }
    select.limit(request.to_read());
    Ok(())
}

fn sort_key(sort: Sort, row: &DefectItem) -> Json {
    match sort {
        Sort::NewestReported | Sort::OldestReported => json!(row.reported_at),
        Sort::NewestUpdated => json!(row.updated_at),
        Sort::TagNumber => json!(row.id),
    }
}

fn key_value(sort: Sort, key: &Json) -> Result<Value> {
    match sort {
        Sort::TagNumber => key.as_i64().map(Value::from).ok_or_else(bad_key),
        _ => {
            let at: DateTime<FixedOffset> = Instant::from_json(key).map_err(|_| bad_key())?.0;
            Ok(Value::from(at))
        }
    }
}

fn ids(wanted: Condition) -> SelectStatement {
    Query::select()
        .column((D, defect::Column::Id))
        .from_as(defect::Entity, D)
        .cond_where(wanted)
        .to_owned()
}

fn numbers(list: &List<Id>) -> Vec<i64> {
    list.0.iter().map(|id| id.0).collect()
}

fn codes(list: &List<Code<40>>) -> Vec<&str> {
    list.0.iter().map(|code| code.0.as_str()).collect()
}
