//! What the children of a record have in common: loaded through their parent, listed by id.

use std::collections::HashMap;

use entity::{app_user, defect};
use sea_orm::sea_query::{Condition, Order, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use serde_json::{Value as Json, json};

use super::{ChildQuery, DefectView, WHAT};
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

/// Whose children are listed, and from which end. Of a record that was read it is not asked again whether it is there:
/// records stay.
#[derive(Clone, Copy, Debug)]
pub struct Under {
    pub(super) id: i64,
    is_there: bool,
    is_newest_first: bool,
}

impl From<i64> for Under {
    /// The children of a record that may not be there, in the order in which they came.
    fn from(id: i64) -> Self {
        Self {
            id,
            is_there: false,
            is_newest_first: false,
        }
    }
}

impl From<&DefectView> for Under {
    /// The children of a record that is there, in the order in which they came.
    fn from(record: &DefectView) -> Self {
        Self {
            is_there: true,
            ..Self::from(record.item.id)
        }
    }
}

impl Under {
    /// The same, the newest first.
    #[must_use]
    pub fn newest_first(self) -> Self {
        Self {
            is_newest_first: true,
            ..self
        }
    }

    /// The same, once it is known that the record is there.
    pub(super) async fn found(self, db: &impl ConnectionTrait) -> Result<Self> {
        if !self.is_there {
            require_defect(db, self.id).await?;
        }
        Ok(Self {
            is_there: true,
            ..self
        })
    }
}

/// Refuses (409) one child more than a record holds: what is read as a whole stays small, and no sum leaves 64 bits.
pub(crate) async fn require_room<E>(
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
pub(crate) struct Names(HashMap<i64, String>);

impl Names {
    /// Looks people up, all at once.
    pub(crate) async fn of(
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
    pub(crate) fn person(&self, id: i64) -> PersonRef {
        PersonRef {
            id,
            name: self.0.get(&id).cloned().unwrap_or_default(),
        }
    }
}

/// A kind of children.
pub(crate) struct Kind<E: EntityTrait> {
    /// What the list is called.
    pub(crate) name: &'static str,
    /// Their id.
    pub(crate) id: E::Column,
    /// Their parent's id.
    pub(crate) parent: E::Column,
    /// What of them may be long, so that a page ends early.
    pub(crate) long: &'static [E::Column],
}

/// A page of a record's children.
pub(super) async fn page<E>(
    system: &System,
    under: Under,
    kind: Kind<E>,
    draft: &Draft<ChildQuery>,
    id_of: impl Fn(&E::Model) -> i64,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let db = system.db.reader();
    let under = under.found(db).await?;
    let wanted = Condition::all().add(kind.parent.eq(under.id));
    page_where(db, under, kind, wanted, draft, id_of).await
}

/// A page of the children of any record that is there, in the order in which they came.
pub(crate) async fn page_of<E>(
    db: &impl ConnectionTrait,
    parent_id: i64,
    kind: Kind<E>,
    draft: &Draft<ChildQuery>,
    id_of: impl Fn(&E::Model) -> i64,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let wanted = Condition::all().add(kind.parent.eq(parent_id));
    page_where(db, parent_id.into(), kind, wanted, draft, id_of).await
}

/// A page of what stands on a record and fits `wanted`.
pub(super) async fn page_where<E>(
    db: &impl ConnectionTrait,
    under: Under,
    kind: Kind<E>,
    wanted: Condition,
    draft: &Draft<ChildQuery>,
    id_of: impl Fn(&E::Model) -> i64,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let query = draft.check()?;
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let (identity, order) = match under.is_newest_first {
        false => (json!([kind.name, under.id]), Order::Asc),
        true => (json!([kind.name, under.id, "newest first"]), Order::Desc),
    };
    let request = PageRequest::new(&identity, query.limit, cursor, query.count)?;
    let behind = E::find()
        .filter(wanted.clone())
        .apply_if(request.after(), |behind, (_, last)| {
            behind.filter(match under.is_newest_first {
                false => kind.id.gt(*last),
                true => kind.id.lt(*last),
            })
        })
        .order_by(kind.id, order);
    let (rows, more) = request.read(db, behind, kind.long).await?;
    let page = request.part(rows, more, |row| (Json::Null, id_of(row)));
    let counted = Query::select()
        .column(kind.id)
        .from(E::default())
        .cond_where(wanted)
        .to_owned();
    request.count(db, page, counted).await
}
