//! Control charts for what inspections count: p, np, c and u.
//!
//! | to … | look in |
//! |---|---|
//! | see what may be asked and is answered | `view` |
//! | find the inspections, and make points of them | `read`, `subgroup` |
//! | compute centre lines and limits | `limits` |
//! | say which points are signals | `rules` |
//! | have it as a table or a picture | `table`, `svg` |
//!
//! Excluded points are taken out as if they had not been: they count for no limit and are no signal, and a run goes on
//! across them. Void inspections, and those that did not count what the chart shows, make no point.

pub(crate) mod limits;
mod read;
mod rules;
mod subgroup;
mod svg;
mod table;
mod view;

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait;

use crate::actor::Actor;
use crate::control_limit;
use crate::error::{Error, FieldError, Result};
use crate::input::Draft;
use crate::inspection::view::{parts, work_centers};
use crate::report::ReportForm;
use crate::system::System;
use crate::value::{Instant, List};
use crate::words::ChartKind;
use limits::Base;
use rules::signals;
use subgroup::Point;

pub(crate) use read::Wanted;
pub use rules::Rule;
pub use svg::picture;
pub use table::table;
pub use view::{ChartQuery, ChartScope, ChartView, ExcludedView, Number, PointView};

/// In which form a chart is wanted.
///
/// # Errors
/// `Invalid`, as [`control_chart`] tells it.
pub fn form(draft: &Draft<ChartQuery>) -> Result<ReportForm> {
    Ok(draft.check()?.format.unwrap_or(ReportForm::Json))
}

/// A figure of a chart for people: four significant digits, or all those before the point.
pub fn figure(value: f64) -> String {
    crate::drawing::figure(value)
}

/// Makes a control chart.
///
/// # Errors
/// `Invalid` for what cannot be asked: an empty period, more points than a chart has room for, a point that is not there,
/// samples that vary in size on an np or c chart, limits that are of something else or not approved.
pub async fn control_chart(
    system: &System,
    actor: &Actor,
    draft: &Draft<ChartQuery>,
) -> Result<ChartView> {
    actor.may_read()?;
    let query = draft.check()?;
    let db = system.db.reader();
    let wanted = Wanted::of(system, &query.scope)?;
    let frozen = match query.limits_id {
        Some(id) => Some(control_limit::base_for(db, id.0, &wanted).await?),
        None => None,
    };
    let shown = Shown::of(db, &wanted).await?;
    let chosen = Chosen::read(system, db, &wanted, query.scope.exclude.as_ref()).await?;
    if let Some(base) = &frozen {
        chosen.require_size_of(base)?;
    }
    let rules = query.rules.as_ref();
    let rules = rules.map_or(Rule::ALL, |rules| rules.0.as_slice());
    let limits_id = query.limits_id.map(|id| id.0);
    Ok(shown.chart(&wanted, (frozen, limits_id), chosen, rules))
}

/// The points of a chart, those that count and those that do not.
pub(crate) struct Chosen {
    points: Vec<Point>,
    excluded: Vec<Point>,
}

impl Chosen {
    /// Reads them. On an np or c chart those that count are of one size.
    pub(crate) async fn read(
        system: &System,
        db: &impl ConnectionTrait,
        wanted: &Wanted,
        exclude: Option<&List<Number>>,
    ) -> Result<Self> {
        let all = read::points(&system.settings, db, wanted).await?;
        let exclude: BTreeSet<i64> = exclude
            .iter()
            .flat_map(|list| list.0.iter().map(|number| number.0))
            .collect();
        if let Some(number) = exclude.last().filter(|last| **last > all.len() as i64) {
            let message = match all.len() {
                0 => "names a point, and the period has none".to_owned(),
                count => format!("names the point {number}, and there are {count}, from 1 on"),
            };
            return Err(Error::field("exclude", "range", message));
        }
        let (excluded, points) = all
            .into_iter()
            .partition(|point| exclude.contains(&point.number));
        let chosen = Self { points, excluded };
        chosen.require_one_size(wanted.chart)?;
        Ok(chosen)
    }

    /// What their own limits are computed from; nothing where none counts.
    pub(crate) fn base(&self, chart: ChartKind) -> Option<Base> {
        let points = self.points.iter();
        Base::of(chart, points.map(|point| (point.units, point.count)))
    }

    fn require_one_size(&self, chart: ChartKind) -> Result<()> {
        let Some(other) = chart.for_varying_sizes() else {
            return Ok(());
        };
        let sizes = || self.points.iter().map(|point| point.units);
        match (sizes().min(), sizes().max()) {
            (Some(least), Some(most)) if least != most => {
                let message = format!(
                    "{chart} needs samples of one size, and these have from {least} to {most} units: {other} is the \
                     chart for samples that vary"
                );
                Err(Error::field("chart", "sample_size", message))
            }
            _ => Ok(()),
        }
    }

    /// Limits of counts are for samples of the size that they were computed from.
    fn require_size_of(&self, base: &Base) -> Result<()> {
        let is_fixed = base.chart.for_varying_sizes().is_some();
        let size = base.sample_size();
        match self.points.iter().find(|point| point.units != size) {
            Some(point) if is_fixed => {
                let message = format!(
                    "these limits are for samples of {size} units, and point {} has {}",
                    point.number, point.units
                );
                Err(Error::field("limits_id", "sample_size", message))
            }
            _ => Ok(()),
        }
    }
}

/// What a chart is named after.
struct Shown {
    part: Option<crate::reference::PartRef>,
    work_center: Option<crate::reference::WorkCenterRef>,
}

impl Shown {
    /// Finds the part and the place; that they are retired does not matter.
    async fn of(db: &impl ConnectionTrait, wanted: &Wanted) -> Result<Self> {
        let (part_id, work_center_id) = (wanted.part_id, wanted.work_center_id);
        let part = parts(db, part_id.into_iter().collect()).await?;
        let part = part.into_values().next();
        let work_center = work_centers(db, work_center_id.into_iter().collect()).await?;
        let work_center = work_center.into_values().next();
        let mut errors = Vec::new();
        if part_id.is_some() && part.is_none() {
            errors.push(FieldError::unknown_reference("part_id", "part"));
        }
        if work_center_id.is_some() && work_center.is_none() {
            errors.push(FieldError::unknown_reference(
                "work_center_id",
                "work center",
            ));
        }
        crate::error::refuse_if_any(errors)?;
        Ok(Self { part, work_center })
    }

    fn chart(
        self,
        wanted: &Wanted,
        (frozen, limits_id): (Option<Base>, Option<i64>),
        chosen: Chosen,
        rules: &[Rule],
    ) -> ChartView {
        let base = frozen.or_else(|| chosen.base(wanted.chart));
        let points = base.map(|base| judged(&base, chosen.points, rules));
        let excluded = chosen.excluded.into_iter();
        ChartView {
            chart: wanted.chart,
            subgroup: wanted.subgroup,
            part: self.part,
            work_center: self.work_center,
            from: wanted.period.from.to_string(),
            to: wanted.period.to.to_string(),
            limits_id,
            center: base.map(|base| base.center()),
            points: points.unwrap_or_default(),
            excluded: excluded
                .map(|point| left_out(wanted.chart, point))
                .collect(),
        }
    }
}

/// Points held against limits.
fn judged(base: &Base, points: Vec<Point>, rules: &[Rule]) -> Vec<PointView> {
    let place = |point: &Point| base.place(point.units, point.count);
    let places: Vec<_> = points.iter().map(place).collect();
    let told = signals(&places, rules).into_iter();
    let view = |(point, signals): (Point, Vec<u8>)| {
        let limits = base.limits(point.units);
        PointView {
            number: point.number,
            label: point.label,
            at: Instant::show(&point.at),
            inspection_id: point.inspection_id,
            n: point.units,
            count: point.count,
            value: limits::value(base.chart, point.units, point.count),
            lcl: limits.lcl,
            ucl: limits.ucl,
            signals,
        }
    };
    points.into_iter().zip(told).map(view).collect()
}

fn left_out(chart: ChartKind, point: Point) -> ExcludedView {
    ExcludedView {
        number: point.number,
        label: point.label,
        at: Instant::show(&point.at),
        inspection_id: point.inspection_id,
        n: point.units,
        count: point.count,
        value: limits::value(chart, point.units, point.count),
    }
}
