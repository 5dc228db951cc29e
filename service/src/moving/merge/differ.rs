//! What differs between a record here and one in the archive, for people.

use sea_orm::Value;

use super::super::row;
use super::super::tables::Table;

/// Columns that say nothing about what a record is: each system has its own, and some are secret.
const ASIDE: &[&str] = &[
    "id",
    "version",
    "version_seq",
    "audit_seq",
    "audit_head",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "username",
    "password_hash",
    "failed_attempts",
    "locked_until",
    "last_sign_in_at",
    "overdue_told",
    "votes_told",
];

/// How many fields are told.
const MOST: usize = 3;

/// How much of a text is told.
const LONGEST: usize = 60;

/// The columns in which two rows differ, once the archive's references lead to where they lead here.
pub(super) fn columns(table: &Table, ours: &[Value], theirs: &[Value]) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    columns
        .filter(|(place, column)| {
            !ASIDE.contains(&column.name) && ours.get(*place) != theirs.get(*place)
        })
        .map(|(place, _)| place)
        .collect()
}

/// The first fields in which they differ: `title: "A" here, "B" in the archive`.
pub(super) fn fields(table: &Table, ours: &[Value], theirs: &[Value]) -> Vec<String> {
    columns(table, ours, theirs)
        .into_iter()
        .take(MOST)
        .filter_map(|place| field(table, place, ours, theirs))
        .collect()
}

fn field(table: &Table, place: usize, ours: &[Value], theirs: &[Value]) -> Option<String> {
    let column = table.columns.get(place)?;
    let name = column.name;
    // An id says nothing to people, and the archive's is another one.
    if let Some(reference) = table.references.iter().find(|one| one.column == place) {
        return Some(format!("{name}: another {}", reference.to));
    }
    let show = |row: &[Value]| {
        let mut shown = Vec::new();
        row::encode_value(column.kind, row.get(place)?, &mut shown);
        Some(short(&String::from_utf8_lossy(&shown)))
    };
    let (ours, theirs) = (show(ours)?, show(theirs)?);
    Some(format!("{name}: {ours} here, {theirs} in the archive"))
}

/// A text as far as it fits into a sentence, on one line and without what could steer a terminal.
pub(super) fn short(text: &str) -> String {
    let plain = |c: char| {
        let steers = c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers { ' ' } else { c }
    };
    let mut told: String = text.chars().take(LONGEST).map(plain).collect();
    if text.chars().nth(LONGEST).is_some() {
        told.push('…');
    }
    told
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::super::super::row::decode;
    use super::super::super::tables::tables;
    use super::*;

    #[test]
    fn a_difference_names_the_field_and_both_values_and_no_secret() {
        let tables = tables(2).unwrap();
        let table = tables
            .iter()
            .find(|table| table.name == "app_user")
            .unwrap();
        let row = |name: &str, hash: &str| {
            let mut line = b"{\"".to_vec();
            for (place, column) in table.columns.iter().enumerate() {
                let value = match column.name {
                    "display_name" => format!("{name:?}"),
                    "password_hash" => format!("{hash:?}"),
                    "is_active" => "true".to_owned(),
                    _ if column.nullable => "null".to_owned(),
                    name if name.ends_with("_at") => "\"2026-11-20T08:00:00.000000Z\"".to_owned(),
                    "username" | "username_key" | "locale" | "audit_head" => "\"x\"".to_owned(),
                    _ => "1".to_owned(),
                };
                let comma = if place == 0 { "" } else { ",\"" };
                line.extend(format!("{comma}{}\":{value}", column.name).bytes());
            }
            line.push(b'}');
            decode(table, &line).unwrap()
        };
        let told = fields(table, &row("Ana", "secret-1"), &row("Eva", "secret-2"));
        assert_eq!(told, ["display_name: \"Ana\" here, \"Eva\" in the archive"]);
        assert!(fields(table, &row("Ana", "secret-1"), &row("Ana", "secret-2")).is_empty());
        let long = short(&format!("a\n\u{202e}{}", "x".repeat(100)));
        assert!(
            long.starts_with("a  x") && long.chars().count() == LONGEST + 1,
            "{long}"
        );
    }
}
