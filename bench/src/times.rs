//! How long things took, and which share of them was done by when.

use std::time::Duration;

/// Times in milliseconds, the shortest one first.
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// Of that many times.
    pub(crate) fn of(times: impl Iterator<Item = Duration>) -> Self {
        let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The time that so many percent of them did not exceed; none of none.
    pub(crate) fn at(&self, percent: usize) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let place = (self.0.len() * percent / 100).min(last);
        self.0.get(place).copied()
    }

    /// The same, as a table shows it.
    pub(crate) fn shown(&self, percent: usize) -> String {
        self.at(percent)
            .map_or_else(String::new, |time| format!("{time:.1}"))
    }
}
