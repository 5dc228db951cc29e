//! Lists of users: all of them for administrators, ids and names for everybody.

use entity::{app_user, user_role};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Select,
};
use serde_json::{Value as Json, json};

use super::{UserView, key_of, may_see, roles_of_all, view};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::master;
use crate::page::{Count, Limit, Page, PageRequest};
use crate::reference::PersonRef;
use crate::role::Role;
use crate::system::System;
use crate::value::Text;

crate::input! {
    /// Which users to list, in the order of their user names.
    pub struct UserQuery {
        /// Only who has this role.
        role: optional Role,
        /// Only active or only disabled ones.
        is_active: optional bool,
        /// What user name or display name begin with.
        q: optional Text<100>,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

crate::input! {
    /// Which people to list, in the order in which they were added.
    pub struct NamesQuery {
        /// Only who has this role.
        role: optional Role,
        /// False for disabled ones; active ones unless said otherwise.
        is_active: optional bool,
        /// What the display name begins with.
        q: optional Text<100>,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists users by user name.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<UserQuery>,
) -> Result<Page<UserView>> {
    may_see(actor)?;
    let UserQuery {
        role,
        is_active,
        q,
        limit,
        cursor,
        count,
    } = query.check()?;
    let (q, cursor) = (
        q.as_ref().map(|text| &text.0),
        cursor.as_ref().map(|text| text.0.as_str()),
    );
    let request = PageRequest::new(
        &json!(["users", role, is_active, q]),
        *limit,
        cursor,
        *count,
    )?;
    let select = having(*role)
        .apply_if(*is_active, |select, yes| {
            select.filter(app_user::Column::IsActive.eq(yes))
        })
        .apply_if(q, |select, q| select.filter(search(q)));
    let db = system.db.reader();
    let column = app_user::Column::UsernameKey;
    let page = master::page(db, &request, select, column, |row| &row.username_key).await?;
    with_roles(db, page).await
}

async fn with_roles(
    db: &impl ConnectionTrait,
    page: Page<app_user::Model>,
) -> Result<Page<UserView>> {
    let ids: Vec<_> = page.items.iter().map(|row| row.id).collect();
    let mut roles = roles_of_all(db, &ids).await?;
    let Page {
        items,
        next_cursor,
        total,
        total_is_minimum,
    } = page;
    let items = items
        .into_iter()
        .map(|row| {
            let roles = roles.remove(&row.id).unwrap_or_default();
            view(row, roles)
        })
        .collect::<Result<_>>()?;
    Ok(Page {
        items,
        next_cursor,
        total,
        total_is_minimum,
    })
}

/// Lists people by id and display name, in the order in which they were added; for whoever may read.
pub async fn names(
    system: &System,
    actor: &Actor,
    query: &Draft<NamesQuery>,
) -> Result<Page<PersonRef>> {
    actor.may_read()?;
    let NamesQuery {
        role,
        is_active,
        q,
        limit,
        cursor,
        count,
    } = query.check()?;
    let is_active = is_active.unwrap_or(true);
    let (q, cursor) = (
        q.as_ref().map(|text| &text.0),
        cursor.as_ref().map(|text| text.0.as_str()),
    );
    let request = PageRequest::new(
        &json!(["names", role, is_active, q]),
        *limit,
        cursor,
        *count,
    )?;
    let select = having(*role)
        .filter(app_user::Column::IsActive.eq(is_active))
        .apply_if(q, |select, q| {
            select.filter(master::begins_with(display_name, q))
        });
    people(system.db.reader(), &request, select).await
}

/// What a user is called, whether active or not; for whoever may read.
///
/// # Errors
/// `NotFound`.
pub async fn name(system: &System, actor: &Actor, id: i64) -> Result<PersonRef> {
    actor.may_read()?;
    let row = app_user::Entity::find_by_id(id);
    let row = row.one(system.db.reader()).await?;
    let row = row.ok_or(Error::NotFound("user"))?;
    Ok(PersonRef {
        id: row.id,
        name: row.display_name,
    })
}

async fn people(
    db: &impl ConnectionTrait,
    request: &PageRequest,
    select: Select<app_user::Entity>,
) -> Result<Page<PersonRef>> {
    let rows = select
        .clone()
        .apply_if(request.after(), |rows, (_, last)| {
            rows.filter(app_user::Column::Id.gt(*last))
        })
        .order_by_asc(app_user::Column::Id);
    let rows = request.rows(db, rows).await?;
    let people = rows
        .into_iter()
        .map(|row| PersonRef {
            id: row.id,
            name: row.display_name,
        })
        .collect();
    // Not by user name: a cursor would show it to everybody.
    let page = request.page(people, |person: &PersonRef| (Json::Null, person.id));
    master::counted(db, request, page, select).await
}

fn having(role: Option<Role>) -> Select<app_user::Entity> {
    app_user::Entity::find().apply_if(role, |select, role| {
        let holders = Query::select()
            .column(user_role::Column::UserId)
            .from(user_role::Entity)
            .and_where(user_role::Column::Role.eq(role.word()))
            .to_owned();
        select.filter(app_user::Column::Id.in_subquery(holders))
    })
}

fn search(q: &str) -> Condition {
    Condition::any()
        .add(master::begins_with(
            || Expr::col(app_user::Column::UsernameKey),
            &key_of(q),
        ))
        .add(master::begins_with(display_name, q))
}

fn display_name() -> Expr {
    Expr::col(app_user::Column::DisplayName)
}
