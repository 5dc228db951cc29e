//! What governor remembers of each key, bounded, and with a look that leaves no trace.
//!
//! Governor's own stores count at every look and grow with every key. Here a full store forgets the half whose
//! counts are nearest to being forgiven; to have itself forgotten, a key would need as many failures of others.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;

/// Keys that are remembered, at most: some megabytes.
pub(super) const MOST: usize = 50_000;

/// A key, and whether to count it or only to look.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Ask<K> {
    pub(super) key: K,
    pub(super) take: bool,
}

/// For each key the time at which it is as if it had never been seen.
pub(super) struct Store<K>(Mutex<HashMap<K, Nanos>>);

impl<K> Default for Store<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Hash + Eq + Clone> StateStore for Store<K> {
    type Key = Ask<K>;

    fn measure_and_replace<T, F, E>(&self, ask: &Ask<K>, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, next) = measure(known.get(&ask.key).copied())?;
        if ask.take {
            if known.len() >= MOST && !known.contains_key(&ask.key) {
                forget_half(&mut known);
            }
            known.insert(ask.key.clone(), next);
        }
        Ok(outcome)
    }
}

fn forget_half<K: Hash + Eq>(known: &mut HashMap<K, Nanos>) {
    let mut times: Vec<_> = known.values().copied().collect();
    let middle = times.len() / 2;
    let (_, middle, _) = times.select_nth_unstable(middle);
    let middle = *middle;
    known.retain(|_, time| *time > middle);
}

#[cfg(test)]
mod tests {
    use super::{Ask, MOST, Nanos, StateStore, Store};

    #[test]
    fn a_full_store_forgets_what_is_forgiven_soonest() {
        let store = Store::default();
        let put = |key: u64| {
            let ask = Ask { key, take: true };
            let kept = store.measure_and_replace(&ask, |known| {
                Ok::<_, ()>((known.is_some(), Nanos::from(key)))
            });
            kept == Ok(true)
        };
        let many = MOST as u64;
        (0..many).for_each(|key| assert!(!put(key)));
        put(many);
        assert!(
            store
                .0
                .lock()
                .is_ok_and(|known| known.len() <= MOST / 2 + 1)
        );
        assert!(put(many - 1) && put(many) && !put(0));
    }
}
