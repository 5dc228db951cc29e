//! Effectiveness checks (ISO 9001:2015 10.2.1 d): what was to be seen, and whether it was.
//!
//! They are added and never changed. One that says not effective sends the request back to its causes in the same
//! transaction, and counts a new attempt: the steps from D4 on are to be completed, and the causes verified, again.

use std::sync::Arc;

use entity::car_check;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::MOST_CHILDREN;
use super::caller::Caller;
use super::lifecycle::CHECKED_IN;
use super::record::{Record, instant, require};
use super::transition::back_to_causes;
use crate::actor::Actor;
use crate::defects::children::{Kind, Names, page_of, require_room};
use crate::defects::{ChildQuery, Written};
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Instant, LongText};
use crate::version::IfMatch;
use crate::words::{CorrectiveStatus, Effectiveness};

crate::input! {
    /// An effectiveness check.
    pub struct NewCheck {
        /// What was to be seen, if the causes are gone.
        criterion: required LongText,
        /// Whether it was.
        outcome: required Effectiveness,
        /// Anything worth saying, such as the figures.
        note: optional LongText,
    }
}

/// An effectiveness check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    /// Id.
    pub id: i64,
    /// What was to be seen, if the causes are gone.
    pub criterion: String,
    /// Whether it was.
    pub outcome: Effectiveness,
    /// Anything worth saying.
    #[schema(required)]
    pub note: Option<String>,
    /// The attempt that was checked.
    pub attempt: i64,
    /// When.
    #[schema(format = DateTime)]
    pub checked_at: String,
    /// Who checked.
    pub checked_by: PersonRef,
}

/// Lists the effectiveness checks of a request, in the order in which they were made.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    car_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<CheckView>> {
    actor.may_read()?;
    let db = system.db.reader();
    require(db, car_id).await?;
    let kind = Kind::<car_check::Entity> {
        name: "effectiveness-checks",
        id: car_check::Column::Id,
        parent: car_check::Column::CarId,
        long: &[car_check::Column::Criterion, car_check::Column::Note],
    };
    let page = page_of(db, car_id, kind, draft, |check| check.id).await?;
    let names = Names::of(db, page.items.iter().map(|check| check.checked_by)).await?;
    page.try_map(|check| view(check, &names))
}

/// Shows an effectiveness check.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, car_id: i64, id: i64) -> Result<CheckView> {
    actor.may_read()?;
    let db = system.db.reader();
    let check = car_check::Entity::find_by_id(id)
        .filter(car_check::Column::CarId.eq(car_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound("effectiveness check"))?;
    let names = Names::of(db, [check.checked_by]).await?;
    view(check, &names)
}

/// Adds an effectiveness check.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    car_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewCheck>,
    key: Option<&Idempotency>,
) -> Result<Written<CheckView>> {
    let input = (car_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

/// Refuses an effectiveness check as [`add`] does before it is read.
///
/// # Errors
/// `Forbidden`; `WrongState` before there is anything to check, and once all is over.
pub fn may_add(actor: &Actor, status: CorrectiveStatus) -> Result<()> {
    let caller = Caller { actor, status };
    caller.require_right(field::CAR_CHECKS)?;
    require_state(&caller)
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewCheck>)>,
) -> Result<Written<CheckView>> {
    let (car_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    record.require_right(field::CAR_CHECKS)?;
    if_match.check(record.row.version)?;
    require_state(&record.caller())?;
    let new = draft.check()?;
    let room = (MOST_CHILDREN, "effectiveness checks");
    require_room::<car_check::Entity>(unit.tx, car_check::Column::CarId, *car_id, room).await?;
    let check = car_check::ActiveModel {
        car_id: Set(*car_id),
        criterion: Set(new.criterion.0.clone()),
        outcome: Set(new.outcome.word().to_owned()),
        note: Set(new.note.as_ref().map(|note| note.0.clone())),
        attempt: Set(record.row.attempt),
        checked_at: Set(unit.now),
        checked_by: Set(unit.actor.user_id()?),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(&path(check.id), &Json::Null, &content(&check))?;
    if new.outcome == Effectiveness::NotEffective {
        let attempt = record.row.attempt + 1;
        record.note("attempt", &json!(record.row.attempt), &json!(attempt))?;
        record.set.attempt = Set(attempt);
        back_to_causes(&mut record).await?;
    }
    let version = record.save().await?;
    let names = Names::of(unit.tx, [check.checked_by]).await?;
    let item = view(check, &names)?;
    Ok(Written { item, version })
}

/// 409 before there is anything to check, and once all is over.
fn require_state(caller: &Caller<'_>) -> Result<()> {
    caller.require_open()?;
    if CHECKED_IN.contains(&caller.status) {
        return Ok(());
    }
    let steps: Vec<_> = CHECKED_IN.iter().map(|status| status.word()).collect();
    Err(Error::WrongState(format!(
        "effectiveness is checked in {}, once the corrective actions are validated; the request is in {}",
        steps.join(", "),
        caller.status
    )))
}

/// What the last check of an attempt said.
pub(super) async fn last(
    db: &impl ConnectionTrait,
    car_id: i64,
    attempt: i64,
) -> Result<Option<Effectiveness>> {
    let check = car_check::Entity::find()
        .filter(car_check::Column::CarId.eq(car_id))
        .filter(car_check::Column::Attempt.eq(attempt))
        .order_by_desc(car_check::Column::Id)
        .one(db)
        .await?;
    check
        .map(|check| Effectiveness::stored(&check.outcome))
        .transpose()
}

/// A check as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::CAR_CHECKS)
}

/// A check as history and signatures keep it.
pub(crate) fn content(row: &car_check::Model) -> Json {
    json!({
        "criterion": row.criterion,
        "outcome": row.outcome,
        "note": row.note,
        "attempt": row.attempt,
        "checked_at": instant(Some(&row.checked_at)),
        "checked_by": row.checked_by,
    })
}

/// The checks of a request as a signature keeps them.
pub(super) async fn written(db: &impl ConnectionTrait, car_id: i64) -> Result<Vec<Json>> {
    let rows = car_check::Entity::find()
        .filter(car_check::Column::CarId.eq(car_id))
        .order_by_asc(car_check::Column::Id)
        .all(db)
        .await?;
    Ok(rows.iter().map(content).collect())
}

fn view(check: car_check::Model, names: &Names) -> Result<CheckView> {
    Ok(CheckView {
        id: check.id,
        criterion: check.criterion,
        outcome: Effectiveness::stored(&check.outcome)?,
        note: check.note,
        attempt: check.attempt,
        checked_at: Instant::show(&check.checked_at),
        checked_by: names.person(check.checked_by),
    })
}
