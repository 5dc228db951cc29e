//! What there is here that some records of the archive may be.

use std::collections::{HashMap, HashSet};

use super::super::Result;
use super::super::row::Row;
use super::super::tables::Table;
use super::history::Mark;
use super::judge::Judge;
use super::keys::{DEFECT, End, Key, Kind, PARENTS, text_of, whole_of_row};
use super::plan::{Base, Parts, table};
use super::{MOST_TOLD, target};

/// The columns by which records are found; the texts of some are long.
const NARROW: [&str; 10] = [
    "id",
    "audit_seq",
    "audit_head",
    "tag_number",
    "car_number",
    "external_system",
    "external_id",
    "part_number",
    "revision",
    "code",
];

/// A record here.
pub(super) struct Here {
    pub(super) end: End,
    pub(super) row: Row,
    /// Whether the row has all columns.
    pub(super) is_full: bool,
}

/// How a record of the archive stands to one here.
pub(super) enum Relation {
    /// The one here has all of its history, and perhaps more.
    Older,
    /// It goes on where the one here ends, if this is the hash of its history up to there.
    Ahead(Base, String),
    /// Nothing tells that they were ever one.
    Stranger,
}

#[derive(Default)]
pub(super) struct Found {
    pub(super) by_key: HashMap<Key, Here>,
    /// By an id that is the archive's too, where keys can change.
    pub(super) by_id: HashMap<i64, End>,
    /// The roles or labels here.
    pub(super) parts: Parts,
    /// The keys in the archive of tables that are judged as a whole.
    keys: HashMap<i64, Key>,
    /// What earlier merges left.
    marks: HashMap<i64, Vec<Mark>>,
    /// The hashes here of the rows of history with which the archive's end.
    hashes: HashMap<(i64, i64), String>,
    /// The defects here by what another system calls them.
    external: HashMap<(String, String), i64>,
}

impl Found {
    pub(super) async fn of(
        judge: &Judge<'_>,
        kind: &Kind,
        table: &Table,
        rows: &[Row],
    ) -> Result<Self> {
        let mut found = Self::default();
        let ends: Vec<(Key, End)> = rows
            .iter()
            .map(|row| (kind.key_of(table, row), End::of(table, row)))
            .collect();
        found.find_records(judge, kind, table, rows).await?;
        if !kind.is_fixed {
            let narrow = table.with(&NARROW);
            let ids: Vec<i64> = ends.iter().map(|(_, end)| end.id).collect();
            let rows = target::rows(judge.tx, &narrow, "id", &ids).await?;
            let rows = rows.iter().map(|row| End::of(&narrow, row));
            found.by_id = rows.map(|end| (end.id, end)).collect();
        }
        found.find_histories(judge, kind, &ends).await?;
        if kind.table == DEFECT {
            found.find_external(judge, table, rows).await?;
        }
        if PARENTS.contains(&kind.table) && judge.refusals.is_telling() {
            found.find_full(judge, kind, table, &ends).await?;
        }
        if let Some((name, owner)) = kind.part {
            let ids: Vec<i64> = found.by_key.values().map(|here| here.end.id).collect();
            let name = self::table(judge.tables, name)?;
            found.parts = target::parts(judge.tx, name, owner, &ids).await?;
            found.keys = ends.into_iter().map(|(key, end)| (end.id, key)).collect();
        }
        Ok(found)
    }

    async fn find_records(
        &mut self,
        judge: &Judge<'_>,
        kind: &Kind,
        table: &Table,
        rows: &[Row],
    ) -> Result<()> {
        let narrow = table.with(&NARROW);
        let is_full = !PARENTS.contains(&kind.table);
        let wanted = if is_full { table } else { &narrow };
        let sought = texts(table, rows, kind.sought);
        for row in target::rows(judge.tx, wanted, kind.sought, &sought).await? {
            let end = End::of(wanted, &row);
            let key = kind.key_of(wanted, &row);
            self.by_key.insert(key, Here { end, row, is_full });
        }
        Ok(())
    }

    async fn find_histories(
        &mut self,
        judge: &Judge<'_>,
        kind: &Kind,
        ends: &[(Key, End)],
    ) -> Result<()> {
        let mut places = HashSet::new();
        for (key, end) in ends {
            let by_key = self.by_key.get(key).map(|here| &here.end);
            let here = by_key.or_else(|| self.by_id.get(&end.id));
            if let Some(here) = here.filter(|here| here.head != end.head) {
                places.insert((here.id, end.seq));
            }
        }
        let ids: HashSet<i64> = places.iter().map(|(id, _)| *id).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let places: Vec<(i64, i64)> = places.into_iter().collect();
        self.marks = target::marks(judge.tx, kind.table, &ids).await?;
        self.hashes = target::hashes(judge.tx, kind.table, &places).await?;
        Ok(())
    }

    async fn find_external(
        &mut self,
        judge: &Judge<'_>,
        table: &Table,
        rows: &[Row],
    ) -> Result<()> {
        let narrow = table.with(&NARROW);
        let sought = texts(table, rows, "external_id");
        for row in target::rows(judge.tx, &narrow, "external_id", &sought).await? {
            let id = whole_of_row(&narrow, &row, "id");
            if let (Some(name), Some(id)) = (external(&narrow, &row), id) {
                self.external.insert(name, id);
            }
        }
        Ok(())
    }

    /// Those that differ with all their columns, as far as they may be told one by one.
    async fn find_full(
        &mut self,
        judge: &Judge<'_>,
        kind: &Kind,
        table: &Table,
        ends: &[(Key, End)],
    ) -> Result<()> {
        let differing = ends.iter().filter_map(|(key, end)| {
            let here = &self.by_key.get(key)?.end;
            (here.head != end.head).then_some(here.id)
        });
        let ids: Vec<i64> = differing.take(MOST_TOLD).collect();
        for row in target::rows(judge.tx, table, "id", &ids).await? {
            if let Some(here) = self.by_key.get_mut(&kind.key_of(table, &row)) {
                here.row = row;
                here.is_full = true;
            }
        }
        Ok(())
    }

    pub(super) fn relation(&self, there: &End, here: &End) -> Relation {
        let none = Vec::new();
        let marks = self.marks.get(&here.id).unwrap_or(&none);
        let passed = self.hashes.get(&(here.id, there.seq));
        if (here.seq, &here.head) == (there.seq, &there.head)
            || passed == Some(&there.head)
            || marks.iter().any(|mark| mark.end == *there)
        {
            return Relation::Older;
        }
        let base = |rows| Base {
            end: here.clone(),
            rows,
            children: marks
                .iter()
                .flat_map(|mark| mark.children.clone())
                .collect(),
            gone: HashSet::new(),
        };
        // Nothing has happened here since it was merged.
        let last = marks.last().filter(|mark| mark.seq == here.seq);
        match last.map(|mark| &mark.end) {
            Some(end) if end.id == there.id && there.seq > end.seq => {
                Relation::Ahead(base(end.seq), end.head.clone())
            }
            _ if here.id == there.id && there.seq > here.seq => {
                Relation::Ahead(base(here.seq), here.head.clone())
            }
            _ => Relation::Stranger,
        }
    }

    /// Whether another record here has the same name in another system.
    pub(super) fn is_known_elsewhere(&self, table: &Table, row: &Row, id: i64) -> bool {
        let known = external(table, row).and_then(|name| self.external.get(&name));
        known.is_some_and(|known| *known != id)
    }

    /// Where a record of the table that is judged as a whole is here, by its key.
    pub(super) fn here_of_own(&self, id: i64) -> Option<i64> {
        let here = self.by_key.get(self.keys.get(&id)?)?;
        Some(here.end.id)
    }
}

fn external(table: &Table, row: &Row) -> Option<(String, String)> {
    let text = |name| text_of(table, row, name).map(str::to_owned);
    Some((text("external_system")?, text("external_id")?))
}

/// The different texts in a column.
fn texts(table: &Table, rows: &[Row], column: &str) -> Vec<String> {
    let texts = rows.iter().filter_map(|row| text_of(table, row, column));
    let texts: HashSet<&str> = texts.collect();
    texts.into_iter().map(str::to_owned).collect()
}
