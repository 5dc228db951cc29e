//! The points of a chart, read: of which inspections, over which days, and how many of either at most.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use entity::inspection;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::subgroup::{self, Point, Sample};
use super::view::ChartScope;
use crate::asked;
use crate::error::{Error, Result};
use crate::setting::Settings;
use crate::summary::days;
use crate::system::System;
use crate::value::Day;
use crate::words::{ChartKind, Subgroup};

/// How many points a chart has at most: more nobody could tell apart.
pub(super) const MOST_POINTS: usize = 1_000;

/// How many inspections are added up to points at most.
const MOST_SAMPLES: usize = 100_000;

/// How many days a chart reaches back where nobody says so, today included.
const DAYS: i64 = 365;

/// What a chart is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) chart: ChartKind,
    pub(crate) subgroup: Subgroup,
    pub(crate) part_id: Option<i64>,
    pub(crate) work_center_id: Option<i64>,
    pub(crate) period: Period,
}

impl Wanted {
    /// What was asked for, with what holds where nothing was said.
    ///
    /// # Errors
    /// `Invalid` for an empty period.
    pub(crate) fn of(system: &System, scope: &ChartScope) -> Result<Self> {
        let today = system.settings.today(&system.clock);
        Ok(Self {
            chart: scope.chart,
            subgroup: scope.subgroup.unwrap_or(Subgroup::Sample),
            part_id: scope.part_id.map(|id| id.0),
            work_center_id: scope.work_center_id.map(|id| id.0),
            period: Period::of(today, scope.from, scope.to)?,
        })
    }
}

/// From one day to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
}

impl Period {
    /// The days that were asked for: up to today, and a year back, unless they say otherwise.
    fn of(today: NaiveDate, from: Option<Day>, to: Option<Day>) -> Result<Self> {
        let to = to.map_or(today, |day| day.0);
        let year = TimeDelta::days(DAYS - 1);
        let from = from.map_or_else(|| to - year, |day| day.0);
        if from > to {
            let message = format!("must not be after the last day, {to}: the period is empty");
            return Err(Error::field("from", "range", message));
        }
        Ok(Self { from, to })
    }

    /// Its first moment, and the first one after it.
    fn ends(&self, settings: &Settings) -> (DateTime<FixedOffset>, DateTime<FixedOffset>) {
        days::span(settings, (self.from, self.to))
    }
}

/// Reads the points, in the order of time.
pub(super) async fn points(
    settings: &Settings,
    db: &impl ConnectionTrait,
    wanted: &Wanted,
) -> Result<Vec<Point>> {
    let most = match wanted.subgroup {
        Subgroup::Sample => MOST_POINTS,
        Subgroup::Day | Subgroup::Week => MOST_SAMPLES,
    };
    let samples = samples(settings, db, wanted, most).await?;
    if samples.len() > most {
        return Err(too_many(wanted.subgroup, most));
    }
    let points = subgroup::points(settings, wanted.subgroup, &samples);
    if points.len() > MOST_POINTS {
        return Err(too_many(wanted.subgroup, MOST_POINTS));
    }
    Ok(points)
}

/// The inspections that count, and one more than may be where there are more.
async fn samples(
    settings: &Settings,
    db: &impl ConnectionTrait,
    wanted: &Wanted,
    most: usize,
) -> Result<Vec<Sample>> {
    use inspection::Column;
    let counted = if wanted.chart.counts_units() {
        Column::DefectiveUnits
    } else {
        Column::DefectsFound
    };
    let (from, until) = wanted.period.ends(settings);
    let select = inspection::Entity::find()
        .select_only()
        .column(Column::Id)
        .column(Column::InspectedAt)
        .column(Column::SampleSize)
        .column(counted)
        .apply_if(wanted.part_id, |select, id| {
            select.filter(Column::PartId.eq(id))
        })
        .apply_if(wanted.work_center_id, |select, id| {
            select.filter(Column::WorkCenterId.eq(id))
        })
        .filter(Column::InspectedAt.gte(from))
        .filter(Column::InspectedAt.lt(until))
        .filter(Column::VoidedAt.is_null())
        .filter(counted.is_not_null())
        .order_by_asc(Column::InspectedAt)
        .order_by_asc(Column::Id)
        .limit(most as u64 + 1);
    asked::note(db, select.as_query());
    let rows: Vec<(i64, DateTime<FixedOffset>, i64, i64)> = select.into_tuple().all(db).await?;
    let rows = rows.into_iter();
    let samples = rows.map(|(id, at, units, count)| Sample {
        id,
        at,
        units,
        count,
    });
    Ok(samples.collect())
}

fn too_many(subgroup: Subgroup, most: usize) -> Error {
    let message = match subgroup {
        Subgroup::Sample => format!(
            "has more than {most} inspections: shorten the period, name a part or a work center, or take subgroup=day or week"
        ),
        Subgroup::Day | Subgroup::Week if most == MOST_POINTS => {
            format!("has more than {most} points: shorten the period, or take subgroup=week")
        }
        Subgroup::Day | Subgroup::Week => format!(
            "has more than {most} inspections: shorten the period, or name a part or a work center"
        ),
    };
    Error::field("from", "range", message)
}
