//! Working on a job: it is taken by one server, which renews its lease, tells how far it is, and writes how it ended.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use entity::job;
use futures_util::FutureExt;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait, UpdateMany};
use serde_json::Value as Json;

use super::live::{Entered, whole};
use super::{JobStatus, LEASE};
use crate::error::{Error, Result};
use crate::moving::{Progress, Seal, Watch};
use crate::system::System;

/// How often the table is told how far a job has come.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// A lease is renewed so often, even where nothing has moved on.
const RENEW_EVERY: u32 = 10;

/// How often, and at which distance, it is tried to write how a job ended.
const END_ATTEMPTS: u32 = 20;
const END_PAUSE: Duration = Duration::from_secs(1);

/// What is said of a job that a server gave up on its way out.
const STOPPED: &str =
    "the server was stopped before it had come to its end; nothing was changed, begin it again";

/// What is said of a job that was given to nobody else, but taken from this server.
const TAKEN: &str =
    "the server was silent for too long, and gave it up; nothing was changed, begin it again";

/// What is said of a job that ran into a fault.
const FAULT: &str =
    "something went wrong inside the server, whose log says what; nothing was changed";

/// Why a job failed, and what can be told besides.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The sentence.
    pub(crate) error: String,
    /// What was found.
    pub(crate) result: Option<Json>,
}

impl Failed {
    /// For a reason of one sentence.
    pub(crate) fn because(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            result: None,
        }
    }
}

/// A job that this server has taken.
pub(crate) struct Task {
    system: System,
    entered: Entered,
    hold: Hold,
}

/// What tells that the job is still ours.
#[derive(Clone)]
struct Hold {
    id: i64,
    holder: String,
}

/// Takes a job that nobody has taken; none where somebody has.
pub(crate) async fn take(system: &System, id: i64) -> Result<Option<Task>> {
    let hold = Hold {
        id,
        holder: format!("{:032x}", rand::random::<u128>()),
    };
    let now = system.clock.now();
    let taken = job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(JobStatus::Running.word()))
        .col_expr(job::Column::Holder, Expr::value(hold.holder.as_str()))
        .col_expr(job::Column::UpdatedAt, Expr::value(now))
        .col_expr(job::Column::LeaseUntil, Expr::value(now + LEASE))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Status.eq(JobStatus::Queued.word()));
    if write(system, taken).await? == 0 {
        return Ok(None);
    }
    Ok(Some(Task {
        system: system.clone(),
        entered: system.jobs.enter(id),
        hold,
    }))
}

impl Task {
    /// What the work tells its progress to.
    pub(crate) fn watch(&self) -> Watch {
        self.entered.watch()
    }

    /// What the work says in its own transaction before it commits: that the job is done, and still this server's.
    /// So either both are there, or neither.
    pub(crate) fn seal(&self) -> Seal {
        let (hold, clock) = (self.hold.clone(), self.system.clock.clone());
        Seal::new(move |result: &Json| {
            let ended = hold.ended(JobStatus::Done, Some(result), None, clock.now());
            ended.into_query()
        })
    }

    /// Has the work done by a task of its own, which outlives the request.
    pub(crate) fn spawn<F>(self, work: F)
    where
        F: Future<Output = std::result::Result<Json, Failed>> + Send + 'static,
    {
        // What it writes into histories names the request that began it.
        let request = db::request::current().unwrap_or_default();
        tokio::spawn(db::request::scope(request, async move {
            let work = AssertUnwindSafe(work).catch_unwind();
            let outcome = tokio::select! {
                outcome = work => outcome.unwrap_or_else(|_| Err(Failed::because(FAULT))),
                () = self.entered.told_to_stop() => Err(Failed::because(STOPPED)),
                () = self.renew() => Err(Failed::because(TAKEN)),
            };
            self.end(outcome).await;
        }));
    }

    /// Renews the lease; ends where the job is no longer this server's.
    async fn renew(&self) {
        // SQLite: while the work holds the one writer this waits for it; nor can another process write then, to take the job.
        let (mut told, mut silent) = (None, 0);
        loop {
            tokio::time::sleep(TELL_EVERY).await;
            let progress = self.entered.progress();
            silent += 1;
            if progress == told && silent < RENEW_EVERY {
                continue;
            }
            let now = self.system.clock.now();
            match write(&self.system, self.hold.moved(progress, now)).await {
                Ok(0) => return,
                Ok(_) => (told, silent) = (progress, 0),
                // The lease is long enough for a few more attempts.
                Err(error) => {
                    log::warn!("job {}: its lease was not renewed: {error}", self.hold.id);
                }
            }
        }
    }

    /// Writes how it ended, unless the work itself has: then that counts.
    async fn end(self, outcome: std::result::Result<Json, Failed>) {
        let id = self.hold.id;
        let now = self.system.clock.now();
        let ended = match &outcome {
            Ok(result) => self.hold.ended(JobStatus::Done, Some(result), None, now),
            Err(Failed { error, result }) => {
                log::warn!("job {id} failed: {error}");
                let (result, error) = (result.as_ref(), Some(error.as_str()));
                self.hold.ended(JobStatus::Failed, result, error, now)
            }
        };
        for _ in 0..END_ATTEMPTS {
            match write(&self.system, ended.clone()).await {
                Ok(_) => return,
                Err(error) => log::warn!("job {id}: how it ended could not be written: {error}"),
            }
            tokio::time::sleep(END_PAUSE).await;
        }
    }
}

impl Hold {
    /// A change of the job while it is ours.
    fn update(&self) -> UpdateMany<job::Entity> {
        job::Entity::update_many()
            .filter(job::Column::Id.eq(self.id))
            .filter(job::Column::Holder.eq(self.holder.as_str()))
            .filter(job::Column::Status.eq(JobStatus::Running.word()))
    }

    fn moved(&self, progress: Option<Progress>, now: At) -> UpdateMany<job::Entity> {
        let update = self
            .update()
            .col_expr(job::Column::UpdatedAt, Expr::value(now))
            .col_expr(job::Column::LeaseUntil, Expr::value(now + LEASE));
        match progress {
            Some(progress) => update
                .col_expr(job::Column::Stage, Expr::value(progress.stage.word()))
                .col_expr(job::Column::Place, Expr::value(progress.table))
                .col_expr(job::Column::Done, Expr::value(whole(progress.done)))
                .col_expr(job::Column::Total, Expr::value(whole(progress.total))),
            None => update,
        }
    }

    fn ended(
        &self,
        status: JobStatus,
        result: Option<&Json>,
        error: Option<&str>,
        now: At,
    ) -> UpdateMany<job::Entity> {
        let result = result.map(Json::to_string);
        self.update()
            .col_expr(job::Column::Status, Expr::value(status.word()))
            .col_expr(job::Column::Result, Expr::value(result))
            .col_expr(job::Column::Error, Expr::value(error.map(str::to_owned)))
            .col_expr(job::Column::Slot, Expr::value(None::<String>))
            .col_expr(job::Column::Stage, Expr::value(None::<String>))
            .col_expr(job::Column::Place, Expr::value(None::<String>))
            .col_expr(job::Column::UpdatedAt, Expr::value(now))
            .col_expr(job::Column::FinishedAt, Expr::value(now))
    }
}

type At = chrono::DateTime<chrono::FixedOffset>;

/// A short transaction of its own; says how many rows it changed.
async fn write(system: &System, update: UpdateMany<job::Entity>) -> Result<u64> {
    let update = Arc::new(update);
    let written = system.db.write(move |tx| {
        let update = Arc::clone(&update);
        Box::pin(async move {
            let done = UpdateMany::clone(&update).exec(tx).await?;
            Ok::<_, Error>(done.rows_affected)
        })
    });
    written.await
}
