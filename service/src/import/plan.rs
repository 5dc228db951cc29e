//! A file that has been read, ready to be carried out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Existing, ImportReport, Imported, KEYS_AT_ONCE, Mode, Upload};
use crate::error::{Error, FieldError, Result};
use crate::input::{Draft, Input};
use crate::sheet::{self, Column, Row, Sheet};
use crate::system::Unit;

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
            key: sheet.key(row, I::KEY),
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
            let found = self.list.existing(unit, some).await?;
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
        let message = format!("row {first} is for the same {}", I::WHAT);
        Err(FieldError::new(I::KEY[0], "duplicate", message))
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
                    I::WHAT
                );
                let error = FieldError::new(I::KEY[0], "duplicate", message);
                Err(Error::Invalid(vec![error]))
            }
            (Some(there), Mode::Upsert) => {
                let patch = Draft::<I::Patch>::json(&changes::<I::Patch>(body));
                patch.check()?;
                let version = self.list.change(unit.clone(), there.id, patch).await?;
                Ok(if version == there.version {
                    Done::Unchanged
                } else {
                    Done::Updated
                })
            }
        }
    }
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
    let name = |row: &'a Row| key.last().and_then(|last| sheet.text(row, last));
    let mut waiting: HashSet<&str> = sheet.rows.iter().filter_map(name).collect();
    let mut left: Vec<&Row> = sheet.rows.iter().collect();
    let mut ordered = Vec::with_capacity(left.len());
    loop {
        let (ready, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|row| {
            let above = sheet.text(row, parent);
            above.is_none_or(|above| !waiting.contains(above))
        });
        if ready.is_empty() {
            // A ring: its rows are refused, because each lacks its parent.
            ordered.extend(later);
            return ordered;
        }
        for row in ready {
            name(row).map(|name| waiting.remove(name));
            ordered.push(row);
        }
        left = later;
    }
}
