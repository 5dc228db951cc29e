//! How a request becomes one of our own types: every field read, everything wrong told at once.
//!
//! `input!` declares a type of the border together with what each field takes. A [`Draft`] is a request that
//! has been read but not judged: the rules ask first who may send its fields (403), then whether the record
//! allows it (412, 409), and only then whether its values are in order (422).

mod declare;
mod fields;
mod schema;

use serde_json::{Map, Value as Json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::error::{Error, Result};
use crate::value::{Problems, refuse};

pub use fields::{Fields, nested};
pub use schema::{object_schema, query_parameters};

/// A type of the border: declared by `input!`.
pub trait Input: Sized {
    /// The fields, those that it shares with others first, in order of declaration.
    const FIELDS: &'static [&'static str];

    /// Reads its fields out of others, and notes what is wrong with them; nothing, if anything is.
    fn take(fields: &mut Fields<'_>) -> Option<Self>;

    /// Reads every field, or says everything that is wrong.
    fn read(mut fields: Fields<'_>) -> std::result::Result<Self, Problems> {
        let taken = Self::take(&mut fields);
        let problems = fields.finish(Self::FIELDS);
        taken.filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// The fields as OpenAPI describes them.
    fn describe() -> Vec<Described>;
}

/// The names of several lists, one behind the other; `N` is how many there are.
pub const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut list, mut place) = (0, 0);
    while list < lists.len() {
        let mut name = 0;
        while name < lists[list].len() {
            all[place] = lists[list][name];
            (name, place) = (name + 1, place + 1);
        }
        list += 1;
    }
    all
}

/// A field as OpenAPI describes it.
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What it is, from its doc comment.
    pub about: &'static str,
    /// Its kind.
    pub schema: RefOr<Schema>,
    /// How it is taken.
    pub taken: Taken,
}

/// How a field is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Must be there.
    Required,
    /// May be absent or null.
    Optional,
    /// May be changed, not cleared.
    Change,
    /// May be changed, or cleared with null.
    Clearable,
}

/// A request that has been read but not judged.
#[derive(Clone, Debug)]
pub struct Draft<T> {
    sent: Vec<String>,
    /// The fields that were sent within a field.
    within: Vec<(String, Vec<String>)>,
    outcome: std::result::Result<T, Problems>,
}

impl<T: Input> Draft<T> {
    /// Reads a JSON body.
    pub fn json(body: &Json) -> Self {
        let Json::Object(map) = body else {
            return Self {
                sent: Vec::new(),
                within: Vec::new(),
                outcome: refuse("type", "the body must be a JSON object"),
            };
        };
        Self {
            sent: map.keys().cloned().collect(),
            within: objects(map),
            outcome: T::read(Fields::json(map)),
        }
    }

    /// Reads a query or form; a key that comes twice is refused.
    pub fn pairs(pairs: &[(String, String)]) -> Self {
        Self {
            sent: pairs.iter().map(|(key, _)| key.clone()).collect(),
            within: Vec::new(),
            outcome: T::read(Fields::pairs(pairs)),
        }
    }

    /// Reads a query that was kept as JSON: a text stands for what it would be in the query, all else is as in a body.
    pub fn kept(query: &Map<String, Json>) -> Self {
        Self {
            sent: query.keys().cloned().collect(),
            within: objects(query),
            outcome: T::read(Fields::kept(query)),
        }
    }

    /// A request that a program made; it counts as having sent every field, so that no right is passed over.
    pub fn of(value: T) -> Self {
        Self {
            sent: T::FIELDS.iter().map(|field| (*field).to_owned()).collect(),
            within: Vec::new(),
            outcome: Ok(value),
        }
    }

    /// With what is wrong around the request (its query, its headers), to be told together with what is wrong in it.
    #[must_use]
    pub fn also(mut self, wrong: Problems) -> Self {
        if wrong.is_empty() {
            return self;
        }
        match &mut self.outcome {
            Err(problems) => problems.extend(wrong),
            read => *read = Err(wrong),
        }
        self
    }

    /// The names of the fields that were sent, known or not.
    pub fn sent(&self) -> &[String] {
        &self.sent
    }

    /// What was read, for a request in a request.
    pub(crate) fn outcome(self) -> std::result::Result<T, Problems> {
        self.outcome
    }

    /// The names of the fields that were sent in the object of one field, known or not.
    pub fn sent_within(&self, field: &str) -> &[String] {
        let mut objects = self.within.iter();
        let object = objects.find(|(name, _)| name == field);
        object.map_or(&[], |(_, fields)| fields)
    }

    /// The values, or everything that is wrong with them.
    pub fn check(&self) -> Result<&T> {
        self.outcome
            .as_ref()
            .map_err(|problems| Error::Invalid(problems.clone()))
    }
}

/// The fields of each object in a body.
fn objects(body: &Map<String, Json>) -> Vec<(String, Vec<String>)> {
    let objects = body.iter().filter_map(|(name, value)| {
        let fields = value.as_object()?.keys().cloned().collect();
        Some((name.clone(), fields))
    });
    objects.collect()
}
