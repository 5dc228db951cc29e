//! A file that has been read, ready to be carried out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Existing, ImportReport, Imported, KEYS_AT_ONCE, Mode, Upload, existing};
use crate::error::{Error, FieldError, Result};
use crate::input::{Draft, Input};
use crate::master::{Change, Master};
use crate::sheet::{self, Column, Row, Sheet};
use crate::system::Unit;
use crate::version::IfMatch;

/// What becomes of each row.
pub(super) struct Plan<I: Imported> {
    list: I,
    mode: Mode,
    rows: Vec<Planned>,
}

struct Planned {
    number: u32,
    /// None where a column of it is empty.
    key: Option<Vec<String>>,
    /// The body of a creation, or what cannot be read.
    body: std::result::Result<Json, Vec<FieldError>>,
}

impl<I: Imported> Plan<I> {
    pub(super) fn read(list: I, mode: Mode, upload: &Upload) -> Result<Self> {
        let known = Column::all::<I::New>();
        let needed: Vec<&str> = match mode {
            Mode::Add => {
                let required = known.iter().filter(|column| column.required);
                required.map(|column| column.name.as_str()).collect()
            }
            Mode::Upsert => I::KEY.to_vec(),
        };
        let sheet = sheet::read(upload.format, &upload.bytes, &known, &needed)?;
        let rows = in_order(&sheet, I::KEY, I::PARENT);
        let planned = |row: &Row| Planned {
            number: row.number,
            key: (!I::KEY.is_empty())
                .then(|| sheet.key(row, I::KEY))
                .flatten(),
            body: sheet.body(row),
        };
        Ok(Self {
            list,
            mode,
            rows: rows.into_iter().map(planned).collect(),
        })
    }

    /// Writes every row that is in order, and tells of the others.
    pub(super) async fn carry_out(&self, unit: &Unit<'_>) -> Result<ImportReport> {
        self.list.begin(unit).await?;
        let there = self.there(unit).await?;
        let mut report = ImportReport {
            rows: self.rows.len() as u64,
            ..ImportReport::default()
        };
        let mut seen = HashMap::new();
        for row in &self.rows {
            let done = match self.refuse_twin(&mut seen, row) {
                Err(error) => Err(Error::Invalid(vec![error])),
                Ok(()) => self.carry_out_row(unit, &there, row).await,
            };
            match done {
                Ok(Done::Added) => report.added += 1,
                Ok(Done::Updated) => report.updated += 1,
                Ok(Done::Unchanged) => report.unchanged += 1,
                Err(Error::Invalid(errors)) => report.note(row.number, errors),
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    /// The rows that are there, by their keys.
    async fn there(&self, unit: &Unit<'_>) -> Result<HashMap<Vec<String>, Existing>> {
        let keys: Vec<_> = self.rows.iter().filter_map(|row| row.key.clone()).collect();
        let mut there = HashMap::new();
        for some in keys.chunks(KEYS_AT_ONCE) {
            let found = existing(&self.list, unit.tx, some).await?;
            there.extend(found.into_iter().map(|row| (row.key.clone(), row)));
        }
        Ok(there)
    }

    fn refuse_twin<'a>(
        &self,
        seen: &mut HashMap<&'a [String], u32>,
        row: &'a Planned,
    ) -> std::result::Result<(), FieldError> {
        let Some(key) = &row.key else { return Ok(()) };
        let first = *seen.entry(key).or_insert(row.number);
        if first == row.number {
            return Ok(());
        }
        let message = format!("row {first} is for the same {}", I::Table::WHAT);
        Err(FieldError::new(first_key::<I>(), "duplicate", message))
    }

    async fn carry_out_row(
        &self,
        unit: &Unit<'_>,
        there: &HashMap<Vec<String>, Existing>,
        row: &Planned,
    ) -> Result<Done> {
        let body = row.body.clone().map_err(Error::Invalid)?;
        let there = row.key.as_ref().and_then(|key| there.get(key));
        match (there, self.mode) {
            (None, _) => {
                let new = Draft::<I::New>::json(&body).check()?.clone();
                self.list.add(unit.clone(), Arc::new(new)).await?;
                Ok(Done::Added)
            }
            (Some(_), Mode::Add) => {
                let message = format!(
                    "there is such a {} already; import with mode=upsert to change it",
                    I::Table::WHAT
                );
                let error = FieldError::new(first_key::<I>(), "duplicate", message);
                Err(Error::Invalid(vec![error]))
            }
            (Some(there), Mode::Upsert) => {
                let patch = Draft::<I::Patch>::json(&changes::<I::Patch>(body));
                patch.check()?;
                let change = Change::new(there.id, &IfMatch::Any, &patch);
                let version = self.list.change(unit.clone(), change).await?;
                Ok(if version == there.version {
                    Done::Unchanged
                } else {
                    Done::Updated
                })
            }
        }
    }
}

/// The column at which a row that is there already is told.
fn first_key<I: Imported>() -> &'static str {
    I::KEY.first().copied().unwrap_or_default()
}

/// What became of a row.
enum Done {
    Added,
    Updated,
    Unchanged,
}

/// The fields that a patch knows; the others are the key, which has been found.
fn changes<P: Input>(body: Json) -> Json {
    match body {
        Json::Object(mut fields) => {
            fields.retain(|name, _| P::FIELDS.contains(&name.as_str()));
            Json::Object(fields)
        }
        other => other,
    }
}

/// The rows of a file, those that others name as their parents before these.
fn in_order<'a>(sheet: &'a Sheet, key: &[&str], parent: Option<&str>) -> Vec<&'a Row> {
    let Some(parent) = parent else {
        return sheet.rows.iter().collect();
    };
    let links: Vec<Link> = sheet
        .rows
        .iter()
        .map(|row| Link {
            name: key.last().and_then(|last| sheet.text(row, last)),
            parent: sheet.text(row, parent),
        })
        .collect();
    let places = parents_first(&links).into_iter();
    places.filter_map(|place| sheet.rows.get(place)).collect()
}

/// What a row is called, and what stands above it.
struct Link<'a> {
    name: Option<&'a str>,
    parent: Option<&'a str>,
}

/// The places of rows, parents before their children and otherwise as they come; each row is looked at once.
fn parents_first(links: &[Link<'_>]) -> Vec<usize> {
    let names: HashSet<&str> = links.iter().filter_map(|link| link.name).collect();
    let mut below: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut ready = Vec::new();
    for (place, link) in links.iter().enumerate() {
        match link.parent.filter(|parent| names.contains(parent)) {
            Some(parent) => below.entry(parent).or_default().push(place),
            None => ready.push(place),
        }
    }
    let mut ordered = Vec::with_capacity(links.len());
    while !ready.is_empty() {
        let named = ready.iter().filter_map(|place| links.get(*place)?.name);
        let mut next: Vec<usize> = named
            .filter_map(|name| below.remove(name))
            .flatten()
            .collect();
        next.sort_unstable();
        ordered.append(&mut ready);
        ready = next;
    }
    // Rings: their rows are refused, because each lacks its parent.
    let mut left: Vec<usize> = below.into_values().flatten().collect();
    left.sort_unstable();
    ordered.extend(left);
    ordered
}

#[cfg(test)]
mod tests {
    use super::{Link, parents_first};

    fn order(links: &[(&str, &str)]) -> Vec<usize> {
        let said = |text| Some(text).filter(|text: &&str| !text.is_empty());
        let link = |(name, parent)| Link {
            name: said(name),
            parent: said(parent),
        };
        parents_first(&links.iter().copied().map(link).collect::<Vec<_>>())
    }

    #[test]
    fn parents_stand_before_their_children_and_all_else_as_it_came() {
        let rows = [
            ("C", "B"),
            ("A", ""),
            ("X", "ELSEWHERE"),
            ("B", "A"),
            ("D", "B"),
            ("", "A"),
        ];
        assert_eq!(order(&rows), [1, 2, 3, 5, 0, 4]);
    }

    #[test]
    fn rings_and_twins_are_kept_once_each() {
        let rows = [
            ("A", "B"),
            ("B", "A"),
            ("S", "S"),
            ("T", ""),
            ("T", ""),
            ("U", "T"),
            ("V", "A"),
        ];
        assert_eq!(order(&rows), [3, 4, 5, 0, 1, 2, 6]);
    }

    #[test]
    fn a_chain_from_its_end_to_its_root_is_turned_around() {
        let names: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
        let rows: Vec<Link<'_>> = (0..names.len())
            .map(|n| Link {
                name: names.get(n).map(String::as_str),
                parent: names.get(n + 1).map(String::as_str),
            })
            .collect();
        let expected: Vec<usize> = (0..names.len()).rev().collect();
        assert_eq!(parents_first(&rows), expected);
    }
}
