//! What a sheet says of itself, in all of its languages side by side: `Cantidad / 数量`.
//!
//! A word that two languages share stands there once. What people wrote is none of this: see [`super::texts`].

use service::Error;
use service::code;
use service::words::Language;

use crate::web::typed::Typed;
use crate::web::wording::Words;

/// The words of a sheet.
#[derive(Clone, Debug)]
pub(super) struct Labels(Vec<Words>);

/// What stands between two languages.
const BETWEEN: &str = " / ";

impl Labels {
    /// In the languages that a query names (`languages=es,zh`), in its order; in `own` where it names none.
    pub(super) fn asked(query: &Typed, own: Language) -> Result<Self, Error> {
        let named = query.pairs().iter().filter(|(name, _)| name == "languages");
        let named = named.flat_map(|(_, value)| value.split(',')).map(str::trim);
        let mut chosen = Vec::new();
        for word in named.filter(|word| !word.is_empty()) {
            let Some(language) = Language::of(word) else {
                let message = "must be one to three of `en`, `es`, `zh`, with commas between";
                return Err(Error::field("languages", "choice", message));
            };
            if !chosen.contains(&language) {
                chosen.push(language);
            }
        }
        if chosen.is_empty() {
            chosen.push(own);
        }
        Ok(Self(chosen.into_iter().map(Words::of).collect()))
    }

    /// The languages, the first one first.
    pub(super) fn languages(&self) -> impl Iterator<Item = Language> {
        self.0.iter().map(|words| words.language())
    }

    /// The first language, as HTML names it.
    pub(super) fn language(&self) -> &'static str {
        let first = self.languages().next();
        first.unwrap_or(Language::English).word()
    }

    /// A message.
    pub(super) fn text(&self, id: &str) -> String {
        together(self.0.iter().map(|words| words.text(id)))
    }

    /// A message with a number in it, `$number`.
    pub(super) fn numbered(&self, id: &str, number: usize) -> String {
        let number = number.to_string();
        let said = self
            .0
            .iter()
            .map(|words| words.with(id, &[("number", number.as_str())]));
        together(said)
    }

    /// What a field of the service is called.
    pub(super) fn field(&self, name: &str) -> String {
        self.text(&format!("field-{}", name.replace('_', "-")))
    }

    /// A fixed word of the field: `status`, `severity`, … and the word as it is stored.
    pub(super) fn word(&self, kind: &str, word: &str) -> String {
        together(self.0.iter().map(|words| words.word(kind, word)))
    }

    /// Yes or no.
    pub(super) fn whether(&self, is_so: bool) -> String {
        if is_so {
            self.text("yes")
        } else {
            self.text("no")
        }
    }

    /// A message in each language by itself.
    pub(super) fn each(&self, id: &str) -> Vec<(&'static str, String)> {
        let said = |words: &Words| (words.language().word(), words.text(id));
        self.0.iter().map(said).collect()
    }

    /// How a code reads, as far as it does in these languages.
    pub(super) fn code(&self, labels: &code::Labels) -> String {
        let said = self.languages().filter_map(|language| labels.of(language));
        together(said.map(str::to_owned))
    }
}

fn together(said: impl Iterator<Item = String>) -> String {
    let mut different: Vec<String> = Vec::new();
    for text in said {
        if !different.contains(&text) {
            different.push(text);
        }
    }
    different.join(BETWEEN)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    fn labels(query: &[(&str, &str)]) -> Result<Labels, Error> {
        let query = Typed::with(query.iter().copied());
        Labels::asked(&query, Language::English)
    }

    #[test]
    fn a_label_stands_in_all_languages_side_by_side() {
        let two = labels(&[("languages", "es,zh")]).unwrap();
        assert_eq!(
            two.field("quantity_defective"),
            "Cantidad defectuosa / 不合格品数量"
        );
        // Of people: what things are called, and by what they are divided, are other words in Chinese.
        assert_eq!(two.text("paper-name"), "Nombre / 姓名");
        assert_eq!(two.text("paper-by"), "Persona / 人员");
        assert_eq!(two.language(), "es");
        let three = labels(&[
            ("languages", "zh"),
            ("languages", "en"),
            ("languages", "es,zh"),
        ])
        .unwrap();
        assert_eq!(three.word("status", "closed"), "已关闭 / Closed / Cerrado");
    }

    #[test]
    fn a_word_that_languages_share_stands_there_once() {
        let three = labels(&[("languages", "en,es,zh")]).unwrap();
        assert_eq!(three.word("authority", "mrb"), "MRB");
        assert_eq!(three.text("no"), "No / 否");
    }

    #[test]
    fn the_visitors_language_is_taken_where_none_is_asked_for_and_others_are_refused() {
        assert_eq!(labels(&[("size", "a6")]).unwrap().field("part"), "Part");
        assert_eq!(
            labels(&[("languages", " , ")]).unwrap().field("part"),
            "Part"
        );
        assert!(labels(&[("languages", "es,fr")]).is_err());
    }
}
