//! What the children of a record have in common: loaded through their parent, listed by id.

use std::collections::HashMap;

use entity::{app_user, defect};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value as Json, json};

use super::{ChildQuery, WHAT};
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::{Page, PageRequest};
use crate::reference::PersonRef;
use crate::system::System;

/// `NotFound` unless there is such a defect.
pub(super) async fn require_defect(db: &impl ConnectionTrait, id: i64) -> Result<()> {
    let found: Option<i64> = defect::Entity::find_by_id(id)
        .select_only()
        .column(defect::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    found.map(|_| ()).ok_or(Error::NotFound(WHAT))
}

/// Refuses (409) one child more than a record holds: what is read as a whole stays small, and no sum leaves 64 bits.
pub(super) async fn require_room<E>(
    db: &impl ConnectionTrait,
    parent: E::Column,
    defect_id: i64,
    (most, what): (u64, &str),
) -> Result<()>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let there = E::find().filter(parent.eq(defect_id)).count(db).await?;
    if there < most {
        return Ok(());
    }
    Err(Error::WrongState(format!(
        "a record holds at most {most} {what}"
    )))
}

/// The names of people by their ids.
pub(super) struct Names(HashMap<i64, String>);

impl Names {
    /// Looks people up, all at once.
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        ids: impl IntoIterator<Item = i64>,
    ) -> Result<Self> {
        let mut ids: Vec<i64> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let names: Vec<(i64, String)> = app_user::Entity::find()
            .select_only()
            .columns([app_user::Column::Id, app_user::Column::DisplayName])
            .filter(app_user::Column::Id.is_in(ids))
            .into_tuple()
            .all(db)
            .await?;
        Ok(Self(names.into_iter().collect()))
    }

    /// A person, as others see him.
    pub(super) fn person(&self, id: i64) -> PersonRef {
        PersonRef {
            id,
            name: self.0.get(&id).cloned().unwrap_or_default(),
        }
    }
}

/// A kind of children.
pub(super) struct Kind<E: EntityTrait> {
    /// What the list is called.
    pub(super) name: &'static str,
    /// Their id.
    pub(super) id: E::Column,
    /// Their parent's id.
    pub(super) parent: E::Column,
    /// What of them may be long, so that a page ends early.
    pub(super) long: &'static [E::Column],
}

/// A page of a record's children, in the order in which they came.
pub(super) async fn page<E>(
    system: &System,
    defect_id: i64,
    kind: Kind<E>,
    draft: &Draft<ChildQuery>,
    id_of: impl Fn(&E::Model) -> i64,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let db = system.db.reader();
    require_defect(db, defect_id).await?;
    let query = draft.check()?;
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let identity = json!([kind.name, defect_id]);
    let request = PageRequest::new(&identity, query.limit, cursor, query.count)?;
    let behind = E::find()
        .filter(kind.parent.eq(defect_id))
        .filter(kind.id.gt(request.after().map_or(0, |(_, id)| *id)))
        .order_by_asc(kind.id);
    let (rows, more) = request.read(db, behind, kind.long).await?;
    let page = request.part(rows, more, |row| (Json::Null, id_of(row)));
    let counted = Query::select()
        .column(kind.id)
        .from(E::default())
        .and_where(Expr::col(kind.parent).eq(defect_id))
        .to_owned();
    request.count(db, page, counted).await
}
