//! The list of defects: filters, order, pages.

use chrono::{DateTime, FixedOffset};
use db::Row;
use entity::defect;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};
use serde_json::{Value as Json, json};

use super::query::{Columns, D, Extent, limited, records};
use super::view::{DefectItem, nameless};
use crate::actor::Actor;
use crate::code;
use crate::error::Result;
use crate::input::Draft;
use crate::names::Names;
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
    let db = system.db.reader();
    let (query, request) = asked(draft)?;
    let wanted = conditions(db, query).await?;
    let sort = sort_of(query);
    let of = |with_names| page_of(query, &wanted, &request, with_names);
    let rows = items(system, db, request.to_read(), of).await?;
    let page = request.page(rows, |row| (sort_key(sort, row), row.id));
    request.count(db, page, ids(wanted)).await
}

/// The statement that finds a page, for those who look at its plan.
///
/// # Errors
/// As [`list`].
pub async fn list_statement(system: &System, draft: &Draft<DefectQuery>) -> Result<Statement> {
    let db = system.db.reader();
    let (query, request) = asked(draft)?;
    let wanted = conditions(db, query).await?;
    let select = page_of(query, &wanted, &request, false)?;
    Ok(limited(
        db.get_database_backend(),
        &select,
        request.to_read(),
    ))
}

fn asked(draft: &Draft<DefectQuery>) -> Result<(&DefectQuery, PageRequest)> {
    let query = draft.check()?;
    let identity = identity(query, sort_of(query));
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let request = PageRequest::new(&identity, query.limit, cursor, query.count)?;
    Ok((query, request))
}

fn sort_of(query: &DefectQuery) -> Sort {
    query.sort.unwrap_or(Sort::NewestReported)
}

/// The records of a page, in order; without a limit.
fn page_of(
    query: &DefectQuery,
    wanted: &Condition,
    request: &PageRequest,
    with_names: bool,
) -> Result<SelectStatement> {
    let sort = sort_of(query);
    let mut select = records(Extent::Item, with_names);
    if is_indexed(query, sort) {
        select.cond_where(wanted.clone());
    } else {
        // What is found has to be sorted: keys alone, which are found in the index, not whole records.
        let mut keys = ids(wanted.clone());
        order(&mut keys, sort, request)?;
        keys.limit(request.to_read());
        // MariaDB, MySQL: no LIMIT directly in an IN.
        let keys = Query::select()
            .column(("k", defect::Column::Id))
            .from_subquery(keys, "k")
            .to_owned();
        select.and_where(Expr::col((D, defect::Column::Id)).in_subquery(keys));
    }
    order(&mut select, sort, request)?;
    Ok(select)
}

/// Whether an index has the rows of each filter in the order that is asked for (see the migration of `defect`).
fn is_indexed(query: &DefectQuery, sort: Sort) -> bool {
    let one = |values: Option<usize>| values.is_none_or(|values| values == 1);
    let many_rows = [
        query.status.as_ref().map(|list| list.0.len()),
        query.severity.as_ref().map(|list| list.0.len()),
        query.origin.as_ref().map(|list| list.0.len()),
        query.assignee_id.as_ref().map(|list| list.0.len()),
    ];
    let few_rows = [
        query.part_id.as_ref().map(|list| list.0.len()),
        query.work_center_id.as_ref().map(|list| list.0.len()),
        query.customer_id.as_ref().map(|list| list.0.len()),
        query.supplier_id.as_ref().map(|list| list.0.len()),
        query.failure_code.as_ref().map(|list| list.0.len()),
    ];
    match sort {
        Sort::NewestReported | Sort::OldestReported => {
            many_rows.into_iter().chain(few_rows).all(one)
        }
        Sort::NewestUpdated => many_rows.into_iter().all(one) && few_rows == [None; 5],
        Sort::TagNumber => many_rows == [None; 4] && few_rows == [None; 5],
    }
}

/// The rows that a statement finds; `of` makes it without or with names.
async fn items(
    system: &System,
    db: &impl ConnectionTrait,
    limit: u64,
    of: impl Fn(bool) -> Result<SelectStatement>,
) -> Result<Vec<DefectItem>> {
    let lean = |row: Row<'_>| {
        let mut columns = Columns::of(row);
        Ok((columns.label()?, columns.record(Extent::Item)?))
    };
    let asked = limited(db.get_database_backend(), &of(false)?, limit);
    let found = match system.db.read_in_place(&asked, lean) {
        Some(found) => found,
        None => {
            let rows = db.query_all_raw(asked).await?;
            let found = rows.iter().map(|row| lean(row.into()));
            found.collect::<std::result::Result<_, DbErr>>()?
        }
    };
    let Some((label, _)) = found.first() else {
        return Ok(Vec::new());
    };
    let label = label.clone();
    let known = |names: &Names| {
        let items = found.into_iter();
        let items = items.map(|(_, record)| DefectItem::of(record, names));
        items.collect::<Result<Option<Vec<_>>>>()
    };
    if let Some(items) = system.names.at(label.as_deref(), known)? {
        return Ok(items);
    }
    let found = db
        .query_all_raw(limited(db.get_database_backend(), &of(true)?, limit))
        .await?;
    let mut names = Names::default();
    let mut records = Vec::with_capacity(found.len());
    for row in &found {
        let mut columns = Columns::of(row);
        let label = columns.label()?;
        if records.is_empty() {
            names = Names::under(label);
        }
        let record = columns.record(Extent::Item)?;
        columns.names(&record, &mut names)?;
        records.push(record);
    }
    let items = records
        .into_iter()
        .map(|record| DefectItem::of(record, &names)?.ok_or_else(nameless))
        .collect::<Result<_>>();
    system.names.learn(names);
    items
}

/// All that tells one list from another: the filters and the order.
pub(super) fn identity(query: &DefectQuery, sort: Sort) -> Json {
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

pub(super) async fn conditions(
    db: &impl ConnectionTrait,
    query: &DefectQuery,
) -> Result<Condition> {
    // In the text, where PostgreSQL sees how many rows have a word: they are our own, and few.
    let words = |column: defect::Column, words: Vec<&'static str>| {
        let words = words
            .into_iter()
            .map(|word| Expr::cust(format!("'{word}'")));
        Expr::col((D, column)).is_in(words)
    };
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
    let ids = code::ids_of(db, CodeList::FailureCode, &codes).await?;
    Ok(all.add(Expr::col((D, defect::Column::FailureCodeId)).is_in(ids)))
}

pub(super) fn order(select: &mut SelectStatement, sort: Sort, request: &PageRequest) -> Result<()> {
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
    Ok(())
}

pub(super) fn sort_key(sort: Sort, row: &DefectItem) -> Json {
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

pub(super) fn ids(wanted: Condition) -> SelectStatement {
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
