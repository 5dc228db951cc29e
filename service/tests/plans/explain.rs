//! A plan as each engine tells it, brought to what matters: which indexes are read, whether a table is read whole, and
//! whether rows are sorted. Costs and row counts, which differ from run to run, are left out.

use sea_orm::{ConnectionTrait, QueryResult, Statement, TransactionTrait};
use testkit::{Engine, TestSystem};

/// How a statement is carried out.
pub(crate) struct Plan {
    /// As the engine tells it.
    pub(crate) text: String,
    /// Whether all rows of the table are read, without an index.
    pub(crate) reads_all: bool,
    /// Whether what is found has to be sorted; not where an index has it in order but for ties.
    pub(crate) sorts: bool,
    /// The indexes that are read.
    pub(crate) indexes: Vec<String>,
}

impl Plan {
    /// In a line.
    pub(crate) fn told(&self) -> String {
        let sorted = if self.sorts { ", sorted" } else { "" };
        format!("{}{sorted}", self.indexes.join(", "))
    }

    /// Which tables are read, and whether an index finds what is wanted of them: on SQLite in its own words. Which index a
    /// server takes where there are several, whether it takes one for a table as small as a test's, and in which order it
    /// reads the tables hangs on guesses of the moment, and is left out.
    pub(crate) fn tables(&self, engine: Engine) -> String {
        let of_line = match engine {
            Engine::Sqlite => return self.text.lines().collect::<Vec<_>>().join("; "),
            Engine::Postgres => of_postgres,
            Engine::MariaDb | Engine::MySql => of_mysql,
        };
        let mut told: Vec<_> = self.text.lines().filter_map(of_line).collect();
        told.sort_unstable();
        told.dedup();
        told.join(", ")
    }
}

/// `->  Index Scan using ix_defect_part on defect d`
fn of_postgres(line: &str) -> Option<String> {
    let (scan, rest) = line.split_once(" on ")?;
    let scan = scan.trim().trim_start_matches("->").trim();
    let table = rest.split_whitespace().next()?;
    if scan.ends_with("Seq Scan") {
        Some(format!("{table} whole"))
    } else if scan.starts_with("Index") || scan == "Bitmap Heap Scan" {
        Some(format!("{table} by an index"))
    } else {
        None
    }
}

/// `d | range | ix_defect_part | Using where | ix_defect_part,ix_defect_reported`
fn of_mysql(line: &str) -> Option<String> {
    let cells: Vec<&str> = line.split(" | ").collect();
    let [table, kind, _, _, possible] = cells[..] else {
        return None;
    };
    if table.is_empty() || table.starts_with('<') {
        return None;
    }
    let is_whole = possible.is_empty() && ["ALL", "index"].contains(&kind);
    let how = if is_whole { "whole" } else { "by an index" };
    Some(format!("{table} {how}"))
}

/// Asks how a statement would be carried out that reads a table, which it may call by a short name.
pub(crate) async fn explain(
    system: &TestSystem,
    statement: Statement,
    (table, short): (&str, &str),
) -> Plan {
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
        Engine::Sqlite => {
            let lines = rows.iter().map(|row| row.try_get("", "detail").unwrap());
            of_lines(lines, (table, short))
        }
        Engine::Postgres => {
            let lines = rows.iter().map(|row| row.try_get_by(0).unwrap());
            of_lines(lines, (table, short))
        }
        Engine::MariaDb | Engine::MySql => of_table(&rows),
    }
}

/// The same, where only what an index cannot find is read whole. PostgreSQL would read a table as small as a test's whole
/// because that costs less.
pub(crate) async fn explain_by_index(
    system: &TestSystem,
    statement: Statement,
    table: (&str, &str),
) -> Plan {
    if system.engine != Engine::Postgres {
        return explain(system, statement, table).await;
    }
    let tx = system.db.reader().begin().await.unwrap();
    tx.execute_unprepared("SET LOCAL enable_seqscan = off")
        .await
        .unwrap();
    let statement = Statement {
        sql: format!("EXPLAIN (COSTS OFF) {}", statement.sql),
        ..statement
    };
    let rows = tx.query_all_raw(statement).await.unwrap();
    tx.rollback().await.unwrap();
    of_lines(rows.iter().map(|row| row.try_get_by(0).unwrap()), table)
}

/// SQLite, PostgreSQL: a line for each step.
fn of_lines(lines: impl Iterator<Item = String>, (table, short): (&str, &str)) -> Plan {
    let lines: Vec<String> = lines.collect();
    let has = |part: &str| lines.iter().any(|line| line.contains(part));
    // SQLite: in the order of the ids, unless that is not the order of the list.
    let scan = format!("SCAN {short}");
    let scans = lines.iter().any(|line| line.trim() == scan);
    let sorts = has("TEMP B-TREE FOR ORDER BY") || (has("Sort Key") && !has("Presorted Key"));
    let mut indexes: Vec<String> = Vec::new();
    for line in &lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |mark: &str| {
            words
                .iter()
                .position(|word| *word == mark)
                .map(|place| words[place + 1])
        };
        if line.contains("PRIMARY KEY") || line.contains("_pkey") {
            indexes.push("primary key".to_owned());
        } else if let Some(index) = after("INDEX")
            .or(after("using"))
            .or(after("Scan on").or(bitmap(&words)))
        {
            indexes.push(index.to_owned());
        } else if line.trim() == scan {
            indexes.push("primary key".to_owned());
        }
    }
    Plan {
        reads_all: has(&format!("Seq Scan on {table}")) || (scans && sorts),
        sorts,
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
                ["table", "type", "key", "Extra", "possible_keys"]
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
