//! Servers: connections that are lent again as they come back.
//!
//! sqlx's pool asks each connection that comes back to it for a sign of life: one more round trip for every statement
//! and every transaction, in which nobody has the connection. So those that ended their work in order do not go back,
//! but lie here until somebody wants one. All else is left to the pool: it opens, counts and closes connections, and
//! whatever did not end in order goes back to it and is tried there.
//!
//! Who asks gets, where there is one, a connection that was opened in the same runtime: the server's workers have one
//! each, and an answer that arrives in another's has to come by way of two threads.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use sqlx::Pool;
use sqlx::pool::PoolConnection;
use sqlx_core::transaction::TransactionManager;
use tokio::runtime::{Handle, Id};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::PoolOptions;
use crate::doubt::{self, Doubt};
use crate::pool::PING_AFTER_IDLE;

/// How long a connection stays away from its pool, which replaces it when it is old.
const AWAY: Duration = Duration::from_secs(300);

/// So many of a pool's connections are neither lent nor kept here: for those who ask the pool itself.
const SPARE: u32 = 2;

/// The connections of one pool that are lent.
#[derive(Debug)]
pub(crate) struct Lender<D: sqlx::Database>(Arc<Shelf<D>>);

impl<D: sqlx::Database> Clone for Lender<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Shelf<D: sqlx::Database> {
    pool: Pool<D>,
    /// One for each connection that may be lent.
    turns: Arc<Semaphore>,
    turns_in_all: usize,
    patience: Duration,
    /// Those that nobody has at the moment, the one used last at the end; none once closed.
    kept: Mutex<Option<VecDeque<Kept<D>>>>,
    /// How many are kept at most, together with those that are lent.
    most: usize,
    /// How many connections the pool opens at most.
    most_open: u32,
    /// How many wait for the pool to hand out a connection.
    waiting: AtomicUsize,
    doubt: Doubt,
}

#[derive(Debug)]
struct Kept<D: sqlx::Database> {
    held: Held<D>,
    idle_since: Instant,
}

/// A connection that came from the pool.
#[derive(Debug)]
struct Held<D: sqlx::Database> {
    connection: PoolConnection<D>,
    /// When the pool handed it out.
    since: Instant,
    /// The runtime that waits for what it receives, as far as that is known.
    home: Option<Id>,
}

tokio::task_local! {
    /// Whether the pool has opened a connection for whoever asks it for one.
    static OPENED: Cell<bool>;
}

/// Told by the pool: a connection was opened just now.
pub(crate) fn opened() {
    // Not asked for here: then nobody wants to know.
    let _ = OPENED.try_with(|opened| opened.set(true));
}

/// A connection that is lent. Let go without [`give_back`](Self::give_back) it goes to the pool.
pub(crate) struct Loan<D: sqlx::Database> {
    held: Option<Held<D>>,
    /// Whether it has been used before, and may have died since.
    pub(crate) is_used: bool,
    /// Whether it is in a transaction.
    in_transaction: bool,
    shelf: Arc<Shelf<D>>,
    _turn: OwnedSemaphorePermit,
}

impl<D: sqlx::Database> Lender<D> {
    pub(crate) fn of(pool: Pool<D>, options: &PoolOptions, doubt: &Doubt) -> Self {
        let connections = options.max_connections.max(1);
        let most = connections.saturating_sub(SPARE) as usize;
        let turns_in_all = most.max(1);
        Self(Arc::new(Shelf {
            pool,
            turns: Arc::new(Semaphore::new(turns_in_all)),
            turns_in_all,
            patience: options.acquire_timeout,
            kept: Mutex::new(Some(VecDeque::new())),
            most,
            most_open: connections,
            waiting: AtomicUsize::new(0),
            doubt: doubt.clone(),
        }))
    }

    /// Lends a connection.
    pub(crate) async fn lend(&self) -> Result<Loan<D>, DbErr> {
        let shelf = &self.0;
        let home = Handle::current().id();
        if let Ok(turn) = Arc::clone(&shelf.turns).try_acquire_owned()
            && let Some(held) = shelf.take_fresh(home)
        {
            return Ok(shelf.loan(held, true, turn));
        }
        // Boxed, so that whoever need not wait does not carry it about.
        match tokio::time::timeout(shelf.patience, Box::pin(self.wait(home))).await {
            Ok(loan) => loan.map_err(not_lent),
            Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    async fn wait(&self, home: Id) -> Result<Loan<D>, sqlx::Error> {
        let shelf = &self.0;
        let turn = Arc::clone(&shelf.turns).acquire_owned().await;
        let turn = turn.map_err(|_| sqlx::Error::PoolClosed)?;
        // Said before looking: what is given back from now on is seen here, or goes to the pool.
        let waiting = Waiting::begin(&shelf.waiting);
        while let Some(Kept {
            mut held,
            idle_since,
        }) = shelf.take(home)
        {
            if idle_since.elapsed() < PING_AFTER_IDLE
                || doubt::ping(&mut *held.connection).await.is_ok()
            {
                return Ok(shelf.loan(held, true, turn));
            }
            held.connection.close_on_drop();
        }
        let acquired = async {
            let connection = shelf.pool.acquire().await?;
            let home = OPENED.with(|opened| opened.get().then_some(home));
            Ok::<_, sqlx::Error>((connection, home))
        };
        let (connection, home) = OPENED.scope(Cell::new(false), acquired).await?;
        drop(waiting);
        let held = Held {
            connection,
            since: Instant::now(),
            home,
        };
        Ok(shelf.loan(held, false, turn))
    }

    /// How many lie here.
    pub(crate) fn idle(&self) -> usize {
        self.0.kept().as_ref().map_or(0, VecDeque::len)
    }

    /// Gives those that lie here back to the pool, which tries them.
    pub(crate) fn clear(&self) {
        let kept = self.0.kept().as_mut().map(std::mem::take);
        drop(kept);
    }

    /// Lends no more. What another runtime has opened is dropped as it is: that may have ended with its worker, and the
    /// pool's question by way of it would fail.
    pub(crate) fn close(&self) {
        self.0.turns.close();
        let here = Handle::try_current().ok().map(|handle| handle.id());
        let kept = self.0.kept().take();
        for Kept { held, .. } in kept.into_iter().flatten() {
            if held.home.is_none() || held.home != here {
                drop(held.connection.detach());
            }
        }
    }
}

impl<D: sqlx::Database> Shelf<D> {
    fn kept(&self) -> MutexGuard<'_, Option<VecDeque<Kept<D>>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one of this home that was used last, for somebody who has a turn; another's where the pool has opened all that it
    /// may, or where one more from the pool would be one of those that are spared.
    fn take(&self, home: Id) -> Option<Kept<D>> {
        let mut kept = self.kept();
        let kept = kept.as_mut()?;
        let lent = self.turns_in_all - self.turns.available_permits();
        let is_room = self.pool.size() < self.most_open && kept.len() + lent <= self.most;
        match kept.iter().rposition(|kept| kept.held.home == Some(home)) {
            Some(own) => kept.remove(own),
            None if is_room => None,
            None => kept.pop_back(),
        }
    }

    /// One that was in use a moment ago.
    fn take_fresh(&self, home: Id) -> Option<Held<D>> {
        let kept = self.take(home)?;
        if kept.idle_since.elapsed() < PING_AFTER_IDLE {
            return Some(kept.held);
        }
        // Where those lie that nobody wanted for longest.
        if let Some(all) = self.kept().as_mut() {
            all.push_front(kept);
        }
        None
    }

    fn loan(self: &Arc<Self>, held: Held<D>, is_used: bool, turn: OwnedSemaphorePermit) -> Loan<D> {
        Loan {
            held: Some(held),
            is_used,
            in_transaction: false,
            shelf: Arc::clone(self),
            _turn: turn,
        }
    }

    /// Whether a connection may be kept that came from the pool at `since`.
    fn keeps(&self, since: Instant) -> bool {
        since.elapsed() < AWAY && !self.doubt.is_fresh()
    }
}

impl<D: sqlx::Database> Loan<D> {
    /// The connection.
    pub(crate) fn connection(&mut self) -> Result<&mut D::Connection, sqlx::Error> {
        match &mut self.held {
            Some(held) => Ok(&mut held.connection),
            None => Err(sqlx::Error::PoolClosed),
        }
    }

    pub(crate) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.in_transaction = true;
        D::TransactionManager::begin(self.connection()?, None).await
    }

    pub(crate) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        D::TransactionManager::commit(self.connection()?).await?;
        self.in_transaction = false;
        Ok(())
    }

    pub(crate) async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        D::TransactionManager::rollback(self.connection()?).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Its work ended in order: the next one may have it as it is.
    pub(crate) fn give_back(mut self) {
        if self.in_transaction {
            return;
        }
        let Some(held) = self.held.take() else {
            return;
        };
        if !self.shelf.keeps(held.since) {
            return;
        }
        let mut kept = self.shelf.kept();
        let surplus = kept.as_mut().and_then(|kept| {
            kept.push_back(Kept {
                held,
                idle_since: Instant::now(),
            });
            // Whoever waits for the pool does not hear of what is kept. Else the one that nobody wanted for longest.
            let is_wanted = self.shelf.waiting.load(Ordering::SeqCst) > 0;
            let surplus = is_wanted || kept.len() > self.shelf.most;
            surplus.then(|| kept.pop_front()).flatten()
        });
        drop(kept);
        drop(surplus);
    }
}

impl<D: sqlx::Database> Drop for Loan<D> {
    fn drop(&mut self) {
        if self.in_transaction
            && let Some(held) = &mut self.held
        {
            // Sent before the pool's own question, when the connection is back there.
            D::TransactionManager::start_rollback(&mut held.connection);
        }
    }
}

/// Somebody who waits for the pool, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// As SeaORM tells it.
fn not_lent(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
    }
}
