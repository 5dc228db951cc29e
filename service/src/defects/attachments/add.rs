//! Attaching a file: judged before it comes, looked at when it is there, put into the store, and then told of.

use std::sync::Arc;

use bytes::Bytes;
use entity::{attachment, defect};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::Value as Json;

use super::kind::{self, MediaType, TAKEN};
use super::{AttachmentView, content, name, path, picture, view_of};
use crate::actor::Actor;
use crate::archive::Arrived;
use crate::defects::children::require_room;
use crate::defects::record::{Moves, Record};
use crate::defects::{WHAT, Written};
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::rights::{Access, Right, field};
use crate::system::{System, Unit};
use crate::version::IfMatch;
use crate::words::Status;

/// How many files are attached to a record.
const MOST_ATTACHMENTS: u64 = 1_000;

/// A file that has come.
pub struct Incoming {
    /// What its sender calls it.
    pub name: String,
    /// It.
    pub arrived: Arrived,
}

/// Judges a request before its file comes. With an Idempotency-Key it may have been done before, so what the record's
/// state lets is asked later then.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, [`Error::ReadOnly`].
pub async fn may_add(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    has_key: bool,
) -> Result<()> {
    actor.may_read()?;
    let row = defect::Entity::find_by_id(defect_id);
    let row = row.one(system.db.reader()).await?;
    let row = row.ok_or(Error::NotFound(WHAT))?;
    actor.may_write()?;
    let (status, own) = (
        Status::stored(&row.status)?,
        actor.id == Some(row.reported_by),
    );
    let access = Right::of(field::ATTACHMENTS).map(|right| right.access(actor.roles, status, own));
    match access {
        Some(Access::Write) => if_match.check(row.version)?,
        Some(Access::WriteLater) if has_key => {}
        Some(Access::WriteLater) => {
            if_match.check(row.version)?;
            let what = format!("the record is {status}; nothing can be attached to it");
            return Err(Error::WrongState(what));
        }
        _ => return Err(Error::forbidden("your roles do not allow to attach files")),
    }
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    Ok(())
}

/// Attaches a file that has come.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid` for what is not taken, [`Error::Files`].
pub async fn add(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    incoming: Incoming,
    key: Option<&Idempotency>,
) -> Result<Written<AttachmentView>> {
    let incoming = Arc::new(incoming);
    let file = Arc::new(look_at(&incoming).await?);
    file.put(system, &incoming).await?;
    let input = (defect_id, if_match.clone(), Arc::clone(&file));
    let written = system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await?;
    // The store may have thrown it away a moment before there was a row that names it.
    if !file.is_there(system).await? {
        file.put(system, &incoming).await?;
    }
    Ok(written)
}

/// A file as it will be kept.
struct Kept {
    file_name: String,
    kind: MediaType,
    byte_count: i64,
    sha256: String,
    size: Option<(i64, i64)>,
    /// Of a picture: it, and a small one.
    pictures: Option<(Bytes, Bytes)>,
    thumbnail_sha256: Option<String>,
}

async fn look_at(incoming: &Arc<Incoming>) -> Result<Kept> {
    if incoming.arrived.size == 0 {
        return Err(Error::field("file", "empty", "is empty"));
    }
    let looked_at = Arc::clone(incoming);
    let kind = move || kind::of(looked_at.arrived.path(), &looked_at.name);
    let kind = tokio::task::spawn_blocking(kind).await;
    let kind = kind.map_err(Error::internal)?.map_err(Error::internal)?;
    let kind = kind.ok_or_else(|| Error::field("file", "media_type", TAKEN))?;
    let whole = |number: u64| i64::try_from(number).map_err(Error::internal);
    if !matches!(kind, MediaType::Jpeg | MediaType::Png | MediaType::Webp) {
        return Ok(Kept {
            file_name: name::clean(&incoming.name, kind),
            kind,
            byte_count: whole(incoming.arrived.size)?,
            sha256: incoming.arrived.sha256.clone(),
            size: None,
            pictures: None,
            thumbnail_sha256: None,
        });
    }
    let picture = picture::renew(incoming.arrived.path(), kind).await?;
    let (bytes, thumbnail) = (Bytes::from(picture.bytes), Bytes::from(picture.thumbnail));
    Ok(Kept {
        file_name: name::clean(&incoming.name, picture.kind),
        kind: picture.kind,
        byte_count: whole(bytes.len() as u64)?,
        sha256: crate::store::name_of(&bytes),
        size: Some((picture.width.into(), picture.height.into())),
        thumbnail_sha256: Some(crate::store::name_of(&thumbnail)),
        pictures: Some((bytes, thumbnail)),
    })
}

impl Kept {
    async fn put(&self, system: &System, incoming: &Incoming) -> Result<()> {
        let Some((picture, thumbnail)) = &self.pictures else {
            let path = incoming.arrived.path();
            return system.files.put_file(&self.sha256, path).await;
        };
        system.files.put(picture.clone()).await?;
        system.files.put(thumbnail.clone()).await?;
        Ok(())
    }

    async fn is_there(&self, system: &System) -> Result<bool> {
        let small = match &self.thumbnail_sha256 {
            Some(thumbnail) => system.files.has(thumbnail).await?,
            None => true,
        };
        Ok(small && system.files.has(&self.sha256).await?)
    }
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Arc<Kept>)>,
) -> Result<Written<AttachmentView>> {
    let (defect_id, if_match, file) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    record.require_right(field::ATTACHMENTS)?;
    if_match.check(record.row.version)?;
    record.require_state([field::ATTACHMENTS])?;
    let room = (MOST_ATTACHMENTS, "attachments");
    let parent = attachment::Column::DefectId;
    require_room::<attachment::Entity>(unit.tx, parent, *defect_id, room).await?;
    let row = attachment::ActiveModel {
        defect_id: Set(*defect_id),
        file_name: Set(file.file_name.clone()),
        media_type: Set(file.kind.word().to_owned()),
        byte_count: Set(file.byte_count),
        sha256: Set(file.sha256.clone()),
        width: Set(file.size.map(|(width, _)| width)),
        height: Set(file.size.map(|(_, height)| height)),
        thumbnail_sha256: Set(file.thumbnail_sha256.clone()),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(&path(row.id), &Json::Null, &content(&row))?;
    let version = record.save(Moves::Nothing).await?;
    let item = view_of(unit.tx, row).await?;
    Ok(Written { item, version })
}
