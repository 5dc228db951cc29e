//! Frozen limits as requests and answers write them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::chart::ChartScope;
use crate::chart::limits::Base;
use crate::error::{Error, Result};
use crate::page::{Count, Limit};
use crate::reference::{PartRef, PersonRef, WorkCenterRef};
use crate::value::{Id, Int, List, Text};
use crate::words::{ChartKind, LimitStatus, Subgroup};

/// Frozen limits as they are shown. The figures are not rounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ControlLimitView {
    /// Id.
    pub id: i64,
    /// What tells them apart in every system that they are merged into.
    pub guid: String,
    /// What they are called.
    #[schema(required)]
    pub name: Option<String>,
    /// The chart that they are for.
    pub chart: ChartKind,
    /// What makes a point.
    pub subgroup: Subgroup,
    /// The part that they are for; null: all of them.
    #[schema(required)]
    pub part: Option<PartRef>,
    /// The work center that they are for; null: all of them.
    #[schema(required)]
    pub work_center: Option<WorkCenterRef>,
    /// The first day of the points that they were computed from.
    #[schema(format = Date)]
    pub from: String,
    /// The last day.
    #[schema(format = Date)]
    pub to: String,
    /// The numbers of the points that did not count.
    pub excluded: Vec<i64>,
    /// How many points counted.
    pub points: i64,
    /// How many units were looked at, together.
    pub units: i64,
    /// How many of them were defective (p, np), or how many defects were found (c, u), together.
    pub count: i64,
    /// How many units a sample has, where limits are for samples of one size (np, c).
    #[schema(required)]
    pub sample_size: Option<i64>,
    /// The centre line.
    pub center: f64,
    /// The lower limit, where it is the same for all points (np, c).
    #[schema(required)]
    pub lcl: Option<f64>,
    /// The upper limit, where it is the same for all points.
    #[schema(required)]
    pub ucl: Option<f64>,
    /// How far they have come.
    pub status: LimitStatus,
    /// Who had them computed.
    pub created_by: PersonRef,
    /// Who approved them.
    #[schema(required)]
    pub approved_by: Option<PersonRef>,
    /// When.
    #[schema(format = DateTime, required)]
    pub approved_at: Option<String>,
    /// Who retired them.
    #[schema(required)]
    pub retired_by: Option<PersonRef>,
    /// When.
    #[schema(format = DateTime, required)]
    pub retired_at: Option<String>,
    /// Why.
    #[schema(required)]
    pub retire_reason: Option<String>,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When they were computed.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When they were last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A sum of what many inspections counted.
type Sum = Int<0, { i64::MAX }>;

crate::input! {
    /// What the points that count came to when they were looked at. Where it is said and they are others by now, nothing
    /// is frozen: nobody has seen what that would be.
    pub struct Expected {
        /// How many points counted.
        expected_points: optional Sum,
        /// How many units were looked at, together.
        expected_units: optional Sum,
        /// How many of them were defective (p, np), or how many defects were found (c, u), together.
        expected_count: optional Sum,
    }
}

impl Expected {
    /// Whether that is what they come to.
    ///
    /// # Errors
    /// `WrongState` where it is not.
    pub(super) fn require(&self, base: Option<&Base>) -> Result<()> {
        let Self {
            expected_points,
            expected_units,
            expected_count,
        } = self;
        let now = base.map_or((0, 0, 0), |base| (base.points, base.units, base.count));
        let both = [
            (expected_points, now.0),
            (expected_units, now.1),
            (expected_count, now.2),
        ];
        let is_said = |(said, now): &(&Option<Sum>, i64)| said.is_none_or(|said| said.0 == *now);
        if both.iter().all(is_said) {
            return Ok(());
        }
        let (points, units, count) = now;
        Err(Error::WrongState(format!(
            "the points of the chart have changed since they were looked at: {points} count now, with {units} units and \
             {count} found on them; look at the chart again"
        )))
    }
}

crate::input! {
    /// The points of a chart whose limits are to be frozen.
    pub struct NewControlLimit {
        ..scope: ChartScope,
        ..expected: Expected,
        /// What they are called.
        name: optional Text<200>,
    }
}

crate::input! {
    /// Why limits are no longer used.
    pub struct Retirement {
        /// Why.
        reason: required Text<2000>,
    }
}

crate::input! {
    /// Which frozen limits to list, the latest first.
    pub struct ControlLimitQuery {
        /// Only those of these charts.
        chart: optional List<ChartKind>,
        /// Only those for this part.
        part_id: optional Id,
        /// Only those for this work center.
        work_center_id: optional Id,
        /// Only those that have come so far.
        status: optional List<LimitStatus>,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}
