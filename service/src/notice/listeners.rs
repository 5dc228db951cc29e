//! Whether anybody listens, asked at most every few seconds: a report that nobody wants to hear of costs nothing.
//!
//! Whoever begins to listen is heard of at once on the server where he does so, and within [`BELIEVED`] on others, as
//! with tokens. A look that was under way meanwhile is not kept.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{subscription, webhook};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tokio::sync::Notify;

use super::{Event, Events};
use crate::error::Result;
use crate::system::Unit;

/// How long a look is believed.
const BELIEVED: TimeDelta = TimeDelta::seconds(5);

/// What is known of who listens, and how whoever sends is woken.
#[derive(Debug, Default)]
pub struct Listeners {
    known: Mutex<Known>,
    /// Whether something was told that is not known to be committed.
    told: AtomicBool,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Known {
    generation: u64,
    looked: Option<(DateTime<FixedOffset>, Events)>,
}

impl Listeners {
    /// Whether anybody wants to hear of an event.
    pub(super) async fn listen(&self, unit: &Unit<'_>, event: Event) -> Result<bool> {
        let generation = match self.known() {
            known if known.holds(unit.now) => return Ok(known.has(event)),
            known => known.generation,
        };
        let events = look(unit).await?;
        let mut known = self.known();
        if known.generation == generation {
            known.looked = Some((unit.now, events));
        }
        Ok(events.has(event))
    }

    /// Somebody has begun to listen, or ended.
    pub(crate) fn forget(&self) {
        let mut known = self.known();
        known.generation += 1;
        known.looked = None;
    }

    /// A notice was written.
    pub(super) fn told(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    /// A change was committed: if it told something, whoever sends need not wait.
    pub(crate) fn committed(&self) {
        if self.told.load(Ordering::Relaxed) && self.told.swap(false, Ordering::Relaxed) {
            self.wake.notify_one();
        }
    }

    /// There is something to send.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Ends once there is something to send on this server's account.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Also false when the clock was set back, so that nothing is believed for longer.
    fn holds(&self, now: DateTime<FixedOffset>) -> bool {
        self.looked
            .is_some_and(|(at, _)| at <= now && now < at + BELIEVED)
    }

    fn has(&self, event: Event) -> bool {
        self.looked.is_some_and(|(_, events)| events.has(event))
    }
}

/// What is listened to, as the change's own transaction sees it: another connection might not be had.
async fn look(unit: &Unit<'_>) -> Result<Events> {
    let webhooks: Vec<String> = webhook::Entity::find()
        .select_only()
        .column(webhook::Column::Events)
        .filter(webhook::Column::IsActive.eq(true))
        .into_tuple()
        .all(unit.tx)
        .await?;
    let people: Vec<String> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Event)
        .distinct()
        .into_tuple()
        .all(unit.tx)
        .await?;
    let mut all = Events::default();
    for words in webhooks.iter().chain(&people) {
        all = all.and(Events::known(words));
    }
    Ok(all)
}
