//! Notes: what people say about a record, in Markdown, to each other and to whoever reads it in ten years.
//!
//! They are never edited, and do not move the version. They are taken on closed and void records too: what comes to
//! light after closure is evidence, and says so by its date. A text that must not stay (a person's data, a secret) is
//! redacted by a quality manager: text and salt go, the note, its digest and its history stay. The history holds the
//! digest alone, so that nothing has to be cut out of a chain, and without the salt nobody can try texts against it.

mod mentions;
mod redact;

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{defect_note, note_mention};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::children::{Kind, Names, Under, page, require_room};
use super::record::{Moves, Record};
use super::{ChildQuery, Written};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::markdown;
use crate::notice::{self, Event, Notice};
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Instant, Text};
use crate::version::IfMatch;

pub use redact::{Redaction, may_redact, redact, redactable};

crate::input! {
    /// A note.
    pub struct NewNote {
        /// What is to be said, in Markdown; `@name` of a user mentions him.
        body: required Text<20_000>,
    }
}

/// A note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoteView {
    /// Id.
    pub id: i64,
    /// As it was sent; null once redacted.
    #[schema(required)]
    pub body: Option<String>,
    /// As HTML that is safe to show; null once redacted.
    #[schema(required)]
    pub body_html: Option<String>,
    /// Who is mentioned in it.
    pub mentions: Vec<PersonRef>,
    /// When it was written.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who wrote it.
    pub created_by: PersonRef,
    /// When it was redacted.
    #[schema(required, format = DateTime)]
    pub redacted_at: Option<String>,
    /// Who redacted it.
    #[schema(required)]
    pub redacted_by: Option<PersonRef>,
    /// Why.
    #[schema(required)]
    pub redaction_reason: Option<String>,
}

/// How many notes a record holds.
const MOST_NOTES: u64 = 5_000;

const WHAT: &str = "note";

/// Lists a record's notes.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<NoteView>> {
    actor.may_read()?;
    let kind = Kind::<defect_note::Entity> {
        name: "notes",
        id: defect_note::Column::Id,
        parent: defect_note::Column::DefectId,
        long: &[defect_note::Column::Body],
    };
    let page = page(system, under.into(), kind, draft, |note| note.id).await?;
    let shown = Shown::of(system.db.reader(), &page.items).await?;
    Ok(page.map(|note| shown.view(note)))
}

/// Reads a note.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<NoteView> {
    actor.may_read()?;
    let db = system.db.reader();
    let note = find(db, defect_id, id).await?;
    view(db, note).await
}

/// What notes of a record say, by their ids, as they were sent; none once redacted. What is not there is left out.
///
/// # Errors
/// `Forbidden` for a token that may not read, `Database`.
pub async fn bodies(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    ids: &[i64],
) -> Result<BTreeMap<i64, Option<String>>> {
    actor.may_read()?;
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(i64, Option<String>)> = defect_note::Entity::find()
        .select_only()
        .columns([defect_note::Column::Id, defect_note::Column::Body])
        .filter(defect_note::Column::DefectId.eq(defect_id))
        .filter(defect_note::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(system.db.reader())
        .await?;
    Ok(found.into_iter().collect())
}

/// A note through its parent: under another record it is not found.
async fn find(db: &impl ConnectionTrait, defect_id: i64, id: i64) -> Result<defect_note::Model> {
    defect_note::Entity::find_by_id(id)
        .filter(defect_note::Column::DefectId.eq(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))
}

/// Adds a note.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` where there are too many, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewNote>,
    key: Option<&Idempotency>,
) -> Result<Written<NoteView>> {
    let input = (defect_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewNote>)>,
) -> Result<Written<NoteView>> {
    let (defect_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    record.require_right(field::NOTES)?;
    if_match.check(record.row.version)?;
    let body = &draft.check()?.body.0;
    let room = (MOST_NOTES, "notes");
    let parent = defect_note::Column::DefectId;
    require_room::<defect_note::Entity>(unit.tx, parent, *defect_id, room).await?;
    let salt = format!("{:032x}", rand::random::<u128>());
    let note = defect_note::ActiveModel {
        defect_id: Set(*defect_id),
        body: Set(Some(body.clone())),
        body_digest: Set(digest(&salt, body)),
        body_salt: Set(Some(salt)),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(&path(note.id), &Json::Null, &content(&note))?;
    let mentioned = mentions::of(unit.tx, body).await?;
    for user_id in &mentioned {
        let mention = note_mention::ActiveModel {
            defect_id: Set(*defect_id),
            note_id: Set(note.id),
            user_id: Set(*user_id),
            ..Default::default()
        }
        .insert(unit.tx)
        .await?;
        let told = mention_content(&mention);
        record.note(&mention_path(mention.id), &Json::Null, &told)?;
    }
    if !mentioned.is_empty() {
        let told = Notice::about(Event::Mentioned, &record.row)
            .with("note_id", note.id)
            .with("mentioned", &mentioned)
            .to(mentioned);
        notice::tell(&unit, vec![told]).await?;
    }
    let version = record.save(Moves::Nothing).await?;
    let item = view(unit.tx, note).await?;
    Ok(Written { item, version })
}

/// What the history keeps of a text: nobody reads the one from the other.
fn digest(salt: &str, body: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(salt.as_bytes());
    digest.update(body.as_bytes());
    crate::hex::encode(&digest.finalize())
}

/// A note as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::NOTES)
}

/// A note as history keeps it. A text that is gone without having been redacted is no note of this digest.
pub(crate) fn content(note: &defect_note::Model) -> Json {
    let digest = match (&note.body, &note.body_salt, note.redacted_at) {
        (Some(body), Some(salt), None) => Some(digest(salt, body)),
        (None, None, Some(_)) => Some(note.body_digest.clone()),
        _ => None,
    };
    let mut content = json!({ "body_digest": digest });
    if note.redacted_at.is_some() {
        content["is_redacted"] = json!(true);
    }
    content
}

/// A mention as history names it.
pub(crate) fn mention_path(id: i64) -> String {
    format!("mentions/{id}")
}

/// A mention as history keeps it.
pub(crate) fn mention_content(mention: &note_mention::Model) -> Json {
    json!({ "note_id": mention.note_id, "user_id": mention.user_id })
}

async fn view(db: &impl ConnectionTrait, note: defect_note::Model) -> Result<NoteView> {
    let shown = Shown::of(db, std::slice::from_ref(&note)).await?;
    Ok(shown.view(note))
}

/// What notes show besides themselves.
struct Shown {
    mentions: Vec<note_mention::Model>,
    names: Names,
}

impl Shown {
    async fn of(db: &impl ConnectionTrait, notes: &[defect_note::Model]) -> Result<Self> {
        let mentions = match notes {
            [] => Vec::new(),
            notes => {
                note_mention::Entity::find()
                    .filter(note_mention::Column::NoteId.is_in(notes.iter().map(|note| note.id)))
                    .order_by_asc(note_mention::Column::Id)
                    .all(db)
                    .await?
            }
        };
        let writers = notes.iter().map(|note| note.created_by);
        let redactors = notes.iter().filter_map(|note| note.redacted_by);
        let mentioned = mentions.iter().map(|mention| mention.user_id);
        let names = Names::of(db, writers.chain(redactors).chain(mentioned)).await?;
        Ok(Self { mentions, names })
    }

    fn view(&self, note: defect_note::Model) -> NoteView {
        let mentions = self.mentions.iter();
        let mentions = mentions.filter(|mention| mention.note_id == note.id);
        NoteView {
            id: note.id,
            body_html: note.body.as_deref().map(markdown::html),
            body: note.body,
            mentions: mentions
                .map(|mention| self.names.person(mention.user_id))
                .collect(),
            created_at: Instant::show(&note.created_at),
            created_by: self.names.person(note.created_by),
            redacted_at: note.redacted_at.as_ref().map(Instant::show),
            redacted_by: note.redacted_by.map(|id| self.names.person(id)),
            redaction_reason: note.redaction_reason,
        }
    }
}
