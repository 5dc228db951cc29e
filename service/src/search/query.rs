//! What people write into the search: words, `"phrases"`, `-without`, `begin*`.
//!
//! Every term has to be there. A word with signs in it (`PN-100`) is a phrase of its parts, and the last word may be
//! unfinished, so that the list can be searched while somebody types. Nothing else has a meaning: what looks like a
//! pattern or an operator is words.

use db::search::Token;
use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::tokens;
use crate::value::{Problems, Text, Value, refuse};

/// How many characters a search has at most.
pub const LONGEST: usize = 200;

/// How many terms it has at most.
pub const MOST_TERMS: usize = 20;

/// A search as it was written, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText {
    text: String,
    /// What has to be there; one term at least.
    pub(super) wanted: Vec<Term>,
    /// What must not be there.
    pub(super) unwanted: Vec<Term>,
}

/// Tokens that follow each other.
pub(super) type Term = Vec<Token>;

impl SearchText {
    /// Reads a search.
    ///
    /// # Errors
    /// Where it is too long, or there is nothing in it to look for.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let Text(text) = Text::<LONGEST>::from_text(text)?;
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for word in words(&text) {
            let term = tokens::asked(word.text, word.goes_on);
            match (term.is_empty(), word.is_unwanted) {
                (true, _) => {}
                (_, true) => unwanted.push(term),
                _ => wanted.push(term),
            }
        }
        if wanted.is_empty() {
            return refuse(
                "no_word",
                "must hold a word to look for, of letters or digits; -word and -\"some words\" only leave out",
            );
        }
        if wanted.len() + unwanted.len() > MOST_TERMS {
            let message = format!("must have at most {MOST_TERMS} words and phrases");
            return refuse("too_many", message);
        }
        Ok(Self {
            text,
            wanted,
            unwanted,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Value for SearchText {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        match value {
            Json::String(text) => Self::parse(text),
            _ => refuse("type", "must be a string"),
        }
    }

    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .min_length(Some(1))
            .max_length(Some(LONGEST))
            .examples(["weld crack \"PN-100\" -scrap"]);
        object.into()
    }
}

/// A word or phrase as it was written.
#[derive(Debug, PartialEq, Eq)]
struct Word<'a> {
    text: &'a str,
    is_unwanted: bool,
    /// Whether its end is open.
    goes_on: bool,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, behind) = first(rest);
        rest = behind.trim_start();
        words.push(word);
    }
    words
}

/// The first word of a text that begins with one, and what stands behind it.
fn first(text: &str) -> (Word<'_>, &str) {
    let (is_unwanted, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let Some(phrase) = text.strip_prefix(is_quote) else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        // The last word may be unfinished, but what is left out is left out as it stands.
        let goes_on = word.ends_with('*') || (rest.trim().is_empty() && !is_unwanted);
        return (
            Word {
                text: word,
                is_unwanted,
                goes_on,
            },
            rest,
        );
    };
    let (phrase, rest) = phrase.split_once(is_quote).unwrap_or((phrase, ""));
    let (goes_on, rest) = match rest.strip_prefix('*') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    (
        Word {
            text: phrase,
            is_unwanted,
            goes_on,
        },
        rest,
    )
}

/// As on an English keyboard, and as a Chinese one writes them.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use proptest::prelude::*;

    use super::*;

    fn term(text: &str, goes_on: bool) -> Term {
        tokens::asked(text, goes_on)
    }

    fn read(text: &str) -> (Vec<Term>, Vec<Term>) {
        let read = SearchText::parse(text).unwrap();
        (read.wanted, read.unwanted)
    }

    fn code(text: &str) -> String {
        let problems = SearchText::parse(text).unwrap_err();
        assert_eq!(problems.len(), 1);
        problems[0].code.clone()
    }

    #[test]
    fn words_phrases_and_what_is_left_out() {
        let (wanted, unwanted) = read(r#"Weld "Crack in  flange" -scrap -"use as is" PN-100"#);
        let expected = [
            term("weld", false),
            term("crack in flange", false),
            term("pn 100", true),
        ];
        assert_eq!(wanted, expected);
        assert_eq!(unwanted, [term("scrap", false), term("use as is", false)]);
    }

    #[test]
    fn the_last_word_and_any_with_a_star_may_go_on() {
        assert_eq!(read("we* cr").0, [term("we", true), term("cr", true)]);
        assert_eq!(read("weld cr  ").0, [term("weld", false), term("cr", true)]);
        assert_eq!(
            read("weld \"cr\"").0,
            [term("weld", false), term("cr", false)]
        );
        assert_eq!(read("\"weld cr\"* x").0[0], term("weld cr", true));
        assert_eq!(
            read("weld -cr"),
            (vec![term("weld", false)], vec![term("cr", false)])
        );
        assert_eq!(read("weld -cr*").1, [term("cr", true)]);
    }

    #[test]
    fn quotes_may_be_chinese_or_left_open() {
        assert_eq!(read("“焊接裂纹”").0, [term("焊接裂纹", false)]);
        assert_eq!(read("\"weld cr").0, [term("weld cr", false)]);
        assert_eq!(read("5\" pipe").0, [term("5", false), term("pipe", true)]);
    }

    #[test]
    fn signs_are_no_operators() {
        assert_eq!(
            read("(a|b)+ OR x").0,
            [term("a b", false), term("or", false), term("x", true)]
        );
        assert_eq!(read("^.*$ a - b").0, [term("a", false), term("b", true)]);
    }

    #[test]
    fn what_cannot_be_looked_for_is_refused() {
        assert_eq!(code(" "), "blank");
        assert_eq!(code("?! - \"\" *"), "no_word");
        assert_eq!(code("-scrap -\"use as is\""), "no_word");
        assert_eq!(code(&"x".repeat(201)), "too_long");
        assert_eq!(code(&"a ".repeat(21)), "too_many");
        assert_eq!(code("a\0b"), "format");
        assert!(SearchText::parse(&"a ".repeat(20)).is_ok());
        assert!(SearchText::from_json(&Json::from(7)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,220}") {
            if let Ok(read) = SearchText::parse(&text) {
                let terms = read.wanted.len() + read.unwanted.len();
                prop_assert!((1..=MOST_TERMS).contains(&terms));
                prop_assert!(!read.wanted.is_empty());
            }
        }
    }
}
