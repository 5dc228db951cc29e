//! The columns of an `input!`: one for each field, one for each field of an object within (`labels.en`).

use serde_json::{Map, Value as Json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Schema, SchemaType, Type};

use super::{Content, Row, Sheet, refused};
use crate::error::FieldError;
use crate::input::{Input, Taken};

/// A column that a file may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading: the field's name, with a dot before the name of a field within.
    pub name: String,
    /// What it holds, for people.
    pub about: String,
    /// Whether no row is complete without it.
    pub required: bool,
    kind: Kind,
}

/// What JSON has in the place of a cell's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Flag,
}

impl Column {
    /// The columns of a type of the border, in the order of its fields.
    pub fn all<T: Input>() -> Vec<Self> {
        let mut columns = Vec::new();
        for field in T::describe() {
            let RefOr::T(Schema::Object(object)) = &field.schema else {
                continue;
            };
            if object.properties.is_empty() {
                columns.push(Self {
                    name: field.name.to_owned(),
                    about: field.about.trim().to_owned(),
                    required: field.taken == Taken::Required,
                    kind: kind(&object.schema_type),
                });
            }
            for (name, within) in &object.properties {
                let about = match within {
                    RefOr::T(Schema::Object(within)) => within.description.as_deref(),
                    _ => None,
                };
                columns.push(Self {
                    name: format!("{}.{name}", field.name),
                    about: format!("{} {}", field.about.trim(), about.unwrap_or_default()),
                    required: false,
                    kind: Kind::Text,
                });
            }
        }
        columns
    }

    /// A cell as JSON has it; what is no number or flag stays text, and is refused as such by whoever reads it.
    fn json(&self, text: &str) -> Json {
        let word = text.trim();
        match self.kind {
            Kind::Text => Json::from(text),
            Kind::Whole => word.parse::<i64>().map_or_else(|_| text.into(), Json::from),
            Kind::Flag if word.eq_ignore_ascii_case("true") => Json::Bool(true),
            Kind::Flag if word.eq_ignore_ascii_case("false") => Json::Bool(false),
            Kind::Flag => Json::from(text),
        }
    }
}

fn kind(schema: &SchemaType) -> Kind {
    match schema {
        SchemaType::Type(Type::Integer) => Kind::Whole,
        SchemaType::Type(Type::Boolean) => Kind::Flag,
        _ => Kind::Text,
    }
}

impl Sheet {
    /// A row as the JSON body of a request, its empty cells left out; or what cannot be read in it.
    pub fn body(&self, row: &Row) -> Result<Json, Vec<FieldError>> {
        let (mut body, mut errors) = (Map::new(), Vec::new());
        for (column, cell) in self.columns.iter().zip(&row.cells) {
            match cell {
                Content::Empty => {}
                Content::Text(text) => put(&mut body, &column.name, column.json(text)),
                Content::Unreadable(why) => {
                    errors.push(refused(row.number, &column.name, "type", *why));
                }
            }
        }
        if errors.is_empty() {
            Ok(Json::Object(body))
        } else {
            Err(errors)
        }
    }

    /// The texts of some columns; none where one of them is empty.
    pub fn key(&self, row: &Row, names: &[&str]) -> Option<Vec<String>> {
        names
            .iter()
            .map(|name| self.text(row, name).map(str::to_owned))
            .collect()
    }

    /// The text under a heading.
    pub fn text<'a>(&self, row: &'a Row, name: &str) -> Option<&'a str> {
        let place = self.columns.iter().position(|column| column.name == name)?;
        row.cells.get(place)?.text()
    }
}

/// Puts a value where its name says: `labels.en` into the object `labels`.
fn put(body: &mut Map<String, Json>, name: &str, value: Json) {
    let Some((outer, inner)) = name.split_once('.') else {
        body.insert(name.to_owned(), value);
        return;
    };
    let within = body
        .entry(outer)
        .or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(within) = within {
        within.insert(inner.to_owned(), value);
    }
}
