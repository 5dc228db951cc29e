//! Holding the sums against the records.

use chrono::{Months, NaiveDate};
use entity::{summary, summary_build, summary_delta};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::build::ROW;
use super::months::{months_of, of_month, take_years};
use super::{Cells, Dimension, Grain, Key, Sums, Topic, fold, spread};
use crate::error::{Error, Result};
use crate::system::System;

/// Holds the sums against the records, as of one moment, and answers the first row that is not as it should be, as a
/// sentence. `tell` is told how many months are done.
///
/// # Errors
/// `WrongState` where no sums have been made yet, `Database`.
pub async fn verify(system: &System, tell: impl Fn(u64)) -> Result<Option<String>> {
    let moment = system.db.snapshot().await?;
    let state = summary_build::Entity::find_by_id(ROW).one(&moment).await?;
    let Some(live) = state.map(|row| row.live_build).filter(|live| *live > 0) else {
        let none = "no summaries have been made yet: a server makes them, or `dmt reports rebuild`";
        return Err(Error::WrongState(none.to_owned()));
    };
    let (mut computed_year, mut kept_year) = (Cells::new(), Cells::new());
    let ends = ends_kept(&moment, live).await?;
    let mut months = months_of(system, &moment, &ends)
        .await?
        .into_iter()
        .peekable();
    let mut done = 0;
    while let Some(month) = months.next() {
        let mut computed = of_month(system, &moment, month).await?;
        take_years(&mut computed, &mut computed_year);
        let mut kept = kept_of_month(&moment, live, month).await?;
        take_years(&mut kept, &mut kept_year);
        if let Some(difference) = difference(&computed, &kept) {
            return Ok(Some(difference));
        }
        let year = Grain::Year.begin(month);
        if months
            .peek()
            .is_none_or(|next| Grain::Year.begin(*next) != year)
        {
            add_kept(&moment, live, Grain::Year, (year, year), &mut kept_year).await?;
            if let Some(difference) = difference(&computed_year, &kept_year) {
                return Ok(Some(difference));
            }
            computed_year.clear();
            kept_year.clear();
        }
        done += 1;
        tell(done);
    }
    moment.commit().await?;
    Ok(None)
}

/// The first and the last period that is kept or waits.
async fn ends_kept(db: &impl ConnectionTrait, live: i64) -> Result<Vec<NaiveDate>> {
    let mut ends = Vec::new();
    for expr in [summary::Column::Period.min(), summary::Column::Period.max()] {
        let end: Option<Option<NaiveDate>> = summary::Entity::find()
            .select_only()
            .expr_as(expr, "end_at")
            .filter(summary::Column::Build.eq(live))
            .filter(summary::Column::Grain.ne(Grain::Year.word()))
            .into_tuple()
            .one(db)
            .await?;
        ends.extend(end.flatten());
    }
    for expr in [
        summary_delta::Column::Day.min(),
        summary_delta::Column::Day.max(),
    ] {
        let end: Option<Option<NaiveDate>> = summary_delta::Entity::find()
            .select_only()
            .expr_as(expr, "end_at")
            .into_tuple()
            .one(db)
            .await?;
        ends.extend(end.flatten());
    }
    Ok(ends)
}

/// What is kept of a month, with what waits to be folded into it and its year.
async fn kept_of_month(db: &impl ConnectionTrait, live: i64, month: NaiveDate) -> Result<Cells> {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let last = next.pred_opt().unwrap_or(month);
    let mut cells = Cells::new();
    add_kept(db, live, Grain::Month, (month, month), &mut cells).await?;
    add_kept(db, live, Grain::Day, (month, last), &mut cells).await?;
    let waiting = summary_delta::Entity::find()
        .filter(summary_delta::Column::Day.between(month, last))
        .all(db)
        .await?;
    for row in &waiting {
        spread(&fold::delta(row)?, &mut cells);
    }
    Ok(cells)
}

async fn add_kept(
    db: &impl ConnectionTrait,
    live: i64,
    grain: Grain,
    (from, to): (NaiveDate, NaiveDate),
    cells: &mut Cells,
) -> Result<()> {
    let rows = summary::Entity::find()
        .filter(summary::Column::Build.eq(live))
        .filter(summary::Column::Grain.eq(grain.word()))
        .filter(summary::Column::Period.between(from, to))
        .all(db)
        .await?;
    for row in rows {
        let key = Key {
            grain,
            period: row.period,
            topic: Topic::stored(&row.topic)?,
            dimension: Dimension::stored(&row.dimension)?,
            id: row.key_id,
            word: row.word,
        };
        *cells.entry(key).or_default() += Sums {
            records: row.records,
            quantity: row.quantity,
            amount: row.amount,
            seconds: row.seconds,
        };
    }
    Ok(())
}

/// The first row that is not what the records give.
fn difference(computed: &Cells, kept: &Cells) -> Option<String> {
    let nothing = Sums::default();
    let keys = computed.keys().chain(kept.keys());
    let differs = |key: &&Key| {
        let of = |cells: &Cells| cells.get(*key).copied().unwrap_or(nothing);
        of(computed) != of(kept)
    };
    let key = keys.filter(differs).min()?;
    let told = |cells: &Cells| {
        let sums = cells.get(key).copied().unwrap_or(nothing);
        let Sums {
            records,
            quantity,
            amount,
            seconds,
        } = sums;
        format!("records {records}, quantity {quantity}, amount {amount}, seconds {seconds}")
    };
    let Key {
        grain,
        period,
        topic,
        dimension,
        id,
        word,
    } = key;
    Some(format!(
        "topic {topic}, {grain} {period}, {dimension} {id}, word {word}: kept are {}; the records give {}",
        told(kept),
        told(computed)
    ))
}
