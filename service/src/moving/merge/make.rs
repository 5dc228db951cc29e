//! Making a plan: everything in the archive is looked at, and held against one moment of the target.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use db::{Db, Tx};

use super::super::archive::{Archive, Manifest};
use super::super::import::{Piece, open};
use super::super::origin::Origin;
use super::super::row::{self, Row};
use super::super::tables::Table;
use super::super::{Error, MARK, Progress, Result, Side, Stage, TELL_EVERY, Watch};
use super::chains::Chains;
use super::history::Child;
use super::judge::{Judge, Judged, Numbers};
use super::keys::{
    CHILDREN, CORRECTIVE, DEFECT, End, HISTORY, INSPECTION, KINDS, Kind, NOT_MERGED, PARENTS, USER,
};
use super::keys::{child, kind, parent_of, whole_of, whole_of_row};
use super::plan::{Entry, Fate, Fates, Parts, Plan, table};
use super::{MergedTable, reading, rows, target};
use crate::audit::AuditKey;
use crate::corrective::NUMBER_PREFIX;
use crate::setting;

/// Makes one.
pub(super) async fn plan(to: &Db, path: &Path, key: &AuditKey, watch: &Watch) -> Result<Plan> {
    let (archive, origin, tables) = open(path.to_owned(), key.clone()).await?;
    let settings = stored(to, key).await?;
    if origin.currency != settings.currency.code {
        return Err(Error::Refused(format!(
            "the archive counts money in {}, and this system in {}: amounts cannot be merged",
            origin.currency, settings.currency.code
        )));
    }
    let manifest = archive.manifest.clone();
    let broken = check(archive, &tables, key, watch).await?;
    let tx = to.snapshot().await;
    let tx = tx.map_err(|error| Side::Target.failed(error))?;
    let planner = Planner {
        tx: &tx,
        path,
        tables: &tables,
        manifest: &manifest,
        broken: &broken,
        tag_prefix: &settings.tag_prefix,
    };
    let Planned {
        judged,
        new_children,
        counts,
    } = planner.plan().await?;
    let ended = tx.commit().await;
    ended.map_err(|error| Side::Target.failed(error))?;
    Ok(Plan {
        fates: judged.fates,
        refusals: judged.refusals,
        highest: judged.highest,
        new_children,
        counts,
        tables,
        manifest,
    })
}

/// The target's settings, where it is a system that was started and is whole, and whose history has this key.
async fn stored(to: &Db, key: &AuditKey) -> Result<setting::Settings> {
    let rows = setting::rows(to).await?;
    if rows.contains_key(MARK) {
        let what =
            "the database holds a copy that was cut off: finish it with `dmt copy --resume` first";
        return Err(Error::Refused(what.to_owned()));
    }
    let Some(origin) = Origin::of(&rows) else {
        let what =
            "no system was ever started on this database: import the archive without --merge";
        return Err(Error::Refused(what.to_owned()));
    };
    origin.require_key(key)?;
    Ok(setting::stored(to).await?)
}

/// Holds the whole archive against its manifest, and recomputes its chains: the records whose chain does not hold.
async fn check(
    archive: Archive,
    tables: &[Table],
    key: &AuditKey,
    watch: &Watch,
) -> Result<HashSet<(&'static str, i64)>> {
    let total = archive.manifest.tables.iter().map(|table| table.rows).sum();
    let mut progress = Progress {
        stage: Stage::Comparing,
        table: "",
        done: 0,
        total,
    };
    let mut chains = Chains::default();
    let mut pieces = reading::all(archive, tables);
    let mut here: Option<&Table> = None;
    while let Some(piece) = pieces.next().await? {
        let (Some(table), Piece::Rows(rows)) = (here, &piece) else {
            if let Piece::Table(place) = piece {
                here = tables.get(place);
            }
            continue;
        };
        let before = progress.done;
        progress.done += rows.len() as u64;
        progress.table = table.name;
        let Piece::Rows(rows) = piece else {
            continue;
        };
        for (row, _) in rows {
            if table.name == HISTORY {
                let event = row::event(row).map_err(crate::Error::internal)?;
                chains.add(&event, key)?;
            } else if kind(table.name).is_some() {
                chains.expect(table.name, &End::of(table, &row));
            }
        }
        if before / TELL_EVERY != progress.done / TELL_EVERY {
            watch.tell(progress);
        }
    }
    Ok(chains.broken())
}

struct Planner<'a> {
    tx: &'a Tx,
    path: &'a Path,
    tables: &'a [Table],
    manifest: &'a Manifest,
    broken: &'a HashSet<(&'static str, i64)>,
    tag_prefix: &'a str,
}

struct Planned {
    judged: Judged,
    new_children: [usize; CHILDREN.len()],
    counts: Vec<MergedTable>,
}

impl Planner<'_> {
    async fn plan(&self) -> Result<Planned> {
        let mut judge = Judge::new(self.tx, self.tables, self.broken, self.numbers().await?);
        for kind in KINDS {
            let table = table(self.tables, kind.table)?;
            let parts = self.parts(kind).await?;
            let mut rows = reading::one(self.path, self.manifest, table);
            let mut few = Vec::new();
            while let Some(rows) = rows.next().await? {
                if kind.part.is_some() {
                    few.extend(rows);
                } else {
                    judge.rows(kind, table, &rows, &parts).await?;
                }
            }
            judge.rows(kind, table, &few, &parts).await?;
            judge.refuse_followers(kind.table);
        }
        self.confirm(&mut judge).await?;
        self.refuse_by_children(&mut judge).await?;
        self.refuse_by_links(&mut judge).await?;
        self.refuse_inspections(&mut judge).await?;
        self.find_children(&mut judge).await?;
        let (mut new_children, mut counts) = ([0; CHILDREN.len()], Vec::new());
        let mut judged = judge.end();
        let fates = &mut judged.fates;
        for entry in &self.manifest.tables {
            if NOT_MERGED.contains(&entry.name.as_str()) {
                continue;
            }
            let table = table(self.tables, &entry.name)?;
            let count = match (kind(table.name), whole_of(table.name), child(table.name)) {
                (Some(_), ..) => count_records(fates, table.name),
                (_, Some(kind), _) => self.count_parts(kind, table, fates).await?,
                (.., Some(place)) => {
                    let new = new_children.get_mut(place);
                    let new = new.ok_or_else(|| crate::Error::internal("no such child"))?;
                    self.count_children(place, table, (fates, new)).await?
                }
                _ => count_history(fates, table.name, entry.rows),
            };
            counts.push(count);
        }
        Ok(Planned {
            judged,
            new_children,
            counts,
        })
    }

    /// How this system numbers its records.
    async fn numbers(&self) -> Result<Vec<Numbers>> {
        let tags = format!("{}-", self.tag_prefix);
        let all = [
            ((DEFECT, "tag_number"), tags),
            ((CORRECTIVE, "car_number"), NUMBER_PREFIX.to_owned()),
        ];
        let mut numbers = Vec::new();
        for (of, prefix) in all {
            let room = target::last_id(self.tx, of.0).await? + whole(self.rows_of(of.0));
            numbers.push(Numbers::new(of, prefix, room));
        }
        Ok(numbers)
    }

    fn rows_of(&self, table: &str) -> u64 {
        let mut tables = self.manifest.tables.iter();
        let entry = tables.find(|entry| entry.name == table);
        entry.map_or(0, |entry| entry.rows)
    }

    /// The roles or labels of the archive, by what they belong to; users and codes are few.
    async fn parts(&self, kind: &Kind) -> Result<Parts> {
        let mut parts = Parts::default();
        if let Some((name, owner)) = kind.part {
            let table = table(self.tables, name)?;
            let mut rows = reading::one(self.path, self.manifest, table);
            while let Some(rows) = rows.next().await? {
                for row in rows {
                    if let Some((id, name, content)) = target::part(table, owner, &row) {
                        parts.entry(id).or_default().insert(name, content);
                    }
                }
            }
        }
        Ok(parts)
    }

    /// Whether the archive's chains really go on where those here end.
    async fn confirm(&self, judge: &mut Judge<'_>) -> Result<()> {
        if !judge.is_open() {
            return Ok(());
        }
        let table = table(self.tables, HISTORY)?;
        let mut rows = reading::one(self.path, self.manifest, table);
        while let Some(rows) = rows.next().await? {
            for row in rows {
                let event = row::event(row).map_err(crate::Error::internal)?;
                judge.confirm(&event);
            }
        }
        judge.close();
        Ok(())
    }

    /// A person whom nothing can refer to takes along the records on which he left something, and a defect the requests
    /// that are about it.
    async fn refuse_by_children(&self, judge: &mut Judge<'_>) -> Result<()> {
        let lost = |(_, entry): (i64, &Entry)| matches!(entry.fate, Fate::Refused(None));
        for parent in PARENTS {
            let is_lost = |table: &str| judge.fates.table(table).any(lost);
            if ![USER, DEFECT].into_iter().any(is_lost) {
                continue;
            }
            for (name, _) in CHILDREN {
                if parent_of(name).0 != parent {
                    continue;
                }
                let table = table(self.tables, name)?;
                let mut rows = reading::one(self.path, self.manifest, table);
                while let Some(rows) = rows.next().await? {
                    for row in &rows {
                        judge.refuse_by_child(table, row);
                    }
                }
            }
            judge.refuse_followers(parent);
        }
        Ok(())
    }

    /// A defect that nothing can refer to takes along those with a child that refers to it.
    async fn refuse_by_links(&self, judge: &mut Judge<'_>) -> Result<()> {
        let lost = |(_, entry): (i64, &Entry)| matches!(entry.fate, Fate::Refused(None));
        if !judge.fates.table(DEFECT).any(lost) {
            return Ok(());
        }
        for (name, _) in CHILDREN {
            let table = table(self.tables, name)?;
            let links = table.references.iter().filter(|one| one.to == DEFECT);
            if links.count() < 2 {
                continue;
            }
            let mut rows = reading::one(self.path, self.manifest, table);
            while let Some(rows) = rows.next().await? {
                rows.iter().for_each(|row| judge.follow_child(table, row));
            }
        }
        judge.refuse_followers(DEFECT);
        Ok(())
    }

    /// An inspection from which a defect was reported that nothing can refer to goes where that one goes; it was looked at
    /// before that was known.
    async fn refuse_inspections(&self, judge: &mut Judge<'_>) -> Result<()> {
        let table = table(self.tables, INSPECTION)?;
        let mut rows = reading::one(self.path, self.manifest, table);
        while let Some(rows) = rows.next().await? {
            rows.iter()
                .for_each(|row| judge.refuse_lost(INSPECTION, table, row));
        }
        Ok(())
    }

    /// The children of records here that go on.
    async fn find_children(&self, judge: &mut Judge<'_>) -> Result<()> {
        for parent in PARENTS {
            self.find_children_of(parent, judge).await?;
        }
        Ok(())
    }

    async fn find_children_of(&self, of: &'static str, judge: &mut Judge<'_>) -> Result<()> {
        let bases = judge.fates.table(of);
        let bases = bases.filter_map(|(id, entry)| match &entry.fate {
            Fate::Update(base) => Some((base.end.id, id)),
            _ => None,
        });
        let bases: HashMap<i64, i64> = bases.collect();
        let ids: Vec<i64> = bases.keys().copied().collect();
        for (place, (name, _)) in CHILDREN.iter().enumerate() {
            let (parent, column) = parent_of(name);
            if parent != of {
                continue;
            }
            let table = table(self.tables, name)?.with(&["id", column]);
            for some in ids.chunks(AT_ONCE) {
                for row in target::rows(self.tx, &table, column, some).await? {
                    let there = whole_of_row(&table, &row, column).and_then(|id| bases.get(&id));
                    let base = there.and_then(|there| judge.fates.base_mut(of, *there));
                    let id = whole_of_row(&table, &row, "id");
                    if let (Some(base), Some(id)) = (base, id) {
                        base.gone.insert((place, id));
                    }
                }
            }
        }
        for there in bases.values() {
            if let Some(base) = judge.fates.base_mut(of, *there) {
                base.settle();
            }
        }
        Ok(())
    }

    async fn count_parts(&self, kind: &Kind, table: &Table, fates: &Fates) -> Result<MergedTable> {
        let mut count = MergedTable::of(table.name);
        let owner = kind.part.map_or("", |(_, owner)| owner);
        let mut rows = reading::one(self.path, self.manifest, table);
        while let Some(rows) = rows.next().await? {
            let parts = rows
                .iter()
                .filter_map(|row| target::part(table, owner, row));
            let parts: Vec<_> = parts.collect();
            let ids: HashSet<i64> = parts
                .iter()
                .filter_map(|(id, ..)| match fates.of(kind.table, *id)? {
                    Fate::Update(base) => Some(base.end.id),
                    _ => None,
                })
                .collect();
            let ids: Vec<i64> = ids.into_iter().collect();
            let here = target::parts(self.tx, table, owner, &ids).await?;
            for (id, name, content) in parts {
                match fates.of(kind.table, id) {
                    Some(Fate::Add) => count.added += 1,
                    Some(Fate::Update(base)) => {
                        let here = here.get(&base.end.id).and_then(|here| here.get(&name));
                        match here {
                            None => count.added += 1,
                            Some(here) if *here == content => count.same += 1,
                            Some(_) => count.updated += 1,
                        }
                    }
                    Some(Fate::Refused(_)) => count.refused += 1,
                    Some(Fate::Same(_)) | None => count.same += 1,
                }
            }
        }
        Ok(count)
    }

    async fn count_children(
        &self,
        place: usize,
        table: &Table,
        (fates, new): (&mut Fates, &mut usize),
    ) -> Result<MergedTable> {
        let mut count = MergedTable::of(table.name);
        let (of, column) = parent_of(table.name);
        let mut rows = reading::one(self.path, self.manifest, table);
        while let Some(rows) = rows.next().await? {
            let ids = rows.iter().map(|row| {
                let parent = whole_of_row(table, row, column)?;
                let known = fates.base(of, parent)?;
                known.known((place, whole_of_row(table, row, "id")?))
            });
            let known: Vec<Option<Child>> = ids.collect();
            let ids: Vec<i64> = known.iter().flatten().map(|(_, id)| *id).collect();
            let here = target::rows(self.tx, table, "id", &ids).await?;
            let here: HashMap<i64, Row> = here
                .into_iter()
                .filter_map(|row| Some((whole_of_row(table, &row, "id")?, row)))
                .collect();
            for (row, known) in rows.into_iter().zip(known) {
                let parent = whole_of_row(table, &row, column).unwrap_or_default();
                match fates.of(of, parent) {
                    Some(Fate::Add) => count.added += 1,
                    Some(Fate::Update(base)) => match known.and_then(|(_, id)| here.get(&id)) {
                        None => count.added += 1,
                        Some(here) if rows::is_same(table, here, row, base, fates) => {
                            count.same += 1;
                        }
                        Some(_) => count.updated += 1,
                    },
                    Some(Fate::Refused(_)) => count.refused += 1,
                    Some(Fate::Same(_)) | None => count.same += 1,
                }
                if let (Some(base), Some(known)) = (fates.base_mut(of, parent), known) {
                    base.gone.remove(&known);
                }
            }
        }
        *new = usize::try_from(count.added).unwrap_or(usize::MAX);
        Ok(count)
    }
}

/// So many records are looked at at once.
const AT_ONCE: usize = 200;

fn count_records(fates: &Fates, name: &'static str) -> MergedTable {
    let mut count = MergedTable::of(name);
    for (_, entry) in fates.table(name) {
        match entry.fate {
            Fate::Add => count.added += 1,
            Fate::Update(_) => count.updated += 1,
            Fate::Same(_) => count.same += 1,
            Fate::Refused(_) => count.refused += 1,
        }
    }
    count
}

/// Histories go with their records; those of what is gone have none to go with.
fn count_history(fates: &Fates, name: &'static str, rows: u64) -> MergedTable {
    let mut count = MergedTable::of(name);
    for entry in KINDS.iter().flat_map(|kind| fates.table(kind.table)) {
        let rows = entry.1.rows.unsigned_abs();
        match &entry.1.fate {
            Fate::Add => count.added += rows,
            Fate::Update(base) => count.added += rows - base.rows.unsigned_abs(),
            Fate::Same(_) => {}
            Fate::Refused(_) => count.refused += rows,
        }
    }
    // A broken chain has another number of rows than its record says.
    count.refused = count.refused.min(rows - count.added);
    count.same = rows - count.added - count.refused;
    count
}

impl MergedTable {
    fn of(name: &'static str) -> Self {
        Self {
            name,
            added: 0,
            updated: 0,
            same: 0,
            refused: 0,
        }
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
