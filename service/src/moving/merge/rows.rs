//! Rows of the archive in the ids of here.

use sea_orm::Value;

use super::super::row::{self, Row};
use super::super::tables::Table;
use super::keys::child;
use super::plan::{Base, Fates};

/// Has a row's references lead to where they lead here; whether all of them lead somewhere.
pub(super) fn lead(
    table: &Table,
    row: &mut Row,
    mut here: impl FnMut(&str, i64) -> Option<i64>,
) -> bool {
    let mut all = true;
    for reference in &table.references {
        let Some(there) = row::whole(row, reference.column) else {
            continue;
        };
        let here = here(&reference.to, there);
        all &= here.is_some();
        put(row, Some(reference.column), here);
    }
    all
}

/// Puts a whole number into a column.
pub(super) fn put(row: &mut Row, place: Option<usize>, number: Option<i64>) {
    if let Some(value) = place.and_then(|place| row.get_mut(place)) {
        *value = Value::BigInt(number);
    }
}

/// Puts a text into a column.
pub(super) fn put_text(row: &mut Row, place: Option<usize>, text: &str) {
    if let Some(value) = place.and_then(|place| row.get_mut(place)) {
        *value = Value::from(text);
    }
}

/// Whether a child of a record that goes on is here as it is in the archive.
pub(super) fn is_same(
    table: &Table,
    here: &Row,
    mut there: Row,
    base: &Base,
    fates: &Fates,
) -> bool {
    let all = lead(table, &mut there, |to, id| match child(to) {
        Some(place) => base.children.get(&(place, id)).copied(),
        None => fates.here(to, id),
    });
    let id = table.id();
    let mut both = here.iter().zip(&there).enumerate();
    all && both.all(|(place, (here, there))| Some(place) == id || here == there)
}
