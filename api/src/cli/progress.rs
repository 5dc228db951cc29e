//! How far a long command has come: a bar on a terminal, plain lines elsewhere, both on stderr.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Plain lines are not more frequent than this.
const LINE_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Progress {
    bar: ProgressBar,
    what: &'static str,
    last_line: Mutex<std::time::Instant>,
}

impl Progress {
    /// Of `total`, or of nobody knows how many; `what` are the things that are counted.
    pub(super) fn new(total: Option<u64>, what: &'static str) -> Self {
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = if total.is_some() {
            "{bar:40} {pos}/{len} {msg}"
        } else {
            "{spinner} {pos} {msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self {
            bar,
            what,
            last_line: Mutex::new(std::time::Instant::now()),
        }
    }

    pub(super) fn at(&self, count: u64) {
        self.bar.set_position(count);
        let mut last_line = self
            .last_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && last_line.elapsed() >= LINE_EVERY {
            eprintln!("{count} {}", self.what);
            *last_line = std::time::Instant::now();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
