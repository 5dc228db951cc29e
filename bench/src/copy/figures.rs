//! What was measured, as tables in Markdown, and the goals.

use super::moves::Move;
use super::pgloader::Loaded;
use crate::Failure;
use crate::table;
pub(super) use crate::table::thousands;

/// How many times as many rows a second as pgloader.
const FASTER: f64 = 1.5;

/// Of pgloader's memory.
const SMALLER: f64 = 0.2;

/// The memory of a move of so many rows of history, in MB.
const MOST_MEMORY: f64 = 200.0;
const PROOF_ROWS: u64 = 2_000_000;

/// All figures of a run.
pub(super) struct Figures {
    /// In turn with pgloader.
    pub(super) dmt: Vec<Move>,
    /// In turn with `dmt`.
    pub(super) pgloader: Vec<Loaded>,
    others: Vec<(String, Move)>,
    is_memory: bool,
}

impl Figures {
    /// None yet.
    pub(super) fn of(is_memory: bool) -> Self {
        Self {
            dmt: Vec::new(),
            pgloader: Vec::new(),
            others: Vec::new(),
            is_memory,
        }
    }

    /// Adds a move of `dmt` alone.
    pub(super) fn add(&mut self, what: String, moved: Move) {
        let rate = thousands(moved.rate);
        println!(
            "{what}: {} rows, {rate} rows/s",
            thousands(moved.rows as f64)
        );
        self.others.push((what, moved));
    }

    /// Both must have copied the same.
    pub(super) fn require_same_rows(&self) -> Result<(), Failure> {
        let dmt = self.dmt.iter().map(|moved| moved.rows);
        let mut rows: Vec<u64> = dmt.chain(self.pgloader.iter().map(|it| it.rows)).collect();
        rows.sort_unstable();
        rows.dedup();
        if rows.len() > 1 {
            return Err(format!("not all have copied the same number of rows: {rows:?}").into());
        }
        Ok(())
    }

    /// Prints all; true if every goal that was measured is reached.
    pub(super) fn print(&self) -> bool {
        if !self.dmt.is_empty() {
            self.print_rivals();
        }
        if !self.others.is_empty() {
            self.print_others();
        }
        let goals = self.goals();
        if !goals.is_empty() {
            println!("\nGoals\n");
            let rows: Vec<_> = goals.iter().map(Goal::row).collect();
            table::print(&["goal", "measured", "asked for", ""], &rows);
        }
        goals.iter().all(|goal| goal.is_reached)
    }

    fn print_rivals(&self) {
        let rows = self.dmt.first().map_or(0, |moved| moved.rows);
        println!(
            "\nSQLite into PostgreSQL, {} rows, medians of {} rounds; memory is the largest of all\n",
            thousands(rows as f64),
            self.dmt.len()
        );
        let verification = of(&self.dmt, |it| it.verification.unwrap_or_default());
        let dmt = vec![
            "dmt".to_owned(),
            thousands(median(&of(&self.dmt, |it| it.rate))),
            "never".to_owned(),
            thousands(median(&of(&self.dmt, Move::clock_rate))),
            format!("{:.1}", median(&verification)),
            format!("{:.1}", largest(&of(&self.dmt, |it| it.peak))),
            format!("{:.1}", median(&of(&self.dmt, |it| it.cpu))),
        ];
        let pgloader = vec![
            "pgloader".to_owned(),
            thousands(median(&of(&self.pgloader, |it| it.rate))),
            thousands(median(&of(&self.pgloader, |it| it.copy_rate))),
            thousands(median(&of(&self.pgloader, |it| it.clock_rate))),
            "none".to_owned(),
            format!("{:.1}", largest(&of(&self.pgloader, |it| it.peak))),
            format!("{:.1}", median(&of(&self.pgloader, |it| it.cpu))),
        ];
        table::print(
            &[
                "",
                "rows/s, foreign keys included",
                "rows/s without them",
                "rows/s by the clock",
                "verification s",
                "peak MB",
                "CPU s",
            ],
            &[dmt, pgloader],
        );
    }

    fn print_others(&self) {
        println!("\ndmt alone, one round each\n");
        let row = |(what, moved): &(String, Move)| {
            let seconds = |it: f64| format!("{it:.1}");
            vec![
                what.clone(),
                thousands(moved.rows as f64),
                moved
                    .history
                    .map_or_else(String::new, |it| thousands(it as f64)),
                thousands(moved.rate),
                moved
                    .verification
                    .map_or_else(|| "none".to_owned(), seconds),
                format!("{:.1}", moved.peak),
                seconds(moved.cpu),
            ]
        };
        let rows: Vec<_> = self.others.iter().map(row).collect();
        table::print(
            &[
                "move",
                "rows",
                "of history, verified",
                "rows/s moving",
                "verification s",
                "peak MB",
                "CPU s",
            ],
            &rows,
        );
    }

    fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        if !self.dmt.is_empty() && !self.pgloader.is_empty() {
            let faster = median(&of(&self.dmt, |it| it.rate))
                / median(&of(&self.pgloader, |it| it.rate)).max(0.001);
            goals.push(Goal {
                what: "rows/s, foreign keys included, ÷ pgloader's".to_owned(),
                measured: format!("{faster:.2} ×"),
                asked: format!("≥ {FASTER} ×"),
                is_reached: faster >= FASTER,
            });
            let smaller = largest(&of(&self.dmt, |it| it.peak))
                / largest(&of(&self.pgloader, |it| it.peak)).max(0.001);
            goals.push(Goal {
                what: "peak memory ÷ pgloader's".to_owned(),
                measured: format!("{smaller:.2} ×"),
                asked: format!("≤ {SMALLER} ×"),
                is_reached: smaller <= SMALLER,
            });
        }
        if self.is_memory {
            goals.extend(self.proof());
        }
        goals
    }

    /// Constant memory: each peak, on enough rows.
    fn proof(&self) -> Vec<Goal> {
        let history = self.others.iter().filter_map(|(_, moved)| moved.history);
        let history = history.min().unwrap_or_default();
        let peak = |(what, moved): &(String, Move)| Goal {
            what: format!("peak memory of {what}"),
            measured: format!("{:.1} MB", moved.peak),
            asked: format!("< {MOST_MEMORY} MB"),
            is_reached: moved.peak < MOST_MEMORY,
        };
        let mut goals: Vec<Goal> = self.others.iter().map(peak).collect();
        goals.push(Goal {
            what: "rows of history".to_owned(),
            measured: thousands(history as f64),
            asked: format!("≥ {}", thousands(PROOF_ROWS as f64)),
            is_reached: history >= PROOF_ROWS,
        });
        goals
    }
}

/// A goal that was measured.
struct Goal {
    what: String,
    measured: String,
    asked: String,
    is_reached: bool,
}

impl Goal {
    fn row(&self) -> Vec<String> {
        let reached = if self.is_reached {
            "reached"
        } else {
            "not reached"
        };
        vec![
            self.what.clone(),
            self.measured.clone(),
            self.asked.clone(),
            reached.to_owned(),
        ]
    }
}

fn of<T>(all: &[T], figure: impl Fn(&T) -> f64) -> Vec<f64> {
    all.iter().map(figure).collect()
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |place: usize| sorted.get(place).copied().unwrap_or_default();
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        (middle(half.saturating_sub(1)) + middle(half)) / 2.0
    } else {
        middle(half)
    }
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(0.0, f64::max)
}
