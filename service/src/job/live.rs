//! The jobs that this server works on, in memory: how far each has come, and the way to have them all end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::{JobStatus, JobView};
use crate::moving::{Progress, Watch};

/// How long a server that is asked to stop waits for its jobs to be given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The jobs that a server works on; clones share them.
#[derive(Clone)]
pub struct Jobs(Arc<Shared>);

struct Shared {
    /// Each with how far it has come; nothing before its first row.
    running: Mutex<HashMap<i64, Option<Progress>>>,
    /// How many there are.
    count: watch::Sender<usize>,
    /// True once the server is on its way out.
    stopping: watch::Sender<bool>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self(Arc::new(Shared {
            running: Mutex::default(),
            count: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
        }))
    }
}

impl Jobs {
    /// Has every job give up, and waits for it: what they have done is rolled back.
    pub async fn stop(&self) {
        self.0.stopping.send_replace(true);
        let mut count = self.0.count.subscribe();
        let all = count.wait_for(|count| *count == 0);
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            log::warn!("a job did not give up in time; its database rolls it back");
        }
    }

    /// Whether this server works on it.
    pub(super) fn has(&self, id: i64) -> bool {
        self.running().contains_key(&id)
    }

    /// A job as the table has it, with what only memory knows.
    pub(super) fn brought_up_to_date(&self, mut view: JobView) -> JobView {
        let is_open = matches!(view.status, JobStatus::Queued | JobStatus::Running);
        let known = self.running().get(&view.id).copied();
        if let (true, Some(known)) = (is_open, known) {
            view.status = JobStatus::Running;
            if let Some(progress) = known {
                view.stage = Some(progress.stage.word().to_owned());
                view.table = Some(progress.table.to_owned());
                (view.done, view.total) = (whole(progress.done), whole(progress.total));
            }
        }
        view
    }

    /// From here on this server works on a job.
    pub(super) fn enter(&self, id: i64) -> Entered {
        self.running().insert(id, None);
        self.0.count.send_modify(|count| *count += 1);
        Entered {
            jobs: self.clone(),
            id,
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<i64, Option<Progress>>> {
        let running = self.0.running.lock();
        running.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that is being worked on until this is dropped.
pub(super) struct Entered {
    jobs: Jobs,
    pub(super) id: i64,
}

impl Entered {
    /// What the work tells its progress to.
    pub(super) fn watch(&self) -> Watch {
        let (jobs, id) = (self.jobs.clone(), self.id);
        Watch::new(move |progress| {
            if let Some(known) = jobs.running().get_mut(&id) {
                *known = Some(progress);
            }
        })
    }

    /// How far it has come.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.jobs.running().get(&self.id).copied().flatten()
    }

    /// Ends once the server is on its way out.
    pub(super) async fn told_to_stop(&self) {
        let mut stopping = self.jobs.0.stopping.subscribe();
        // The sender lives as long as `self`.
        let _ = stopping.wait_for(|stop| *stop).await;
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.jobs.running().remove(&self.id);
        self.jobs.0.count.send_modify(|count| *count -= 1);
    }
}

/// A count as the table has it.
pub(super) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
