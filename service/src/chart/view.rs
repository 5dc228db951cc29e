//! A chart as it is asked for and answered.

use serde::Serialize;
use utoipa::ToSchema;

use super::rules::Rule;
use crate::reference::{PartRef, WorkCenterRef};
use crate::report::ReportForm;
use crate::value::{Day, Id, Int, List};
use crate::words::{ChartKind, Subgroup};

/// The number of a point, from 1 in the order of time.
pub type Number = Int<1, 1_000>;

crate::input! {
    /// What a control chart is of.
    pub struct ChartScope {
        /// The chart. `p` and `u` take samples of any size; `np` and `c` need samples of one size.
        chart: required ChartKind,
        /// Of this part; of all of them unless said.
        part_id: optional Id,
        /// At this work center; at all of them unless said.
        work_center_id: optional Id,
        /// From this day on, in the system's time zone; a year before `to` unless said.
        from: optional Day,
        /// To the end of this day; today unless said.
        to: optional Day,
        /// What makes a point: each inspection, or the inspections of a day or week; `sample` unless said.
        subgroup: optional Subgroup,
        /// The numbers of points that do not count, because their cause is known: from 1, in the order of time.
        exclude: optional List<Number>,
    }
}

crate::input! {
    /// Which control chart.
    pub struct ChartQuery {
        ..scope: ChartScope,
        /// The rules of Western Electric by which a point is a signal; all four unless said.
        rules: optional List<Rule>,
        /// Frozen limits to hold the points against, instead of limits of their own.
        limits_id: optional Id,
        /// The form of the answer; `json` unless said.
        format: optional ReportForm,
    }
}

/// A control chart.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ChartView {
    /// The chart.
    pub chart: ChartKind,
    /// What makes a point.
    pub subgroup: Subgroup,
    /// The part.
    #[schema(required)]
    pub part: Option<PartRef>,
    /// The work center.
    #[schema(required)]
    pub work_center: Option<WorkCenterRef>,
    /// The first day.
    #[schema(format = Date)]
    pub from: String,
    /// The last day.
    #[schema(format = Date)]
    pub to: String,
    /// The frozen limits, where they are not the points' own.
    #[schema(required)]
    pub limits_id: Option<i64>,
    /// The centre line, unrounded; null where there is nothing to compute it from.
    #[schema(required)]
    pub center: Option<f64>,
    /// The points that count, in the order of time.
    pub points: Vec<PointView>,
    /// The others.
    pub excluded: Vec<ExcludedView>,
}

/// A point of a control chart. The figures are not rounded.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PointView {
    /// Its number, from 1 in the order of time; excluded points keep theirs.
    pub number: i64,
    /// The local time of a sample, a day, or a week (`2026-W47`).
    pub label: String,
    /// When its first inspection was.
    #[schema(format = DateTime)]
    pub at: String,
    /// The inspection, where the point is one.
    #[schema(required)]
    pub inspection_id: Option<i64>,
    /// How many units were looked at.
    pub n: i64,
    /// How many of them are defective (p, np), or how many defects were found (c, u).
    pub count: i64,
    /// What the chart shows of that: a share, a count, or a count for each unit.
    pub value: f64,
    /// The lower limit for a point of this size.
    pub lcl: f64,
    /// The upper limit.
    pub ucl: f64,
    /// The rules that it completes, the lowest first.
    #[schema(example = json!([1, 4]))]
    pub signals: Vec<u8>,
}

/// A point that does not count.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ExcludedView {
    /// Its number.
    pub number: i64,
    /// As of any point.
    pub label: String,
    /// When its first inspection was.
    #[schema(format = DateTime)]
    pub at: String,
    /// The inspection, where the point is one.
    #[schema(required)]
    pub inspection_id: Option<i64>,
    /// How many units were looked at.
    pub n: i64,
    /// What was counted.
    pub count: i64,
    /// What the chart shows of that.
    pub value: f64,
}
