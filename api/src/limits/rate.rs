//! A rate as it is configured: `600/min`.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// So many in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: NonZeroU32,
    /// In how long.
    pub window: Duration,
}

/// More than a server can answer.
const MOST: u32 = 1_000_000;

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "`{text}` is no rate such as 20/s, 600/min or 10000/h, from 1 to {MOST} of them"
            )
        };
        let (count, unit) = text.split_once('/').ok_or_else(bad)?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3600,
            _ => return Err(bad()),
        };
        let count = count.trim().parse::<NonZeroU32>().map_err(|_| bad())?;
        if count.get() > MOST {
            return Err(bad());
        }
        Ok(Self {
            count,
            window: Duration::from_secs(seconds),
        })
    }
}
