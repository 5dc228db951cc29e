//! What parts, work centers, partners, due rules and codes have in common: how such a row is added, changed and
//! deleted with its history, and how a list of them is paged and searched.
//!
//! A module gives its row as one JSON record, as the API shows it; what changed is the difference of two
//! records, so no field can be forgotten in the history.

mod search;

use chrono::{DateTime, FixedOffset};
use sea_orm::sea_query::{Expr, Order};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable,
    ModelTrait, PrimaryKeyTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use serde_json::{Value as Json, json};

use crate::actor::Actor;
use crate::audit::{GENESIS, Trail};
use crate::error::{Error, FieldError, Result};
use crate::input::Draft;
use crate::page::{Page, PageRequest, bad_key, behind};
use crate::rights::MASTER_DATA;
use crate::system::Unit;
use crate::version::IfMatch;

/// A table of such rows. Implemented by [`master!`].
pub(crate) trait Master:
    EntityTrait<
        Model: ModelTrait<Entity = Self> + Sync,
        ActiveModel: ActiveModelTrait<Entity = Self> + Send,
        PrimaryKey: PrimaryKeyTrait<ValueType = i64>,
    >
{
    /// The table, as the history names it.
    const TABLE: &'static str;
    /// A row, as messages name it.
    const WHAT: &'static str;
    /// The same with its article.
    const THE: &'static str;
    const ID: Self::Column;
    const VERSION: Self::Column;
    const AUDIT_SEQ: Self::Column;

    /// Where a row stands.
    fn mark(row: &Self::Model) -> Mark;

    /// Moves a row on.
    fn stamp(row: &mut Self::Model, mark: Mark, at: DateTime<FixedOffset>);
}

/// A row's id and version, and the end of its chain.
pub(crate) struct Mark {
    pub(crate) id: i64,
    pub(crate) version: i64,
    pub(crate) audit_seq: i64,
    pub(crate) audit_head: String,
}

/// Makes a table one of master data: `master!(part, "part")`.
macro_rules! master {
    ($table:ident, $what:literal) => {
        impl $crate::master::Master for entity::$table::Entity {
            const TABLE: &'static str = stringify!($table);
            const WHAT: &'static str = $what;
            const THE: &'static str = concat!("the ", $what);
            const ID: Self::Column = entity::$table::Column::Id;
            const VERSION: Self::Column = entity::$table::Column::Version;
            const AUDIT_SEQ: Self::Column = entity::$table::Column::AuditSeq;

            fn mark(row: &Self::Model) -> $crate::master::Mark {
                $crate::master::Mark {
                    id: row.id,
                    version: row.version,
                    audit_seq: row.audit_seq,
                    audit_head: row.audit_head.clone(),
                }
            }

            fn stamp(
                row: &mut Self::Model,
                mark: $crate::master::Mark,
                at: chrono::DateTime<chrono::FixedOffset>,
            ) {
                row.id = mark.id;
                row.version = mark.version;
                row.audit_seq = mark.audit_seq;
                row.audit_head = mark.audit_head;
                row.updated_at = at;
            }
        }
    };
}
pub(crate) use master;
pub(crate) use search::begins_with;

/// A change of one row that has been asked for.
pub(crate) struct Change<T> {
    pub(crate) id: i64,
    pub(crate) if_match: IfMatch,
    pub(crate) draft: Draft<T>,
}

impl<T: Clone> Change<T> {
    pub(crate) fn new(id: i64, if_match: &IfMatch, draft: &Draft<T>) -> Self {
        Self {
            id,
            if_match: if_match.clone(),
            draft: draft.clone(),
        }
    }
}

/// Refuses whoever does not manage the lists.
pub(crate) fn may_manage(actor: &Actor, what: &str) -> Result<()> {
    actor.require(MASTER_DATA, what)
}

/// The one row that `select` finds, locked until the transaction ends. Whoever may not even read does not learn
/// whether there is one.
pub(crate) async fn lock<E: Master>(unit: &Unit<'_>, select: Select<E>) -> Result<E::Model> {
    unit.actor.may_read()?;
    select
        .lock_exclusive()
        .one(unit.tx)
        .await?
        .ok_or(Error::NotFound(E::WHAT))
}

/// Adds a row; its id, version and chain are set here.
pub(crate) async fn insert<E: Master>(
    unit: &Unit<'_>,
    mut row: E::Model,
    record: &Json,
) -> Result<E::Model> {
    let begun = |id, audit_seq, audit_head: &str| Mark {
        id,
        version: 1,
        audit_seq,
        audit_head: audit_head.to_owned(),
    };
    E::stamp(&mut row, begun(0, 0, GENESIS), unit.now);
    let columns = columns_of::<E>(&row, |column| is_other::<E>(column, E::ID))?;
    let id = E::insert(columns).exec(unit.tx).await?.last_insert_id;
    let mut trail = Trail::begin(E::TABLE, id);
    trail.created(unit, record)?;
    let inserted = row.clone();
    E::stamp(&mut row, begun(id, trail.seq(), trail.head()), unit.now);
    let chained = columns_of::<E>(&row, |column| {
        is_other::<E>(column, E::ID) && inserted.get(column) != row.get(column)
    })?;
    E::update_many()
        .set(chained)
        .filter(E::ID.eq(id))
        .exec(unit.tx)
        .await?;
    trail.save(unit).await?;
    Ok(row)
}

/// Changes a locked row from `old` to `new`; where their records are the same, nothing is written.
pub(crate) async fn save<E: Master>(
    unit: &Unit<'_>,
    old: E::Model,
    mut new: E::Model,
    (before, after): &(Json, Json),
) -> Result<E::Model> {
    let mark = E::mark(&old);
    let mut trail = Trail::resume(E::TABLE, mark.id, mark.audit_seq, &mark.audit_head);
    add_differences(&mut trail, unit, "", before, after)?;
    if trail.is_empty() {
        return Ok(old);
    }
    let moved = Mark {
        id: mark.id,
        version: mark.version + 1,
        audit_seq: trail.seq(),
        audit_head: trail.head().to_owned(),
    };
    E::stamp(&mut new, moved, unit.now);
    let done = E::update_many()
        .set(columns_of::<E>(&new, |column| {
            old.get(column) != new.get(column)
        })?)
        .filter(E::ID.eq(mark.id))
        .filter(E::VERSION.eq(mark.version))
        .filter(E::AUDIT_SEQ.eq(mark.audit_seq))
        .exec(unit.tx)
        .await?;
    if done.rows_affected != 1 {
        return Err(again("the row changed while it was locked"));
    }
    trail.save(unit).await?;
    Ok(new)
}

/// Deletes a locked row, unless something refers to it; its history stays.
pub(crate) async fn delete<E: Master>(
    unit: &Unit<'_>,
    row: &E::Model,
    record: &Json,
) -> Result<()> {
    let mark = E::mark(row);
    let deleted = E::delete_many()
        .filter(E::ID.eq(mark.id))
        .exec(unit.tx)
        .await;
    match deleted.map_err(db::Error::from) {
        // Some other table's row refers to this one; which, SQLite does not say.
        Err(db::Error::ForeignKey(_)) => return Err(Error::InUse(E::THE)),
        result => result?,
    };
    let mut trail = Trail::resume(E::TABLE, mark.id, mark.audit_seq, &mark.audit_head);
    trail.deleted(unit, record)?;
    trail.save(unit).await
}

/// One page in the order of a text column and then the id.
pub(crate) async fn page<E: Master>(
    db: &impl ConnectionTrait,
    request: &PageRequest,
    select: Select<E>,
    column: E::Column,
    text: impl Fn(&E::Model) -> &str,
) -> Result<Page<E::Model>> {
    let mut rows = select.clone();
    if let Some((key, id)) = request.after() {
        let key = key.as_str().ok_or_else(bad_key)?;
        let (column, by_id) = (|| Expr::col(column), || Expr::col(E::ID));
        rows = rows.filter(behind(&Order::Asc, column, by_id, key, *id));
    }
    let rows = rows.order_by_asc(column).order_by_asc(E::ID);
    let rows = request.rows(db, rows).await?;
    let page = request.page(rows, |row| (json!(text(row)), E::mark(row).id));
    counted(db, request, page, select).await
}

/// Adds the count to a page of `select`, if it was asked for.
pub(crate) async fn counted<E: Master, T>(
    db: &impl ConnectionTrait,
    request: &PageRequest,
    page: Page<T>,
    select: Select<E>,
) -> Result<Page<T>> {
    let ids = select.select_only().column(E::ID).into_query();
    request.count(db, page, ids).await
}

/// A reference that names nothing, or something retired.
pub(crate) fn refuse_reference(
    errors: &mut Vec<FieldError>,
    field: &str,
    what: &str,
    is_active: Option<bool>,
) {
    match is_active {
        Some(true) => {}
        Some(false) => {
            let message = format!("this {what} is retired; choose an active one");
            errors.push(FieldError::new(field, "inactive", message));
        }
        None => errors.push(FieldError::unknown_reference(field, what)),
    }
}

/// The columns of a row that `wanted` names, to be written.
fn columns_of<E: Master>(
    row: &E::Model,
    wanted: impl Fn(E::Column) -> bool,
) -> Result<E::ActiveModel> {
    let mut columns = <E::ActiveModel as ActiveModelTrait>::default();
    for column in E::Column::iter().filter(|column| wanted(*column)) {
        columns.try_set(column, row.get(column))?;
    }
    Ok(columns)
}

fn is_other<E: Master>(one: E::Column, other: E::Column) -> bool {
    one.as_str() != other.as_str()
}

/// One row of history for each field that differs; a field of an object is named after it (`labels.en`).
fn add_differences(
    trail: &mut Trail,
    unit: &Unit<'_>,
    name: &str,
    before: &Json,
    after: &Json,
) -> Result<()> {
    let (Json::Object(old), Json::Object(new)) = (before, after) else {
        return trail.changed(unit, name, before, after);
    };
    for (field, value) in new {
        let name = if name.is_empty() {
            field.clone()
        } else {
            format!("{name}.{field}")
        };
        add_differences(
            trail,
            unit,
            &name,
            old.get(field).unwrap_or(&Json::Null),
            value,
        )?;
    }
    Ok(())
}

fn again(what: &str) -> Error {
    Error::Database(db::Error::Contention(DbErr::Custom(what.to_owned())))
}
