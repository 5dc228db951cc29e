//! The actions of a request: containment, corrective, preventive. Whoever does one says so; somebody else verifies it.
//!
//! An action belongs to the attempt in which it was chosen: after an effectiveness check that failed, another one is
//! asked for. Here they are listed and shown; `write` adds, changes and takes back.

mod write;

use entity::car_action;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::record::{instant, require};
use crate::actor::Actor;
use crate::defects::ChildQuery;
use crate::defects::children::{Kind, Names, page_of};
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::System;
use crate::value::{Id, Instant, LongText};
use crate::words::CorrectiveKind;

pub use write::{add, change, remove};

/// What a missing one is called.
const WHAT_ACTION: &str = "action";

crate::input! {
    /// An action to add.
    pub struct NewCorrectiveAction {
        /// What it is for.
        kind: required CorrectiveKind,
        /// What is to be done.
        text: required LongText,
        /// Who does it; whoever adds it unless said.
        owner_id: optional Id,
        /// Until when.
        due_at: optional Instant,
    }
}

crate::input! {
    /// What changes in an action.
    pub struct CorrectiveActionPatch {
        /// What it is for.
        kind: change CorrectiveKind,
        /// What is to be done.
        text: change LongText,
        /// Who does it.
        owner_id: change Id,
        /// Until when.
        due_at: clearable Instant,
        /// What came of it.
        outcome: clearable LongText,
        /// Whether it is done.
        is_done: change bool,
        /// Whether somebody else than who did it found it done.
        is_verified: change bool,
    }
}

/// An action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorrectiveActionView {
    /// Id.
    pub id: i64,
    /// What it is for.
    pub kind: CorrectiveKind,
    /// What is to be done.
    pub text: String,
    /// Who does it.
    pub owner: PersonRef,
    /// Until when.
    #[schema(required, format = DateTime)]
    pub due_at: Option<String>,
    /// The attempt in which it was chosen.
    pub attempt: i64,
    /// What came of it.
    #[schema(required)]
    pub outcome: Option<String>,
    /// When it was done.
    #[schema(required, format = DateTime)]
    pub done_at: Option<String>,
    /// Who did it.
    #[schema(required)]
    pub done_by: Option<PersonRef>,
    /// When it was verified.
    #[schema(required, format = DateTime)]
    pub verified_at: Option<String>,
    /// Who verified it.
    #[schema(required)]
    pub verified_by: Option<PersonRef>,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who added it.
    pub created_by: PersonRef,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Lists the actions of a request, in the order in which they were added.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    car_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<CorrectiveActionView>> {
    actor.may_read()?;
    let db = system.db.reader();
    require(db, car_id).await?;
    let kind = Kind::<car_action::Entity> {
        name: "corrective-actions",
        id: car_action::Column::Id,
        parent: car_action::Column::CarId,
        long: &[car_action::Column::Content, car_action::Column::Outcome],
    };
    let page = page_of(db, car_id, kind, draft, |action| action.id).await?;
    let names = Names::of(db, page.items.iter().flat_map(people_of)).await?;
    page.try_map(|action| view(action, &names))
}

/// Shows an action.
///
/// # Errors
/// `NotFound`.
pub async fn show(
    system: &System,
    actor: &Actor,
    car_id: i64,
    id: i64,
) -> Result<CorrectiveActionView> {
    actor.may_read()?;
    let db = system.db.reader();
    let action = find(db, car_id, id).await?;
    one(db, action).await
}

/// An action through its request: under another one it is not found.
async fn find(db: &impl ConnectionTrait, car_id: i64, id: i64) -> Result<car_action::Model> {
    car_action::Entity::find_by_id(id)
        .filter(car_action::Column::CarId.eq(car_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT_ACTION))
}

async fn one(db: &impl ConnectionTrait, action: car_action::Model) -> Result<CorrectiveActionView> {
    let names = Names::of(db, people_of(&action)).await?;
    view(action, &names)
}

fn people_of(action: &car_action::Model) -> Vec<i64> {
    [action.owner_id, action.created_by]
        .into_iter()
        .chain([action.done_by, action.verified_by].into_iter().flatten())
        .collect()
}

fn view(action: car_action::Model, names: &Names) -> Result<CorrectiveActionView> {
    Ok(CorrectiveActionView {
        id: action.id,
        kind: CorrectiveKind::stored(&action.kind)?,
        text: action.content,
        owner: names.person(action.owner_id),
        due_at: action.due_at.as_ref().map(Instant::show),
        attempt: action.attempt,
        outcome: action.outcome,
        done_at: action.done_at.as_ref().map(Instant::show),
        done_by: action.done_by.map(|id| names.person(id)),
        verified_at: action.verified_at.as_ref().map(Instant::show),
        verified_by: action.verified_by.map(|id| names.person(id)),
        created_at: Instant::show(&action.created_at),
        created_by: names.person(action.created_by),
        updated_at: Instant::show(&action.updated_at),
    })
}

/// An action as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::CAR_ACTIONS)
}

/// An action as history and signatures keep it.
pub(crate) fn content(row: &car_action::Model) -> Json {
    json!({
        "kind": row.kind,
        "text": row.content,
        "owner_id": row.owner_id,
        "due_at": instant(row.due_at.as_ref()),
        "attempt": row.attempt,
        "outcome": row.outcome,
        "done_at": instant(row.done_at.as_ref()),
        "done_by": row.done_by,
        "verified_at": instant(row.verified_at.as_ref()),
        "verified_by": row.verified_by,
    })
}

/// The actions of a request as a signature keeps them.
pub(super) async fn written(db: &impl ConnectionTrait, car_id: i64) -> Result<Vec<Json>> {
    let rows = car_action::Entity::find()
        .filter(car_action::Column::CarId.eq(car_id))
        .order_by_asc(car_action::Column::Id)
        .all(db)
        .await?;
    Ok(rows.iter().map(content).collect())
}
