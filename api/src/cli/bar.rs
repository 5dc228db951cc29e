//! How far a move of data has come: a bar with rows/s and the time left on a terminal, plain lines elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use service::moving::{Progress, Stage, Watch};

/// Plain lines are not more frequent than this.
const LINE_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Bar(Arc<Mutex<Shown>>);

struct Shown {
    bar: ProgressBar,
    stage: Option<Stage>,
    began: Instant,
    last_line: Instant,
    /// How long each stage took that is over.
    took: Vec<(Stage, Duration)>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self(Arc::new(Mutex::new(Shown {
            bar: ProgressBar::hidden(),
            stage: None,
            began: now,
            last_line: now,
            took: Vec::new(),
        })))
    }

    /// What has it shown.
    pub(super) fn watch(&self) -> Watch {
        let shown = Arc::clone(&self.0);
        Watch::new(move |progress| {
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.at(progress);
        })
    }

    /// Ends it, and says how long a stage took.
    pub(super) fn end(self) -> impl Fn(Stage) -> Duration {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.end_stage();
        let took = std::mem::take(&mut shown.took);
        move |stage| {
            let of_stage = took.iter().filter(|took| took.0 == stage);
            of_stage.map(|took| took.1).sum()
        }
    }
}

impl Shown {
    fn at(&mut self, progress: Progress) {
        if self.stage != Some(progress.stage) {
            self.end_stage();
            self.stage = Some(progress.stage);
            (self.began, self.last_line) = (Instant::now(), Instant::now());
            self.bar = bar(progress.total);
        }
        self.bar
            .set_message(format!("{} {}", doing(progress.stage), progress.table));
        self.bar.set_position(progress.done);
        if self.bar.is_hidden() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            eprintln!("{}", line(progress, self.began.elapsed()));
        }
    }

    fn end_stage(&mut self) {
        self.bar.finish_and_clear();
        if let Some(stage) = self.stage.take() {
            self.took.push((stage, self.began.elapsed()));
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let (bar, template) = if total > 0 {
        (
            ProgressBar::new(total),
            "{bar:30} {human_pos}/{human_len} rows, {per_sec}, {eta} left, {msg}",
        )
    } else {
        (
            ProgressBar::new_spinner(),
            "{spinner} {human_pos} rows, {per_sec}, {msg}",
        )
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Comparing => "comparing",
        Stage::Moving => "moving",
        Stage::Verifying => "verifying",
        Stage::History => "checking the history in",
    }
}

fn line(progress: Progress, since: Duration) -> String {
    let Progress {
        stage,
        table,
        done,
        total,
    } = progress;
    let rate = done as f64 / since.as_secs_f64().max(0.001);
    let (doing, rate) = (doing(stage), rate.max(1.0));
    if total > 0 {
        let left = total.saturating_sub(done) as f64 / rate;
        format!("{doing} {table}: {done} of {total} rows, {rate:.0} rows/s, {left:.0} s left")
    } else {
        format!("{doing} {table}: {done} rows, {rate:.0} rows/s")
    }
}
