//! Where everything of the archive is in this system, once it is known.

use std::collections::HashMap;
use std::sync::Arc;

use db::{Engine, Tx, bulk};

use super::apply::{Stop, Work};
use super::history::{Child, Places};
use super::keys::{CHILDREN, KINDS, PARENTS};
use super::plan::{Fate, Plan};

/// So many ids are taken where more are needed than was planned: for children that are gone since.
const MORE: usize = 16;

/// The ids that things get here.
pub(super) struct Ids {
    plan: Arc<Plan>,
    engine: Engine,
    /// New records, by table and the archive's id.
    records: HashMap<&'static str, HashMap<i64, i64>>,
    /// Children of records that are written, by the archive's id.
    children: [HashMap<i64, i64>; CHILDREN.len()],
    /// Ids that were taken and not given yet, the next one last.
    free: [Vec<i64>; CHILDREN.len()],
}

impl Ids {
    /// Takes the ids that the plan needs.
    pub(super) async fn take(work: &Work, tx: &Tx) -> std::result::Result<Self, Stop> {
        let (plan, engine) = (Arc::clone(&work.plan), work.engine);
        let mut ids = Self {
            plan: Arc::clone(&plan),
            engine,
            records: HashMap::new(),
            children: Default::default(),
            free: Default::default(),
        };
        for kind in KINDS {
            let new = plan.new_records(kind.table);
            let taken = bulk::reserve(tx, engine, kind.table, new.len()).await?;
            let pairs = new.into_iter().zip(taken).collect();
            ids.records.insert(kind.table, pairs);
        }
        for (place, (table, _)) in CHILDREN.iter().enumerate() {
            let count = plan.new_children.get(place).copied().unwrap_or(0);
            let taken = bulk::reserve(tx, engine, table, count).await?;
            ids.refill(place, taken);
        }
        ids.learn_known(&plan);
        Ok(ids)
    }

    fn refill(&mut self, place: usize, mut taken: Vec<i64>) {
        taken.reverse();
        if let Some(free) = self.free.get_mut(place) {
            *free = taken;
        }
    }

    fn learn_known(&mut self, plan: &Plan) {
        let parents = PARENTS.iter().flat_map(|table| plan.fates.table(table));
        for (_, entry) in parents {
            if let Fate::Update(base) = &entry.fate {
                let known = base.children.iter();
                known.for_each(|(child, here)| self.learn(*child, *here));
            }
        }
    }

    /// The last id that a new record of a table has.
    pub(super) fn last(&self, table: &str) -> Option<i64> {
        self.records.get(table)?.values().max().copied()
    }

    /// The id here of a child of a record of the archive; a new one where it has none yet.
    pub(super) async fn child_or_new(
        &mut self,
        tx: &Tx,
        child: Child,
    ) -> std::result::Result<i64, Stop> {
        let (place, there) = child;
        if let Some(here) = self.child(child) {
            return Ok(here);
        }
        let table = CHILDREN.get(place).map_or("", |(table, _)| table);
        if self.free.get(place).is_some_and(Vec::is_empty) {
            let taken = bulk::reserve(tx, self.engine, table, MORE).await?;
            self.refill(place, taken);
        }
        let here = self.free.get_mut(place).and_then(Vec::pop);
        let here =
            here.ok_or_else(|| crate::Error::internal(format!("no id for the {table} {there}")))?;
        self.learn(child, here);
        Ok(here)
    }

    fn learn(&mut self, (place, there): Child, here: i64) {
        if let Some(children) = self.children.get_mut(place) {
            children.insert(there, here);
        }
    }
}

impl Places for Ids {
    fn record(&self, table: &str, id: i64) -> Option<i64> {
        let new = self.records.get(table).and_then(|records| records.get(&id));
        new.copied().or_else(|| self.plan.fates.here(table, id))
    }

    fn child(&self, (place, there): Child) -> Option<i64> {
        self.children.get(place)?.get(&there).copied()
    }
}
