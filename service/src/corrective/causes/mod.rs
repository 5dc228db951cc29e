//! Root causes: why it happened, why it was not found, why the system let it, each with its chain of whys.
//!
//! A cause counts once it is verified (the effect comes and goes with it); new words are verified anew, and so is every
//! cause once the request has gone back to its causes. What the supplier gave as a cause stays in his words. Here they are
//! listed and shown; `write` adds, changes and takes back.

mod write;

use std::collections::HashMap;

use entity::car_cause;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::record::{instant, require};
use crate::actor::Actor;
use crate::audit::shown;
use crate::code;
use crate::defects::ChildQuery;
use crate::defects::children::{Kind, Names, page_of};
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::System;
use crate::value::{Code, Instant, List, LongText, Text};
use crate::words::RootCauseKind;

pub use write::{add, change, may_reword, remove};
pub(super) use write::{disprove, of_supplier};

/// What a missing one is called.
const WHAT_CAUSE: &str = "root cause";

crate::input! {
    /// A root cause to add.
    pub struct NewRootCause {
        /// What it explains.
        kind: required RootCauseKind,
        /// Its category (6M), a code of the list `cause`.
        cause: optional Code<40>,
        /// The cause.
        text: required LongText,
        /// The answers to "why?", from the problem down to the cause.
        whys: optional List<Text<2000>>,
    }
}

crate::input! {
    /// What changes in a root cause.
    pub struct RootCausePatch {
        /// What it explains.
        kind: change RootCauseKind,
        /// Its category (6M), a code of the list `cause`.
        cause: clearable Code<40>,
        /// The cause.
        text: change LongText,
        /// The answers to "why?", from the problem down to the cause.
        whys: clearable List<Text<2000>>,
        /// Whether it was verified: the effect comes and goes with it.
        is_verified: change bool,
    }
}

/// A root cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RootCauseView {
    /// Id.
    pub id: i64,
    /// What it explains.
    pub kind: RootCauseKind,
    /// Its category (6M).
    #[schema(required)]
    pub cause: Option<String>,
    /// The cause.
    pub text: String,
    /// The answers to "why?", from the problem down to the cause.
    pub whys: Vec<String>,
    /// Whether the supplier gave it.
    pub from_supplier: bool,
    /// When it was verified.
    #[schema(required, format = DateTime)]
    pub verified_at: Option<String>,
    /// Who verified it.
    #[schema(required)]
    pub verified_by: Option<PersonRef>,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who added it; null for the supplier.
    #[schema(required)]
    pub created_by: Option<PersonRef>,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Lists the root causes of a request, in the order in which they were added.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    car_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<RootCauseView>> {
    actor.may_read()?;
    let db = system.db.reader();
    require(db, car_id).await?;
    let kind = Kind::<car_cause::Entity> {
        name: "root-causes",
        id: car_cause::Column::Id,
        parent: car_cause::Column::CarId,
        long: &[car_cause::Column::Content, car_cause::Column::Whys],
    };
    let page = page_of(db, car_id, kind, draft, |cause| cause.id).await?;
    let (names, codes) = known(db, &page.items).await?;
    page.try_map(|cause| view(cause, &names, &codes))
}

/// Shows a root cause.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, car_id: i64, id: i64) -> Result<RootCauseView> {
    actor.may_read()?;
    let db = system.db.reader();
    let cause = find(db, car_id, id).await?;
    one(db, cause).await
}

/// A root cause through its request: under another one it is not found.
async fn find(db: &impl ConnectionTrait, car_id: i64, id: i64) -> Result<car_cause::Model> {
    car_cause::Entity::find_by_id(id)
        .filter(car_cause::Column::CarId.eq(car_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT_CAUSE))
}

async fn one(db: &impl ConnectionTrait, cause: car_cause::Model) -> Result<RootCauseView> {
    let (names, codes) = known(db, std::slice::from_ref(&cause)).await?;
    view(cause, &names, &codes)
}

/// The people and the codes that causes name.
async fn known(
    db: &impl ConnectionTrait,
    causes: &[car_cause::Model],
) -> Result<(Names, HashMap<i64, String>)> {
    let people = causes
        .iter()
        .flat_map(|cause| [cause.created_by, cause.verified_by]);
    let people: Vec<i64> = people.flatten().collect();
    let categories: Vec<i64> = causes.iter().filter_map(|cause| cause.cause_id).collect();
    let names = Names::of(db, people).await?;
    let codes = code::words_of(db, categories).await?;
    Ok((names, codes))
}

fn view(
    cause: car_cause::Model,
    names: &Names,
    codes: &HashMap<i64, String>,
) -> Result<RootCauseView> {
    Ok(RootCauseView {
        id: cause.id,
        kind: RootCauseKind::stored(&cause.kind)?,
        cause: cause.cause_id.and_then(|id| codes.get(&id).cloned()),
        whys: chain(cause.whys.as_deref())?,
        text: cause.content,
        from_supplier: cause.from_supplier,
        verified_at: cause.verified_at.as_ref().map(Instant::show),
        verified_by: cause.verified_by.map(|id| names.person(id)),
        created_at: Instant::show(&cause.created_at),
        created_by: cause.created_by.map(|id| names.person(id)),
        updated_at: Instant::show(&cause.updated_at),
    })
}

/// A chain of whys as it is read; it is stored as a JSON array.
fn chain(whys: Option<&str>) -> Result<Vec<String>> {
    whys.map_or(Ok(Vec::new()), |whys| {
        serde_json::from_str(whys).map_err(Error::internal)
    })
}

/// A root cause as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::ROOT_CAUSES)
}

/// A root cause as history and signatures keep it; `cause` is the word of its category.
pub(crate) fn content(row: &car_cause::Model, cause: Option<&str>) -> Json {
    json!({
        "kind": row.kind,
        "cause": cause,
        "text": row.content,
        "whys": shown(row.whys.as_deref()),
        "from_supplier": row.from_supplier,
        "verified_at": instant(row.verified_at.as_ref()),
        "verified_by": row.verified_by,
    })
}

/// The root causes of a request as a signature keeps them.
pub(super) async fn written(db: &impl ConnectionTrait, car_id: i64) -> Result<Vec<Json>> {
    use sea_orm::QueryOrder;
    let rows = car_cause::Entity::find()
        .filter(car_cause::Column::CarId.eq(car_id))
        .order_by_asc(car_cause::Column::Id)
        .all(db)
        .await?;
    let categories: Vec<i64> = rows.iter().filter_map(|row| row.cause_id).collect();
    let codes = code::words_of(db, categories).await?;
    let word = |row: &car_cause::Model| row.cause_id.and_then(|id| codes.get(&id)).cloned();
    Ok(rows
        .iter()
        .map(|row| content(row, word(row).as_deref()))
        .collect())
}
