//! What was typed into a form, and what is wrong with it: shown again until it is right.

use serde_json::{Map, Value as Json};
use service::input::Input;
use service::words::Language;
use service::{Draft, Error, FieldError};

use super::wording::Words;
use crate::problem::{Kind, Problem};

/// A form as it is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
    /// What is wrong as a whole.
    detail: Option<String>,
    kind: Option<Kind>,
}

impl Typed {
    /// A form as it is first shown, with what stands in its fields.
    pub(crate) fn with<N: Into<String>, V: Into<String>>(
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let pairs = values
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        Self {
            pairs: pairs.collect(),
            ..Self::default()
        }
    }

    /// What stands in a field; the first value where there are several.
    pub(crate) fn value(&self, name: &str) -> &str {
        let mut pairs = self.pairs.iter();
        pairs
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// Whether one of the values of a field is this one: a box that is ticked, a choice that is taken.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        let mut pairs = self.pairs.iter();
        pairs.any(|(known, typed)| known == name && typed == value)
    }

    /// All fields.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Everything that is wrong.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Whether a field is wrong.
    pub(crate) fn is_wrong(&self, name: &str) -> bool {
        self.error(name).is_some()
    }

    /// Whether anything is.
    pub(crate) fn is_refused(&self) -> bool {
        !self.errors.is_empty() || self.detail.is_some()
    }

    /// What is wrong as a whole, where that is not told by fields, in words of the page's language.
    pub(crate) fn detail(&self, words: &Words) -> Option<String> {
        let detail = self.detail.clone()?;
        let kind = self.kind?.word();
        let known = words.maybe(&format!("refused-{kind}"));
        Some(known.unwrap_or_else(|| match self.more(words) {
            None => detail,
            Some(_) => words.word("fault", kind),
        }))
    }

    /// What the service says of that besides, in English, where the page is in another language and has no words for it.
    pub(crate) fn more(&self, words: &Words) -> Option<String> {
        let kind = self.kind?.word();
        let is_all = words.language() == Language::English
            || words.maybe(&format!("refused-{kind}")).is_some();
        self.detail.clone().filter(|_| !is_all)
    }

    /// What is wrong with a field, in words of the page's language.
    pub(crate) fn wrong(&self, words: &Words, name: &str) -> Option<String> {
        Some(words.wrong(self.error(name)?))
    }

    /// What the service says of a field besides, in English.
    pub(crate) fn more_of(&self, words: &Words, name: &str) -> Option<String> {
        words.more(self.error(name)?)
    }

    fn error(&self, name: &str) -> Option<&FieldError> {
        self.errors.iter().find(|error| error.field == name)
    }

    /// What was typed, as the service reads it: what was left empty was not sent.
    pub(crate) fn draft<T: Input>(&self) -> Draft<T> {
        let filled = self.pairs.iter().filter(|(_, value)| !value.is_empty());
        let filled: Vec<_> = filled.cloned().collect();
        Draft::pairs(&filled)
    }

    /// What was typed, as a change: what was left empty is cleared.
    pub(crate) fn patch<T: Input>(&self) -> Draft<T> {
        let value = |text: &String| match text.as_str() {
            "" => Json::Null,
            text => text.into(),
        };
        let map: Map<String, Json> = self
            .pairs
            .iter()
            .map(|(name, text)| (name.clone(), value(text)))
            .collect();
        Draft::kept(&map)
    }

    /// With the values of these fields one by one, as boxes that are ticked have them, instead of in one text with commas.
    #[must_use]
    pub(crate) fn spread(mut self, lists: &[&str]) -> Self {
        let mut pairs = Vec::new();
        for (name, value) in self.pairs {
            if lists.contains(&name.as_str()) {
                let values = value.split(',');
                pairs.extend(values.map(|value| (name.clone(), value.to_owned())));
            } else {
                pairs.push((name, value));
            }
        }
        self.pairs = pairs;
        self
    }

    /// The same, or where nothing was typed yet a form that begins with these values.
    #[must_use]
    pub(crate) fn beginning_with<N: Into<String>, V: Into<String>>(
        self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        if self.is_refused() || !self.pairs.is_empty() {
            return self;
        }
        Self::with(values)
    }

    /// What was typed as a body has it: what is called `<part>.…` in an object of its own; what was left empty was not
    /// sent.
    pub(crate) fn with_object(&self, part: &str) -> Map<String, Json> {
        let (mut body, mut object) = (Map::new(), Map::new());
        for (name, text) in self.pairs.iter().filter(|(_, text)| !text.is_empty()) {
            let value = Json::from(text.as_str());
            match name.split_once('.') {
                Some((owner, field)) if owner == part => object.insert(field.to_owned(), value),
                _ => body.insert(name.clone(), value),
            };
        }
        if !object.is_empty() {
            body.insert(part.to_owned(), Json::Object(object));
        }
        body
    }

    /// Without the fields of these names.
    #[must_use]
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.pairs
            .retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// The form with what was refused, where it is for the person at the form to mend, or to look at once more because
    /// somebody else was faster; any other error is a page of its own.
    pub(crate) fn refused(self, error: impl Into<Problem>) -> Result<Self, Problem> {
        let problem = error.into();
        let is_mendable = matches!(
            problem.kind(),
            Kind::Invalid
                | Kind::Duplicate
                | Kind::Forbidden
                | Kind::SignatureRefused
                | Kind::SignInRefused
                | Kind::WrongState
                | Kind::Stale
                | Kind::InUse
                | Kind::SetUp
                | Kind::Busy
        );
        if is_mendable {
            Ok(self.refused_with(&problem))
        } else {
            Err(problem)
        }
    }

    /// The form with what a problem says; passwords are not shown again.
    #[must_use]
    pub(crate) fn refused_with(mut self, problem: &Problem) -> Self {
        self.pairs.retain(|(name, _)| !name.contains("password"));
        let document = problem.document();
        if document.errors.is_empty() {
            self.kind = Some(problem.kind());
            self.detail = Some(document.detail);
        }
        self.errors = document.errors;
        self
    }
}

/// An error whose fields are called as the form calls them.
pub(crate) fn renamed(error: Error, name: impl Fn(&str) -> String) -> Error {
    let each = |errors: Vec<FieldError>| -> Vec<FieldError> {
        let errors = errors.into_iter().map(|error| FieldError {
            field: name(&error.field),
            ..error
        });
        errors.collect()
    };
    match error {
        Error::Invalid(errors) => Error::Invalid(each(errors)),
        Error::Duplicate(errors) => Error::Duplicate(each(errors)),
        other => other,
    }
}
