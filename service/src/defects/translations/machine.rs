//! Translations by a machine: asked for with the change of a text, made later and elsewhere.
//!
//! What is asked for is a row of the outbox for each language ([`ask`]), so it is neither lost nor in the way of the
//! change, and tried again where the service fails. When its turn comes ([`run`]), the record is read as it is then:
//! what is translated already is left alone, and each text is stored as soon as it is there. Before it is stored the text
//! is looked at once more under the record's lock: what was changed or translated meanwhile wins.

use std::sync::Arc;

use entity::defect;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

use super::pieces::{batches, cut, join};
use super::translator::{Batch, Translator};
use super::write::Translation;
use super::{TranslatedField, TranslationOrigin, by_field, digest, is_current, text_of};
use crate::actor::Actor;
use crate::defects::record::{Moves, Record};
use crate::error::{Error, Result};
use crate::outbox::{self, Channel, ToSend, Trouble};
use crate::role::Roles;
use crate::system::{System, Unit};
use crate::words::Language;

/// What is to be translated: the texts of a record, into a language.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) defect_id: i64,
    pub(crate) language: Language,
}

/// Asks for the translation of a record's texts into the languages that this server translates into, in the change's own
/// transaction; nothing where it translates nothing.
pub(crate) async fn ask(unit: &Unit<'_>, row: &defect::Model) -> Result<()> {
    ask_for(unit, row, Language::ALL).await
}

/// The same, for some languages.
pub(crate) async fn ask_for(
    unit: &Unit<'_>,
    row: &defect::Model,
    languages: &[Language],
) -> Result<()> {
    let into = unit.system.translate_into.iter();
    let into = into.filter(|to| to.word() != row.language && languages.contains(to));
    let mut rows = Vec::new();
    for language in into {
        let wanted = Wanted {
            defect_id: row.id,
            language: *language,
        };
        rows.push(ToSend {
            channel: Channel::Translate,
            event: None,
            webhook_id: None,
            user_id: None,
            content: serde_json::to_string(&wanted).map_err(Error::internal)?,
            due_at: unit.now,
        });
    }
    outbox::add(unit.tx, rows, unit.now).await
}

/// What came of it.
pub(crate) enum Done {
    /// Texts were translated.
    Translated,
    /// There was nothing to translate, for this reason.
    Nothing(&'static str),
}

/// Translates what is missing.
///
/// # Errors
/// The database's; that the service failed is none.
pub(crate) async fn run(
    system: &System,
    translator: &dyn Translator,
    wanted: &Wanted,
) -> Result<std::result::Result<Done, Trouble>> {
    let db = system.db.reader();
    let row = defect::Entity::find_by_id(wanted.defect_id).one(db).await?;
    let Some(row) = row else {
        return Ok(Ok(Done::Nothing("the record is not there")));
    };
    let (from, to) = (Language::stored(&row.language)?, wanted.language);
    if from == to {
        return Ok(Ok(Done::Nothing("the record is in this language")));
    }
    let stored = by_field(db, row.id, to).await?;
    let (mut done, mut failed) = (false, None);
    for field in TranslatedField::ALL {
        let Some(text) = text_of(&row, *field) else {
            continue;
        };
        if let Some(there) = stored.get(field)
            && is_current(there, Some(text), from)?
        {
            continue;
        }
        match translated(translator, text, (from, to)).await {
            Ok(translation) => {
                let made = Made {
                    defect_id: row.id,
                    languages: (from, to),
                    field: *field,
                    source_digest: digest(text),
                    text: translation,
                    translator: translator.name(),
                };
                made.store(system).await?;
                done = true;
            }
            // One text that the service does not take keeps none of the others from being translated.
            Err(trouble) if trouble.is_final => {
                failed = failed.or(Some(named(trouble, &row, *field, to)));
            }
            Err(trouble) => return Ok(Err(named(trouble, &row, *field, to))),
        }
    }
    Ok(match failed {
        Some(trouble) => Err(trouble),
        None if done => Ok(Done::Translated),
        None => Ok(Done::Nothing("all of it is translated already")),
    })
}

/// Says whose translation it was: the row itself does not.
fn named(
    mut trouble: Trouble,
    row: &defect::Model,
    field: TranslatedField,
    to: Language,
) -> Trouble {
    let tag = &row.tag_number;
    trouble.what = format!("{field} of {tag} into {to}: {}", trouble.what);
    trouble
}

/// A text in another language, in as many requests as the service needs.
async fn translated(
    translator: &dyn Translator,
    text: &str,
    (from, to): (Language, Language),
) -> std::result::Result<String, Trouble> {
    let limits = translator.limits();
    let parts = cut(text, limits.text);
    let mut pieces = Vec::new();
    for texts in batches(&parts, limits) {
        let many = texts.len();
        let answer = translator.translate(Batch { from, to, texts }).await?;
        let is_text = |piece: &String| !piece.trim().is_empty() && !piece.contains('\0');
        if answer.len() != many || !answer.iter().all(is_text) {
            return Err(unusable());
        }
        pieces.extend(answer);
    }
    join(&parts, pieces).ok_or_else(unusable)
}

fn unusable() -> Trouble {
    Trouble {
        what: "the service did not answer with a translation of each text".to_owned(),
        answer: None,
        is_final: false,
    }
}

/// A translation that a machine made.
#[derive(Clone)]
struct Made {
    defect_id: i64,
    languages: (Language, Language),
    field: TranslatedField,
    source_digest: String,
    text: String,
    translator: &'static str,
}

impl Made {
    async fn store(self, system: &System) -> Result<()> {
        let actor = Actor {
            name: format!("machine translation ({})", self.translator),
            roles: Roles::default(),
            ..Actor::command_line()
        };
        system
            .change(&actor, None, self, |unit, made| {
                Box::pin(store_in(unit, made))
            })
            .await
    }
}

/// Stores it, unless the text is another by now, or has a translation.
async fn store_in(unit: Unit<'_>, made: Arc<Made>) -> Result<()> {
    let mut record = Record::load(&unit, made.defect_id).await?;
    let (from, to) = made.languages;
    let text = text_of(&record.row, made.field);
    let is_same = text.is_some_and(|text| digest(text) == made.source_digest);
    if !is_same || record.row.language != from.word() {
        return Ok(());
    }
    let there = by_field(unit.tx, made.defect_id, to)
        .await?
        .remove(&made.field);
    if let Some(there) = &there
        && is_current(there, text, from)?
    {
        return Ok(());
    }
    let translation = Translation {
        text: made.text.clone(),
        origin: TranslationOrigin::Machine,
        translator: Some(made.translator),
        source_language: from.word().to_owned(),
        source_digest: made.source_digest.clone(),
    };
    translation
        .store(&mut record, (made.field, to), there)
        .await?;
    record.save(Moves::Nothing).await?;
    Ok(())
}
