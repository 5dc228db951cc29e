//! Tokens looked up in the last seconds, so that a burst of requests costs one query.
//!
//! A revocation that happens while a look-up is under way moves the generation, and what was looked up before is
//! not stored after it: on the server that revokes, a token ends at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::actor::Actor;

/// How long a look-up is believed: how long another server's revocation may go unnoticed.
pub const BELIEVED: TimeDelta = TimeDelta::seconds(5);

/// How many tokens are kept at most.
const MOST: usize = 10_000;

/// Tokens looked up in the last seconds.
#[derive(Debug, Default)]
pub struct TokenCache(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    generation: u64,
    entries: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    actor: Actor,
    expires_at: Option<DateTime<FixedOffset>>,
    looked_up_at: DateTime<FixedOffset>,
}

impl Entry {
    /// Also false when the clock was set back, so that nothing is believed for longer.
    fn holds(&self, now: DateTime<FixedOffset>) -> bool {
        let fresh = self.looked_up_at <= now && now < self.looked_up_at + BELIEVED;
        fresh && self.expires_at.is_none_or(|end| now < end)
    }
}

impl TokenCache {
    /// Whose token it is, if that was looked up a moment ago.
    pub(super) fn find(&self, hash: &str, now: DateTime<FixedOffset>) -> Option<Actor> {
        let known = self.known();
        known
            .entries
            .get(hash)
            .filter(|entry| entry.holds(now))
            .map(|entry| entry.actor.clone())
    }

    /// To be asked before a look-up and given to [`store`](Self::store) after it.
    pub(super) fn generation(&self) -> u64 {
        self.known().generation
    }

    /// Stores what was looked up, unless something was revoked meanwhile; true if the token was not there already.
    pub(super) fn store(
        &self,
        generation: u64,
        hash: String,
        actor: &Actor,
        expires_at: Option<DateTime<FixedOffset>>,
        now: DateTime<FixedOffset>,
    ) -> bool {
        let mut known = self.known();
        if known.generation != generation {
            return false;
        }
        if known.entries.len() >= MOST {
            known.entries.retain(|_, entry| entry.holds(now));
        }
        if known.entries.len() >= MOST {
            known.entries.clear();
        }
        let entry = Entry {
            actor: actor.clone(),
            expires_at,
            looked_up_at: now,
        };
        known
            .entries
            .insert(hash, entry)
            .is_none_or(|old| !old.holds(now))
    }

    /// Forgets all tokens of a user.
    pub fn forget_user(&self, id: i64) {
        self.forget(|actor| actor.id == Some(id));
    }

    /// Forgets everybody's tokens.
    pub(crate) fn forget_all(&self) {
        self.forget(|_| true);
    }

    /// Forgets one token.
    pub fn forget_token(&self, id: i64) {
        self.forget(|actor| actor.token_id == Some(id));
    }

    fn forget(&self, is_meant: impl Fn(&Actor) -> bool) {
        let mut known = self.known();
        known.generation += 1;
        known.entries.retain(|_, entry| !is_meant(&entry.actor));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn at(seconds: i64) -> DateTime<FixedOffset> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0)
            .unwrap()
            .fixed_offset()
    }

    fn actor(id: i64, token_id: i64) -> Actor {
        Actor {
            id: Some(id),
            token_id: Some(token_id),
            ..Actor::command_line()
        }
    }

    fn filled() -> TokenCache {
        let cache = TokenCache::default();
        assert!(cache.store(0, "a".to_owned(), &actor(1, 10), None, at(0)));
        assert!(cache.store(0, "b".to_owned(), &actor(1, 11), Some(at(2)), at(0)));
        assert!(cache.store(0, "c".to_owned(), &actor(2, 12), None, at(0)));
        cache
    }

    #[test]
    fn a_look_up_is_believed_for_five_seconds_and_never_past_the_tokens_end() {
        let cache = filled();
        assert!(cache.find("a", at(4)).is_some());
        assert!(cache.find("a", at(5)).is_none());
        assert!(cache.find("a", at(-1)).is_none(), "the clock was set back");
        assert!(cache.find("b", at(1)).is_some());
        assert!(cache.find("b", at(2)).is_none());
    }

    #[test]
    fn a_revoked_token_is_forgotten_at_once() {
        let cache = filled();
        cache.forget_token(10);
        assert!(cache.find("a", at(1)).is_none());
        assert!(cache.find("b", at(1)).is_some());
        cache.forget_user(1);
        assert!(cache.find("b", at(1)).is_none());
        assert!(cache.find("c", at(1)).is_some());
    }

    #[test]
    fn a_look_up_from_before_a_revocation_is_not_stored_after_it() {
        let cache = filled();
        let generation = cache.generation();
        cache.forget_user(3);
        assert!(!cache.store(generation, "d".to_owned(), &actor(3, 13), None, at(0)));
        assert!(cache.find("d", at(0)).is_none());
        assert!(cache.store(
            cache.generation(),
            "d".to_owned(),
            &actor(3, 14),
            None,
            at(0)
        ));
    }

    #[test]
    fn the_number_of_tokens_is_bounded() {
        let cache = TokenCache::default();
        for n in 0..MOST + 5 {
            cache.store(0, n.to_string(), &actor(1, 1), None, at(0));
        }
        assert!(cache.known().entries.len() <= MOST);
        assert!(cache.find(&(MOST + 4).to_string(), at(0)).is_some());
    }
}
