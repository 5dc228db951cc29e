//! The first row: which column stands where.

use super::{Column, Content, Raw, Row, Sheet, refused};
use crate::error::{Error, FieldError, Result};

/// The column that a heading names; upper and lower case and blanks around it do not matter.
pub(super) fn known_by<'a>(known: &'a [Column], heading: &str) -> Option<&'a Column> {
    let heading = heading.trim();
    known
        .iter()
        .find(|column| column.name.eq_ignore_ascii_case(heading))
}

/// Puts the rows under their columns.
pub(super) fn apply(mut raw: Raw, known: &[Column], needed: &[&str]) -> Result<Sheet> {
    let first = match raw.first() {
        Some(row) if row.number == 1 => raw.remove(0),
        _ => return Err(Error::Invalid(vec![no_headings(known)])),
    };
    let (places, mut errors) = places(&first, known);
    let found: Vec<&Column> = places.iter().flatten().copied().collect();
    if found.is_empty() && errors.is_empty() {
        errors.push(no_headings(known));
    }
    for name in needed {
        if !found.iter().any(|column| column.name == *name) {
            let message = "this column is missing in the first row";
            errors.push(refused(1, name, "required", message));
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let columns = found.into_iter().cloned().collect();
    let rows = raw
        .into_iter()
        .map(|row| under(&places, row))
        .collect::<Result<_>>()?;
    Ok(Sheet { columns, rows })
}

fn no_headings(known: &[Column]) -> FieldError {
    let message = format!("must have the headings; known are {}", names(known));
    refused(1, "", "required", message)
}

fn names(known: &[Column]) -> String {
    let names: Vec<&str> = known.iter().map(|column| column.name.as_str()).collect();
    names.join(", ")
}

/// The column of each place, none where the heading is empty.
fn places<'a>(first: &Row, known: &'a [Column]) -> (Vec<Option<&'a Column>>, Vec<FieldError>) {
    let (mut places, mut errors) = (Vec::new(), Vec::new());
    for cell in &first.cells {
        let heading = match cell {
            Content::Empty => {
                places.push(None);
                continue;
            }
            Content::Text(text) => text.trim(),
            Content::Unreadable(_) => "?",
        };
        let column = known_by(known, heading);
        let shown: String = heading.chars().take(100).collect();
        if column.is_none() {
            let message = format!("is no column here; known are {}", names(known));
            errors.push(refused(1, &shown, "unknown", message));
        } else if places.contains(&column) {
            errors.push(refused(
                1,
                &shown,
                "duplicate",
                "stands twice in the first row",
            ));
        }
        places.push(column);
    }
    errors.truncate(20);
    (places, errors)
}

/// A row's cells, one for each column that was found.
fn under(places: &[Option<&Column>], row: Row) -> Result<Row> {
    let Row { number, mut cells } = row;
    let homeless = |(place, cell): (usize, &Content)| {
        *cell != Content::Empty && places.get(place).is_none_or(Option::is_none)
    };
    if let Some(place) = cells.iter().enumerate().position(homeless) {
        let message = format!("cell {} has no heading in the first row", place + 1);
        return Err(Error::Invalid(vec![refused(
            number, "", "unknown", message,
        )]));
    }
    cells.resize(places.len(), Content::Empty);
    let cells = cells
        .into_iter()
        .zip(places)
        .filter(|(_, column)| column.is_some())
        .map(|(cell, _)| cell)
        .collect();
    Ok(Row { number, cells })
}
