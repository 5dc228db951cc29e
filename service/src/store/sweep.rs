//! Throwing away what no row names for a day: files of uploads that were refused in the end, or broke off.
//!
//! Somebody may attach the same content in the very moment in which it is thrown away. So it is moved aside first, and
//! the rows are asked then: who named it before that is found here, and it is moved back; who names it later finds that
//! it is missing, and puts it again. The place belongs to one database: another one's files would look unnamed, so
//! nothing is thrown away where the place says that it is somebody else's. A copy of a system is another one.

use std::collections::HashSet;

use chrono::TimeDelta;
use entity::attachment;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{CONTENT, Store, failed};
use crate::error::Result;
use crate::setting;
use crate::system::System;

/// How long a file may lie there unnamed.
const KEPT: TimeDelta = TimeDelta::days(1);

/// Where files are moved aside.
const ASIDE: &str = "aside";

/// What says whose the place is.
const OWNER: &str = "dmt-system";

/// So many names are asked for at once.
const AT_ONCE: usize = 200;

/// Throws away what is unnamed; says how many files there were.
///
/// # Errors
/// [`Error::Files`](crate::Error::Files), [`Error::Database`](crate::Error::Database).
pub async fn sweep(system: &System) -> Result<u64> {
    let store = system.files.open()?;
    if system.read_only || !is_ours(system).await? {
        return Ok(0);
    }
    // What a server left aside that was killed here.
    for path in all(&system.files, ASIDE, None).await? {
        settle(system, store, &path).await?;
    }
    let before = system.clock.now() - KEPT;
    let old = all(&system.files, CONTENT, Some(before)).await?;
    let mut gone = 0;
    for some in old.chunks(AT_ONCE) {
        let names: Vec<&str> = some.iter().filter_map(name).collect();
        let named = named(system, &names).await?;
        for path in some {
            let Some(name) = name(path).filter(|name| !named.contains(*name)) else {
                continue;
            };
            let aside = Path::from(format!("{ASIDE}/{name}"));
            if is_done(store.rename(path, &aside).await)? {
                gone += u64::from(settle(system, store, &aside).await?);
            }
        }
    }
    Ok(gone)
}

/// Whether the place is this database's; one that is nobody's becomes it.
async fn is_ours(system: &System) -> Result<bool> {
    let store = system.files.open()?;
    let owner = Path::from(OWNER);
    let us = setting::files_owner(&system.db).await?;
    match store.get(&owner).await {
        Ok(found) => {
            let found = found.bytes().await.map_err(|error| failed(&error))?;
            if found == us.as_bytes() {
                return Ok(true);
            }
            log::warn!(
                "{} holds the files of another database: nothing is thrown away there; if that one is no longer in use, \
                 remove {OWNER} there",
                system.files.place()
            );
            Ok(false)
        }
        Err(object_store::Error::NotFound { .. }) => {
            let put = store.put(&owner, us.into_bytes().into()).await;
            put.map_err(|error| failed(&error))?;
            Ok(true)
        }
        Err(error) => Err(failed(&error)),
    }
}

/// What lies in a folder of the place, as far as it is older than that.
async fn all(
    store: &Store,
    folder: &str,
    before: Option<chrono::DateTime<chrono::FixedOffset>>,
) -> Result<Vec<Path>> {
    let found = store.open()?.list(Some(&Path::from(folder)));
    let found = found.try_filter_map(|file| {
        let is_old = before.is_none_or(|before| file.last_modified < before);
        std::future::ready(Ok(is_old.then_some(file.location)))
    });
    found.try_collect().await.map_err(|error| failed(&error))
}

/// The SHA-256 that a file is called by.
fn name(path: &Path) -> Option<&str> {
    path.filename().filter(|name| name.len() == 64)
}

/// Which of these names rows tell of.
async fn named(system: &System, names: &[&str]) -> Result<HashSet<String>> {
    let mut named = HashSet::new();
    for column in [
        attachment::Column::Sha256,
        attachment::Column::ThumbnailSha256,
    ] {
        let found: Vec<String> = attachment::Entity::find()
            .select_only()
            .column(column)
            .filter(column.is_in(names.iter().copied()))
            .into_tuple()
            .all(system.db.reader())
            .await?;
        named.extend(found);
    }
    Ok(named)
}

/// Removes a file that lies aside, or moves it back if a row names it; whether it was removed.
async fn settle(
    system: &System,
    store: &std::sync::Arc<dyn ObjectStore>,
    aside: &Path,
) -> Result<bool> {
    let name = name(aside).unwrap_or_default();
    let is_named = named(system, &[name]).await?.contains(name);
    if is_named {
        is_done(store.rename(aside, &super::path(name)).await)?;
        return Ok(false);
    }
    is_done(store.delete(aside).await)
}

/// Whether something was done; another server may have done it a moment before.
fn is_done(done: object_store::Result<()>) -> Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(failed(&error)),
    }
}
