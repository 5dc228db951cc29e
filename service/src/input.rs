//! How a request becomes one of our own types: every field read, everything wrong told at once.
//!
//! `input!` declares a type of the border together with what each field takes. A [`Draft`] is a request that
//! has been read but not judged: the rules ask first who may send its fields (403), then whether the record
//! allows it (412, 409), and only then whether its values are in order (422).

use serde_json::{Map, Value as Json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::error::{Error, FieldError, Result};
use crate::value::{Problems, Value, refuse};

/// A type of the border: declared by `input!`.
pub trait Input: Sized {
    /// Reads every field, or says everything that is wrong.
    fn read(fields: Fields<'_>) -> std::result::Result<Self, Problems>;

    /// The fields, in order of declaration.
    const FIELDS: &'static [&'static str];

    /// The fields as OpenAPI describes them.
    fn describe() -> Vec<Described>;
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
    outcome: std::result::Result<T, Problems>,
}

impl<T: Input> Draft<T> {
    /// Reads a JSON body.
    pub fn json(body: &Json) -> Self {
        let Json::Object(map) = body else {
            return Self {
                sent: Vec::new(),
                outcome: refuse("type", "the body must be a JSON object"),
            };
        };
        Self {
            sent: map.keys().cloned().collect(),
            outcome: T::read(Fields::json(map)),
        }
    }

    /// Reads a query or form; a key that comes twice is refused.
    pub fn pairs(pairs: &[(String, String)]) -> Self {
        Self {
            sent: pairs.iter().map(|(key, _)| key.clone()).collect(),
            outcome: T::read(Fields::pairs(pairs)),
        }
    }

    /// A request that a program made; it counts as having sent every field, so that no right is passed over.
    pub fn of(value: T) -> Self {
        Self {
            sent: T::FIELDS.iter().map(|field| (*field).to_owned()).collect(),
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

    /// The values, or everything that is wrong with them.
    pub fn check(&self) -> Result<&T> {
        self.outcome
            .as_ref()
            .map_err(|problems| Error::Invalid(problems.clone()))
    }
}

/// The fields of a request while they are being read.
pub struct Fields<'a> {
    source: Source<'a>,
    problems: Problems,
}

enum Source<'a> {
    Json(&'a Map<String, Json>),
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
    fn json(map: &'a Map<String, Json>) -> Self {
        Self {
            source: Source::Json(map),
            problems: Vec::new(),
        }
    }

    fn pairs(pairs: &'a [(String, String)]) -> Self {
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
            Source::Json(map) => map.keys().map(String::as_str).collect(),
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

/// The OpenAPI schema of a type of the border.
pub fn object_schema<T: Input>() -> RefOr<Schema> {
    use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
    let mut object = ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    for field in T::describe() {
        let schema = match field.taken {
            Taken::Required | Taken::Change => field.schema,
            Taken::Optional | Taken::Clearable => or_null(field.schema),
        };
        object = object.property(field.name, about(schema, field.about));
        if field.taken == Taken::Required {
            object = object.required(field.name);
        }
    }
    object.into()
}

/// The query parameters of a type of the border.
pub fn query_parameters<T: Input>() -> Vec<utoipa::openapi::path::Parameter> {
    use utoipa::openapi::Required;
    use utoipa::openapi::path::{ParameterBuilder, ParameterIn, ParameterStyle};
    T::describe()
        .into_iter()
        .map(|field| {
            let list = matches!(&field.schema, RefOr::T(Schema::Array(_)));
            let required = match field.taken {
                Taken::Required => Required::True,
                _ => Required::False,
            };
            let mut parameter = ParameterBuilder::new()
                .name(field.name)
                .parameter_in(ParameterIn::Query)
                .description(Some(field.about.trim()))
                .required(required)
                .schema(Some(field.schema));
            if list {
                parameter = parameter
                    .style(Some(ParameterStyle::Form))
                    .explode(Some(false));
            }
            parameter.build()
        })
        .collect()
}

/// A schema with what the field is.
fn about(schema: RefOr<Schema>, text: &str) -> RefOr<Schema> {
    let text = Some(text.trim().to_owned());
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.description = text;
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = text;
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.description = text;
            RefOr::T(Schema::OneOf(one_of))
        }
        other => other,
    }
}

/// Makes a schema that null also meets.
fn or_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    use utoipa::openapi::schema::{OneOfBuilder, SchemaType, Type};
    match schema {
        RefOr::T(Schema::Object(mut object)) if object.enum_values.is_none() => {
            if let SchemaType::Type(kind) = object.schema_type {
                object.schema_type = SchemaType::from_iter([kind, Type::Null]);
            }
            RefOr::T(Schema::Object(object))
        }
        other => OneOfBuilder::new()
            .item(other)
            .item(
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::Null)),
            )
            .into(),
    }
}

/// Declares a type of the border. Each field says how it is taken:
/// `required T` → `T`; `optional T` → `Option<T>`; in patches `change T` → `Option<T>` (not clearable) and
/// `clearable T` → `Option<Option<T>>` (null clears).
#[macro_export]
macro_rules! input {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[doc = $about:literal])* $field:ident : $how:ident $kind:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name { $($(#[doc = $about])* pub $field: $crate::input!(@type $how $kind)),* }

        impl $crate::input::Input for $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read(mut fields: $crate::input::Fields<'_>) -> std::result::Result<Self, $crate::value::Problems> {
                $(let $field = fields.$how::<$kind>(stringify!($field));)*
                let problems = fields.finish(Self::FIELDS);
                match ($($field,)*) {
                    ($(Some($field),)*) if problems.is_empty() => Ok(Self { $($field),* }),
                    _ => Err(problems),
                }
            }

            fn describe() -> Vec<$crate::input::Described> {
                vec![$($crate::input::Described {
                    name: stringify!($field),
                    about: concat!($($about),*),
                    schema: <$kind as $crate::value::Value>::schema(),
                    taken: $crate::input!(@taken $how),
                }),*]
            }
        }

        impl $crate::value::Value for $name {
            fn from_json(value: &serde_json::Value) -> std::result::Result<Self, $crate::value::Problems> {
                $crate::input::nested(value)
            }

            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::input::object_schema::<Self>()
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::input::object_schema::<Self>()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                $crate::input::query_parameters::<Self>()
            }
        }
    };
    (@type required $kind:ty) => { $kind };
    (@type optional $kind:ty) => { Option<$kind> };
    (@type change $kind:ty) => { Option<$kind> };
    (@type clearable $kind:ty) => { Option<Option<$kind>> };
    (@taken required) => { $crate::input::Taken::Required };
    (@taken optional) => { $crate::input::Taken::Optional };
    (@taken change) => { $crate::input::Taken::Change };
    (@taken clearable) => { $crate::input::Taken::Clearable };
}
