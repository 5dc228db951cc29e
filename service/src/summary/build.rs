//! Making the sums anew from the records.
//!
//! It goes through the records month by month, as of one moment, so memory grows with a month's sums and not with the
//! records. A new build is written beside the one that is read, by many small transactions that hold nobody up, and
//! takes its place in one: together with what waits to be folded, of which what the records of that moment hold already
//! is thrown away. Nobody folds meanwhile. Whoever builds gives a sign of life with each month; a build without one for
//! a while was cut off, and the next one takes over.

use std::sync::Arc;

use chrono::TimeDelta;
use db::Tx;
use entity::{summary, summary_build, summary_delta};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::months::{months_of, of_month, take_years};
use super::{Cells, Grain, Topic, fold};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::system::System;

/// The one row.
pub(super) const ROW: i64 = 1;

/// A build without a sign of life for so long was cut off.
const CUT_OFF: TimeDelta = TimeDelta::minutes(2);

/// How many ids are deleted by one statement.
const IDS: usize = 1_000;

/// What a build has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many months were gone through.
    pub months: u64,
    /// How many rows of `summary` there are.
    pub rows: u64,
}

/// Makes the sums where there are none yet; answers whether it did. Without them reports are read from the records.
///
/// # Errors
/// As [`rebuild`]; that another server is at it is none.
pub async fn ensure(system: &System) -> Result<bool> {
    if is_live(system.db.reader()).await? {
        return Ok(false);
    }
    match rebuild(system, |_| ()).await {
        Ok(_) => Ok(true),
        Err(Error::WrongState(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether there are sums to read.
pub(crate) async fn is_live(db: &impl ConnectionTrait) -> Result<bool> {
    let row = summary_build::Entity::find_by_id(ROW).one(db).await?;
    Ok(row.is_some_and(|row| row.live_build > 0))
}

/// The row, locked until the transaction ends.
pub(super) async fn lock(tx: &Tx) -> Result<summary_build::Model> {
    let row = || summary_build::Entity::find_by_id(ROW).lock_exclusive();
    if let Some(row) = row().one(tx).await? {
        return Ok(row);
    }
    let first = summary_build::ActiveModel {
        id: Set(ROW),
        live_build: Set(0),
        open_build: Set(0),
        last_build: Set(0),
        beat_at: Set(Clock::Real.now()),
    };
    let nothing = OnConflict::column(summary_build::Column::Id)
        .do_nothing_on([summary_build::Column::Id])
        .to_owned();
    summary_build::Entity::insert(first)
        .on_conflict(nothing)
        .exec_without_returning(tx)
        .await?;
    row()
        .one(tx)
        .await?
        .ok_or_else(|| Error::internal("the row of summary_build is not there"))
}

/// Says the same as [`forget`], in a load, where the row is there or no server is at work.
pub(crate) const FORGET: &str = "UPDATE summary_build SET live_build = 0, open_build = 0";

/// Says in a transaction that writes records past their service that the sums hold no longer. Servers make them anew,
/// and read the records until then.
pub(crate) async fn forget(tx: &Tx) -> Result<()> {
    let mut row = lock(tx).await?.into_active_model();
    row.live_build = Set(0);
    row.open_build = Set(0);
    save(tx, row).await
}

async fn save(tx: &Tx, row: summary_build::ActiveModel) -> Result<()> {
    let mut row = row.reset_all();
    row.id = NotSet;
    summary_build::Entity::update_many()
        .set(row)
        .filter(summary_build::Column::Id.eq(ROW))
        .exec(tx)
        .await?;
    Ok(())
}

/// Makes all sums anew; `tell` is told how many months are done.
///
/// # Errors
/// `WrongState` where another server is at it, `ReadOnly`, `Database`.
pub async fn rebuild(system: &System, tell: impl Fn(u64)) -> Result<Rebuilt> {
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    let number = system.db.write(|tx| Box::pin(claim(tx))).await?;
    let done = make(system, number, tell).await;
    if done.is_err() {
        // Others need not wait until it counts as cut off. What is written is thrown away by the next build.
        let given_up = system
            .db
            .write(move |tx| Box::pin(give_up(tx, number)))
            .await;
        if let Err(error) = given_up {
            log::warn!("a build of the summaries could not be given up: {error}");
        }
    }
    done
}

/// The number of a new build.
async fn claim(tx: &Tx) -> Result<i64> {
    let state = lock(tx).await?;
    let now = Clock::Real.now();
    if state.open_build != 0 && now - state.beat_at < CUT_OFF {
        let at_it = "the summaries are being made anew already";
        return Err(Error::WrongState(at_it.to_owned()));
    }
    let number = state.last_build + 1;
    let mut state = state.into_active_model();
    state.open_build = Set(number);
    state.last_build = Set(number);
    state.beat_at = Set(now);
    save(tx, state).await?;
    Ok(number)
}

async fn give_up(tx: &Tx, number: i64) -> Result<()> {
    let state = lock(tx).await?;
    if state.open_build == number {
        let mut state = state.into_active_model();
        state.open_build = Set(0);
        save(tx, state).await?;
    }
    Ok(())
}

async fn make(system: &System, number: i64, tell: impl Fn(u64)) -> Result<Rebuilt> {
    // A month of a large system may take longer than a request.
    let patient = system.db.unhurried().await?;
    let moment = patient.snapshot().await?;
    let held: Vec<i64> = summary_delta::Entity::find()
        .select_only()
        .column(summary_delta::Column::Id)
        .order_by_asc(summary_delta::Column::Id)
        .into_tuple()
        .all(&moment)
        .await?;
    let mut done = Rebuilt { months: 0, rows: 0 };
    let mut year = Cells::new();
    let mut months = months_of(system, &moment, &[])
        .await?
        .into_iter()
        .peekable();
    while let Some(month) = months.next() {
        let mut cells = of_month(system, &moment, month).await?;
        take_years(&mut cells, &mut year);
        let is_last = months
            .peek()
            .is_none_or(|next| Grain::Year.begin(*next) != Grain::Year.begin(month));
        if is_last {
            cells.append(&mut year);
        }
        cells.retain(|_, sums| !sums.is_nothing());
        done.months += 1;
        done.rows += cells.len() as u64;
        let work = Arc::new((number, cells));
        system
            .db
            .write(move |tx| {
                let work = Arc::clone(&work);
                Box::pin(async move { go_on(tx, work.0, &work.1).await })
            })
            .await?;
        tell(done.months);
    }
    moment.commit().await?;
    let held = Arc::new(held);
    system
        .db
        .write(move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move { take_place(tx, number, &held).await })
        })
        .await?;
    throw_away_old(system, number).await?;
    Ok(done)
}

/// Refuses to go on with a build that another has taken over, and gives a sign of life.
async fn still(tx: &Tx, number: i64) -> Result<summary_build::ActiveModel> {
    let state = lock(tx).await?;
    if state.open_build != number {
        let overtaken = "another server has begun to make the summaries anew";
        return Err(Error::WrongState(overtaken.to_owned()));
    }
    let mut state = state.into_active_model();
    state.beat_at = Set(Clock::Real.now());
    Ok(state)
}

async fn go_on(tx: &Tx, number: i64, cells: &Cells) -> Result<()> {
    let state = still(tx, number).await?;
    save(tx, state).await?;
    fold::add(tx, number, cells).await
}

/// From now on the build is what is read; what it holds is no longer waiting to be folded.
async fn take_place(tx: &Tx, number: i64, held: &[i64]) -> Result<()> {
    let mut state = still(tx, number).await?;
    state.live_build = Set(number);
    state.open_build = Set(0);
    save(tx, state).await?;
    for ids in held.chunks(IDS) {
        summary_delta::Entity::delete_many()
            .filter(summary_delta::Column::Id.is_in(ids.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Throws away the rows of builds before this one, topic by topic.
async fn throw_away_old(system: &System, number: i64) -> Result<()> {
    for topic in Topic::ALL {
        system
            .db
            .write(move |tx| {
                Box::pin(async move {
                    summary::Entity::delete_many()
                        .filter(summary::Column::Build.lt(number))
                        .filter(summary::Column::Topic.eq(topic.word()))
                        .exec(tx)
                        .await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
    }
    Ok(())
}

/// The number that a build made elsewhere would have.
pub(crate) async fn next_build(db: &impl ConnectionTrait) -> Result<i64> {
    let row = summary_build::Entity::find_by_id(ROW).one(db).await?;
    Ok(row.map_or(0, |row| row.last_build) + 1)
}

/// Puts sums that were made elsewhere, from all records that there are, in the place of none: the statement that says so
/// in the transaction that writes them finds the row only where nobody else has made any.
pub(crate) fn take_over(number: i64) -> UpdateStatement {
    use summary_build::Column;
    Query::update()
        .table(summary_build::Entity)
        .value(Column::LiveBuild, number)
        .value(Column::LastBuild, number)
        .and_where(Expr::col(Column::Id).eq(ROW))
        .and_where(Expr::col(Column::LiveBuild).eq(0))
        .and_where(Expr::col(Column::OpenBuild).eq(0))
        .and_where(Expr::col(Column::LastBuild).eq(number - 1))
        .to_owned()
}
