//! Time as a parameter: the real clock, or one that a test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};

/// Where the service takes the time from: UTC, cut to the microsecond that every database keeps.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    Real,
    /// Microseconds since 1970, moved by hand.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until it is moved.
    pub fn at(at: DateTime<FixedOffset>) -> Self {
        Self::Set(Arc::new(AtomicI64::new(at.timestamp_micros())))
    }

    /// The time now.
    pub fn now(&self) -> DateTime<FixedOffset> {
        let micros = match self {
            Self::Real => Utc::now().timestamp_micros(),
            Self::Set(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros)
            .unwrap_or_default()
            .fixed_offset()
    }

    /// Moves a set clock forward; the real one moves by itself.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Set(micros) = self {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}
