//! Which inspections make which point, and what a point is called.
//!
//! Days and weeks are those of the system's time zone. A sample is labelled by its local time to the minute, a week as
//! ISO 8601 has it (`2026-W47`); the number of a point, from 1 in the order of time, tells it apart in any case.

use chrono::{DateTime, Datelike, FixedOffset};

use crate::setting::Settings;
use crate::words::Subgroup;

/// An inspection, as far as a chart looks at it.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) id: i64,
    pub(super) at: DateTime<FixedOffset>,
    pub(super) units: i64,
    pub(super) count: i64,
}

/// A point, not yet held against anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Point {
    /// From 1.
    pub(super) number: i64,
    pub(super) label: String,
    /// When the first of its inspections was.
    pub(super) at: DateTime<FixedOffset>,
    /// The inspection, where the point is one.
    pub(super) inspection_id: Option<i64>,
    pub(super) units: i64,
    pub(super) count: i64,
}

/// The points that samples make, which come in the order of time.
pub(super) fn points(settings: &Settings, subgroup: Subgroup, samples: &[Sample]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for sample in samples {
        let label = label(settings, subgroup, sample);
        let last = points.last_mut().filter(|_| subgroup != Subgroup::Sample);
        match last.filter(|last| last.label == label) {
            Some(last) => {
                last.units += sample.units;
                last.count += sample.count;
            }
            None => points.push(Point {
                number: points.len() as i64 + 1,
                label,
                at: sample.at,
                inspection_id: (subgroup == Subgroup::Sample).then_some(sample.id),
                units: sample.units,
                count: sample.count,
            }),
        }
    }
    points
}

fn label(settings: &Settings, subgroup: Subgroup, sample: &Sample) -> String {
    let local = sample.at.with_timezone(&settings.time_zone);
    match subgroup {
        Subgroup::Sample => local.format("%Y-%m-%d %H:%M").to_string(),
        Subgroup::Day => local.date_naive().to_string(),
        Subgroup::Week => {
            let week = local.iso_week();
            format!("{}-W{:02}", week.year(), week.week())
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;
    use crate::setting::Currency;

    fn settings(zone: &str) -> Settings {
        Settings {
            currency: Currency::of("EUR").unwrap(),
            tag_prefix: "DMT".to_owned(),
            time_zone: zone.parse().unwrap(),
            is_demo: false,
        }
    }

    fn told(zone: &str, subgroup: Subgroup, instants: &[&str]) -> Vec<(String, i64, i64)> {
        let sample = |(id, at): (i64, &&str)| Sample {
            id,
            at: at.parse().unwrap(),
            units: 10,
            count: id,
        };
        let samples: Vec<Sample> = (1..).zip(instants).map(sample).collect();
        let points = points(&settings(zone), subgroup, &samples).into_iter();
        points
            .map(|point| (point.label, point.units, point.count))
            .collect()
    }

    fn point(label: &str, units: i64, count: i64) -> (String, i64, i64) {
        (label.to_owned(), units, count)
    }

    const AROUND_MIDNIGHT: [&str; 3] = [
        "2026-11-20T22:30:00Z",
        "2026-11-20T23:30:00Z",
        "2026-11-21T01:00:00Z",
    ];

    #[test]
    fn days_are_those_of_the_time_zone() {
        let utc = [point("2026-11-20", 20, 3), point("2026-11-21", 10, 3)];
        assert_eq!(told("UTC", Subgroup::Day, &AROUND_MIDNIGHT), utc);
        let berlin = [point("2026-11-20", 10, 1), point("2026-11-21", 20, 5)];
        assert_eq!(
            told("Europe/Berlin", Subgroup::Day, &AROUND_MIDNIGHT),
            berlin
        );
    }

    #[test]
    fn weeks_are_those_of_iso_8601() {
        let turn = [
            "2026-12-31T12:00:00Z",
            "2027-01-03T12:00:00Z",
            "2027-01-04T12:00:00Z",
        ];
        let weeks = [point("2026-W53", 20, 3), point("2027-W01", 10, 3)];
        assert_eq!(told("UTC", Subgroup::Week, &turn), weeks);
    }

    #[test]
    fn each_sample_is_a_point_even_in_the_same_minute() {
        let same = ["2026-11-20T08:14:00Z", "2026-11-20T08:14:30Z"];
        let two = [
            point("2026-11-20 09:14", 10, 1),
            point("2026-11-20 09:14", 10, 2),
        ];
        assert_eq!(told("Europe/Berlin", Subgroup::Sample, &same), two);
    }
}
