//! Whoever sends: one task of a server, woken by what is told here and looking every few seconds for what is due.
//!
//! How something travels is not known here: the server gives a [`Carry`] for it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

use super::parcel::{Parcel, prepare};
use super::take::{Bundle, Outcome, Turn, settle, take};
use crate::defects::translations::{self, Done, Translator, Wanted};
use crate::error::{Error, Result};
use crate::notice;
use crate::system::System;

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long a server that is asked to stop waits for what is under way; the rest is sent by others, or later.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the translation of a record may take at once; what is translated by then stays, and the rest is tried again.
pub(super) const TRANSLATING: Duration = Duration::from_secs(8 * 60);

/// What came of a parcel: the status that was answered, where there are such.
pub type Sent = std::result::Result<Option<u16>, Trouble>;

/// Why a parcel did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A sentence for administrators.
    pub what: String,
    /// The status that was answered.
    pub answer: Option<u16>,
    /// Whether another attempt would be of no use.
    pub is_final: bool,
}

/// Carries a parcel to its receiver.
pub type Carry = Arc<dyn Fn(Parcel) -> BoxFuture<'static, Sent> + Send + Sync>;

/// How a server sends.
#[derive(Clone)]
pub struct Post {
    /// How a parcel travels.
    pub carry: Carry,
    /// Whether mails can be sent.
    pub has_mail: bool,
    /// What an id is put behind to make the address of a defect, for the links in mails.
    pub records: String,
    /// Who translates, where somebody does.
    pub translator: Option<Arc<dyn Translator>>,
    /// A number between 0 and 1, by which pauses differ.
    pub jitter: fn() -> f64,
}

/// Whoever sends.
#[derive(Clone)]
pub struct Worker {
    system: System,
    post: Post,
}

/// A worker that runs, until it is stopped.
pub struct Running {
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// Starts a worker.
pub fn spawn(system: System, post: Post) -> Running {
    let (stop, stopping) = watch::channel(false);
    let worker = Worker { system, post };
    let mut tasks = Vec::new();
    if worker.post.translator.is_some() {
        tasks.push(tokio::spawn(
            worker.clone().keep_translating(stopping.clone()),
        ));
    }
    tasks.push(tokio::spawn(worker.run(stopping)));
    Running { tasks, stop }
}

impl Running {
    /// Has it end, once what is under way has come to its end or took too long.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let handles: Vec<_> = self.tasks.iter().map(JoinHandle::abort_handle).collect();
        let ended = futures_util::future::join_all(self.tasks);
        if tokio::time::timeout(PATIENCE, ended).await.is_err() {
            handles.iter().for_each(AbortHandle::abort);
            log::warn!("what was being sent did not arrive in time; it will be sent again");
        }
    }
}

impl Worker {
    /// One that is told when to work.
    pub fn new(system: System, post: Post) -> Self {
        Self { system, post }
    }

    async fn run(self, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            match self.turn().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => log::warn!("what is to be sent could not be looked after: {error}"),
            }
            tokio::select! {
                _ = stopping.changed() => {}
                () = self.system.listeners.woken() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Spreads what was told and sends what is due, once; says whether there was anything.
    ///
    /// # Errors
    /// The database's; that something could not be sent is none.
    pub async fn turn(&self) -> Result<bool> {
        let spread = notice::spread(&self.system, self.post.has_mail).await?;
        let bundles = take(&self.system, Turn::Sending).await?;
        let taken = !bundles.is_empty();
        let mut under_way: FuturesUnordered<_> = bundles
            .into_iter()
            .map(|bundle| self.send(bundle))
            .collect();
        let mut failed = None;
        while let Some(sent) = under_way.next().await {
            failed = failed.or(sent.err());
        }
        failed.map_or(Ok(spread || taken), Err)
    }

    async fn keep_translating(self, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            match self.translate().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    log::warn!("what is to be translated could not be looked after: {error}");
                }
            }
            tokio::select! {
                _ = stopping.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Translates what waits for it, once; says whether there was anything. Nothing is taken where nobody translates: it
    /// waits for a server that has somebody.
    ///
    /// # Errors
    /// The database's; that something could not be translated is none.
    pub async fn translate(&self) -> Result<bool> {
        let Some(translator) = &self.post.translator else {
            return Ok(false);
        };
        let bundles = take(&self.system, Turn::Translating).await?;
        let taken = !bundles.is_empty();
        let bundles = bundles.into_iter();
        let under_way = bundles.map(|bundle| self.translate_bundle(translator.as_ref(), bundle));
        let done = futures_util::future::join_all(under_way).await;
        done.into_iter().collect::<Result<Vec<()>>>()?;
        Ok(taken)
    }

    fn translate_bundle<'a>(
        &'a self,
        translator: &'a dyn Translator,
        bundle: Bundle,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let outcome = self.translation(translator, &bundle).await?;
            settle(&self.system, &bundle, outcome, (self.post.jitter)()).await
        })
    }

    async fn translation(&self, translator: &dyn Translator, bundle: &Bundle) -> Result<Outcome> {
        let content = bundle.rows.first().map(|row| row.content.as_str());
        let wanted: Wanted = match serde_json::from_str(content.unwrap_or_default()) {
            Ok(wanted) => wanted,
            // What cannot be read now cannot be read later.
            Err(error) => return Ok(Outcome::Failed(None, error.to_string(), false)),
        };
        let done = translations::run(&self.system, translator, &wanted);
        Ok(match tokio::time::timeout(TRANSLATING, done).await {
            Ok(Ok(Ok(Done::Translated))) => Outcome::Sent(None),
            Ok(Ok(Ok(Done::Nothing(why)))) => Outcome::Dropped(why.to_owned()),
            Ok(Ok(Err(trouble))) => {
                let answer = trouble.answer.map(i64::from);
                Outcome::Failed(answer, trouble.what, !trouble.is_final)
            }
            Ok(Err(error @ Error::Database(_))) => return Err(error),
            Ok(Err(error)) => {
                log::error!("a translation could not be made: {error:?}");
                Outcome::Failed(None, error.to_string(), false)
            }
            Err(_) => {
                let what = "not all of it was translated in time".to_owned();
                Outcome::Failed(None, what, true)
            }
        })
    }

    /// Boxed: sixteen of them wait beside each other.
    fn send(&self, bundle: Bundle) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let outcome = match prepare(&self.system, &bundle, &self.post.records).await {
                Ok(Ok(parcel)) => self.carry(parcel).await,
                Ok(Err(outcome)) => outcome,
                Err(error @ Error::Database(_)) => return Err(error),
                // What cannot be read now cannot be read later.
                Err(error) => {
                    log::error!("a message could not be made ready: {error:?}");
                    Outcome::Failed(None, error.to_string(), false)
                }
            };
            settle(&self.system, &bundle, outcome, (self.post.jitter)()).await
        })
    }

    fn carry(&self, parcel: Parcel) -> impl Future<Output = Outcome> + use<> {
        let carried = (self.post.carry)(parcel);
        async move {
            match carried.await {
                Ok(answer) => Outcome::Sent(answer.map(i64::from)),
                Err(trouble) => {
                    let answer = trouble.answer.map(i64::from);
                    Outcome::Failed(answer, trouble.what, !trouble.is_final)
                }
            }
        }
    }
}
