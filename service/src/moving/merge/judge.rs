//! What becomes of one record of the archive.
//!
//! Chains decide before anything else, because equal hashes cannot be had by chance: the same end is the same record,
//! an end that the other chain has passed is an older state of it. Only where two records of one key have nothing to
//! do with each other do their contents count.

use std::collections::{HashMap, HashSet};

use db::Tx;
use entity::audit_event;

use super::super::Result;
use super::super::row::{self, Row};
use super::super::tables::Table;
use super::found::{Found, Here, Relation};
use super::keys::{DEFECT, End, Key, Kind, PARENTS, kind, parent_of, text_of, whole_of_row};
use super::plan::{Fate, Fates, Parts, Refusals};
use super::{differ, rows};

/// How far the number of a record may lie ahead of all records: each number up to it is skipped.
const FARTHEST: i64 = 10_000_000;

const EDITED: &str = "its history in the archive does not hold: it was edited or is not whole; `dmt audit verify` says \
                      more where the archive was made";
const DIVERGED: &str = "neither history goes on with the other";

/// Whether a record is refused: where it is here all the same, and why.
type Verdict = std::result::Result<Fate, (Option<i64>, String)>;

pub(super) struct Judge<'a> {
    pub(super) tx: &'a Tx,
    pub(super) tables: &'a [Table],
    broken: &'a HashSet<(&'static str, i64)>,
    numbers: Vec<Numbers>,
    pub(super) fates: Fates,
    pub(super) refusals: Refusals,
    /// Records that seem to go on, until the archive's history was asked.
    open: HashMap<(&'static str, i64), Open>,
    followers: Vec<Follower>,
}

/// What was found in the end.
pub(super) struct Judged {
    pub(super) fates: Fates,
    pub(super) refusals: Refusals,
    /// The largest numbers of this system's own kind that are added, by the tables of their records.
    pub(super) highest: Vec<(&'static str, i64)>,
}

/// How this system numbers the records of a table.
pub(super) struct Numbers {
    table: &'static str,
    column: &'static str,
    /// What stands before the number.
    prefix: String,
    /// The largest number that may be added.
    farthest: i64,
    /// The largest one that is.
    highest: i64,
}

impl Numbers {
    /// `room`: how many records there will be at most.
    pub(super) fn new(
        (table, column): (&'static str, &'static str),
        prefix: String,
        room: i64,
    ) -> Self {
        Self {
            table,
            column,
            prefix,
            farthest: room.saturating_add(FARTHEST),
            highest: 0,
        }
    }
}

/// A record that seems to go on.
struct Open {
    key: Key,
    /// The archive's row of history that must have this hash.
    seq: i64,
    hash: String,
    /// What becomes of it where it does not go on.
    otherwise: Verdict,
}

/// A record that refers to one of its own table, which may come later.
struct Follower {
    table: &'static str,
    id: i64,
    to: i64,
    key: Key,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        tx: &'a Tx,
        tables: &'a [Table],
        broken: &'a HashSet<(&'static str, i64)>,
        numbers: Vec<Numbers>,
    ) -> Self {
        Self {
            tx,
            tables,
            broken,
            numbers,
            fates: Fates::default(),
            refusals: Refusals::default(),
            open: HashMap::new(),
            followers: Vec::new(),
        }
    }

    /// Judges some rows of a table.
    pub(super) async fn rows(
        &mut self,
        kind: &'static Kind,
        table: &Table,
        rows: &[Row],
        parts: &Parts,
    ) -> Result<()> {
        let found = Found::of(self, kind, table, rows).await?;
        for row in rows {
            let (end, key) = (End::of(table, row), kind.key_of(table, row));
            for reference in table.own_references() {
                if let Some(to) = row::whole(row, reference.column) {
                    self.followers.push(Follower {
                        table: kind.table,
                        id: end.id,
                        to,
                        key: key.clone(),
                    });
                }
            }
            let record = Record {
                kind,
                table,
                row,
                end: &end,
                key: &key,
                parts,
            };
            let verdict = self.judge(&record, &found);
            let verdict = verdict.and_then(|fate| self.require_places(&record, fate));
            self.settle(kind.table, &end, &key, verdict);
        }
        Ok(())
    }

    fn settle(&mut self, table: &'static str, end: &End, key: &Key, verdict: Verdict) {
        let fate = verdict.unwrap_or_else(|(here, what)| {
            self.refusals.add(table, key.show(), what);
            Fate::Refused(here)
        });
        self.fates.put(table, end, fate);
    }

    fn judge(&mut self, record: &Record<'_>, found: &Found) -> Verdict {
        let (table, end) = (record.kind.table, record.end);
        let is_broken = self.broken.contains(&(table, end.id));
        if let Some(here) = found.by_key.get(record.key) {
            let id = here.end.id;
            let refused = |what: String| Err((Some(id), what));
            return match found.relation(end, &here.end) {
                Relation::Older => Ok(Fate::Same(id)),
                _ if is_broken => refused(EDITED.to_owned()),
                Relation::Ahead(..) if found.is_known_elsewhere(record.table, record.row, id) => {
                    refused(elsewhere())
                }
                Relation::Ahead(base, hash) => {
                    let otherwise = self.compare(record, here, found);
                    self.open(record, (base.rows, hash), otherwise);
                    Ok(Fate::Update(Box::new(base)))
                }
                Relation::Stranger => self.compare(record, here, found),
            };
        }
        if is_broken {
            return Err((None, EDITED.to_owned()));
        }
        let by_id = found.by_id.get(&end.id);
        match by_id.map(|here| (here, found.relation(end, here))) {
            Some((here, Relation::Older)) => return Ok(Fate::Same(here.id)),
            Some((_, Relation::Ahead(base, hash))) => {
                self.open(record, (base.rows, hash), Ok(Fate::Add));
                return Ok(Fate::Update(Box::new(base)));
            }
            _ => {}
        }
        if found.is_known_elsewhere(record.table, record.row, 0) {
            return Err((None, elsewhere()));
        }
        self.require_near_number(record)?;
        Ok(Fate::Add)
    }

    fn open(&mut self, record: &Record<'_>, (seq, hash): (i64, String), otherwise: Verdict) {
        let key = record.key.clone();
        let open = Open {
            key,
            seq,
            hash,
            otherwise,
        };
        self.open.insert((record.kind.table, record.end.id), open);
    }

    /// Two records that only have their key in common: the same where what they hold is.
    fn compare(&self, record: &Record<'_>, here: &Here, found: &Found) -> Verdict {
        let (table, id) = (record.table, here.end.id);
        if !here.is_full {
            return Err((Some(id), DIVERGED.to_owned()));
        }
        let mut there = record.row.clone();
        rows::lead(table, &mut there, |to, id| {
            let own = (to == table.name).then(|| found.here_of_own(id)).flatten();
            own.or_else(|| self.fates.here(to, id))
        });
        let mut told = differ::fields(table, &here.row, &there);
        if let Some((name, _)) = record.kind.part
            && found.parts.get(&id) != record.parts.get(&record.end.id)
        {
            told.push(format!("{name}: not the same"));
        }
        match (told.is_empty(), record.kind.table) {
            (true, table) if PARENTS.contains(&table) => Err((Some(id), DIVERGED.to_owned())),
            (true, _) => Ok(Fate::Same(id)),
            (false, _) => Err((Some(id), told.join("; "))),
        }
    }

    /// Refuses a number of this system's own that lies so far ahead that no number up to it could be skipped.
    fn require_near_number(
        &mut self,
        record: &Record<'_>,
    ) -> std::result::Result<(), (Option<i64>, String)> {
        let mut numbers = self.numbers.iter_mut();
        let Some(of) = numbers.find(|numbers| numbers.table == record.kind.table) else {
            return Ok(());
        };
        let text = text_of(record.table, record.row, of.column);
        let number = text.and_then(|text| text.strip_prefix(&of.prefix));
        let Some(number) = number.and_then(|number| number.parse::<i64>().ok()) else {
            return Ok(());
        };
        if number > of.farthest {
            let what = "its number lies too far ahead of all records of this system";
            return Err((None, what.to_owned()));
        }
        of.highest = of.highest.max(number);
        Ok(())
    }

    /// Refuses what refers to something that is not here and will not be.
    fn require_places(&self, record: &Record<'_>, fate: Fate) -> Verdict {
        let here = match &fate {
            Fate::Add => None,
            Fate::Update(base) => Some(base.end.id),
            Fate::Same(_) | Fate::Refused(_) => return Ok(fate),
        };
        match self.lost(record.table, record.row) {
            Some(to) => Err((here, refers(&to))),
            None => Ok(fate),
        }
    }

    /// The table of the first record that a row refers to and that nothing can refer to.
    fn lost(&self, table: &Table, row: &Row) -> Option<String> {
        let mut references = table.references.iter();
        let lost = references.find(|reference| {
            let to = row::whole(row, reference.column);
            reference.to != table.name && to.is_some_and(|to| self.fates.is_lost(&reference.to, to))
        });
        lost.map(|reference| reference.to.clone())
    }

    /// Refuses what refers to refused records of its own table, and what refers to that.
    pub(super) fn refuse_followers(&mut self, table: &'static str) {
        loop {
            let lost = self.followers.iter().find(|follower| {
                let fate = self.fates.of(table, follower.id);
                follower.table == table
                    && matches!(fate, Some(Fate::Add | Fate::Update(_)))
                    && self.fates.is_lost(table, follower.to)
            });
            let Some(Follower { id, key, .. }) = lost else {
                return;
            };
            let (id, key) = (*id, key.show());
            self.refuse(table, id, key, refers(table));
        }
    }

    /// Has the defect of a child that refers to another defect go where that one goes.
    pub(super) fn follow_child(&mut self, table: &Table, row: &Row) {
        let (of, name) = parent_of(table.name);
        let Some(id) = whole_of_row(table, row, name).filter(|_| of == DEFECT) else {
            return;
        };
        let others = table.references.iter().filter(|reference| {
            reference.to == DEFECT && Some(reference.column) != table.place(name)
        });
        for to in others.filter_map(|reference| row::whole(row, reference.column)) {
            self.followers.push(Follower {
                table: DEFECT,
                id,
                to,
                key: Key::of_id(id),
            });
        }
    }

    /// Refuses the record of a child that refers to somebody, or something, that nothing can refer to.
    pub(super) fn refuse_by_child(&mut self, table: &Table, row: &Row) {
        let (of, name) = parent_of(table.name);
        let Some(parent) = whole_of_row(table, row, name) else {
            return;
        };
        let fate = self.fates.of(of, parent);
        if !matches!(fate, Some(Fate::Add | Fate::Update(_))) {
            return;
        }
        let is_other = |to: &str| to != of && kind(to).is_some();
        let mut references = table.references.iter().filter(|one| is_other(&one.to));
        let lost = references.find(|reference| {
            let to = row::whole(row, reference.column);
            reference.to != table.name && to.is_some_and(|to| self.fates.is_lost(&reference.to, to))
        });
        if let Some(reference) = lost {
            let what = refers(&reference.to);
            self.refuse(of, parent, Key::of_id(parent).show(), what);
        }
    }

    /// Refuses a record that refers to something that has been refused since it was judged.
    pub(super) fn refuse_lost(&mut self, of: &'static str, table: &Table, row: &Row) {
        let Some(id) = whole_of_row(table, row, "id") else {
            return;
        };
        let fate = self.fates.of(of, id);
        if !matches!(fate, Some(Fate::Add | Fate::Update(_))) {
            return;
        }
        if let Some(to) = self.lost(table, row) {
            self.refuse(of, id, Key::of_id(id).show(), refers(&to));
        }
    }

    fn refuse(&mut self, table: &'static str, id: i64, key: String, what: String) {
        self.open.remove(&(table, id));
        let here = self.fates.here(table, id);
        if let Some(fate) = self.fates.of_mut(table, id) {
            *fate = Fate::Refused(here);
            self.refusals.add(table, key, what);
        }
    }

    pub(super) fn end(self) -> Judged {
        Judged {
            fates: self.fates,
            refusals: self.refusals,
            highest: self
                .numbers
                .iter()
                .map(|numbers| (numbers.table, numbers.highest))
                .collect(),
        }
    }

    /// Whether the archive's history still has to tell of some records.
    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// A row of the archive's history: a record with the right one at the right place goes on.
    pub(super) fn confirm(&mut self, event: &audit_event::Model) {
        let Some(kind) = super::keys::kind(&event.entity) else {
            return;
        };
        let record = (kind.table, event.entity_id);
        let goes_on = |open: &Open| open.seq == event.seq && open.hash == event.hash;
        if self.open.get(&record).is_some_and(goes_on) {
            self.open.remove(&record);
        }
    }

    /// There is no more history: what is open does not go on.
    pub(super) fn close(&mut self) {
        let mut open: Vec<_> = self.open.drain().collect();
        open.sort_by_key(|(record, _)| *record);
        for ((table, id), open) in open {
            let fate = open.otherwise.unwrap_or_else(|(here, what)| {
                self.refusals.add(table, open.key.show(), what);
                Fate::Refused(here)
            });
            if let Some(now) = self.fates.of_mut(table, id) {
                *now = fate;
            }
        }
    }
}

/// A record of the archive that is judged.
struct Record<'a> {
    kind: &'static Kind,
    table: &'a Table,
    row: &'a Row,
    end: &'a End,
    key: &'a Key,
    parts: &'a Parts,
}

fn refers(to: &str) -> String {
    format!("it refers to a record of {to} that is refused")
}

fn elsewhere() -> String {
    "its external_system and external_id are those of another record here".to_owned()
}
