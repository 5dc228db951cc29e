//! What is overdue: due before now, open, and not on hold; and what has become so since it was last told.

use chrono::{DateTime, FixedOffset};
use entity::defect;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SelectExt};

use super::query::D;
use super::view::DefectItem;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::notice::{self, Event, Notice};
use crate::rights::When;
use crate::system::{System, Unit};
use crate::value::Instant;
use crate::words::Status;

/// How many are told at once.
const AT_ONCE: u64 = 50;

/// Tells of the records that have become overdue since this was last asked, the earliest first, and never of one twice
/// for the same due date: of several servers that ask at once, one tells it. Answers which; ask again while there are
/// any. Nothing is written where there are none.
///
/// # Errors
/// `ReadOnly`, `Database`.
pub async fn newly_overdue(system: &System) -> Result<Vec<i64>> {
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    let untold = defect::Entity::find().filter(untold(system.clock.now()));
    if !untold.exists(system.db.reader()).await? {
        return Ok(Vec::new());
    }
    system
        .change(&Actor::command_line(), None, (), |unit, _| {
            Box::pin(tell(unit))
        })
        .await
}

async fn tell(unit: Unit<'_>) -> Result<Vec<i64>> {
    let found = defect::Entity::find()
        .filter(untold(unit.now))
        .order_by_asc(defect::Column::DueAt)
        .order_by_asc(defect::Column::Id)
        .limit(AT_ONCE)
        .all(unit.tx)
        .await?;
    let (mut told, mut notices) = (Vec::new(), Vec::new());
    for row in found {
        // Past the history and the version: whom it was told to is not part of the record.
        let marked = defect::Entity::update_many()
            .col_expr(defect::Column::OverdueTold, Expr::value(row.due_at))
            .filter(defect::Column::Id.eq(row.id))
            .filter(defect::Column::DueAt.eq(row.due_at))
            .filter(untold(unit.now))
            .exec(unit.tx)
            .await?;
        if marked.rows_affected == 1 {
            told.push(row.id);
            notices.push(Notice::about(Event::Overdue, &row));
        }
    }
    notice::tell(&unit, notices).await?;
    Ok(told)
}

/// Overdue, and not told for this due date.
fn untold(now: DateTime<FixedOffset>) -> Condition {
    let (due, told) = (defect::Column::DueAt, defect::Column::OverdueTold);
    Condition::all()
        .add(due.lt(now))
        .add(defect::Column::HeldAt.is_null())
        .add(defect::Column::Status.is_in(open()))
        .add(
            Condition::any()
                .add(told.is_null())
                .add(Expr::col(told).ne(Expr::col(due))),
        )
}

/// The records of a list that are overdue, or those that are not.
pub(crate) fn condition(overdue: bool, now: DateTime<FixedOffset>) -> Condition {
    let column = |column| Expr::col((D, column));
    // In the text, where PostgreSQL sees how many rows have a word.
    let open = open()
        .into_iter()
        .map(|word| Expr::cust(format!("'{word}'")));
    let is_open = column(defect::Column::Status).is_in(open.clone());
    if overdue {
        return Condition::all()
            .add(column(defect::Column::DueAt).lt(now))
            .add(is_open)
            .add(column(defect::Column::HeldAt).is_null());
    }
    Condition::any()
        .add(column(defect::Column::DueAt).is_null())
        .add(column(defect::Column::DueAt).gte(now))
        .add(column(defect::Column::Status).is_not_in(open))
        .add(column(defect::Column::HeldAt).is_not_null())
}

/// Whether a record of a list is overdue.
pub fn is_overdue(item: &DefectItem, now: DateTime<FixedOffset>) -> bool {
    Instant::is_past(item.due_at.as_deref(), now)
        && !item.on_hold
        && When::Open.states().contains(&item.status)
}

fn open() -> Vec<&'static str> {
    let states = When::Open.states().iter();
    states.copied().map(Status::word).collect()
}
