//! What the pages say, in three languages, by Fluent (<https://projectfluent.org>).
//!
//! `locales/<language>/` has a file for each group of pages. A message that a language lacks is told in English, and a
//! test finds it; so does one find messages that templates name and nobody has written.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use service::FieldError;
use service::words::Language;
use unic_langid::LanguageIdentifier;

/// The files of a language.
macro_rules! files {
    ($language:literal) => {
        [
            include_str!(concat!("../../locales/", $language, "/common.ftl")),
            include_str!(concat!("../../locales/", $language, "/words.ftl")),
            include_str!(concat!("../../locales/", $language, "/me.ftl")),
            include_str!(concat!("../../locales/", $language, "/list.ftl")),
            include_str!(concat!("../../locales/", $language, "/paper.ftl")),
            include_str!(concat!("../../locales/", $language, "/record.ftl")),
            include_str!(concat!("../../locales/", $language, "/parts.ftl")),
            include_str!(concat!("../../locales/", $language, "/home.ftl")),
            include_str!(concat!("../../locales/", $language, "/floor.ftl")),
            include_str!(concat!("../../locales/", $language, "/reports.ftl")),
            include_str!(concat!("../../locales/", $language, "/corrective.ftl")),
            include_str!(concat!("../../locales/", $language, "/inspections.ftl")),
            include_str!(concat!("../../locales/", $language, "/admin.ftl")),
        ]
    };
}

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle("en", &files!("en")));
static SPANISH: LazyLock<Bundle> = LazyLock::new(|| bundle("es", &files!("es")));
static CHINESE: LazyLock<Bundle> = LazyLock::new(|| bundle("zh", &files!("zh")));

type Bundle = FluentBundle<FluentResource>;

/// The code of what a page has told in the visitor's language already.
pub(super) const TOLD: &str = "told";

/// The words of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words(Language);

impl Words {
    /// In that language.
    pub(crate) fn of(language: Language) -> Self {
        Self(language)
    }

    /// In the first language of an Accept-Language that there is; English where there is none.
    pub(crate) fn accepted(header: Option<&str>) -> Self {
        let mut wanted: Vec<(u16, Language)> = header
            .unwrap_or_default()
            .split(',')
            .filter_map(wanted)
            .collect();
        // Of equal weight, the first one said.
        wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        Self(wanted.first().map_or(Language::English, |first| first.1))
    }

    /// The language.
    pub(crate) fn language(self) -> Language {
        self.0
    }

    /// A message.
    pub(crate) fn text(self, id: &str) -> String {
        self.format(id, None)
    }

    /// A message with arguments.
    pub(crate) fn with(self, id: &str, arguments: &[(&str, &str)]) -> String {
        let mut all = FluentArgs::new();
        for (name, value) in arguments {
            all.set((*name).to_owned(), (*value).to_owned());
        }
        self.format(id, Some(&all))
    }

    /// A message about a number, `$count`.
    pub(crate) fn count(self, id: &str, count: i64) -> String {
        let mut all = FluentArgs::new();
        all.set("count", FluentValue::from(count));
        self.format(id, Some(&all))
    }

    /// One of the fixed words of the field: `status`, `severity`, … and the word as it is stored.
    pub(crate) fn word(self, kind: &str, word: &str) -> String {
        self.text(&format!("{kind}-{}", word.replace('_', "-")))
    }

    /// What is wrong with a field: by the code where that says all. Otherwise as the service told it; in other languages
    /// than its own roughly, and [`Words::more`] is what it told.
    pub(crate) fn wrong(self, error: &FieldError) -> String {
        let code = error.code.replace('_', "-");
        let known = self.maybe(&format!("wrong-{code}"));
        known.unwrap_or_else(|| match self.more(error) {
            None => error.message.clone(),
            Some(_) => {
                let roughly = self.maybe(&format!("roughly-{code}"));
                roughly.unwrap_or_else(|| self.text("roughly-other"))
            }
        })
    }

    /// What the service told of it besides, in English; nothing where [`Words::wrong`] says all.
    pub(crate) fn more(self, error: &FieldError) -> Option<String> {
        let id = format!("wrong-{}", error.code.replace('_', "-"));
        let is_all = self.0 == Language::English || error.code == TOLD || self.maybe(&id).is_some();
        (!is_all).then(|| error.message.clone())
    }

    /// A message, where there is one.
    pub(crate) fn maybe(self, id: &str) -> Option<String> {
        self.known(id, None)
    }

    fn format(self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        self.known(id, arguments).unwrap_or_else(|| {
            log::error!("no message {id}");
            id.to_owned()
        })
    }

    fn known(self, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
        message(self.bundle(), id, arguments).or_else(|| message(&ENGLISH, id, arguments))
    }

    fn bundle(self) -> &'static Bundle {
        match self.0 {
            Language::English => &ENGLISH,
            Language::Spanish => &SPANISH,
            Language::Chinese => &CHINESE,
        }
    }
}

/// A language that is known, and how much it is wanted, in thousandths (RFC 9110, 12.5.4); none that is not wanted at all.
fn wanted(part: &str) -> Option<(u16, Language)> {
    let mut pieces = part.split(';').map(str::trim);
    let primary = pieces.next()?.split('-').next()?.to_ascii_lowercase();
    let language = Language::ALL.iter().find(|known| known.word() == primary)?;
    let weight = pieces.find_map(|piece| piece.strip_prefix(['q', 'Q'])?.strip_prefix('='));
    let weight: f32 = weight.unwrap_or("1").parse().ok()?;
    let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
    (thousandths > 0).then_some((thousandths, *language))
}

fn message(bundle: &Bundle, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
    let pattern = bundle.get_message(id)?.value()?;
    // What is missing is shown by its name, and found by a test.
    let mut errors = Vec::new();
    Some(
        bundle
            .format_pattern(pattern, arguments, &mut errors)
            .into_owned(),
    )
}

fn bundle(language: &str, files: &[&str]) -> Bundle {
    let language: Option<LanguageIdentifier> = language.parse().ok();
    let mut bundle = FluentBundle::new_concurrent(language.into_iter().collect());
    // The marks around arguments are for texts of both directions; in the titles of windows they would show.
    bundle.set_use_isolating(false);
    for file in files {
        let resource = match FluentResource::try_new((*file).to_owned()) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                log::error!("a file of messages has faults: {errors:?}");
                resource
            }
        };
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;
