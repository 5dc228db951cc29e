//! What people wrote: as they wrote it, and beside it what it is in the other languages of the sheet.

use service::defects::translations::{TranslationOrigin, TranslationView};
use service::words::Language;

use super::labels::Labels;

/// A text on a sheet.
pub(super) struct Told {
    /// What it is.
    pub(super) label: String,
    /// Its language, as HTML names it, where that is known.
    pub(super) language: Option<&'static str>,
    /// As it was written; empty where that is yet to be done.
    pub(super) written: String,
    pub(super) others: Vec<Other>,
}

/// A text in another language.
pub(super) struct Other {
    /// As HTML names it.
    pub(super) language: &'static str,
    pub(super) text: String,
    /// Who translated it into what.
    pub(super) by: String,
}

impl Told {
    /// A text that nobody translates.
    pub(super) fn plain(label: String, text: Option<&str>) -> Self {
        Self {
            label,
            language: None,
            written: text.unwrap_or_default().to_owned(),
            others: Vec::new(),
        }
    }

    /// The same text, known to be of a language.
    pub(super) fn in_language(mut self, language: Language) -> Self {
        self.language = Some(language.word());
        self
    }

    /// The same text, with those of its translations that the sheet has a language for.
    pub(super) fn with<'t>(
        mut self,
        labels: &Labels,
        translations: impl Iterator<Item = &'t TranslationView>,
    ) -> Self {
        let wanted: Vec<Language> = labels.languages().collect();
        let wanted = translations.filter(|one| wanted.contains(&one.language));
        self.others = wanted.map(|one| Other::of(labels, one)).collect();
        self
    }
}

impl Other {
    fn of(labels: &Labels, translation: &TranslationView) -> Self {
        let language = translation.language.word();
        let by = match translation.origin {
            TranslationOrigin::Machine => labels.text("paper-by-machine"),
            TranslationOrigin::Human => labels.text("paper-by-person"),
        };
        Self {
            language,
            text: translation.content.clone(),
            by: format!("{} · {by}", labels.word("language", language)),
        }
    }
}
