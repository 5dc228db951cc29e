//! What a history tells of its record: each row applied to what the rows before it told.

use entity::audit_event;
use serde_json::{Map, Value as Json};

use super::erased::{ERASED, REFUSED};
use super::{MERGED_FROM, shown};

/// Events that are told as fields, but are none.
const NO_FIELDS: &[&str] = &[
    "password",
    "email",
    "secret",
    "supplier_link",
    REFUSED,
    MERGED_FROM,
    ERASED,
];

/// A record as its history tells it.
#[derive(Default)]
pub(super) struct Told(Map<String, Json>);

impl Told {
    /// Goes on to the next row.
    pub(super) fn apply(&mut self, row: &audit_event::Model) {
        let new = shown(row.new_value.as_deref());
        let Some(field) = &row.field else {
            self.0 = match new {
                Json::Object(record) => record,
                _ => Map::new(),
            };
            return;
        };
        if NO_FIELDS.contains(&field.as_str()) {
            return;
        }
        match field.split_once('.') {
            // A field of a child, or of an object such as the labels of a code.
            Some((name, part)) => {
                let whole = self
                    .0
                    .entry(name)
                    .or_insert_with(|| Json::Object(Map::new()));
                if let Json::Object(whole) = whole {
                    whole.insert(part.to_owned(), new);
                }
            }
            None => {
                self.0.insert(field.clone(), new);
            }
        }
    }

    /// The fields in which the record is not what its history tells.
    pub(super) fn differences(self, present: Json) -> Vec<String> {
        let told = without_nulls(Json::Object(self.0));
        let present = without_nulls(present);
        let (Json::Object(told), Json::Object(present)) = (told, present) else {
            return Vec::new();
        };
        let mut fields: Vec<String> = told
            .iter()
            .filter(|(field, value)| present.get(*field) != Some(value))
            .map(|(field, _)| field.clone())
            .collect();
        fields.extend(
            present
                .into_iter()
                .map(|(field, _)| field)
                .filter(|field| !told.contains_key(field)),
        );
        fields
    }
}

/// Absent and null are the same.
fn without_nulls(value: Json) -> Json {
    match value {
        Json::Object(map) => Json::Object(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        other => other,
    }
}
