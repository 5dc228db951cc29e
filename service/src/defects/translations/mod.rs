//! The languages of a record: its texts stay in the language in which they were written, and beside them stand
//! translations, by people (`write`) or by a machine (`machine`, where the server has a [`Translator`]).
//!
//! A translation knows which text it is of by its digest: once the text is another it is kept, and not shown as the text.
//! What people write wins: a machine fills what is missing and replaces what is out of date, and nothing else. They are
//! no part of what is signed, do not move the version, and are taken on closed records too: whoever reads one in ten
//! years may need them. The history tells them like everything else that stands on a record.

mod machine;
mod pieces;
mod translator;
mod write;

use std::collections::HashMap;

use entity::{defect, translation};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::children::{Kind, Names, page_of};
use super::view::{self, DefectView};
use super::{ChildQuery, WHAT};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::System;
use crate::value::Instant;
use crate::words::Language;

pub(crate) use machine::{Done, Wanted, ask, run};
pub use translator::{Batch, Limits, Translator};
pub use write::{TranslationPut, put};

crate::choice! {
    /// A text that is translated.
    pub enum TranslatedField {
        /// The title.
        Title = "title",
        /// The description.
        Description = "description",
        /// What happened in the process.
        ProcessAnalysis = "process_analysis",
        /// How it is to be repaired.
        RepairProcess = "repair_process",
        /// What engineering found.
        EngineeringFindings = "engineering_findings",
        /// The root cause.
        RootCause = "root_cause",
    }
}

crate::choice! {
    /// Who translated.
    pub enum TranslationOrigin {
        /// A machine.
        Machine = "machine",
        /// A person.
        Human = "human",
    }
}

crate::choice! {
    /// Whether a text is shown translated, and by whom.
    pub enum Translated {
        /// By a machine.
        Machine = "machine",
        /// By a person.
        Human = "human",
        /// Not: it is shown as it was written.
        None = "none",
    }
}

crate::input! {
    /// How to show a record.
    pub struct ShowQuery {
        /// The language in which to show its texts, as far as there is a translation of what they say now.
        lang: optional Language,
    }
}

/// Which of a record's texts are shown translated, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TranslatedTexts {
    /// The title.
    pub title: Translated,
    /// The description.
    pub description: Translated,
    /// What happened in the process.
    pub process_analysis: Translated,
    /// How it is to be repaired.
    pub repair_process: Translated,
    /// What engineering found.
    pub engineering_findings: Translated,
    /// The root cause.
    pub root_cause: Translated,
}

/// A translation of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranslationView {
    /// Id.
    pub id: i64,
    /// The text.
    pub field: TranslatedField,
    /// The language that it is translated into.
    pub language: Language,
    /// The translation.
    pub content: String,
    /// Who translated.
    pub origin: TranslationOrigin,
    /// The service that translated, where a machine did.
    #[schema(required)]
    pub translator: Option<String>,
    /// Whether it is of what the text says now, and so shown as the text.
    pub is_current: bool,
    /// When the text was first translated.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who did that; null for a machine.
    #[schema(required)]
    pub created_by: Option<PersonRef>,
    /// When this translation was made.
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Who did that; null for a machine.
    #[schema(required)]
    pub updated_by: Option<PersonRef>,
}

/// Reads a defect, its texts in another language as far as they are translated.
///
/// # Errors
/// `NotFound`, `Invalid` for what is no language.
pub async fn show(
    system: &System,
    actor: &Actor,
    id: i64,
    draft: &Draft<ShowQuery>,
) -> Result<DefectView> {
    let mut shown = view::show(system, actor, id).await?;
    if let Some(language) = draft.check()?.lang {
        put_into(system.db.reader(), &mut shown, language).await?;
    }
    Ok(shown)
}

/// Puts a record's texts into a language, and says which.
async fn put_into(
    db: &impl ConnectionTrait,
    shown: &mut DefectView,
    language: Language,
) -> Result<()> {
    let mut said = TranslatedTexts::nothing();
    let own = shown.item.language;
    if language != own {
        for row in rows_in(db, shown.item.id, language).await? {
            let field = TranslatedField::stored(&row.field)?;
            let origin = TranslationOrigin::stored(&row.origin)?;
            if is_current(&row, shown.text(field), own)? {
                shown.say(field, row.content);
                *said.of(field) = match origin {
                    TranslationOrigin::Machine => Translated::Machine,
                    TranslationOrigin::Human => Translated::Human,
                };
            }
        }
    }
    shown.translated = Some(said);
    Ok(())
}

/// Lists a record's translations, those of texts that have changed since included.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<TranslationView>> {
    actor.may_read()?;
    let db = system.db.reader();
    let record = defect::Entity::find_by_id(defect_id).one(db).await?;
    let record = record.ok_or(Error::NotFound(WHAT))?;
    let kind = Kind::<translation::Entity> {
        name: "translations",
        id: translation::Column::Id,
        parent: translation::Column::DefectId,
        long: &[translation::Column::Content],
    };
    let page = page_of(db, defect_id, kind, draft, |row| row.id).await?;
    let people = page.items.iter();
    let people = people.flat_map(|row| [row.created_by, row.updated_by]);
    let names = Names::of(db, people.flatten()).await?;
    page.try_map(|row| translation_view(row, &record, &names))
}

fn translation_view(
    row: translation::Model,
    record: &defect::Model,
    names: &Names,
) -> Result<TranslationView> {
    let field = TranslatedField::stored(&row.field)?;
    let language = Language::stored(&row.language)?;
    let own = Language::stored(&record.language)?;
    let is_current = language != own && is_current(&row, text_of(record, field), own)?;
    Ok(TranslationView {
        id: row.id,
        field,
        language,
        content: row.content,
        origin: TranslationOrigin::stored(&row.origin)?,
        translator: row.translator,
        is_current,
        created_at: Instant::show(&row.created_at),
        created_by: row.created_by.map(|id| names.person(id)),
        updated_at: Instant::show(&row.updated_at),
        updated_by: row.updated_by.map(|id| names.person(id)),
    })
}

/// The translations of a record into a language.
async fn rows_in(
    db: &impl ConnectionTrait,
    defect_id: i64,
    language: Language,
) -> Result<Vec<translation::Model>> {
    Ok(translation::Entity::find()
        .filter(translation::Column::DefectId.eq(defect_id))
        .filter(translation::Column::Language.eq(language.word()))
        .all(db)
        .await?)
}

/// The same, by the texts.
async fn by_field(
    db: &impl ConnectionTrait,
    defect_id: i64,
    language: Language,
) -> Result<HashMap<TranslatedField, translation::Model>> {
    let rows = rows_in(db, defect_id, language).await?.into_iter();
    rows.map(|row| Ok((TranslatedField::stored(&row.field)?, row)))
        .collect()
}

/// Whether a translation is of what the text says. A machine was told the language of the text; if that was wrong, it
/// translated something else.
fn is_current(row: &translation::Model, text: Option<&str>, own: Language) -> Result<bool> {
    let from_here = row.origin == TranslationOrigin::Human.word()
        || Language::stored(&row.source_language)? == own;
    Ok(from_here && text.is_some_and(|text| digest(text) == row.source_digest))
}

/// By what a translation knows its text.
fn digest(text: &str) -> String {
    crate::hex::encode(&Sha256::digest(text))
}

/// Tells whether any of a record's texts is another, or in another language.
pub(super) fn digest_of(row: &defect::Model) -> String {
    let texts = TranslatedField::ALL
        .iter()
        .map(|field| text_of(row, *field));
    digest(&json!([row.language, texts.collect::<Vec<_>>()]).to_string())
}

/// A text of a record.
fn text_of(row: &defect::Model, field: TranslatedField) -> Option<&str> {
    match field {
        TranslatedField::Title => Some(&row.title),
        TranslatedField::Description => Some(&row.description),
        TranslatedField::ProcessAnalysis => row.process_analysis.as_deref(),
        TranslatedField::RepairProcess => row.repair_process.as_deref(),
        TranslatedField::EngineeringFindings => row.engineering_findings.as_deref(),
        TranslatedField::RootCause => row.root_cause.as_deref(),
    }
}

impl DefectView {
    /// What a text says, where there is one.
    pub fn text(&self, field: TranslatedField) -> Option<&str> {
        match field {
            TranslatedField::Title => Some(&self.item.title),
            TranslatedField::Description => Some(&self.description),
            TranslatedField::ProcessAnalysis => self.process_analysis.as_deref(),
            TranslatedField::RepairProcess => self.repair_process.as_deref(),
            TranslatedField::EngineeringFindings => self.engineering_findings.as_deref(),
            TranslatedField::RootCause => self.root_cause.as_deref(),
        }
    }

    fn say(&mut self, field: TranslatedField, text: String) {
        match field {
            TranslatedField::Title => self.item.title = text,
            TranslatedField::Description => self.description = text,
            TranslatedField::ProcessAnalysis => self.process_analysis = Some(text),
            TranslatedField::RepairProcess => self.repair_process = Some(text),
            TranslatedField::EngineeringFindings => self.engineering_findings = Some(text),
            TranslatedField::RootCause => self.root_cause = Some(text),
        }
    }
}

impl TranslatedTexts {
    fn nothing() -> Self {
        Self {
            title: Translated::None,
            description: Translated::None,
            process_analysis: Translated::None,
            repair_process: Translated::None,
            engineering_findings: Translated::None,
            root_cause: Translated::None,
        }
    }

    fn of(&mut self, field: TranslatedField) -> &mut Translated {
        match field {
            TranslatedField::Title => &mut self.title,
            TranslatedField::Description => &mut self.description,
            TranslatedField::ProcessAnalysis => &mut self.process_analysis,
            TranslatedField::RepairProcess => &mut self.repair_process,
            TranslatedField::EngineeringFindings => &mut self.engineering_findings,
            TranslatedField::RootCause => &mut self.root_cause,
        }
    }
}

/// A translation as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::TRANSLATIONS)
}

/// A translation as history keeps it.
pub(crate) fn content(row: &translation::Model) -> Json {
    json!({
        "field": row.field,
        "language": row.language,
        "content": row.content,
        "origin": row.origin,
        "source_language": row.source_language,
        "source_digest": row.source_digest,
        "translator": row.translator,
    })
}
