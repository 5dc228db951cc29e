//! The arithmetic of the charts: centre lines, limits, and how far a point lies from the centre.
//!
//! What a chart rests on is kept as whole numbers ([`Base`]). The figures that are shown follow from it in floating point;
//! whether a point is beyond a limit is decided in whole numbers, because 0.1 + 0.2 must not make a signal: a point exactly
//! on a limit is within it. Formulas: NIST/SEMATECH e-Handbook 6.3.3.1 and 6.3.3.2, Montgomery's chapter on control charts
//! for attributes.

use std::cmp::Ordering;

use crate::words::ChartKind;

/// What the centre line and the limits are computed from: the points that count, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) chart: ChartKind,
    /// How many points.
    pub(crate) points: i64,
    /// How many units were looked at.
    pub(crate) units: i64,
    /// How many of them are defective (p, np), or how many defects were found on them (c, u).
    pub(crate) count: i64,
}

/// What a point is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    pub(crate) lcl: f64,
    pub(crate) ucl: f64,
}

/// How a point lies to the centre line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Less: below the centre line; equal: on it.
    pub(crate) side: Ordering,
    /// How many whole sigmas it lies strictly beyond, three at most.
    pub(crate) beyond: u8,
}

/// What a point shows: a share, a count, or a count for each unit.
pub(crate) fn value(chart: ChartKind, units: i64, count: i64) -> f64 {
    match chart {
        ChartKind::P | ChartKind::U => count as f64 / units as f64,
        ChartKind::Np | ChartKind::C => count as f64,
    }
}

impl Base {
    /// A base of some points: of each its units and its count.
    pub(crate) fn of(chart: ChartKind, points: impl Iterator<Item = (i64, i64)>) -> Option<Self> {
        let none = Self {
            chart,
            points: 0,
            units: 0,
            count: 0,
        };
        let base = points.fold(none, |base, (units, count)| Self {
            points: base.points + 1,
            units: base.units.saturating_add(units),
            count: base.count.saturating_add(count),
            ..base
        });
        (base.points > 0).then_some(base)
    }

    /// How many units each point has, where they all have as many; that they do is asked where the base is made.
    pub(crate) fn sample_size(&self) -> i64 {
        self.units / self.points
    }

    /// The centre line.
    pub(crate) fn center(&self) -> f64 {
        match self.chart {
            ChartKind::P | ChartKind::U => self.count as f64 / self.units as f64,
            ChartKind::Np | ChartKind::C => self.count as f64 / self.points as f64,
        }
    }

    /// The limits for a point of so many units: three sigmas from the centre line, a share not beyond what a share can be.
    pub(crate) fn limits(&self, units: i64) -> Limits {
        let (center, units) = (self.center(), units as f64);
        let sigma = match self.chart {
            ChartKind::P => (center * (1.0 - center) / units).sqrt(),
            ChartKind::Np => {
                let share = self.count as f64 / self.units as f64;
                (center * (1.0 - share)).sqrt()
            }
            ChartKind::C => center.sqrt(),
            ChartKind::U => (center / units).sqrt(),
        };
        let ucl = center + 3.0 * sigma;
        let highest = match self.chart {
            ChartKind::P => 1.0,
            ChartKind::Np => units,
            ChartKind::C | ChartKind::U => f64::INFINITY,
        };
        Limits {
            lcl: (center - 3.0 * sigma).max(0.0),
            ucl: ucl.min(highest),
        }
    }

    /// Where a point of so many units and this count lies.
    pub(crate) fn place(&self, units: i64, count: i64) -> Place {
        let (distance, square_of_sigma) = self.scaled(units, count);
        let beyond = |sigmas: i128| {
            let square = distance.checked_mul(distance);
            let bound = square_of_sigma.and_then(|sigma| sigma.checked_mul(sigmas * sigmas));
            match (square, bound) {
                (Some(square), Some(bound)) => square > bound,
                // Beyond 128 bits nobody can tell a point on the limit from one beside it.
                _ => self.is_far(units, count, sigmas as f64),
            }
        };
        Place {
            side: distance.cmp(&0),
            beyond: [3_u8, 2, 1]
                .into_iter()
                .find(|sigmas| beyond(i128::from(*sigmas)))
                .unwrap_or(0),
        }
    }

    /// The distance from the centre line and the square of sigma, both multiplied so that they are whole: by n·N, or by
    /// the number of points.
    fn scaled(&self, units: i64, count: i64) -> (i128, Option<i128>) {
        let [n, x] = [units, count].map(i128::from);
        let [points, all, total] = [self.points, self.units, self.count].map(i128::from);
        let product = |factors: [i128; 3]| {
            let [a, b, c] = factors;
            a.checked_mul(b)?.checked_mul(c)
        };
        match self.chart {
            ChartKind::P | ChartKind::Np => (x * all - total * n, product([n, total, all - total])),
            ChartKind::U => (x * all - total * n, product([n, total, all])),
            ChartKind::C => (x * points - total, product([1, total, points])),
        }
    }

    fn is_far(&self, units: i64, count: i64, sigmas: f64) -> bool {
        let center = self.center();
        let limits = self.limits(units);
        // Of the two limits one may have been cut off; the farther one was not, or both say nothing.
        let three = (limits.ucl - center).max(center - limits.lcl);
        (value(self.chart, units, count) - center).abs() > three / 3.0 * sigmas
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use proptest::prelude::*;

    use super::*;
    use crate::words::ChartKind::{C, Np, P, U};

    fn base(chart: ChartKind, points: &[(i64, i64)]) -> Base {
        Base::of(chart, points.iter().copied()).unwrap()
    }

    /// Equal to seven significant digits.
    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() <= other.abs() * 5e-7
    }

    #[test]
    fn samples_that_vary_have_limits_of_their_own() {
        // By hand: p = 15/250 = 0.06; 3·√(0.06·0.94/n) is 0.0712460… at 100 units and 0.1007571… at 50.
        let p = base(P, &[(100, 5), (50, 4), (100, 6)]);
        assert!(close(p.center(), 0.06));
        let Limits { lcl, ucl } = p.limits(100);
        assert!(lcl == 0.0 && close(ucl, 0.131_246_052_5), "{ucl}");
        let Limits { lcl, ucl } = p.limits(50);
        assert!(lcl == 0.0 && close(ucl, 0.160_757_133_5), "{ucl}");
        // u = 36/12 = 3; 3·√(3/n) is 3.6742346… at 2 units and 2.3237900… at 5.
        let u = base(U, &[(2, 5), (5, 16), (5, 15)]);
        assert!(close(u.center(), 3.0));
        let Limits { lcl, ucl } = u.limits(5);
        assert!(
            close(lcl, 0.676_209_992_3) && close(ucl, 5.323_790_007_7),
            "{lcl} {ucl}"
        );
        let Limits { lcl, ucl } = u.limits(2);
        assert!(lcl == 0.0 && close(ucl, 6.674_234_614_2), "{ucl}");
    }

    #[test]
    fn a_point_exactly_on_a_limit_is_within_it() {
        // 16 + 3·√16 = 28.
        let c = base(C, &[(1, 16)]);
        assert_eq!(
            c.limits(1),
            Limits {
                lcl: 4.0,
                ucl: 28.0
            }
        );
        let beyond = |count| c.place(1, count).beyond;
        assert_eq!(
            [28, 29, 24, 25, 20, 21, 16].map(beyond),
            [2, 3, 1, 2, 0, 1, 0]
        );
        assert_eq!([4, 3, 8, 7, 12, 11].map(beyond), [2, 3, 1, 2, 0, 1]);
        // p = 0.1 and n = 100: sigma is 0.03, which no binary fraction is.
        let p = base(P, &[(100, 10), (100, 10)]);
        let beyond = |count| p.place(100, count).beyond;
        assert_eq!(
            [19, 20, 16, 17, 13, 14, 1, 0].map(beyond),
            [2, 3, 1, 2, 0, 1, 2, 3]
        );
        // u = 4 on 1 unit: sigma is 2.
        let u = base(U, &[(3, 12)]);
        assert_eq!([10, 11].map(|count| u.place(1, count).beyond), [2, 3]);
        // np = 10 of 100 as p above.
        let np = base(Np, &[(100, 10), (100, 10)]);
        assert_eq!([19, 20].map(|count| np.place(100, count).beyond), [2, 3]);
    }

    #[test]
    fn without_anything_found_every_defect_is_a_signal() {
        for chart in [P, Np, C, U] {
            let none = base(chart, &[(50, 0), (50, 0)]);
            assert_eq!(none.limits(50), Limits { lcl: 0.0, ucl: 0.0 });
            let place = |count| none.place(50, count);
            let center = Place {
                side: Ordering::Equal,
                beyond: 0,
            };
            let above = Place {
                side: Ordering::Greater,
                beyond: 3,
            };
            assert_eq!((place(0), place(1)), (center, above));
        }
    }

    #[test]
    fn counts_beyond_all_measure_are_judged_all_the_same() {
        let huge = base(
            P,
            &[(i64::MAX / 4, i64::MAX / 8), (i64::MAX / 4, i64::MAX / 8)],
        );
        assert_eq!(huge.place(i64::MAX / 4, i64::MAX / 4).beyond, 3);
        assert_eq!(huge.place(i64::MAX / 4, i64::MAX / 8).beyond, 0);
    }

    fn chart() -> impl Strategy<Value = ChartKind> {
        prop::sample::select(ChartKind::ALL)
    }

    proptest! {
        #[test]
        fn limits_lie_around_the_centre_and_within_what_can_be(
            chart in chart(),
            points in prop::collection::vec((1_i64..10_000_000, 0.0..1.0_f64), 1..60),
            units in 1_i64..10_000_000,
        ) {
            let size = points[0].0;
            let is_equal = chart.for_varying_sizes().is_some();
            let points = points.into_iter().map(|(units, share)| {
                let units = if is_equal { size } else { units };
                (units, (units as f64 * share) as i64)
            });
            let base = Base::of(chart, points).unwrap();
            let units = if is_equal { size } else { units };
            let Limits { lcl, ucl } = base.limits(units);
            prop_assert!(0.0 <= lcl && lcl <= base.center() && base.center() <= ucl);
            prop_assert!(ucl.is_finite() && (chart != P || ucl <= 1.0) && (chart != Np || ucl <= units as f64));
        }

        #[test]
        fn what_is_decided_in_whole_numbers_is_what_the_figures_show(
            chart in chart(),
            (size, total) in (1_i64..2_000, 0_i64..60_000),
            points in 1_i64..40,
            (units, count) in (1_i64..2_000, 0_i64..4_000),
        ) {
            let all = size * points;
            let total = if chart.counts_units() { total.min(all) } else { total };
            let base = Base { chart, points, units: all, count: total };
            let units = if chart.for_varying_sizes().is_some() { size } else { units };
            let count = if chart.counts_units() { count.min(units) } else { count };
            let Limits { lcl, ucl } = base.limits(units);
            let shown = value(chart, units, count);
            let place = base.place(units, count);
            let near = |limit: f64| (shown - limit).abs() < 1e-9 * limit.abs().max(1.0);
            if !near(lcl) && !near(ucl) {
                prop_assert_eq!(place.beyond == 3, shown > ucl || shown < lcl);
            }
            if !near(base.center()) {
                prop_assert_eq!(place.side == Ordering::Greater, shown > base.center());
            }
        }
    }
}
