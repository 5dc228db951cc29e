//! The inspections of the demo plant: a few lines that are looked at once a day, one of them out of control for a while,
//! so that there is something to see on a control chart. As many as a small demo has records, and never many.

use chrono::{DateTime, FixedOffset, TimeDelta};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::ground::{Ground, actor};
use crate::error::Result;
use crate::inspection::{self, Entry};
use crate::role::Role;
use crate::system::Unit;
use crate::value::{Instant, Int};

/// A line that is looked at: the places of its part and work center in their tables, how many units make a sample, of a
/// thousand how many are defective, and how many days before the last one it was ten days out of control.
struct Line {
    part: usize,
    work_center: usize,
    sample_size: i64,
    per_mille: u32,
    trouble: Option<u64>,
}

const LINES: &[Line] = &[
    Line {
        part: 1,
        work_center: 2,
        sample_size: 50,
        per_mille: 40,
        trouble: None,
    },
    Line {
        part: 3,
        work_center: 3,
        sample_size: 80,
        per_mille: 25,
        trouble: Some(20),
    },
    Line {
        part: 20,
        work_center: 9,
        sample_size: 20,
        per_mille: 60,
        trouble: None,
    },
];

/// How many days a line is looked at, at most.
const MOST_DAYS: u64 = 100;

/// How many days trouble lasts.
const LASTS: u64 = 10;

/// How much worse it is meanwhile.
const WORSE: u32 = 4;

/// Enters them, up to the moment at which the demo ends.
pub(super) async fn add(
    unit: &Unit<'_>,
    ground: &Ground,
    (records, seed): (u64, u64),
    now: DateTime<FixedOffset>,
) -> Result<()> {
    let days = Ord::min(records / 2, MOST_DAYS);
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x1A5B_EC70);
    for line in LINES {
        for back in (1..=days).rev() {
            let minutes = rng.random_range(0..480_i64);
            let at = now - TimeDelta::days(back.cast_signed()) + TimeDelta::minutes(minutes);
            let entry = line.entry(ground, back, at, &mut rng);
            let unit = Unit {
                actor: actor(&ground.people, Role::Inspector),
                now: at + TimeDelta::minutes(15),
                ..unit.clone()
            };
            let guid = format!("{:016x}{:016x}", rng.random::<u64>(), rng.random::<u64>());
            inspection::add(&unit, entry, guid).await?;
        }
    }
    Ok(())
}

impl Line {
    fn entry(
        &self,
        ground: &Ground,
        back: u64,
        at: DateTime<FixedOffset>,
        rng: &mut ChaCha8Rng,
    ) -> Entry {
        let is_trouble = self
            .trouble
            .is_some_and(|begins| back <= begins && back + LASTS > begins);
        let per_mille = self.per_mille * if is_trouble { WORSE } else { 1 };
        let mut is_bad = |per_mille: u32| rng.random_range(0..1_000_u32) < per_mille;
        let (mut units, mut defects) = (0, 0);
        for _ in 0..self.sample_size {
            if is_bad(per_mille) {
                units += 1;
                // Where there is one defect there is sometimes another.
                defects += 1 + i64::from(is_bad(250));
            }
        }
        Entry {
            part_id: ground.parts[self.part],
            work_center_id: ground.work_centers[self.work_center],
            inspected_at: Instant(at),
            sample_size: self.sample_size,
            defective_units: Some(Int(units)),
            defects_found: Some(Int(defects)),
            note: (is_trouble && units > 0)
                .then(|| "Chatter marks since the tool change.".to_owned()),
            defect_id: None,
        }
    }
}
