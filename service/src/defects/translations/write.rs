//! Translations by people: they win over a machine's as long as the text stays what it is.

use std::sync::Arc;

use entity::translation;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::Value as Json;

use super::{TranslatedField, TranslationOrigin, by_field, content, digest, machine, path};
use super::{put_into, text_of};
use crate::actor::Actor;
use crate::defects::Written;
use crate::defects::record::{Moves, Record};
use crate::defects::view::{self, DefectView};
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::input::Draft;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{LongText, Text};
use crate::version::IfMatch;
use crate::words::Language;

crate::input! {
    /// Translations of a record's texts; what is not sent stays as it is, null takes a translation back.
    pub struct TranslationPut {
        /// The title.
        title: clearable Text<500>,
        /// The description.
        description: clearable LongText,
        /// What happened in the process.
        process_analysis: clearable LongText,
        /// How it is to be repaired.
        repair_process: clearable LongText,
        /// What engineering found.
        engineering_findings: clearable LongText,
        /// The root cause.
        root_cause: clearable LongText,
    }
}

impl TranslationPut {
    /// What was sent, text by text. Destructured whole: a new field does not compile until it has a place here.
    fn sent(&self) -> Vec<(TranslatedField, Option<&str>)> {
        fn text<const MAX: usize>(sent: &Option<Option<Text<MAX>>>) -> Option<Option<&str>> {
            let text = sent.as_ref()?;
            Some(text.as_ref().map(|text| text.0.as_str()))
        }
        let Self {
            title,
            description,
            process_analysis,
            repair_process,
            engineering_findings,
            root_cause,
        } = self;
        let all = [
            (TranslatedField::Title, text(title)),
            (TranslatedField::Description, text(description)),
            (TranslatedField::ProcessAnalysis, text(process_analysis)),
            (TranslatedField::RepairProcess, text(repair_process)),
            (
                TranslatedField::EngineeringFindings,
                text(engineering_findings),
            ),
            (TranslatedField::RootCause, text(root_cause)),
        ];
        let sent = all.into_iter();
        sent.filter_map(|(field, text)| Some((field, text?)))
            .collect()
    }
}

/// Writes translations into a language, corrects or takes them back, on a closed record too; answers the record in that
/// language.
///
/// # Errors
/// `NotFound` (what is no language is no address), `Forbidden`, `VersionStale`, `WrongState` for the record's own
/// language, `Invalid`.
pub async fn put(
    system: &System,
    actor: &Actor,
    (defect_id, language): (i64, &str),
    if_match: &IfMatch,
    draft: &Draft<TranslationPut>,
) -> Result<Written<DefectView>> {
    let language = Language::of(language).ok_or(Error::NotFound("language"))?;
    let input = (defect_id, language, if_match.clone(), draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(put_in(unit, input))
        })
        .await
}

async fn put_in(
    unit: Unit<'_>,
    input: Arc<(i64, Language, IfMatch, Draft<TranslationPut>)>,
) -> Result<Written<DefectView>> {
    let (defect_id, language, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    record.require_right(field::TRANSLATIONS)?;
    unit.actor.user_id()?;
    if_match.check(record.row.version)?;
    if record.row.language == language.word() {
        let what = format!(
            "the record's own texts are in {language}: change them in the record, or send translations into another \
             language"
        );
        return Err(Error::WrongState(what));
    }
    let sent = draft.check()?.sent();
    let lacking = sent
        .iter()
        .filter(|(field, text)| text.is_some() && text_of(&record.row, *field).is_none());
    let lacking =
        lacking.map(|(field, _)| FieldError::unmet(field.word(), "the record has no such text"));
    refuse_if_any(lacking.collect())?;
    let mut stored = by_field(unit.tx, *defect_id, *language).await?;
    let mut is_missing = false;
    for (field, text) in sent {
        match (text, stored.remove(&field)) {
            (Some(text), before) => {
                let to = Translation::by_person(&record, text, field)?;
                to.store(&mut record, (field, *language), before).await?;
            }
            (None, Some(before)) => {
                remove(&mut record, &before).await?;
                is_missing = true;
            }
            (None, None) => {}
        }
    }
    if is_missing {
        machine::ask_for(&unit, &record.row, &[*language]).await?;
    }
    let version = record.save(Moves::Nothing).await?;
    let mut item = view::view(unit.tx, &unit.system, &unit.actor, *defect_id).await?;
    put_into(unit.tx, &mut item, *language).await?;
    Ok(Written { item, version })
}

/// A translation of what a text says now.
pub(super) struct Translation {
    pub(super) text: String,
    pub(super) origin: TranslationOrigin,
    pub(super) translator: Option<&'static str>,
    pub(super) source_language: String,
    pub(super) source_digest: String,
}

impl Translation {
    fn by_person(record: &Record<'_>, text: &str, field: TranslatedField) -> Result<Self> {
        let source = text_of(&record.row, field);
        let source = source.ok_or_else(|| Error::internal("a translation of no text"))?;
        Ok(Self {
            text: text.to_owned(),
            origin: TranslationOrigin::Human,
            translator: None,
            source_language: record.row.language.clone(),
            source_digest: digest(source),
        })
    }

    /// Puts it where there is none yet, or in the place of another, and into the record's history.
    pub(super) async fn store(
        self,
        record: &mut Record<'_>,
        (field, language): (TranslatedField, Language),
        before: Option<translation::Model>,
    ) -> Result<()> {
        let (unit, user) = (record.unit, record.unit.actor.id);
        let Some(before) = before else {
            let new = translation::ActiveModel {
                defect_id: Set(record.row.id),
                field: Set(field.word().to_owned()),
                language: Set(language.word().to_owned()),
                created_at: Set(unit.now),
                created_by: Set(user),
                ..self.columns(unit)
            };
            let new = new.insert(unit.tx).await?;
            return record.note(&path(new.id), &Json::Null, &content(&new));
        };
        let after = translation::Model {
            content: self.text.clone(),
            origin: self.origin.word().to_owned(),
            source_language: self.source_language.clone(),
            source_digest: self.source_digest.clone(),
            translator: self.translator.map(str::to_owned),
            ..before.clone()
        };
        let (old, new) = (content(&before), content(&after));
        if old == new {
            return Ok(());
        }
        let columns = translation::ActiveModel {
            id: Set(before.id),
            ..self.columns(unit)
        };
        columns.update(unit.tx).await?;
        for (name, old) in old.as_object().into_iter().flatten() {
            record.note(&format!("{}.{name}", path(before.id)), old, &new[name])?;
        }
        Ok(())
    }

    fn columns(self, unit: &Unit<'_>) -> translation::ActiveModel {
        translation::ActiveModel {
            content: Set(self.text),
            origin: Set(self.origin.word().to_owned()),
            source_language: Set(self.source_language),
            source_digest: Set(self.source_digest),
            translator: Set(self.translator.map(str::to_owned)),
            updated_at: Set(unit.now),
            updated_by: Set(unit.actor.id),
            ..Default::default()
        }
    }
}

async fn remove(record: &mut Record<'_>, row: &translation::Model) -> Result<()> {
    translation::Entity::delete_by_id(row.id)
        .exec(record.unit.tx)
        .await?;
    record.note(&path(row.id), &content(row), &Json::Null)
}
