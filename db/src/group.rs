//! SQLite: writes that wait share one transaction, and with it one wait for the disk.
//!
//! A commit takes as long as the disk needs, and only one write can run at a time. So one task does
//! all of them: it runs what waits in one transaction and commits once. Every write keeps its own answer,
//! given after the commit; one that is refused takes nothing of the others with it. Where anything goes
//! wrong with the shared transaction itself, each of its writes is done again alone.
//!
//! What is refused has seldom changed anything before. So writes come without savepoints, for each of which
//! SQLite would put the pages aside that it changes, and write the index of words. Once one is refused that
//! had changed something, all are done again, and for a while each write after the first is a part that can
//! be undone alone.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use tokio::sync::{mpsc, oneshot};

use crate::classify::commit_error;
use crate::write::{FOR_ANSWER, FOR_COMMIT, Writer, too_late};
use crate::{Error, Tx, TxError, request};

/// Writes that may wait; more of them wait to be let in.
const WAITING: usize = 1024;
/// Writes in one transaction at most, and how long it takes more in: nobody waits long for others.
const MOST: usize = 64;
const LONGEST: Duration = Duration::from_millis(20);

/// So many writes come with savepoints after one was refused that had changed something.
const CAREFUL: usize = 1024;

/// The way to the task that writes.
#[derive(Clone, Debug)]
pub(crate) struct Queue(mpsc::Sender<Box<dyn Job>>);

impl Queue {
    /// Starts the task; it ends when the last way to it is gone.
    pub(crate) fn open(writer: Writer) -> Self {
        let (entrance, mut waiting) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut group = Group { writer, careful: 0 };
            while let Some(first) = waiting.recv().await {
                group.share(first, &mut waiting).await;
            }
        });
        Self(entrance)
    }

    /// Has `work` done, see [`Db::write`](crate::Db::write).
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: TxError,
        F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<T, E>> + Send + Sync + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let is_begun = Arc::new(AtomicBool::new(false));
        let write = Write {
            work,
            request: request::here(),
            is_begun: Arc::clone(&is_begun),
            result: None,
            answer,
        };
        // Both fail only where the runtime is shutting down.
        if self.0.send(Box::new(write)).await.is_err() {
            return Err(Error::OutcomeUnknown.into());
        }
        match request::in_time(FOR_ANSWER, outcome).await {
            Some(answer) => answer.unwrap_or_else(|_| Err(Error::OutcomeUnknown.into())),
            None if is_begun.load(Ordering::SeqCst) => Err(Error::OutcomeUnknown.into()),
            // Nor will it be begun: it is too late for that.
            None => Err(too_late().into()),
        }
    }
}

/// A write that waits, whatever it works on.
trait Job: Send {
    /// Runs it in a transaction that others share.
    fn run<'a>(&'a mut self, tx: &'a Tx) -> BoxFuture<'a, Ran>;

    /// Runs it in a transaction of its own, with the retries that others' locks may need.
    fn run_alone<'a>(&'a mut self, writer: &'a Writer) -> BoxFuture<'a, ()>;

    /// Gives the answer.
    fn answer(self: Box<Self>);

    /// Gives another answer: the commit's.
    fn fail(self: Box<Self>, error: Error);
}

/// How a write in a shared transaction went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ran {
    /// It is to be committed.
    Kept,
    /// It was refused, by its own rules or by a constraint: only its own changes go.
    Refused,
    /// It was refused, and what it had changed cannot go without the changes of others.
    Entangled,
    /// The database failed, so the transaction may be lost.
    Broken,
}

struct Write<T, E, F> {
    work: F,
    request: request::Context,
    is_begun: Arc<AtomicBool>,
    result: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Write<T, E, F>
where
    T: Send + 'static,
    E: TxError,
    F: for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<T, E>> + Send + Sync + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a Tx) -> BoxFuture<'a, Ran> {
        Box::pin(async move {
            if self.request.is_late(FOR_COMMIT) {
                self.result = Some(Err(too_late().into()));
                return Ran::Refused;
            }
            self.is_begun.store(true, Ordering::SeqCst);
            let work = request::in_time(FOR_COMMIT, (self.work)(tx));
            let work = request::carry(self.request.clone(), work);
            let result = match AssertUnwindSafe(work).catch_unwind().await {
                Ok(Some(result)) => result,
                Ok(None) => Err(too_late().into()),
                Err(panic) => Err(panicked(&*panic).into()),
            };
            let ran = match &result {
                Ok(_) => Ran::Kept,
                Err(error) => match error.database() {
                    // Of what is not known, SQLite may have rolled all of it back, as where memory ran out.
                    Some(
                        Error::Unavailable(_)
                        | Error::Contention(_)
                        | Error::OutcomeUnknown
                        | Error::Other(_),
                    ) => Ran::Broken,
                    _ => Ran::Refused,
                },
            };
            self.result = Some(result);
            ran
        })
    }

    fn run_alone<'a>(&'a mut self, writer: &'a Writer) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if self.request.is_late(FOR_COMMIT) {
                self.result = Some(Err(too_late().into()));
                return;
            }
            self.is_begun.store(true, Ordering::SeqCst);
            let work = request::carry(self.request.clone(), writer.write_retrying(&self.work));
            let result = AssertUnwindSafe(work).catch_unwind().await;
            self.result = Some(result.unwrap_or_else(|panic| Err(panicked(&*panic).into())));
        })
    }

    fn answer(self: Box<Self>) {
        let Self {
            work,
            result,
            answer,
            ..
        } = *self;
        // What the work holds is let go before anybody hears of the answer.
        drop(work);
        let result = result.unwrap_or_else(|| Err(Error::OutcomeUnknown.into()));
        // Whoever asked may have gone away; what was done is done.
        drop(answer.send(result));
    }

    fn fail(mut self: Box<Self>, error: Error) {
        self.result = Some(Err(error.into()));
        self.answer();
    }
}

/// The panic itself was logged by its hook.
fn panicked(_: &(dyn Any + Send)) -> Error {
    Error::Other(DbErr::Custom("a write to the database panicked".to_owned()))
}

/// What does the writes.
struct Group {
    writer: Writer,
    /// So many more writes come with savepoints.
    careful: usize,
}

impl Group {
    /// Does one write, and in the same transaction those that have come to wait meanwhile.
    async fn share(&mut self, first: Box<dyn Job>, waiting: &mut mpsc::Receiver<Box<dyn Job>>) {
        let mut again = VecDeque::from([first]);
        while let Some(first) = again.pop_front() {
            self.share_one(first, &mut again, waiting).await;
        }
    }

    /// Does the writes of one transaction; those that have to be done again are in `again` afterwards.
    async fn share_one(
        &mut self,
        mut first: Box<dyn Job>,
        again: &mut VecDeque<Box<dyn Job>>,
        waiting: &mut mpsc::Receiver<Box<dyn Job>>,
    ) {
        let writer = self.writer.clone();
        let Ok(tx) = writer.begin().await else {
            return alone(&writer, vec![first]).await;
        };
        match first.run(&tx).await {
            Ran::Kept => {}
            Ran::Refused | Ran::Entangled => {
                writer.roll_back(tx).await;
                return first.answer();
            }
            Ran::Broken => {
                writer.roll_back(tx).await;
                return alone(&writer, vec![first]).await;
            }
        }
        let (began, is_careful) = (Instant::now(), self.careful > 0);
        let mut kept = vec![first];
        let mut refused: Vec<Box<dyn Job>> = Vec::new();
        while kept.len() + refused.len() < MOST && began.elapsed() < LONGEST {
            let next = again.pop_front().or_else(|| waiting.try_recv().ok());
            let Some(mut next) = next else {
                break;
            };
            match in_part(&tx, &mut next, is_careful).await {
                Ran::Kept => kept.push(next),
                Ran::Refused => refused.push(next),
                Ran::Entangled => {
                    writer.roll_back(tx).await;
                    self.careful = CAREFUL;
                    again.extend(kept.into_iter().chain(refused).chain([next]));
                    return;
                }
                Ran::Broken => {
                    writer.roll_back(tx).await;
                    kept.extend(refused);
                    kept.push(next);
                    return alone(&writer, kept).await;
                }
            }
        }
        self.careful = self.careful.saturating_sub(kept.len() + refused.len());
        match tx.commit().await.map_err(commit_error) {
            // What was refused saw the others' changes, so its answer waits for them too.
            Ok(()) => kept.into_iter().chain(refused).for_each(Job::answer),
            Err(Error::OutcomeUnknown) => {
                kept.into_iter()
                    .for_each(|write| write.fail(Error::OutcomeUnknown));
                alone(&writer, refused).await;
            }
            Err(_) => {
                kept.extend(refused);
                alone(&writer, kept).await;
            }
        }
    }
}

/// Does a write in a transaction in which others were done before.
async fn in_part(tx: &Tx, write: &mut Box<dyn Job>, is_careful: bool) -> Ran {
    tx.begin_part(is_careful);
    let ran = write.run(tx).await;
    match ran {
        Ran::Kept => tx.keep_part(),
        Ran::Refused if is_careful => {
            if tx.undo_part().await.is_err() {
                return Ran::Broken;
            }
        }
        Ran::Refused if tx.has_changed() => return Ran::Entangled,
        Ran::Refused | Ran::Entangled | Ran::Broken => {}
    }
    ran
}

/// Each in a transaction of its own, with its own answer.
async fn alone(writer: &Writer, writes: Vec<Box<dyn Job>>) {
    for mut write in writes {
        write.run_alone(writer).await;
        write.answer();
    }
}
