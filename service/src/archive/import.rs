//! An archive into the running system: received, looked at, and merged by a job, all of it or nothing.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Arrived, told};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::job::{self, Failed, JobKind, JobView};
use crate::moving::{self, MergeOptions, Seal, Watch};
use crate::rights::ARCHIVES;
use crate::system::{System, Unit};

crate::input! {
    /// How an archive is imported.
    pub struct ArchiveImport {
        /// True to be told what would happen, and nothing done; false unless said otherwise.
        dry_run: optional bool,
        /// True to leave out records that cannot be merged instead of importing nothing; false unless said otherwise.
        skip_refused: optional bool,
    }
}

/// What was asked for, judged.
#[derive(Clone, Copy, Debug)]
pub struct Wanted(MergeOptions);

/// Judges a request before its archive is received. With an Idempotency-Key it may have been done before, so whether
/// another import is under way is asked later then.
///
/// # Errors
/// `Forbidden`, `Invalid`, [`Error::ReadOnly`], [`Error::Busy`].
pub async fn may_import(
    system: &System,
    actor: &Actor,
    query: &Draft<ArchiveImport>,
    has_key: bool,
) -> Result<Wanted> {
    require(actor)?;
    let ArchiveImport {
        dry_run,
        skip_refused,
    } = query.check()?;
    let options = MergeOptions {
        dry_run: *dry_run == Some(true),
        skip_refused: *skip_refused == Some(true),
    };
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    if !has_key {
        job::refuse_second(system.db.reader(), JobKind::Import).await?;
    }
    Ok(Wanted(options))
}

fn require(actor: &Actor) -> Result<()> {
    actor.require(ARCHIVES, "import an archive")?;
    actor.user_id().map(drop)
}

/// Begins the import of an archive that has arrived, and tells of the job that does it.
///
/// # Errors
/// [`Error::Unreadable`] for what is no archive, [`Error::Busy`] while another import is under way.
pub async fn import(
    system: &System,
    actor: &Actor,
    Wanted(options): Wanted,
    archive: Arrived,
    key: Option<&Idempotency>,
) -> Result<JobView> {
    let looked = tokio::task::spawn_blocking(move || {
        moving::look_at(archive.path())
            .map(|()| archive)
            .map_err(no_archive)
    });
    let archive = looked.await.map_err(Error::internal)??;
    let input = json!({
        "dry_run": options.dry_run,
        "skip_refused": options.skip_refused,
        "bytes": archive.size,
        "sha256": archive.sha256,
    });
    let job = system
        .change(actor, key, input, |unit, input| {
            Box::pin(async move { add(&unit, &input).await })
        })
        .await?;
    // None where this is the answer that was given before, or the same request came twice.
    if let Some(task) = job::take(system, job.id).await? {
        let (system, actor) = (system.clone(), actor.clone());
        let (watch, seal) = (task.watch(), task.seal());
        task.spawn(async move { merge(&system, &actor, options, &archive, &watch, &seal).await });
    }
    Ok(job)
}

/// Of what was sent the place on this server says nothing to whoever sent it.
fn no_archive(error: moving::Error) -> Error {
    match error {
        moving::Error::Archive { file, line, what } if file.contains(super::upload::PREFIX) => {
            told(moving::Error::Archive {
                file: "the archive".to_owned(),
                line,
                what,
            })
        }
        error => told(error),
    }
}

async fn add(unit: &Unit<'_>, input: &Arc<Json>) -> Result<JobView> {
    require(&unit.actor)?;
    job::add(unit, JobKind::Import, input).await
}

async fn merge(
    system: &System,
    actor: &Actor,
    options: MergeOptions,
    archive: &Arrived,
    watch: &Watch,
    seal: &Seal,
) -> std::result::Result<Json, Failed> {
    let db = system.db.unhurried().await;
    let db = db.map_err(|error| Failed::because(sentence(Error::from(error).into())))?;
    let (to, key) = ((&db, &system.files), &system.audit_key);
    let merged = moving::merge(to, archive.path(), key, actor, options, watch, Some(seal)).await;
    // Somebody may have been disabled, or may do less now.
    system.tokens.forget_all();
    let merged = merged.map_err(|error| Failed::because(sentence(error)))?;
    let refused = merged.refused;
    let result = serde_json::to_value(&merged).unwrap_or_default();
    if merged.applied || options.dry_run {
        return Ok(result);
    }
    let error = format!(
        "{refused} records were refused, so nothing was imported: `result` names them; with skip_refused=true the rest \
         is imported without them"
    );
    Err(Failed {
        error,
        result: Some(result),
    })
}

/// Why an import failed, for the job; of databases and files only that they failed.
fn sentence(error: moving::Error) -> String {
    match &error {
        moving::Error::Refused(_) | moving::Error::Archive { .. } => no_archive(error).to_string(),
        moving::Error::Database { .. } | moving::Error::File { .. } | moving::Error::Service(_) => {
            log::error!("an import failed: {}", with_cause(&error));
            match error {
                moving::Error::Database { .. } => "the database failed",
                _ => "something went wrong inside the server",
            }
            .to_owned()
                + ", whose log says what; nothing was changed"
        }
    }
}

fn with_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
