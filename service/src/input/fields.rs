//! The fields of a request, read one by one.

use serde_json::{Map, Value as Json};

use super::Input;
use crate::error::FieldError;
use crate::value::{Problems, Value, refuse};

/// The fields of a request while they are being read.
pub struct Fields<'a> {
    source: Source<'a>,
    problems: Problems,
}

enum Source<'a> {
    Json(&'a Map<String, Json>),
    /// A query that was kept as JSON: texts are read as they would be there.
    Kept(&'a Map<String, Json>),
    Pairs(&'a [(String, String)]),
}

/// What was sent for a field.
enum Sent<'a> {
    Nothing,
    Null,
    Json(&'a Json),
    Text(&'a str),
}

impl<'a> Fields<'a> {
    pub(super) fn json(map: &'a Map<String, Json>) -> Self {
        Self {
            source: Source::Json(map),
            problems: Vec::new(),
        }
    }

    pub(super) fn kept(map: &'a Map<String, Json>) -> Self {
        Self {
            source: Source::Kept(map),
            problems: Vec::new(),
        }
    }

    pub(super) fn pairs(pairs: &'a [(String, String)]) -> Self {
        Self {
            source: Source::Pairs(pairs),
            problems: Vec::new(),
        }
    }

    /// A field that must be there.
    pub fn required<T: Value>(&mut self, name: &'static str) -> Option<T> {
        match self.value(name) {
            Ok(Some(Some(value))) => Some(value),
            Ok(_) => self.note(name, vec![FieldError::new("", "required", "is required")]),
            Err(problems) => self.note(name, problems),
        }
    }

    /// A field that may be absent or null.
    pub fn optional<T: Value>(&mut self, name: &'static str) -> Option<Option<T>> {
        match self.value(name) {
            Ok(value) => Some(value.flatten()),
            Err(problems) => self.note(name, problems),
        }
    }

    /// A field of a patch that may be changed but not cleared.
    pub fn change<T: Value>(&mut self, name: &'static str) -> Option<Option<T>> {
        match self.value(name) {
            Ok(Some(None)) => self.note(
                name,
                vec![FieldError::new("", "not_null", "cannot be cleared")],
            ),
            Ok(value) => Some(value.flatten()),
            Err(problems) => self.note(name, problems),
        }
    }

    /// A field of a patch that may be changed, or cleared with null.
    pub fn clearable<T: Value>(&mut self, name: &'static str) -> Option<Option<Option<T>>> {
        match self.value(name) {
            Ok(value) => Some(value),
            Err(problems) => self.note(name, problems),
        }
    }

    /// All that was found, unknown and repeated fields included.
    pub fn finish(mut self, known: &[&'static str]) -> Problems {
        let names: Vec<&str> = match self.source {
            Source::Json(map) | Source::Kept(map) => map.keys().map(String::as_str).collect(),
            Source::Pairs(pairs) => pairs.iter().map(|(key, _)| key.as_str()).collect(),
        };
        let (mut unknown, mut repeated) = (0, 0);
        for (place, name) in names.iter().enumerate() {
            if !known.contains(name) {
                unknown += 1;
                if unknown <= MOST_UNKNOWN {
                    self.problems.push(unknown_field(name, known));
                }
            } else if repeated < MOST_UNKNOWN && names[..place].contains(name) {
                repeated += 1;
                let message = "is given twice; separate several values by commas";
                self.problems
                    .push(FieldError::new(*name, "duplicate", message));
            }
        }
        self.problems
    }

    /// `None`: not sent; `Some(None)`: null.
    fn value<T: Value>(&self, name: &str) -> std::result::Result<Option<Option<T>>, Problems> {
        match self.sent(name) {
            Sent::Nothing => Ok(None),
            Sent::Null => Ok(Some(None)),
            Sent::Json(value) => T::from_json(value).map(|value| Some(Some(value))),
            Sent::Text(text) => T::from_text(text).map(|value| Some(Some(value))),
        }
    }

    fn sent(&self, name: &str) -> Sent<'a> {
        match self.source {
            Source::Json(map) => match map.get(name) {
                None => Sent::Nothing,
                Some(Json::Null) => Sent::Null,
                Some(value) => Sent::Json(value),
            },
            Source::Kept(map) => match map.get(name) {
                None => Sent::Nothing,
                Some(Json::Null) => Sent::Null,
                Some(Json::String(text)) => Sent::Text(text),
                Some(value) => Sent::Json(value),
            },
            Source::Pairs(pairs) => pairs
                .iter()
                .find(|(key, _)| key == name)
                .map_or(Sent::Nothing, |(_, value)| Sent::Text(value)),
        }
    }

    fn note<T>(&mut self, name: &str, problems: Problems) -> Option<T> {
        self.problems
            .extend(problems.into_iter().map(|problem| within(name, problem)));
        None
    }
}

/// Unknown or repeated fields that are named one by one; a thousand of them would only be noise.
const MOST_UNKNOWN: usize = 20;

fn unknown_field(name: &str, known: &[&str]) -> FieldError {
    let name: String = name.chars().take(100).collect();
    FieldError::new(
        name,
        "unknown",
        format!("is not known here; allowed are {}", known.join(", ")),
    )
}

/// Puts a problem of a nested value under the field that holds it.
fn within(name: &str, mut problem: FieldError) -> FieldError {
    problem.field = match problem.field.as_str() {
        "" => name.to_owned(),
        place if place.starts_with('[') => format!("{name}{place}"),
        field => format!("{name}.{field}"),
    };
    problem
}

/// Reads a nested object as a value.
pub fn nested<T: Input>(value: &Json) -> std::result::Result<T, Problems> {
    match value {
        Json::Object(map) => T::read(Fields::json(map)),
        _ => refuse("type", "must be an object"),
    }
}
