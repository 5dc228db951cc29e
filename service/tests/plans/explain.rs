//! A plan as each engine tells it, brought to what matters: which indexes of `defect` are read, whether the whole table
//! is, and whether rows are sorted. Costs and row counts, which differ from run to run, are left out.

use sea_orm::{ConnectionTrait, QueryResult, Statement};
use testkit::{Engine, TestSystem};

/// How a statement is carried out.
pub(crate) struct Plan {
    /// As the engine tells it.
    pub(crate) text: String,
    /// Whether all rows of the table are read, without an index.
    pub(crate) reads_all: bool,
    /// Whether what is found has to be sorted.
    pub(crate) sorts: bool,
    indexes: Vec<String>,
}

impl Plan {
    /// In a line.
    pub(crate) fn told(&self) -> String {
        let sorted = if self.sorts { ", sorted" } else { "" };
        format!("{}{sorted}", self.indexes.join(", "))
    }
}

/// Asks how a statement on `defect AS d` would be carried out.
pub(crate) async fn explain(system: &TestSystem, statement: Statement) -> Plan {
    let how = match system.engine {
        Engine::Sqlite => "EXPLAIN QUERY PLAN",
        Engine::Postgres => "EXPLAIN (COSTS OFF)",
        Engine::MariaDb => "EXPLAIN",
        Engine::MySql => "EXPLAIN FORMAT=TRADITIONAL",
    };
    let statement = Statement {
        sql: format!("{how} {}", statement.sql),
        ..statement
    };
    let rows = system.db.reader().query_all_raw(statement).await.unwrap();
    match system.engine {
        Engine::Sqlite => of_lines(rows.iter().map(|row| row.try_get("", "detail").unwrap())),
        Engine::Postgres => of_lines(rows.iter().map(|row| row.try_get_by(0).unwrap())),
        Engine::MariaDb | Engine::MySql => of_table(&rows),
    }
}

/// SQLite, PostgreSQL: a line for each step.
fn of_lines(lines: impl Iterator<Item = String>) -> Plan {
    let lines: Vec<String> = lines.collect();
    let mut indexes: Vec<String> = Vec::new();
    for line in &lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |mark: &str| {
            words
                .iter()
                .position(|word| *word == mark)
                .map(|place| words[place + 1])
        };
        if line.contains("PRIMARY KEY") || line.contains("defect_pkey") {
            indexes.push("primary key".to_owned());
        } else if let Some(index) = after("INDEX")
            .or(after("using"))
            .or(after("Scan on").or(bitmap(&words)))
        {
            indexes.push(index.to_owned());
        } else if line.trim() == "SCAN d" {
            indexes.push("primary key".to_owned());
        }
    }
    Plan {
        reads_all: lines.iter().any(|line| line.contains("Seq Scan on defect")),
        sorts: lines
            .iter()
            .any(|line| line.contains("TEMP B-TREE FOR ORDER BY") || line.contains("Sort Key")),
        text: lines.join("\n"),
        indexes,
    }
}

/// PostgreSQL: `Bitmap Index Scan on ix_…`.
fn bitmap<'a>(words: &[&'a str]) -> Option<&'a str> {
    let place = words
        .windows(4)
        .position(|four| four == ["Bitmap", "Index", "Scan", "on"])?;
    words.get(place + 4).copied()
}

/// MariaDB, MySQL: a row for each table.
fn of_table(rows: &[QueryResult]) -> Plan {
    let text = |row: &QueryResult, name: &str| -> String {
        let text: Option<String> = row.try_get("", name).unwrap_or_default();
        text.unwrap_or_default()
    };
    let of_defects = |row: &&QueryResult| !text(row, "table").starts_with('<');
    Plan {
        text: rows
            .iter()
            .map(|row| {
                ["table", "type", "key", "Extra"]
                    .map(|name| text(row, name))
                    .join(" | ")
            })
            .collect::<Vec<_>>()
            .join("\n"),
        reads_all: rows
            .iter()
            .filter(of_defects)
            .any(|row| text(row, "type") == "ALL"),
        sorts: rows
            .iter()
            .any(|row| text(row, "Extra").contains("filesort")),
        indexes: rows
            .iter()
            .filter(of_defects)
            .map(|row| text(row, "key").replace("PRIMARY", "primary key"))
            .filter(|key| !key.is_empty())
            .collect(),
    }
}
