//! The sums month by month, straight from the records: what they are made of and checked against.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Months, NaiveDate};
use entity::{cost_entry, defect, labor_entry};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QuerySelect};

use super::direct::{self, Asked, By};
use super::{Cells, Grain, Key, Topic, days};
use crate::error::Result;
use crate::system::System;

/// The first days of the months in which anything happened that is added up, and of those that are named.
pub(super) async fn months_of(
    system: &System,
    db: &impl ConnectionTrait,
    others: &[NaiveDate],
) -> Result<Vec<NaiveDate>> {
    let mut ends: Vec<NaiveDate> = others.to_vec();
    ends.extend(ends_of::<defect::Entity>(system, db, defect::Column::ReportedAt).await?);
    ends.extend(ends_of::<defect::Entity>(system, db, defect::Column::ClosedAt).await?);
    ends.extend(ends_of::<cost_entry::Entity>(system, db, cost_entry::Column::CreatedAt).await?);
    ends.extend(ends_of::<labor_entry::Entity>(system, db, labor_entry::Column::CreatedAt).await?);
    let (Some(first), Some(last)) = (ends.iter().min(), ends.iter().max()) else {
        return Ok(Vec::new());
    };
    let mut months = vec![Grain::Month.begin(*first)];
    while let Some(next) = months
        .last()
        .and_then(|month| month.checked_add_months(Months::new(1)))
        .filter(|next| next <= last)
    {
        months.push(next);
    }
    Ok(months)
}

/// The first and the last day of a column.
async fn ends_of<E: EntityTrait>(
    system: &System,
    db: &impl ConnectionTrait,
    column: E::Column,
) -> Result<Vec<NaiveDate>>
where
    E::Model: Send + Sync,
{
    let mut ends = Vec::new();
    for expr in [column.min(), column.max()] {
        let end: Option<Option<DateTime<FixedOffset>>> = E::find()
            .select_only()
            .expr_as(expr, "end_at")
            .into_tuple()
            .one(db)
            .await?;
        ends.extend(end.flatten().map(|at| system.settings.day(&at)));
    }
    Ok(ends)
}

/// The sums of a month, from the records.
pub(super) async fn of_month(
    system: &System,
    db: &impl ConnectionTrait,
    month: NaiveDate,
) -> Result<Cells> {
    let settings = &system.settings;
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let everything = Condition::all();
    let mut cells = Cells::new();
    for topic in Topic::ALL {
        for dimension in topic.dimensions() {
            let asked = Asked {
                settings,
                now: system.clock.now(),
                topic: *topic,
                by: By::Dimension(*dimension),
                by_day: dimension.is_by_day(),
                span: Some((settings.start_of_day(month), settings.start_of_day(next))),
                wanted: &everything,
            };
            for line in direct::sums(db, &asked).await? {
                let day = if asked.by_day {
                    days::of(line.day)
                } else {
                    month
                };
                for grain in dimension.grains() {
                    let key = Key {
                        grain: *grain,
                        period: grain.begin(day),
                        topic: *topic,
                        dimension: *dimension,
                        id: line.id,
                        word: line.word.clone(),
                    };
                    *cells.entry(key).or_default() += line.sums;
                }
            }
        }
    }
    Ok(cells)
}

/// Moves the rows of years to those of the year so far.
pub(super) fn take_years(cells: &mut Cells, year: &mut Cells) {
    let (years, others) = std::mem::take(cells)
        .into_iter()
        .partition::<BTreeMap<_, _>, _>(|(key, _)| key.grain == Grain::Year);
    *cells = others;
    for (key, sums) in years {
        *year.entry(key).or_default() += sums;
    }
}
