//! Attachments: photographs, documents and measurements on a record. Their bytes lie in the store under their SHA-256;
//! the row says what they are, and the record's history keeps it.
//!
//! What a file is, its bytes say (`kind`); pictures are written anew (`picture`); names lose their folders (`name`). A
//! file is put into the store first, and its row is written then. Nothing is deleted: what was attached in error is made
//! void, with a reason, and stays readable. Nothing is attached to a closed or void record: what comes later is said in
//! a note, or the record is reopened. Attachments do not move the version.

mod add;
mod kind;
mod name;
mod picture;
mod void;

use entity::attachment;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::ChildQuery;
use super::children::{Kind, Names, Under, page};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::store::Content;
use crate::system::System;
use crate::value::Instant;

pub use add::{Incoming, add, may_add};
pub use kind::MediaType;
pub use void::{VoidAttachment, may_void, void, voidable};

/// An attachment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttachmentView {
    /// Id.
    pub id: i64,
    /// What it is called.
    #[schema(example = "burr.jpg")]
    pub file_name: String,
    /// What it is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub byte_count: i64,
    /// Their SHA-256; the ETag of the content.
    pub sha256: String,
    /// Pixels from left to right, of a picture.
    #[schema(required)]
    pub width: Option<i64>,
    /// Pixels from top to bottom, of a picture.
    #[schema(required)]
    pub height: Option<i64>,
    /// Whether there is a small picture of it.
    pub has_thumbnail: bool,
    /// When it was attached.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who attached it.
    pub created_by: PersonRef,
    /// When it was made void.
    #[schema(required, format = DateTime)]
    pub voided_at: Option<String>,
    /// Who made it void.
    #[schema(required)]
    pub voided_by: Option<PersonRef>,
    /// Why.
    #[schema(required)]
    pub void_reason: Option<String>,
}

/// The pictures next to an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The last one that was attached before it.
    pub earlier: Option<i64>,
    /// The first one that was attached after it.
    pub later: Option<i64>,
}

/// Content on its way to whoever asked for it.
pub struct Download {
    /// What it is called.
    pub file_name: String,
    /// What it is.
    pub media_type: MediaType,
    /// Its SHA-256.
    pub sha256: String,
}

const WHAT: &str = "attachment";

/// Lists a record's attachments.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<AttachmentView>> {
    actor.may_read()?;
    let kind = Kind::<attachment::Entity> {
        name: "attachments",
        id: attachment::Column::Id,
        parent: attachment::Column::DefectId,
        long: &[],
    };
    let page = page(system, under.into(), kind, draft, |row| row.id).await?;
    let names = names(system.db.reader(), &page.items).await?;
    page.try_map(|row| view(row, &names))
}

/// Reads an attachment.
///
/// # Errors
/// `NotFound`.
pub async fn show(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    id: i64,
) -> Result<AttachmentView> {
    actor.may_read()?;
    let db = system.db.reader();
    view_of(db, find(db, defect_id, id).await?).await
}

/// The pictures next to an attachment on its record, in the order in which they were attached; those that are void too.
///
/// # Errors
/// `Forbidden` for a token that may not read, `Database`.
pub async fn beside(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<Beside> {
    actor.may_read()?;
    let db = system.db.reader();
    let pictures = attachment::Entity::find()
        .select_only()
        .column(attachment::Column::Id)
        .filter(attachment::Column::DefectId.eq(defect_id))
        .filter(attachment::Column::Width.is_not_null());
    let earlier = pictures
        .clone()
        .filter(attachment::Column::Id.lt(id))
        .order_by_desc(attachment::Column::Id);
    let later = pictures
        .filter(attachment::Column::Id.gt(id))
        .order_by_asc(attachment::Column::Id);
    Ok(Beside {
        earlier: earlier.into_tuple().one(db).await?,
        later: later.into_tuple().one(db).await?,
    })
}

/// What the content of an attachment is, without reading it.
///
/// # Errors
/// `NotFound`.
pub async fn content_of(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    id: i64,
) -> Result<Download> {
    actor.may_read()?;
    let row = find(system.db.reader(), defect_id, id).await?;
    Ok(Download {
        media_type: MediaType::stored(&row.media_type)?,
        file_name: row.file_name,
        sha256: row.sha256,
    })
}

/// What its thumbnail is.
///
/// # Errors
/// `NotFound`, also where there is none.
pub async fn thumbnail_of(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    id: i64,
) -> Result<Download> {
    actor.may_read()?;
    let row = find(system.db.reader(), defect_id, id).await?;
    let sha256 = row.thumbnail_sha256.ok_or(Error::NotFound("thumbnail"))?;
    Ok(Download {
        file_name: format!("thumbnail-{id}.jpg"),
        media_type: MediaType::Jpeg,
        sha256,
    })
}

/// The bytes.
///
/// # Errors
/// [`Error::Files`]; that they are missing is a fault.
pub async fn read(system: &System, download: &Download) -> Result<Content> {
    let content = system.files.get(&download.sha256).await?;
    content.ok_or_else(|| {
        let (place, sha256) = (system.files.place(), &download.sha256);
        Error::internal(format!("the file {sha256} is missing in {place}"))
    })
}

/// An attachment through its parent: under another record it is not found.
async fn find(db: &impl ConnectionTrait, defect_id: i64, id: i64) -> Result<attachment::Model> {
    attachment::Entity::find_by_id(id)
        .filter(attachment::Column::DefectId.eq(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))
}

/// An attachment as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::ATTACHMENTS)
}

/// An attachment as history keeps it: the hashes tell of each byte.
pub(crate) fn content(row: &attachment::Model) -> Json {
    let mut content = json!({
        "file_name": row.file_name,
        "media_type": row.media_type,
        "byte_count": row.byte_count,
        "sha256": row.sha256,
        "width": row.width,
        "height": row.height,
        "thumbnail_sha256": row.thumbnail_sha256,
    });
    if row.voided_at.is_some() {
        content["is_void"] = json!(true);
    }
    content
}

async fn names(db: &impl ConnectionTrait, rows: &[attachment::Model]) -> Result<Names> {
    let senders = rows.iter().map(|row| row.created_by);
    let voiders = rows.iter().filter_map(|row| row.voided_by);
    Names::of(db, senders.chain(voiders)).await
}

async fn view_of(db: &impl ConnectionTrait, row: attachment::Model) -> Result<AttachmentView> {
    let names = names(db, std::slice::from_ref(&row)).await?;
    view(row, &names)
}

fn view(row: attachment::Model, names: &Names) -> Result<AttachmentView> {
    Ok(AttachmentView {
        id: row.id,
        media_type: MediaType::stored(&row.media_type)?,
        file_name: row.file_name,
        byte_count: row.byte_count,
        sha256: row.sha256,
        width: row.width,
        height: row.height,
        has_thumbnail: row.thumbnail_sha256.is_some(),
        created_at: Instant::show(&row.created_at),
        created_by: names.person(row.created_by),
        voided_at: row.voided_at.as_ref().map(Instant::show),
        voided_by: row.voided_by.map(|id| names.person(id)),
        void_reason: row.void_reason,
    })
}
