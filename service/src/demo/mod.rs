//! Demo data: a plausible plant and the life of its defects, the same for the same seed.
//!
//! People and lists are added by the service's own functions ([`ground`]). Records are told in memory and written many
//! at a time ([`write`]): each step of a [`story`] is held against the tables of rights and transitions and adds the
//! history that the service would have written, so that guards, sums, signatures and chains are in order. One thread
//! tells while the database writes, and only a few batches are in memory.

mod codes;
mod ground;
mod life;
mod load;
mod plant;
mod progress;
mod report;
mod samples;
mod settle;
mod story;
mod texts;
mod write;

#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use db::bulk::{Durability, Loader};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::mpsc;

use crate::actor::Actor;
use crate::approval_rule::defaults::DEFAULTS;
use crate::error::{Error, Result};
use crate::search;
use crate::summary;
use crate::system::System;
use crate::words::Status;
pub use load::{DemoUser, Load, Loaded, Standing, load, standing};
use progress::Progress;
use story::{Ids, Stage, Story};
use write::{Batch, Written};

/// How many records a demo has unless said otherwise.
pub const DEFAULT_RECORDS: u64 = 200;

/// How many records a demo may have.
pub const MOST_RECORDS: u64 = 5_000_000;

/// The seed of a demo unless said otherwise.
pub const DEFAULT_SEED: u64 = 1;

/// Over how many days up to now the records were reported.
const DAYS: i32 = 730;

/// How many records are written in one transaction.
const AT_ONCE: u64 = 2_000;

/// How many batches wait to be written.
const AHEAD: usize = 2;

/// In a demo of more records than this, each has at most four rows of history, so that millions of them can be made
/// for measuring.
const WHOLE_HISTORIES: u64 = 10_000;

/// Fills an empty system with `records` records over the last two years; false where it is a demo already, which is
/// left as it is, whatever has been added since. `progress` is told how many records are written.
///
/// The mark of a demo is written with the first data and says how far it has come, so one that was interrupted is
/// finished by the same call, to what it would have been.
///
/// # Errors
/// [`Error::SetUp`] where the system holds other data, or a demo of another size or seed that is not finished;
/// [`Error::ReadOnly`].
pub async fn seed(
    system: &System,
    records: u64,
    seed: u64,
    progress: impl Fn(u64),
) -> Result<bool> {
    let wanted = (records, seed);
    let by = Actor::command_line();
    let Some(begun) = Box::pin(ground::lay(system, &by, wanted)).await? else {
        return Ok(false);
    };
    fill(system, begun, wanted, progress).await
}

/// Tells the records of a demo that has begun, or the rest of them; false where somebody else has gone on with it.
async fn fill(
    system: &System,
    mut so_far: Progress,
    (records, seed): (u64, u64),
    progress: impl Fn(u64),
) -> Result<bool> {
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    // Records come with what they are found by, so that from here on none is without.
    search::complete(&system.db, |_| ()).await?;
    if so_far.told > 0 {
        // What was added since is in no sums that are made here.
        system.db.write(|tx| Box::pin(summary::forget(tx))).await?;
    }
    let durability = if ground::is_alone(system.db.reader()).await? {
        // Nothing was there before, so nothing is lost with a file that a power cut breaks.
        Durability::AtTheEnd
    } else {
        Durability::EachCommit
    };
    let loader = Loader::open(&system.db, durability).await?;
    let (told, mut waiting) = mpsc::channel(AHEAD);
    let teller = Teller {
        system: system.clone(),
        begun: so_far.clone(),
        records,
        seed,
        build: match so_far.told {
            0 => Some(summary::next_build(system.db.reader()).await?),
            _ => None,
        },
    };
    let telling = tokio::task::spawn_blocking(move || teller.tell_all(&told));
    while let Some((told, batch)) = waiting.recv().await {
        let Some(next) = batch.write(&loader, &so_far, told).await? else {
            return Ok(false);
        };
        so_far = next;
        progress(told);
    }
    telling.await.map_err(Error::internal)??;
    loader.finish().await?;
    summary::ensure(system).await?;
    Ok(true)
}

/// Who tells the records of a demo that has begun.
struct Teller {
    system: System,
    begun: Progress,
    records: u64,
    seed: u64,
    /// Under which number the sums of all records are written with the last of them; none where they are made anew.
    build: Option<i64>,
}

impl Teller {
    /// Hands over batch by batch, each with how many records are told by then, until all are or nobody listens.
    fn tell_all(self, told: &mpsc::Sender<(u64, Written)>) -> Result<()> {
        let rules: Vec<_> = DEFAULTS.iter().map(|rule| rule.rule()).collect();
        let stage = Stage {
            rules: &rules,
            ground: &self.begun.ground,
            settings: &self.system.settings,
            key: &self.system.audit_key,
            now: self.begun.now,
            seed: self.seed,
        };
        let mut ids = Ids::default();
        let mut batch = Batch::default();
        for number in 0..self.records {
            tell(&stage, &mut ids, number, self.records, &mut batch)?;
            let now_told = number + 1;
            if now_told % AT_ONCE == 0 || now_told == self.records {
                let mut told_now = std::mem::take(&mut batch);
                let build = self.build.filter(|_| now_told == self.records);
                if build.is_none() {
                    batch.cells = std::mem::take(&mut told_now.cells);
                }
                // What was written before an interruption is told again for the ids of what follows.
                let is_written = now_told <= self.begun.told;
                if !is_written
                    && told
                        .blocking_send((now_told, told_now.into_rows(build)))
                        .is_err()
                {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Tells the life of one of so many records; the oldest has the number 0.
fn tell(
    stage: &Stage<'_>,
    ids: &mut Ids,
    number: u64,
    records: u64,
    batch: &mut Batch,
) -> Result<()> {
    let id = number.cast_signed() + 1;
    let mut rng = ChaCha8Rng::seed_from_u64(stage.seed ^ id.unsigned_abs().rotate_left(32));
    // The first day belongs to the lists, and no two records share a moment.
    let part = (f64::from(DAYS) - 1.0) * 86_400e6 / records as f64;
    let back = (records - number) as f64 - rng.random_range(0.0..0.9);
    let at = stage.now - TimeDelta::microseconds((back * part) as i64);
    let status = status(&mut rng, records - number, records);
    let mut story = Story::new(stage, ids, id, at);
    if records > WHOLE_HISTORIES {
        story = story.briefly();
    }
    life::live(&mut story, status)?;
    story.end(batch)
}

/// Where the record stands that is the `nth` newest: the newest seven show each state, the new ones are on their
/// way, nearly all of the old ones are closed.
fn status(rng: &mut ChaCha8Rng, nth: u64, records: u64) -> Status {
    let newest = usize::try_from(nth - 1)
        .ok()
        .and_then(|place| Status::ALL.get(place));
    if let Some(status) = newest {
        return *status;
    }
    let weights: [u32; 7] = if nth <= (records / 16).max(60) {
        [14, 18, 14, 14, 9, 26, 5]
    } else {
        [1, 1, 1, 1, 1, 90, 5]
    };
    let mut drawn = rng.random_range(0..weights.iter().sum());
    for (status, weight) in Status::ALL.iter().zip(weights) {
        if drawn < weight {
            return *status;
        }
        drawn -= weight;
    }
    Status::Closed
}
