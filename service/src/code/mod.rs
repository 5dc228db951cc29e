//! Codes: the lists that an administrator extends (failure codes, causes, areas), each a tree, labelled in several
//! languages. Records refer to a code by its id, requests and answers by its word (`WELD-CRACK`).
//!
//! Here they are listed and shown; what changes them, their labels and their tree have files of their own.

mod forms;
mod labels;
mod lookup;
mod tree;
mod write;

use entity::{code_label, code_value};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Select,
};
use serde_json::json;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::master;
use crate::page::{Page, PageRequest, bad_key};
use crate::system::System;
use crate::value::Instant;
use crate::words::CodeList;

pub use forms::{
    CodePatch, CodeQuery, CodeView, Label, Labels, LabelsPatch, NewCode, NewLabels, Sort,
};
pub(crate) use labels::{of as labels_of, records};
pub(crate) use lookup::{by_code, find_active, words_of};
pub use write::{Place, arrange, change, create, delete};
pub(crate) use write::{change_in, create_in};

master::master!(code_value, "code");

/// Lists the codes of a list by `sort` and then by code.
pub async fn list(
    system: &System,
    actor: &Actor,
    list: &str,
    query: &Draft<CodeQuery>,
) -> Result<Page<CodeView>> {
    // A name of no list is no address, like an id that is none.
    let list = list_named(list)?;
    actor.may_read()?;
    let CodeQuery {
        q,
        parent,
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let (q, parent) = (
        q.as_ref().map(|text| &text.0),
        parent.as_ref().map(|code| &code.0),
    );
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let identity = json!(["codes", list, q, parent, is_active]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let db = system.db.reader();
    let parent = match parent {
        Some(parent) => Some(
            by_code(db, list, vec![parent.clone()])
                .await?
                .into_values()
                .collect::<Vec<_>>(),
        ),
        None => None,
    };
    let select = on(list)
        .apply_if(q, |select, q| select.filter(search(q)))
        .apply_if(parent, |select, parent| {
            select.filter(code_value::Column::ParentId.is_in(parent))
        })
        .apply_if(*is_active, |select, yes| {
            select.filter(code_value::Column::IsActive.eq(yes))
        });
    let page = page(db, &request, select).await?;
    Ok(Page {
        items: views(db, &page.items).await?,
        next_cursor: page.next_cursor,
        total: page.total,
        total_is_minimum: page.total_is_minimum,
    })
}

/// The list of a name.
pub(crate) fn list_named(name: &str) -> Result<CodeList> {
    CodeList::of(name).ok_or(Error::NotFound("code list"))
}

/// The codes of a list.
pub(crate) fn on(list: CodeList) -> Select<code_value::Entity> {
    code_value::Entity::find().filter(code_value::Column::ListName.eq(list.word()))
}

fn search(q: &str) -> Condition {
    let labelled = Query::select()
        .column(code_label::Column::CodeId)
        .from(code_label::Entity)
        .cond_where(master::begins_with(
            || Expr::col(code_label::Column::Label),
            q,
        ))
        .to_owned();
    Condition::any()
        .add(master::begins_with(
            || Expr::col(code_value::Column::Code),
            q,
        ))
        .add(code_value::Column::Id.in_subquery(labelled))
}

/// One page. The code is unique in its list, so it is the tie-break, and the cursor's number is the place.
async fn page(
    db: &impl ConnectionTrait,
    request: &PageRequest,
    select: Select<code_value::Entity>,
) -> Result<Page<code_value::Model>> {
    let (place, code) = (code_value::Column::SortOrder, code_value::Column::Code);
    let mut rows = select.clone();
    if let Some((last, sort)) = request.after() {
        let last = last.as_str().ok_or_else(bad_key)?;
        let behind = Condition::any().add(place.gt(*sort)).add(code.gt(last));
        rows = rows.filter(Condition::all().add(place.gte(*sort)).add(behind));
    }
    let rows = rows.order_by_asc(place).order_by_asc(code);
    let rows = request.rows(db, rows).await?;
    let page = request.page(rows, |row| (json!(row.code), row.sort_order));
    master::counted(db, request, page, select).await
}

/// Shows a code of a list.
pub async fn show(system: &System, actor: &Actor, list: &str, id: i64) -> Result<CodeView> {
    let list = list_named(list)?;
    actor.may_read()?;
    let one = on(list).filter(code_value::Column::Id.eq(id));
    let row = one
        .one(system.db.reader())
        .await?
        .ok_or(Error::NotFound("code"))?;
    let views = views(system.db.reader(), std::slice::from_ref(&row)).await?;
    views.into_iter().next().ok_or(Error::NotFound("code"))
}

/// Codes as they are shown: their parents and their labels are read with one query each.
async fn views(conn: &impl ConnectionTrait, rows: &[code_value::Model]) -> Result<Vec<CodeView>> {
    let parents = words_of(conn, rows.iter().filter_map(|row| row.parent_id)).await?;
    let mut labels = labels::of(conn, rows.iter().map(|row| row.id)).await?;
    rows.iter()
        .map(|row| {
            let parent = row.parent_id.and_then(|id| parents.get(&id).cloned());
            view(row, parent, labels.remove(&row.id).unwrap_or_default())
        })
        .collect()
}

fn view(row: &code_value::Model, parent: Option<String>, labels: Labels) -> Result<CodeView> {
    Ok(CodeView {
        id: row.id,
        list: CodeList::stored(&row.list_name)?,
        code: row.code.clone(),
        parent,
        sort: row.sort_order,
        is_active: row.is_active,
        labels,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    })
}
