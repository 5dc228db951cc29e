//! What would become of each record of an archive, from the archive as a whole and one moment of the target.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::Result;
use super::super::archive::Manifest;
use super::super::tables::Table;
use super::history::Child;
use super::keys::{CHILDREN, End, parent_of};
use super::{MOST_TOLD, Merged, MergedTable, Refusal};

/// What is to be done.
pub(super) struct Plan {
    pub(super) tables: Vec<Table>,
    pub(super) manifest: Manifest,
    pub(super) fates: Fates,
    /// How many children of each kind are new.
    pub(super) new_children: [usize; CHILDREN.len()],
    /// The largest numbers of this system's own kind that are added, by the tables of their records.
    pub(super) highest: Vec<(&'static str, i64)>,
    pub(super) counts: Vec<MergedTable>,
    pub(super) refusals: Refusals,
}

/// What becomes of a record.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// It is here, by this id.
    Same(i64),
    /// It is new.
    Add,
    /// It is here and goes on.
    Update(Box<Base>),
    /// It is left out; what refers to it goes to the record that is here by its key, if one is.
    Refused(Option<i64>),
}

/// A record here that the archive goes on with.
#[derive(Clone, Debug)]
pub(super) struct Base {
    /// The record here, and the end of its chain.
    pub(super) end: End,
    /// How many rows of the archive's history it has already.
    pub(super) rows: i64,
    /// Where the archive's children are here.
    pub(super) children: HashMap<Child, i64>,
    /// Children here that the archive has no longer; while a plan is made, those that were not seen in it yet.
    pub(super) gone: HashSet<Child>,
}

impl Base {
    /// Children here of which no earlier merge tells where they came from have one id in both systems.
    pub(super) fn settle(&mut self) {
        let children = self.children.iter();
        let told: HashSet<Child> = children.map(|((place, _), here)| (*place, *here)).collect();
        for child in self.gone.difference(&told) {
            self.children.entry(*child).or_insert(child.1);
        }
    }

    /// The child here that a child of the archive is, if it is here already.
    pub(super) fn known(&self, (place, there): Child) -> Option<Child> {
        let here = (place, *self.children.get(&(place, there))?);
        self.gone.contains(&here).then_some(here)
    }
}

/// A record of the archive.
pub(super) struct Entry {
    pub(super) fate: Fate,
    /// How many rows its history has.
    pub(super) rows: i64,
}

/// The fates of all records.
#[derive(Default)]
pub(super) struct Fates(HashMap<&'static str, HashMap<i64, Entry>>);

impl Fates {
    pub(super) fn of(&self, table: &str, id: i64) -> Option<&Fate> {
        Some(&self.0.get(table)?.get(&id)?.fate)
    }

    pub(super) fn of_mut(&mut self, table: &str, id: i64) -> Option<&mut Fate> {
        Some(&mut self.0.get_mut(table)?.get_mut(&id)?.fate)
    }

    pub(super) fn base(&self, table: &str, id: i64) -> Option<&Base> {
        match self.of(table, id)? {
            Fate::Update(base) => Some(base),
            _ => None,
        }
    }

    pub(super) fn base_mut(&mut self, table: &str, id: i64) -> Option<&mut Base> {
        match self.of_mut(table, id)? {
            Fate::Update(base) => Some(base),
            _ => None,
        }
    }

    pub(super) fn put(&mut self, table: &'static str, end: &End, fate: Fate) {
        let rows = end.seq;
        self.0
            .entry(table)
            .or_default()
            .insert(end.id, Entry { fate, rows });
    }

    pub(super) fn table(&self, table: &str) -> impl Iterator<Item = (i64, &Entry)> {
        let entries = self.0.get(table).into_iter().flatten();
        entries.map(|(id, entry)| (*id, entry))
    }

    /// Where a record of the archive is here, as far as it is.
    pub(super) fn here(&self, table: &str, id: i64) -> Option<i64> {
        match self.of(table, id)? {
            Fate::Same(here) | Fate::Refused(Some(here)) => Some(*here),
            Fate::Update(base) => Some(base.end.id),
            Fate::Add | Fate::Refused(None) => None,
        }
    }

    /// Whether nothing can refer to a record of the archive.
    pub(super) fn is_lost(&self, table: &str, id: i64) -> bool {
        matches!(self.of(table, id), None | Some(Fate::Refused(None)))
    }
}

/// Records that are refused, as they are found.
#[derive(Default)]
pub(super) struct Refusals {
    first: Vec<Refusal>,
    count: u64,
}

impl Refusals {
    pub(super) fn add(&mut self, table: &'static str, key: String, what: impl Into<String>) {
        self.count += 1;
        if self.is_telling() {
            let what = what.into();
            self.first.push(Refusal { table, key, what });
        }
    }

    /// Whether one more would be told one by one.
    pub(super) fn is_telling(&self) -> bool {
        self.first.len() < MOST_TOLD
    }
}

impl Plan {
    pub(super) fn told(&self) -> Merged {
        Merged {
            tables: self.counts.clone(),
            refusals: self.refusals.first.clone(),
            refused: self.refusals.count,
            applied: false,
            history: None,
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        let nothing = |fate: &Fate| matches!(fate, Fate::Same(_) | Fate::Refused(_));
        let mut entries = self.fates.0.values().flat_map(HashMap::values);
        entries.all(|entry| nothing(&entry.fate))
    }

    pub(super) fn table(&self, name: &str) -> Result<&Table> {
        table(&self.tables, name)
    }

    /// The archive's ids of the records of a table that are added, in their order.
    pub(super) fn new_records(&self, table: &str) -> Vec<i64> {
        let entries = self.fates.table(table);
        let new = entries.filter(|(_, entry)| matches!(entry.fate, Fate::Add));
        let mut new: Vec<i64> = new.map(|(id, _)| id).collect();
        new.sort_unstable();
        new
    }

    /// The children of a kind here that the archive no longer has.
    pub(super) fn gone(&self, place: usize) -> Vec<i64> {
        let mut gone = Vec::new();
        let parent = CHILDREN
            .get(place)
            .map_or("", |(table, _)| parent_of(table).0);
        for (_, entry) in self.fates.table(parent) {
            if let Fate::Update(base) = &entry.fate {
                let here = base.gone.iter().filter(|(of, _)| *of == place);
                gone.extend(here.map(|(_, id)| *id));
            }
        }
        gone
    }
}

pub(super) fn table<'a>(tables: &'a [Table], name: &str) -> Result<&'a Table> {
    let found = tables.iter().find(|table| table.name == name);
    found.ok_or_else(|| crate::Error::internal(format!("there is no table {name}")).into())
}

/// Roles or labels, by what they belong to.
pub(super) type Parts = HashMap<i64, BTreeMap<String, String>>;
