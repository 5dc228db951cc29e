//! The list of defects: order and pages; what it is filtered by is in `filter`.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use db::Row;
use entity::defect;
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr, UnionType,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, IdenStatic, Statement, Value};
use serde_json::{Value as Json, json};

use super::WHAT;
use super::filter::{DefectFilter, Wanted, wanted};
use super::query::{Columns, D, Extent, limited, records};
use super::view::{DefectItem, nameless};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::names::Names;
use crate::page::{Count, Limit, Page, PageRequest, bad_key, behind};
use crate::search::{self, Hit};
use crate::system::System;
use crate::value::{Instant, Text, Value as _};

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
        /// What is searched for in what names the record first, then in its texts; of each the newest first.
        Relevance = "relevance",
    }
}

impl Sort {
    /// The column that it goes by.
    fn key(self) -> (defect::Column, Order) {
        match self {
            Self::NewestReported => (defect::Column::ReportedAt, Order::Desc),
            Self::OldestReported => (defect::Column::ReportedAt, Order::Asc),
            Self::NewestUpdated => (defect::Column::UpdatedAt, Order::Desc),
            // The number is made of the id, and as text DMT-1000000 would stand before DMT-999999.
            Self::TagNumber => (defect::Column::Id, Order::Asc),
            // Within a rank.
            Self::Relevance => (defect::Column::Id, Order::Desc),
        }
    }
}

crate::input! {
    /// Which defects, in which order, which page of them.
    pub struct DefectQuery {
        ..filter: DefectFilter,
        /// The order; `-reported_at` unless said, and `relevance` where `q` is.
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
    let db = &system.db.reads();
    let (query, request) = asked(draft)?;
    let wanted = wanted(system, actor, db, &query.filter).await?;
    let sort = sort_of(query);
    if sort == Sort::Relevance {
        return best(system, db, wanted, &request).await;
    }
    let family = db.get_database_backend();
    let wanted = wanted.searched(family);
    let of = |with_names| page_of(family, sort, &wanted, &request, with_names);
    let rows = items(system, db, request.to_read(), of).await?;
    let page = request.page(rows, |row| (sort_key(sort, row), row.id));
    request.count(db, page, ids(wanted.condition)).await
}

/// The page of a search, the best first.
async fn best(
    system: &System,
    db: &impl ConnectionTrait,
    mut wanted: Wanted,
    request: &PageRequest,
) -> Result<Page<DefectItem>> {
    let Some(text) = wanted.searches.pop() else {
        let message = "is an order of what is searched for: give q as well";
        return Err(Error::field("sort", "together", message));
    };
    let family = db.get_database_backend();
    let wanted = wanted.searched(family);
    let (after, limit) = (request.after(), request.to_read());
    let hits = search::ranked_page(db, &text, &wanted.condition, after, limit).await?;
    let places: HashMap<i64, (usize, Hit)> = (0..)
        .zip(hits)
        .map(|(place, hit)| (hit.id, (place, hit)))
        .collect();
    let mut rows = Vec::new();
    if !places.is_empty() {
        let ids: Vec<i64> = places.keys().copied().collect();
        rows = items(system, db, limit, |with_names| named(&ids, with_names)).await?;
        rows.sort_by_key(|row| places.get(&row.id).map(|(place, _)| *place));
    }
    let page = request.page(rows, |row| match places.get(&row.id) {
        Some((_, hit)) => hit.key(),
        None => (Json::Null, row.id),
    });
    let found = search::body_condition(family, &text, (D, defect::Column::Id));
    request
        .count(db, page, ids(wanted.condition.add(found)))
        .await
}

/// The records with these ids, in their order, as a list shows them.
///
/// # Errors
/// `NotFound` where there is one of none; `Invalid` for more than 100.
pub async fn of_ids(system: &System, actor: &Actor, ids: &[i64]) -> Result<Vec<DefectItem>> {
    actor.may_read()?;
    if ids.len() as u64 > MOST_IDS {
        let message = format!("must have at most {MOST_IDS} values");
        return Err(Error::field("defect", "range", message));
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let db = &system.db.reads();
    let of = |with_names| named(ids, with_names);
    let rows = items(system, db, MOST_IDS, of).await?;
    let found = ids.iter().map(|id| rows.iter().find(|row| row.id == *id));
    found
        .map(|row| row.cloned().ok_or(Error::NotFound(WHAT)))
        .collect()
}

/// So many are looked up by their ids at once.
const MOST_IDS: u64 = 100;

/// The records with these ids, in no order.
fn named(ids: &[i64], with_names: bool) -> Result<SelectStatement> {
    let mut select = records(Extent::Item, with_names);
    select.and_where(Expr::col((D, defect::Column::Id)).is_in(ids.iter().copied()));
    Ok(select)
}

/// The statement that finds a page, for those who look at its plan.
///
/// # Errors
/// As [`list`].
pub async fn list_statement(
    system: &System,
    actor: &Actor,
    draft: &Draft<DefectQuery>,
) -> Result<Statement> {
    let db = system.db.reader();
    let family = db.get_database_backend();
    let (query, request) = asked(draft)?;
    let wanted = wanted(system, actor, db, &query.filter)
        .await?
        .searched(family);
    let select = page_of(family, sort_of(query), &wanted, &request, false)?;
    Ok(limited(family, &select, request.to_read()))
}

fn asked(draft: &Draft<DefectQuery>) -> Result<(&DefectQuery, PageRequest)> {
    let query = draft.check()?;
    let identity = json!(["defects", query.filter.identity(), sort_of(query)]);
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let request = PageRequest::new(&identity, query.limit, cursor, query.count)?;
    Ok((query, request))
}

fn sort_of(query: &DefectQuery) -> Sort {
    let usual = if query.filter.is_search() {
        Sort::Relevance
    } else {
        Sort::NewestReported
    };
    query.sort.unwrap_or(usual)
}

/// The records of a page, in order; without a limit.
fn page_of(
    family: DbBackend,
    sort: Sort,
    wanted: &Wanted,
    request: &PageRequest,
    with_names: bool,
) -> Result<SelectStatement> {
    let mut select = records(Extent::Item, with_names);
    let keys = match way(wanted, sort) {
        Way::InOrder => {
            match wanted.lists.as_slice() {
                [(column, values)] if are_ranges(family, wanted, *column) => {
                    select.cond_where(wanted.besides_state.clone());
                    for state in values {
                        order_of_state(&mut select, state, sort, request)?;
                    }
                }
                _ => {
                    select.cond_where(wanted.condition.clone());
                    order(&mut select, sort, request)?;
                }
            }
            return Ok(select);
        }
        Way::Merged(column, values) => {
            let are_ranges = are_ranges(family, wanted, column);
            merged(sort, wanted, request, (column, values), are_ranges)?
        }
        Way::Sorted => {
            let mut keys = ids(wanted.condition.clone());
            order(&mut keys, sort, request)?;
            keys.limit(request.to_read());
            keys
        }
    };
    // MariaDB, MySQL: no LIMIT directly in an IN.
    let keys = Query::select()
        .column(("k", defect::Column::Id))
        .from_subquery(keys, "k")
        .to_owned();
    select.and_where(Expr::col((D, defect::Column::Id)).in_subquery(keys));
    order(&mut select, sort, request)?;
    Ok(select)
}

/// How a page is found.
enum Way<'a> {
    /// An index has the rows of each filter in the order that is asked for.
    InOrder,
    /// Several values of one column: an index has those of each in order, and of each so many are read as the page has.
    Merged(defect::Column, &'a [SimpleExpr]),
    /// What is found has to be sorted: keys alone, which are found in the index, not whole records.
    Sorted,
}

/// Columns with an index in the order of the reports, those first that have one in the order of the changes too (see the
/// migration of `defect`).
const INDEXED: [defect::Column; 11] = [
    defect::Column::Status,
    defect::Column::Severity,
    defect::Column::Origin,
    defect::Column::AssigneeId,
    defect::Column::PartId,
    defect::Column::WorkCenterId,
    defect::Column::CustomerId,
    defect::Column::SupplierId,
    defect::Column::FailureCodeId,
    defect::Column::LotNumber,
    defect::Column::WorkOrder,
];

/// More values than these are not worth a search each.
const MOST_MERGED: usize = 20;

fn way(wanted: &Wanted, sort: Sort) -> Way<'_> {
    let indexed: &[defect::Column] = match sort {
        Sort::NewestReported | Sort::OldestReported => &INDEXED,
        Sort::NewestUpdated => &INDEXED[..4],
        Sort::TagNumber | Sort::Relevance => &[],
    };
    let is_indexed = |column: &defect::Column| {
        indexed
            .iter()
            .any(|known| known.as_str() == column.as_str())
    };
    if wanted.is_narrow || wanted.lists.iter().any(|(column, _)| !is_indexed(column)) {
        return Way::Sorted;
    }
    let several = wanted.lists.iter().filter(|(_, values)| values.len() > 1);
    match several.min_by_key(|(_, values)| values.len()) {
        None => Way::InOrder,
        Some((column, values)) if values.len() <= MOST_MERGED => Way::Merged(*column, values),
        Some(_) => Way::Sorted,
    }
}

/// Whether the values of a column are to be asked for as ranges, which the order names: states are, on PostgreSQL.
///
/// PostgreSQL knows how many records are in a state, and not that the closed ones stand behind all open ones: to find the
/// newest that are closed it would rather read all records in the order of the reports and pass over those that are open,
/// be they ten thousand. A value it leaves out of the order, and then the index of the reports has that order, too; only
/// the index that begins with the state has that of a range. Not where another column has an index of its own.
fn are_ranges(family: DbBackend, wanted: &Wanted, column: defect::Column) -> bool {
    let is_alone = wanted.lists.len() == 1;
    family == DbBackend::Postgres && column.as_str() == defect::Column::Status.as_str() && is_alone
}

/// The records of a state in order, from behind the last one of the page before.
fn order_of_state(
    select: &mut SelectStatement,
    state: &SimpleExpr,
    sort: Sort,
    request: &PageRequest,
) -> Result<()> {
    let (key, order) = sort.key();
    let columns = [defect::Column::Status, key, defect::Column::Id];
    let status = || Expr::col((D, defect::Column::Status));
    let (least, most) = (status().gte(state.clone()), status().lte(state.clone()));
    let bounds = match request.after() {
        None => [least, most],
        // One bound on each side: of two, the index might be entered at the wider one.
        Some((last_key, last_id)) => {
            let key = Expr::value(key_value(sort, last_key)?);
            let last = Expr::tuple([state.clone(), key, Expr::value(*last_id)]);
            let place = Expr::tuple(columns.map(|column| Expr::col((D, column))));
            match order {
                Order::Desc => [least, place.lt(last)],
                _ => [most, place.gt(last)],
            }
        }
    };
    for bound in bounds {
        select.and_where(bound);
    }
    select.order_by_columns(columns.map(|column| ((D, column), order.clone())));
    Ok(())
}

/// The keys of a page, found for each value of a column by itself.
fn merged(
    sort: Sort,
    wanted: &Wanted,
    request: &PageRequest,
    (column, values): (defect::Column, &[SimpleExpr]),
    are_ranges: bool,
) -> Result<SelectStatement> {
    let (key, direction) = sort.key();
    let mut all: Option<SelectStatement> = None;
    for value in values {
        let mut keys = ids(wanted.condition.clone());
        keys.column((D, key));
        if are_ranges {
            order_of_state(&mut keys, value, sort, request)?;
        } else {
            keys.and_where(Expr::col((D, column)).eq(value.clone()));
            order(&mut keys, sort, request)?;
        }
        keys.limit(request.to_read());
        // SQLite: no LIMIT directly in a UNION.
        let keys = Query::select()
            .columns([("v", defect::Column::Id), ("v", key)])
            .from_subquery(keys, "v")
            .to_owned();
        all = Some(match all {
            None => keys,
            Some(mut others) => others.union(UnionType::All, keys).to_owned(),
        });
    }
    let keys = Query::select()
        .column(("u", defect::Column::Id))
        .from_subquery(all.unwrap_or_else(|| ids(wanted.condition.clone())), "u")
        .order_by(("u", key), direction.clone())
        .order_by(("u", defect::Column::Id), direction)
        .limit(request.to_read())
        .to_owned();
    Ok(keys)
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

pub(super) fn order(select: &mut SelectStatement, sort: Sort, request: &PageRequest) -> Result<()> {
    let id = || SimpleExpr::from(Expr::col((D, defect::Column::Id)));
    let (column, order) = sort.key();
    let key_column = || SimpleExpr::from(Expr::col((D, column)));
    if let Some((key, last)) = request.after() {
        let key = key_value(sort, key)?;
        select.cond_where(behind(&order, key_column, id, key, *last));
    }
    select.order_by((D, column), order.clone());
    if !matches!(sort, Sort::TagNumber | Sort::Relevance) {
        select.order_by((D, defect::Column::Id), order);
    }
    Ok(())
}

pub(super) fn sort_key(sort: Sort, row: &DefectItem) -> Json {
    match sort {
        Sort::NewestReported | Sort::OldestReported => json!(row.reported_at),
        Sort::NewestUpdated => json!(row.updated_at),
        Sort::TagNumber | Sort::Relevance => json!(row.id),
    }
}

fn key_value(sort: Sort, key: &Json) -> Result<Value> {
    match sort {
        Sort::TagNumber | Sort::Relevance => key.as_i64().map(Value::from).ok_or_else(bad_key),
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

#[cfg(test)]
mod tests;
