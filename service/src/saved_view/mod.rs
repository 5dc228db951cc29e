//! Saved views: a filter of the list of defects and its order, kept under a name, for oneself or shared.
//!
//! What is kept is in `query`; who sees, changes and shares a view here and in `write`; what a person wants of a view
//! (to begin with it, a mail of what it holds) in `choice`, and that mail in `digest`. A view is its owner's affair and
//! part of no record's history, like what he chose to be told of; its version is there so that two windows do not
//! overwrite each other.

mod choice;
mod digest;
mod forget;
mod query;
mod write;

use std::collections::HashMap;

use entity::{app_user, saved_view, view_choice};
use sea_orm::sea_query::{Condition, Expr, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::{Count, Limit, Page, PageRequest, bad_key, behind};
use crate::reference::PersonRef;
use crate::rights::SHARED_VIEWS;
use crate::role::Role;
use crate::system::System;
use crate::value::{Instant, Text};

pub use choice::{ViewChoice, choose, show_default};
pub use digest::tell;
pub(crate) use digest::{Overview, overview};
pub(crate) use forget::{forget, rename};
pub use query::{KeptQuery, ViewQuery};
pub use write::{NewView, ViewPatch, change, create, delete, may_delete, sharings};

/// A view, as messages name it.
const WHAT: &str = "saved view";

crate::choice! {
    /// Who sees a view besides its owner.
    pub enum Sharing {
        /// Everybody.
        Everyone = "everyone",
        /// Administrators.
        Admin = "admin",
        /// Inspectors.
        Inspector = "inspector",
        /// Operators.
        Operator = "operator",
        /// Technical engineers.
        TechEngineer = "tech_engineer",
        /// Quality engineers.
        QualityEngineer = "quality_engineer",
        /// Quality managers.
        QualityManager = "quality_manager",
        /// Viewers.
        Viewer = "viewer",
    }
}

impl Sharing {
    /// The role, unless it is everybody.
    pub fn role(self) -> Option<Role> {
        Role::of(self.word())
    }
}

crate::choice! {
    /// How often a person is told what a view holds.
    pub enum Rhythm {
        /// Every morning.
        Daily = "daily",
        /// On Monday mornings.
        Weekly = "weekly",
    }
}

/// A saved view as the caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedView {
    /// Id.
    pub id: i64,
    /// Name; one of its owner's.
    pub name: String,
    /// Whose it is.
    pub owner: PersonRef,
    /// Who else sees it; null for nobody.
    #[schema(required)]
    pub shared_with: Option<Sharing>,
    /// The parameters of the list of defects, as they were sent.
    #[schema(value_type = Object)]
    pub query: Json,
    /// Whether the caller begins with it.
    pub is_default: bool,
    /// How often the caller is told by mail what it holds; null for never.
    #[schema(required)]
    pub digest: Option<Rhythm>,
    /// Moves with every change of name, query and sharing; the ETag. What the caller chose for himself does not move it.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

crate::input! {
    /// Which saved views to list, in the order of their names: of those that the caller sees.
    pub struct SavedViewQuery {
        /// True: only his own; false: only those of others.
        mine: optional bool,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists the views that the caller sees, by name.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<SavedViewQuery>,
) -> Result<Page<SavedView>> {
    actor.may_read()?;
    let user = actor.user_id()?;
    let SavedViewQuery {
        mine,
        limit,
        cursor,
        count,
    } = query.check()?;
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let request = PageRequest::new(&json!(["saved-views", user, mine]), *limit, cursor, *count)?;
    let select = saved_view::Entity::find()
        .filter(visible(actor, user))
        .apply_if(*mine, |select, mine| {
            select.filter(match mine {
                true => saved_view::Column::OwnerId.eq(user),
                false => saved_view::Column::OwnerId.ne(user),
            })
        });
    let mut rows = select.clone();
    if let Some((key, last)) = request.after() {
        let key = key.as_str().ok_or_else(bad_key)?;
        let name = || Expr::col(saved_view::Column::Name);
        let id = || Expr::col(saved_view::Column::Id);
        rows = rows.filter(behind(&Order::Asc, name, id, key, *last));
    }
    let rows = rows
        .order_by_asc(saved_view::Column::Name)
        .order_by_asc(saved_view::Column::Id);
    let db = system.db.reader();
    let page = request.page(request.rows(db, rows).await?, |row| {
        (json!(row.name), row.id)
    });
    let ids = select.select_only().column(saved_view::Column::Id);
    let mut page = request.count(db, page, ids.into_query()).await?;
    let shown = views(db, user, std::mem::take(&mut page.items)).await?;
    Ok(Page {
        items: shown,
        next_cursor: page.next_cursor,
        total: page.total,
        total_is_minimum: page.total_is_minimum,
    })
}

/// Shows a view.
///
/// # Errors
/// [`Error::NotFound`] for those that the caller does not see.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<SavedView> {
    actor.may_read()?;
    show_in(system.db.reader(), actor, id).await
}

async fn show_in(db: &impl ConnectionTrait, actor: &Actor, id: i64) -> Result<SavedView> {
    let user = actor.user_id()?;
    let row = saved_view::Entity::find_by_id(id)
        .filter(visible(actor, user))
        .one(db)
        .await?;
    one(db, user, row.ok_or(Error::NotFound(WHAT))?).await
}

/// The views that a person sees: his own, those shared with everybody or a role of his, and all shared ones where he
/// keeps order among them.
fn visible(actor: &Actor, user: i64) -> Condition {
    let with = saved_view::Column::SharedWith;
    let shared = match actor.roles.has_any(SHARED_VIEWS) {
        true => with.is_not_null(),
        false => {
            let roles = actor.roles.iter().map(Role::word);
            with.is_in(roles.chain([Sharing::Everyone.word()]))
        }
    };
    Condition::any()
        .add(saved_view::Column::OwnerId.eq(user))
        .add(shared)
}

async fn one(db: &impl ConnectionTrait, user: i64, row: saved_view::Model) -> Result<SavedView> {
    let shown = views(db, user, vec![row]).await?.pop();
    shown.ok_or_else(|| Error::internal("a saved view was read and is not shown"))
}

/// Views as a person sees them.
async fn views(
    db: &impl ConnectionTrait,
    user: i64,
    rows: Vec<saved_view::Model>,
) -> Result<Vec<SavedView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<(i64, String)> = app_user::Entity::find()
        .select_only()
        .column(app_user::Column::Id)
        .column(app_user::Column::DisplayName)
        .filter(app_user::Column::Id.is_in(rows.iter().map(|row| row.owner_id)))
        .into_tuple()
        .all(db)
        .await?;
    let choices = view_choice::Entity::find()
        .filter(view_choice::Column::UserId.eq(user))
        .filter(view_choice::Column::ViewId.is_in(rows.iter().map(|row| row.id)))
        .all(db)
        .await?;
    let names: HashMap<_, _> = names.into_iter().collect();
    let choices = choices.into_iter().map(|choice| (choice.view_id, choice));
    let choices: HashMap<_, _> = choices.collect();
    rows.into_iter()
        .map(|row| {
            let owner = names.get(&row.owner_id).cloned().unwrap_or_default();
            let choice = choices.get(&row.id);
            view(row, owner, choice)
        })
        .collect()
}

fn view(
    row: saved_view::Model,
    owner: String,
    choice: Option<&view_choice::Model>,
) -> Result<SavedView> {
    let digest = choice.and_then(|choice| choice.digest.as_deref());
    Ok(SavedView {
        id: row.id,
        name: row.name,
        owner: PersonRef {
            id: row.owner_id,
            name: owner,
        },
        shared_with: row
            .shared_with
            .as_deref()
            .map(Sharing::stored)
            .transpose()?,
        query: Json::Object(query::stored(&row.query)?),
        is_default: choice.is_some_and(|choice| choice.is_default),
        digest: digest.map(Rhythm::stored).transpose()?,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_can_be_shared_with_everybody_and_with_each_role() {
        let roles: Vec<_> = Sharing::ALL.iter().filter_map(|with| with.role()).collect();
        assert_eq!(roles, Role::ALL);
        assert_eq!(Sharing::Everyone.role(), None);
    }
}
