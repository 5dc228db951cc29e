//! Shares and ranks, counted exactly: the same on every database and every machine.

/// A share in percent, to two decimals, rounded half up; nothing has no shares.
pub(super) fn percent(part: i64, whole: i64) -> f64 {
    hundredths(i128::from(part) * 10_000, i128::from(whole))
}

/// `part / whole` to two decimals, rounded half up; 0 where there is no whole.
pub(super) fn ratio(part: i64, whole: i64) -> f64 {
    hundredths(i128::from(part) * 100, i128::from(whole))
}

/// Hundredths as a number, `part / whole` of them.
fn hundredths(part: i128, whole: i128) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    let rounded = (2 * part + whole).div_euclid(2 * whole);
    // As many digits as are asked for, and so the nearest number to what is meant.
    rounded as f64 / 100.0
}

/// `part / whole` as a whole number, rounded half up; none where there is no whole.
pub(super) fn mean(part: impl Into<i128>, whole: i64) -> Option<i64> {
    if whole <= 0 {
        return None;
    }
    let (part, whole) = (part.into(), i128::from(whole));
    i64::try_from((2 * part + whole).div_euclid(2 * whole)).ok()
}

/// The value at a percentile by nearest rank: the smallest one that so many percent of all do not exceed. `values`: each
/// with how often it occurs, in ascending order.
pub(super) fn percentile(values: &[(i64, i64)], percent: i64) -> Option<i64> {
    let count: i64 = values.iter().map(|(_, times)| times).sum();
    let rank = (count * percent + 99) / 100;
    let mut passed = 0;
    values.iter().find_map(|(value, times)| {
        passed += times;
        (count > 0 && passed >= rank.max(1)).then_some(*value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up() {
        let mut sum = 0;
        let published = [94, 80, 66, 33, 27].map(|value| {
            sum += value;
            percent(sum, 300)
        });
        assert_eq!(published, [31.33, 58.0, 80.0, 91.0, 100.0]);
        assert_eq!(percent(1, 8), 12.5);
        assert_eq!(percent(1, 800), 0.13);
        assert_eq!(percent(-1, 800), -0.12);
        assert_eq!(percent(5, 0), 0.0);
        assert_eq!(percent(i64::MAX, i64::MAX), 100.0);
        assert_eq!(ratio(7, 3), 2.33);
    }

    #[test]
    fn a_percentile_is_a_value_that_there_is() {
        // 15, 20, 35, 40, 50: the example of the nearest-rank method.
        let values: Vec<(i64, i64)> = [15, 20, 35, 40, 50].map(|value| (value, 1)).to_vec();
        let found = [5, 30, 40, 50, 100].map(|percent| percentile(&values, percent));
        assert_eq!(found, [15, 20, 20, 35, 50].map(Some));
        assert_eq!(percentile(&[(3, 9), (100, 1)], 90), Some(3));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn a_mean_is_rounded_half_up() {
        assert_eq!(
            [mean(5, 2), mean(-5, 2), mean(7, 3), mean(1, 0)],
            [Some(3), Some(-2), Some(2), None]
        );
    }
}
