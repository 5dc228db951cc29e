//! The archive's own chains, recomputed before anything of them is carried over: what was edited in the archive must
//! not get a good hash here. What the erasure of a person left is good where his chain vouches for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::audit_event;

use super::keys::{End, KINDS, USER};
use crate::audit::erased::{self, Vouched};
use crate::audit::{AuditKey, GENESIS};
use crate::error::Result;

/// A hash in half the room.
type Hash = [u8; 32];

/// The chains of all records, as far as they have gone by.
#[derive(Default)]
pub(super) struct Chains(HashMap<(&'static str, i64), Chain>);

struct Chain {
    /// Where it ends, as the record remembers it.
    end: (i64, Hash),
    /// Where it has come to.
    seq: i64,
    hash: Hash,
    /// Rows that came before their turn: several servers number rows of history at the same time.
    early: BTreeMap<i64, (Hash, Hash)>,
    /// Rows whose content is not that of their hash, and of what it is: nobody has vouched for them yet.
    erased: BTreeMap<i64, (Hash, Vec<i64>)>,
    /// The persons whose chains vouch for rows of this one.
    vouching: BTreeSet<i64>,
    is_broken: bool,
}

impl Chains {
    /// There is this record.
    pub(super) fn expect(&mut self, table: &'static str, end: &End) {
        let (head, genesis) = (packed(&end.head), packed(GENESIS));
        let chain = Chain {
            end: (end.seq, head.unwrap_or_default()),
            seq: 0,
            hash: genesis.unwrap_or_default(),
            early: BTreeMap::new(),
            erased: BTreeMap::new(),
            vouching: BTreeSet::new(),
            is_broken: head.is_none(),
        };
        self.0.insert((table, end.id), chain);
    }

    /// There is this row of a history. Those of records that are gone do not matter.
    pub(super) fn add(&mut self, event: &audit_event::Model, key: &AuditKey) -> Result<()> {
        let kind = KINDS.iter().find(|kind| kind.table == event.entity);
        let chain = kind.and_then(|kind| self.0.get_mut(&(kind.table, event.entity_id)));
        let Some(chain) = chain else {
            return Ok(());
        };
        let content = key.row_hash(event)?;
        let is_as_written = content == event.hash;
        let persons = match is_as_written {
            true => Vec::new(),
            false => erased::persons(event),
        };
        let hashes = (
            packed(&event.prev_hash),
            packed(&event.hash),
            packed(&content),
        );
        let (Some(prev), Some(hash), Some(content)) = hashes else {
            chain.is_broken = true;
            return Ok(());
        };
        if event.seq <= chain.seq || chain.early.insert(event.seq, (prev, hash)).is_some() {
            chain.is_broken = true;
        }
        chain.go_on();
        if is_as_written {
            self.vouch(event);
        } else if persons.is_empty() {
            chain.is_broken = true;
        } else {
            chain.erased.insert(event.seq, (content, persons));
        }
        Ok(())
    }

    /// Lets a row that tells of an erasure vouch for those before it.
    fn vouch(&mut self, event: &audit_event::Model) {
        let person = event.entity_id;
        let told = Vouched::read(event).map(|told| told.rows);
        for (place, hash) in told.into_iter().flatten() {
            let (table, id, seq) = place.parts();
            let kind = KINDS.iter().find(|kind| kind.table == table);
            let chain = kind.and_then(|kind| self.0.get_mut(&(kind.table, id)));
            let Some(chain) = chain else {
                continue;
            };
            let vouched = chain.erased.get(&seq);
            let is_it = |(content, persons): &(Hash, Vec<i64>)| {
                persons.contains(&person) && Some(*content) == packed(&hash)
            };
            if vouched.is_some_and(is_it) {
                chain.erased.remove(&seq);
                chain.vouching.insert(person);
            }
        }
    }

    /// The records whose chain does not hold.
    pub(super) fn broken(self) -> HashSet<(&'static str, i64)> {
        let is_broken = |chain: &Chain| {
            let is_short = !chain.early.is_empty() || chain.seq == 0;
            chain.is_broken
                || is_short
                || !chain.erased.is_empty()
                || (chain.seq, chain.hash) != chain.end
        };
        let chains = self.0.iter();
        let broken = chains.filter(|(_, chain)| is_broken(chain));
        let mut broken: HashSet<_> = broken.map(|(record, _)| *record).collect();
        // Whoever's own chain is broken vouches for nothing, and that may break the next.
        loop {
            let lost = |chain: &Chain| {
                let mut persons = chain.vouching.iter();
                persons.any(|person| broken.contains(&(USER, *person)))
            };
            let more = self
                .0
                .iter()
                .filter(|(record, chain)| !broken.contains(*record) && lost(chain));
            let more: Vec<_> = more.map(|(record, _)| *record).collect();
            if more.is_empty() {
                return broken;
            }
            broken.extend(more);
        }
    }
}

impl Chain {
    fn go_on(&mut self) {
        while let Some((prev, hash)) = self.early.remove(&(self.seq + 1)) {
            self.is_broken |= prev != self.hash;
            self.seq += 1;
            self.hash = hash;
        }
    }
}

/// A hash as it is written, 64 lower-case digits, packed.
fn packed(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    let digits = text.as_bytes();
    if digits.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = digit(*pair.first()?)? << 4 | digit(*pair.last()?)?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn event(seq: i64, prev_hash: &str, key: &AuditKey) -> audit_event::Model {
        let mut event = audit_event::Model {
            id: seq,
            entity: "part".to_owned(),
            entity_id: 7,
            seq,
            field: None,
            old_value: None,
            new_value: Some(format!("{{\"n\":{seq}}}")),
            actor: None,
            actor_name: "dmt".to_owned(),
            at: "2026-11-20T08:00:00Z".parse().unwrap(),
            reason: None,
            request_id: None,
            prev_hash: prev_hash.to_owned(),
            hash: String::new(),
        };
        event.hash = key.row_hash(&event).unwrap();
        event
    }

    #[test]
    fn a_chain_holds_whatever_the_order_of_its_rows_and_breaks_at_any_change() {
        let key = AuditKey::new(Some("k"));
        let first = event(1, GENESIS, &key);
        let second = event(2, &first.hash, &key);
        let third = event(3, &second.hash, &key);
        let broken = |events: &[&audit_event::Model], seq: i64, head: &str| {
            let mut chains = Chains::default();
            let (id, head) = (7, head.to_owned());
            chains.expect("part", &End { id, seq, head });
            events
                .iter()
                .for_each(|event| chains.add(event, &key).unwrap());
            !chains.broken().is_empty()
        };
        assert!(!broken(&[&first, &second, &third], 3, &third.hash));
        assert!(!broken(&[&first, &third, &second], 3, &third.hash));
        assert!(broken(&[&first, &second], 3, &third.hash));
        assert!(broken(&[&first, &third], 3, &third.hash));
        assert!(broken(&[&first, &second, &third], 2, &second.hash));
        assert!(broken(&[&first, &second, &second, &third], 3, &third.hash));
        let mut edited = second.clone();
        edited.new_value = Some("{\"n\":9}".to_owned());
        assert!(broken(&[&first, &edited, &third], 3, &third.hash));
        let mut relinked = event(2, &third.hash, &key);
        relinked.new_value = second.new_value;
        assert!(broken(&[&first, &relinked], 2, &relinked.hash));
        assert!(broken(&[], 0, "no hash"));
    }

    /// The history of a part whose second row user 3 wrote, and what vouches in his own for what an erasure left of it.
    fn erased(key: &AuditKey) -> (Vec<audit_event::Model>, Vec<audit_event::Model>) {
        let first = event(1, GENESIS, key);
        let mut second = event(2, &first.hash, key);
        second.actor = Some(3);
        second.hash = key.row_hash(&second).unwrap();
        second.actor_name = erased::name_of(3);
        let left = (erased::Place::of(&second), key.row_hash(&second).unwrap());
        let mut own = audit_event::Model {
            entity: USER.to_owned(),
            entity_id: 3,
            field: Some(erased::ERASED.to_owned()),
            new_value: Vouched::content(&[left]).map(|content| content.to_string()),
            ..event(1, GENESIS, key)
        };
        own.hash = key.row_hash(&own).unwrap();
        (vec![first, second], vec![own])
    }

    fn broken(part: &[audit_event::Model], own: &[audit_event::Model]) -> Vec<&'static str> {
        let key = AuditKey::new(Some("k"));
        let mut chains = Chains::default();
        for (table, chain) in [("part", part), (USER, own)] {
            let last = chain.last().unwrap();
            let (id, seq, head) = (last.entity_id, last.seq, last.hash.clone());
            chains.expect(table, &End { id, seq, head });
        }
        let events = part.iter().chain(own);
        events.for_each(|event| chains.add(event, &key).unwrap());
        let mut broken: Vec<_> = chains
            .broken()
            .into_iter()
            .map(|(table, _)| table)
            .collect();
        broken.sort_unstable();
        broken
    }

    #[test]
    fn what_an_erasure_left_holds_where_a_chain_that_holds_vouches_for_it() {
        let (part, own) = erased(&AuditKey::new(Some("k")));
        assert!(broken(&part, &own).is_empty());
        let changed = |change: fn(&mut audit_event::Model)| {
            let mut part = part.clone();
            change(&mut part[1]);
            part
        };
        let other = changed(|row| row.new_value = Some("{}".to_owned()));
        assert_eq!(broken(&other, &own), ["part"]);
        let renamed = changed(|row| row.actor_name = "Ana".to_owned());
        assert_eq!(broken(&renamed, &own), ["part"]);
        let mut edited = own.clone();
        edited[0].reason = Some("x".to_owned());
        assert_eq!(broken(&part, &edited), [USER, "part"]);
        // It vouches, but in a chain that does not begin where chains do.
        let mut lost = own.clone();
        lost[0].prev_hash.clone_from(&part[0].hash);
        lost[0].hash = AuditKey::new(Some("k")).row_hash(&lost[0]).unwrap();
        assert_eq!(broken(&part, &lost), [USER, "part"]);
        let mut another = own;
        another[0].entity_id = 4;
        another[0].hash = AuditKey::new(Some("k")).row_hash(&another[0]).unwrap();
        assert_eq!(broken(&part, &another), ["part"]);
    }
}
