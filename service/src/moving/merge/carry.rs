//! Histories on their way: each row of a record that is added or goes on gets its place and its hash here.
//!
//! Where all ids stay the same, so do the hashes. Otherwise one row more ends what was carried: it says which record
//! of the archive it was, how many rows its history had and with which hash it ended, so that both can be held against
//! each other.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};

use db::Tx;
use db::bulk::{self, Rows};
use entity::audit_event;

use super::super::row;
use super::apply::{Stop, Told, Work};
use super::history::{self, Child, Guide, Mark, Places};
use super::ids::Ids;
use super::keys::{End, HISTORY, kind};
use super::plan::{Base, Fate, Plan};
use super::reading;
use crate::audit::{MERGED_FROM, Trail};

/// Rows are written in batches of at most so many, or so many bytes.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;

/// Where the histories of all records that are written end now.
pub(super) struct Carried(HashMap<&'static str, HashMap<i64, End>>);

impl Carried {
    /// The record here, and the end of its history, by the archive's id.
    pub(super) fn end(&self, table: &str, id: i64) -> Option<&End> {
        self.0.get(table)?.get(&id)
    }

    /// Ranges of ids that hold all records of here that are written, by their table.
    pub(super) fn ranges(&self) -> Vec<(&'static str, (i64, i64))> {
        let mut all = Vec::new();
        for (table, ends) in &self.0 {
            let mut ids: Vec<i64> = ends.values().map(|end| end.id).collect();
            ids.sort_unstable();
            all.extend(ranges(&ids).into_iter().map(|range| (*table, range)));
        }
        all
    }

    /// Whether a record of here is one that is written.
    pub(super) fn has_written(&self, table: &str, id: i64) -> bool {
        let mut ends = self.0.get(table).into_iter().flat_map(HashMap::values);
        ends.any(|end| end.id == id)
    }
}

/// Records that lie so close that they are looked at together.
const CLOSE: i64 = 50;
/// How many ids a range has at most.
const WIDEST: i64 = 5_000;

/// Ranges that cover the ids, which are sorted.
fn ranges(ids: &[i64]) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for id in ids {
        match ranges.last_mut() {
            Some((first, last)) if *id - *last <= CLOSE && *id - *first < WIDEST => *last = *id,
            _ => ranges.push((*id, *id)),
        }
    }
    ranges
}

/// A history on its way.
struct Line {
    trail: Trail,
    /// The number in the archive of the row that comes next.
    next: i64,
    /// Rows that came before their turn.
    early: BTreeMap<i64, audit_event::Model>,
    /// What the archive's history has come to.
    there: End,
    here: i64,
    /// The children that the rows name.
    children: Vec<Child>,
}

pub(super) async fn all(
    work: &Work,
    tx: &Tx,
    ids: &mut Ids,
    told: &mut Told,
) -> Result<Carried, Stop> {
    let plan: &Plan = &work.plan;
    let missing = || crate::Error::internal("a table of history is missing");
    let guide = Guide::new(&plan.tables).ok_or_else(missing)?;
    let table = plan.table(HISTORY)?;
    let mut lines: HashMap<(&'static str, i64), Line> = HashMap::new();
    let mut batch = Batch::default();
    let mut rows = reading::one(&work.path, &plan.manifest, table);
    while let Some(rows) = rows.next().await? {
        told.rows(table.name, rows.len());
        for row in rows {
            let event = row::event(row).map_err(crate::Error::internal)?;
            let Some(kind) = kind(&event.entity) else {
                continue;
            };
            let record = (kind.table, event.entity_id);
            let base = match plan.fates.of(kind.table, event.entity_id) {
                Some(Fate::Add) => None,
                Some(Fate::Update(base)) if event.seq > base.rows => Some(&**base),
                _ => continue,
            };
            let line = match lines.entry(record) {
                Slot::Occupied(line) => line.into_mut(),
                Slot::Vacant(slot) => slot.insert(Line::begin(record, base, ids)?),
            };
            line.early.insert(event.seq, event);
            line.go_on(work, tx, &guide, ids).await?;
            batch.add(tx, line.trail.take_rows()).await?;
        }
    }
    let mut records: Vec<_> = lines.into_iter().collect();
    records.sort_unstable_by_key(|(record, _)| *record);
    let mut carried = Carried(HashMap::new());
    for ((table, id), mut line) in records {
        line.end(work, ids)?;
        batch.add(tx, line.trail.take_rows()).await?;
        let end = End {
            id: line.here,
            seq: line.trail.seq(),
            head: line.trail.head().to_owned(),
        };
        carried.0.entry(table).or_default().insert(id, end);
    }
    batch.write(tx).await?;
    Ok(carried)
}

impl Line {
    fn begin(
        (table, id): (&'static str, i64),
        base: Option<&Base>,
        ids: &Ids,
    ) -> Result<Self, Stop> {
        let (trail, next, here) = match base {
            Some(base) => {
                let End { id, seq, head } = &base.end;
                (Trail::resume(table, *id, *seq, head), base.rows + 1, *id)
            }
            None => {
                let missing = || crate::Error::internal(format!("no id for the {table} {id}"));
                let here = ids.record(table, id).ok_or_else(missing)?;
                (Trail::begin(table, here), 1, here)
            }
        };
        let there = End {
            id,
            seq: 0,
            head: String::new(),
        };
        Ok(Self {
            trail,
            next,
            early: BTreeMap::new(),
            there,
            here,
            children: Vec::new(),
        })
    }

    /// Takes the rows whose turn it is.
    async fn go_on(
        &mut self,
        work: &Work,
        tx: &Tx,
        guide: &Guide<'_>,
        ids: &mut Ids,
    ) -> Result<(), Stop> {
        while let Some(mut event) = self.early.remove(&self.next) {
            self.next += 1;
            self.there.seq = event.seq;
            self.there.head.clone_from(&event.hash);
            for child in history::children_of(&event) {
                ids.child_or_new(tx, child).await?;
                self.children.push(child);
            }
            guide.lead(&mut event, ids);
            self.trail.carry(work.key(), event)?;
        }
        Ok(())
    }

    /// Says where it came from, unless it is the very same.
    fn end(&mut self, work: &Work, ids: &Ids) -> Result<(), Stop> {
        if !self.early.is_empty() {
            let what = format!(
                "rows of the history of {} {} are missing",
                self.here, self.next
            );
            return Err(crate::Error::internal(what).into());
        }
        if self.trail.head() == self.there.head {
            return Ok(());
        }
        let children = self.children.iter();
        let children = children.filter_map(|child| Some((*child, ids.child(*child)?)));
        let content = Mark::content(&self.there, children);
        let values = (None, Some(&content));
        self.trail
            .push_by(work.key(), &work.author, Some(MERGED_FROM), values)?;
        Ok(())
    }
}

/// Rows of history that are about to be written.
#[derive(Default)]
struct Batch {
    rows: Vec<audit_event::Model>,
    bytes: usize,
}

impl Batch {
    async fn add(&mut self, tx: &Tx, rows: Vec<audit_event::Model>) -> Result<(), Stop> {
        for row in rows {
            let texts = [&row.old_value, &row.new_value].into_iter().flatten();
            self.bytes += texts.map(String::len).sum::<usize>();
            self.rows.push(row);
            if self.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
                self.write(tx).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, tx: &Tx) -> Result<(), Stop> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        bulk::insert(tx, Rows::without_ids::<audit_event::Entity>(rows)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn ids_that_lie_close_make_one_range() {
        assert_eq!(ranges(&[]), []);
        assert_eq!(ranges(&[1, 2, 40, 91, 92]), [(1, 40), (91, 92)]);
        let many: Vec<i64> = (1..=12_000).collect();
        assert_eq!(
            ranges(&many),
            [(1, 5_000), (5_001, 10_000), (10_001, 12_000)]
        );
    }
}
