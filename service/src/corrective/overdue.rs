//! What is overdue: an open request whose own date has passed, or that of a step or an action of it that is not done; and
//! what has become so since it was last told.

use std::collections::HashSet;

use chrono::{DateTime, FixedOffset};
use entity::{car_action, car_step, corrective_action};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, SelectExt,
};
use serde_json::json;

use super::actions::CorrectiveActionView;
use super::lifecycle::OPEN;
use super::view::{CorrectiveItem, StepView};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::notice::{self, Event, Notice};
use crate::system::{System, Unit};
use crate::value::Instant;
use crate::words::CorrectiveStatus;

/// How many of a kind are told at once.
const AT_ONCE: u64 = 50;

/// Tells of what has become overdue since this was last asked, the earliest first, and never of one thing twice for the
/// same due date: of several servers that ask at once, one tells it. Answers of how many; ask again while there are any.
/// Nothing is written where there are none.
///
/// # Errors
/// `ReadOnly`, `Database`.
pub async fn newly_overdue(system: &System) -> Result<usize> {
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    if !is_any(system).await? {
        return Ok(0);
    }
    system
        .change(&Actor::command_line(), None, (), |unit, _| {
            Box::pin(tell(unit))
        })
        .await
}

async fn is_any(system: &System) -> Result<bool> {
    let (db, now) = (system.db.reader(), system.clock.now());
    let requests = corrective_action::Entity::find().filter(untold_request(now));
    let steps = car_step::Entity::find().filter(untold_step(now));
    let actions = car_action::Entity::find().filter(untold_action(now));
    Ok(requests.exists(db).await? || steps.exists(db).await? || actions.exists(db).await?)
}

async fn tell(unit: Unit<'_>) -> Result<usize> {
    let mut due = requests(&unit).await?;
    due.extend(steps(&unit).await?);
    due.extend(actions(&unit).await?);
    let heads = heads(&unit, &due).await?;
    let notices = due.iter().filter_map(|due| {
        let request = heads.iter().find(|head| head.id == due.car_id)?;
        Some(due.notice(request))
    });
    let notices: Vec<_> = notices.collect();
    let told = notices.len();
    notice::tell(&unit, notices).await?;
    Ok(told)
}

/// Something that is due.
struct Due {
    car_id: i64,
    what: What,
    /// Who sees to it; the owner of the request where nobody is named.
    owner_id: Option<i64>,
    due_at: DateTime<FixedOffset>,
}

enum What {
    Request,
    /// A step, by its name.
    Step(String),
    /// An action, by its id, and what it is for.
    Action(i64, String),
}

/// A request as far as it is told: without its long text.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "corrective_action::Entity")]
struct Head {
    id: i64,
    car_number: String,
    status: String,
    severity: Option<String>,
    title: String,
    supplier_id: Option<i64>,
    owner_id: i64,
}

impl Due {
    fn notice(&self, request: &Head) -> Notice {
        let (step, action) = match &self.what {
            What::Request => (None, None),
            What::Step(step) => (Some(step), None),
            What::Action(id, kind) => (None, Some(json!({"id": id, "kind": kind}))),
        };
        let owner_id = self.owner_id.unwrap_or(request.owner_id);
        let data = json!({
            "id": request.id,
            "car_number": request.car_number,
            "status": request.status,
            "severity": request.severity,
            "title": request.title,
            "supplier_id": request.supplier_id,
            "step": step,
            "action": action,
            "owner_id": owner_id,
            "due_at": Instant::show(&self.due_at),
        });
        Notice::new(Event::CarDue, data).to([owner_id])
    }
}

async fn requests(unit: &Unit<'_>) -> Result<Vec<Due>> {
    use corrective_action::Column::{DueAt, Id, OverdueTold};
    let found: Vec<(i64, DateTime<FixedOffset>)> = corrective_action::Entity::find()
        .select_only()
        .columns([Id, DueAt])
        .filter(untold_request(unit.now))
        .order_by_asc(DueAt)
        .order_by_asc(Id)
        .limit(AT_ONCE)
        .into_tuple()
        .all(unit.tx)
        .await?;
    let mut told = Vec::new();
    for (car_id, due_at) in found {
        let untold = untold_request(unit.now).add(Id.eq(car_id));
        let marked =
            mark::<corrective_action::Entity>(unit, (DueAt, OverdueTold), due_at, untold).await?;
        if marked {
            told.push(Due {
                car_id,
                what: What::Request,
                owner_id: None,
                due_at,
            });
        }
    }
    Ok(told)
}

/// What is late: its id, its request, which step or what kind of action it is, its owner, and until when it was due.
type Late<Owner> = (i64, i64, String, Owner, DateTime<FixedOffset>);

async fn steps(unit: &Unit<'_>) -> Result<Vec<Due>> {
    use car_step::Column::{CarId, DueAt, Id, OverdueTold, OwnerId, Step};
    let found: Vec<Late<Option<i64>>> = car_step::Entity::find()
        .select_only()
        .columns([Id, CarId, Step, OwnerId, DueAt])
        .filter(untold_step(unit.now))
        .order_by_asc(DueAt)
        .order_by_asc(Id)
        .limit(AT_ONCE)
        .into_tuple()
        .all(unit.tx)
        .await?;
    let mut told = Vec::new();
    for (id, car_id, step, owner_id, due_at) in found {
        let untold = late_step(unit.now).add(Id.eq(id));
        if mark::<car_step::Entity>(unit, (DueAt, OverdueTold), due_at, untold).await? {
            told.push(Due {
                car_id,
                what: What::Step(step),
                owner_id,
                due_at,
            });
        }
    }
    Ok(told)
}

async fn actions(unit: &Unit<'_>) -> Result<Vec<Due>> {
    use car_action::Column::{CarId, DueAt, Id, Kind, OverdueTold, OwnerId};
    let found: Vec<Late<i64>> = car_action::Entity::find()
        .select_only()
        .columns([Id, CarId, Kind, OwnerId, DueAt])
        .filter(untold_action(unit.now))
        .order_by_asc(DueAt)
        .order_by_asc(Id)
        .limit(AT_ONCE)
        .into_tuple()
        .all(unit.tx)
        .await?;
    let mut told = Vec::new();
    for (id, car_id, kind, owner_id, due_at) in found {
        let untold = late_action(unit.now).add(Id.eq(id));
        if mark::<car_action::Entity>(unit, (DueAt, OverdueTold), due_at, untold).await? {
            told.push(Due {
                car_id,
                what: What::Action(id, kind),
                owner_id: Some(owner_id),
                due_at,
            });
        }
    }
    Ok(told)
}

/// Writes down that this due date was told, past history and version; false where another server was faster, or the
/// thing is no longer due.
async fn mark<E: EntityTrait>(
    unit: &Unit<'_>,
    (due, told): (E::Column, E::Column),
    due_at: DateTime<FixedOffset>,
    untold: Condition,
) -> Result<bool> {
    let marked = E::update_many()
        .col_expr(told, Expr::value(due_at))
        .filter(due.eq(due_at))
        .filter(untold)
        .exec(unit.tx)
        .await?;
    Ok(marked.rows_affected == 1)
}

/// The requests of what is due.
async fn heads(unit: &Unit<'_>, due: &[Due]) -> Result<Vec<Head>> {
    let ids = due.iter().map(|due| due.car_id);
    let heads = corrective_action::Entity::find()
        .filter(corrective_action::Column::Id.is_in(ids))
        .into_partial_model()
        .all(unit.tx)
        .await?;
    Ok(heads)
}

fn untold_request(now: DateTime<FixedOffset>) -> Condition {
    use corrective_action::Column::{DueAt, OverdueTold, Status};
    let is_open = Status.is_in(open());
    untold(DueAt, OverdueTold).add(DueAt.lt(now)).add(is_open)
}

fn untold_step(now: DateTime<FixedOffset>) -> Condition {
    late_step(now).add(car_step::Column::CarId.in_subquery(open_ids()))
}

fn untold_action(now: DateTime<FixedOffset>) -> Condition {
    late_action(now).add(car_action::Column::CarId.in_subquery(open_ids()))
}

/// A step of whatever request. MySQL, MariaDB: an update that asked how the request stands would lock requests too.
fn late_step(now: DateTime<FixedOffset>) -> Condition {
    use car_step::Column::{DoneAt, DueAt, OverdueTold};
    untold(DueAt, OverdueTold)
        .add(DueAt.lt(now))
        .add(DoneAt.is_null())
}

/// The same of an action.
fn late_action(now: DateTime<FixedOffset>) -> Condition {
    use car_action::Column::{DoneAt, DueAt, OverdueTold};
    untold(DueAt, OverdueTold)
        .add(DueAt.lt(now))
        .add(DoneAt.is_null())
}

/// Not told for this due date.
fn untold<C: ColumnTrait>(due: C, told: C) -> Condition {
    let other = Expr::col(told).ne(Expr::col(due));
    Condition::all().add(Condition::any().add(told.is_null()).add(other))
}

/// The requests of a list that are overdue, or those that are not.
pub(super) fn condition(overdue: bool, now: DateTime<FixedOffset>) -> Condition {
    use corrective_action::Column::{DueAt, Id, Status};
    let of = |owner: Expr| owner.equals((corrective_action::Entity, Id));
    let steps = Query::select()
        .expr(Expr::value(1))
        .from(car_step::Entity)
        .and_where(of(Expr::col((car_step::Entity, car_step::Column::CarId))))
        .and_where(car_step::Column::DueAt.lt(now))
        .and_where(car_step::Column::DoneAt.is_null())
        .to_owned();
    let actions = Query::select()
        .expr(Expr::value(1))
        .from(car_action::Entity)
        .and_where(of(Expr::col((
            car_action::Entity,
            car_action::Column::CarId,
        ))))
        .and_where(car_action::Column::DueAt.lt(now))
        .and_where(car_action::Column::DoneAt.is_null())
        .to_owned();
    let is_past = Condition::any()
        .add(Condition::all().add(DueAt.is_not_null()).add(DueAt.lt(now)))
        .add(Expr::exists(steps))
        .add(Expr::exists(actions));
    let late = Condition::all().add(Status.is_in(open())).add(is_past);
    if overdue { late } else { late.not() }
}

/// Which of these requests are overdue, as a list of the overdue ones has it.
pub(super) async fn among(
    db: &impl ConnectionTrait,
    ids: Vec<i64>,
    now: DateTime<FixedOffset>,
) -> Result<HashSet<i64>> {
    let late: Vec<i64> = corrective_action::Entity::find()
        .select_only()
        .column(corrective_action::Column::Id)
        .filter(corrective_action::Column::Id.is_in(ids))
        .filter(condition(true, now))
        .into_tuple()
        .all(db)
        .await?;
    Ok(late.into_iter().collect())
}

/// Whether a request is open and past its own date.
pub fn is_overdue(item: &CorrectiveItem, now: DateTime<FixedOffset>) -> bool {
    is_late(item.status, None, item.due_at.as_deref(), now)
}

/// Whether a step of a request is past its date and not done.
pub fn is_step_overdue(
    status: CorrectiveStatus,
    step: &StepView,
    now: DateTime<FixedOffset>,
) -> bool {
    let (done_at, due_at) = (step.done_at.as_deref(), step.due_at.as_deref());
    is_late(status, done_at, due_at, now)
}

/// Whether an action of a request is past its date and not done.
pub fn is_action_overdue(
    status: CorrectiveStatus,
    action: &CorrectiveActionView,
    now: DateTime<FixedOffset>,
) -> bool {
    let (done_at, due_at) = (action.done_at.as_deref(), action.due_at.as_deref());
    is_late(status, done_at, due_at, now)
}

fn is_late(
    status: CorrectiveStatus,
    done_at: Option<&str>,
    due_at: Option<&str>,
    now: DateTime<FixedOffset>,
) -> bool {
    OPEN.contains(&status) && done_at.is_none() && Instant::is_past(due_at, now)
}

fn open() -> impl Iterator<Item = &'static str> {
    OPEN.iter().map(|status| status.word())
}

fn open_ids() -> SelectStatement {
    Query::select()
        .column(corrective_action::Column::Id)
        .from(corrective_action::Entity)
        .and_where(corrective_action::Column::Status.is_in(open()))
        .to_owned()
}
