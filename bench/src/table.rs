//! Tables on a terminal.

/// Prints rows below their headings, each column as wide as it must be.
pub(crate) fn print(headings: &[&str], rows: &[Vec<String>]) {
    let width = |place: usize| {
        let cells = rows.iter().filter_map(|row| row.get(place));
        cells
            .map(|cell| cell.chars().count())
            .chain(headings.get(place).map(|heading| heading.chars().count()))
            .max()
            .unwrap_or(0)
    };
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(place, cell)| format!("{cell:<width$}", width = width(place)))
            .collect();
        println!("| {} |", cells.join(" | "));
    };
    let headings: Vec<String> = headings
        .iter()
        .map(|heading| (*heading).to_owned())
        .collect();
    line(&headings);
    let rules: Vec<String> = (0..headings.len())
        .map(|place| "-".repeat(width(place)))
        .collect();
    line(&rules);
    for row in rows {
        line(row);
    }
}

/// `12,345`
pub(crate) fn thousands(number: f64) -> String {
    let plain = format!("{number:.0}");
    let mut grouped = String::new();
    for (place, digit) in plain.chars().enumerate() {
        if place > 0 && (plain.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
