//! A running system: the database, the clock, what was fixed at first start, and the one way to change anything.
//!
//! Public service functions take the [`System`] first. Everything that writes goes through [`System::change`]:
//! one transaction, retried as a whole, answered once per Idempotency-Key, refused on a read-only server.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use db::{Db, Tx};
use futures_util::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use crate::actor::Actor;
use crate::archive::Turns;
use crate::audit::AuditKey;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::idempotency::{Idempotency, InFlight};
use crate::job::Jobs;
use crate::names::NameCache;
use crate::notice::Listeners;
use crate::password::Hashing;
use crate::setting::Settings;
use crate::store::Store;
use crate::token::TokenCache;
use crate::webhook::address::Allowed;
use crate::words::Language;

/// A running system; cheap to clone.
#[derive(Clone)]
pub struct System(Arc<Parts>);

/// What a system is made of.
pub struct Parts {
    options: SystemOptions,
    /// Tokens looked up in the last seconds.
    pub tokens: TokenCache,
    /// What records show of what they refer to.
    pub(crate) names: NameCache,
    /// Idempotency keys being worked on.
    pub(crate) in_flight: InFlight,
    /// Jobs being worked on.
    pub jobs: Jobs,
    /// Archives on their way out.
    pub(crate) exports: Turns,
    /// Whether anybody wants to hear of what happens.
    pub(crate) listeners: Listeners,
}

/// What a system is put together from.
pub struct SystemOptions {
    /// The database, migrated.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What was fixed at first start.
    pub settings: Settings,
    /// How passwords are hashed.
    pub hashing: Hashing,
    /// The key of the audit chain, if there is one.
    pub audit_key: AuditKey,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// How long a session lasts.
    pub session: chrono::TimeDelta,
    /// Where the files of attachments lie.
    pub files: Store,
    /// Which hosts inside the plant's network webhooks may call.
    pub webhook_hosts: Allowed,
    /// Whether changes are told to the summaries; false only to measure what that costs, and then reports are wrong.
    pub summaries: bool,
    /// The languages that this server has texts translated into; none where it has no translator.
    pub translate_into: Vec<Language>,
}

impl std::ops::Deref for System {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::ops::Deref for Parts {
    type Target = SystemOptions;

    fn deref(&self) -> &SystemOptions {
        &self.options
    }
}

impl System {
    /// Puts a system together.
    pub fn new(options: SystemOptions) -> Self {
        Self(Arc::new(Parts {
            options,
            tokens: TokenCache::default(),
            names: NameCache::default(),
            in_flight: InFlight::default(),
            jobs: Jobs::default(),
            exports: Turns::default(),
            listeners: Listeners::default(),
        }))
    }

    /// One change in one transaction. `work` may run several times (deadlocks are retried), so it changes
    /// nothing but the database; with a key its answer is kept and given again to the same request.
    pub(crate) async fn change<S, T, F>(
        &self,
        actor: &Actor,
        key: Option<&Idempotency>,
        input: S,
        work: F,
    ) -> Result<T>
    where
        S: Send + Sync + 'static,
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: for<'a> Fn(Unit<'a>, Arc<S>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        if self.read_only {
            return Err(Error::ReadOnly);
        }
        self.change_session(actor, key, input, work).await
    }

    /// [`change`](Self::change) that a read-only server makes too: sessions begin and end there, and failures to sign
    /// in count, because without signing in nobody could read.
    pub(crate) async fn change_session<S, T, F>(
        &self,
        actor: &Actor,
        key: Option<&Idempotency>,
        input: S,
        work: F,
    ) -> Result<T>
    where
        S: Send + Sync + 'static,
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: for<'a> Fn(Unit<'a>, Arc<S>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        // A token that may only read gets no stored answer either: the work refuses it.
        let key = key.filter(|_| actor.may_write().is_ok());
        let claim = key
            .map(|key| self.in_flight.claim(actor.id, key))
            .transpose()?;
        let shared = Arc::new(Shared {
            system: self.clone(),
            actor: actor.clone(),
            key: key.cloned(),
            input: Arc::new(input),
            work,
            _claim: claim,
        });
        let result = self
            .db
            .write(move |tx| {
                let shared = Arc::clone(&shared);
                Box::pin(async move { shared.run(tx).await })
            })
            .await;
        match result.map_err(crate::constraint::again_if_overtaken) {
            Err(error) => self.done_elsewhere(actor, key, error).await,
            answer => {
                self.listeners.committed();
                answer
            }
        }
    }

    /// What failed may have failed because another server did the same request at the same moment: then the answer
    /// that was kept there counts. Asked in a transaction of its own, so that nothing of the failed work is committed.
    async fn done_elsewhere<T>(
        &self,
        actor: &Actor,
        key: Option<&Idempotency>,
        error: Error,
    ) -> Result<T>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let by_key = match &error {
            Error::Database(db::Error::Unique(name)) => Some(name.contains("idem")),
            Error::Database(_) => None,
            _ => Some(false),
        };
        let (Some(key), Some(by_key)) = (key, by_key) else {
            return Err(crate::constraint::explain(error));
        };
        let asked = (self.clone(), actor.clone(), key.clone());
        let answer = self.db.write(move |tx| {
            let (system, actor, key) = asked.clone();
            let now = system.clock.now();
            Box::pin(async move {
                key.recall(&Unit {
                    tx,
                    system,
                    actor,
                    now,
                })
                .await
            })
        });
        match answer.await? {
            Some(answer) => Ok(answer),
            None if by_key => Err(Error::KeyInFlight),
            None => Err(crate::constraint::explain(error)),
        }
    }
}

struct Shared<S, F> {
    system: System,
    actor: Actor,
    key: Option<Idempotency>,
    input: Arc<S>,
    work: F,
    /// Held until the transaction has ended, even when the client has gone away.
    _claim: Option<crate::idempotency::Claim>,
}

impl<S, F> Shared<S, F> {
    async fn run<T>(&self, tx: &Tx) -> Result<T>
    where
        T: Serialize + DeserializeOwned + Sync,
        F: for<'a> Fn(Unit<'a>, Arc<S>) -> BoxFuture<'a, Result<T>>,
    {
        let unit = Unit {
            tx,
            system: self.system.clone(),
            actor: self.actor.clone(),
            now: self.system.clock.now(),
        };
        let work = |unit| async {
            let done = (self.work)(unit, Arc::clone(&self.input)).await;
            done.map_err(crate::constraint::again_if_overtaken)
        };
        let Some(key) = &self.key else {
            return work(unit).await;
        };
        if let Some(answer) = key.recall(&unit).await? {
            return Ok(answer);
        }
        let answer = work(unit.clone()).await?;
        key.keep(&unit, &answer).await?;
        Ok(answer)
    }
}

/// A change under way: its transaction, who makes it, and when.
#[derive(Clone)]
pub(crate) struct Unit<'a> {
    pub(crate) tx: &'a Tx,
    pub(crate) system: System,
    pub(crate) actor: Actor,
    pub(crate) now: DateTime<FixedOffset>,
}
