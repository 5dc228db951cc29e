//! Passwords, which show in no log.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat, Type};

use super::{Problems, Value, described, refuse, string_of};

/// A password: 8 to 200 characters; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(***)")
    }
}

impl Value for Password {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        match text.chars().count() {
            0..8 => refuse("too_short", "must have at least 8 characters"),
            8..=200 => Ok(Self(text.to_owned())),
            _ => refuse("too_long", "must have at most 200 characters"),
        }
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .min_length(Some(8))
            .max_length(Some(200))
            .into()
    }
}

/// A password that is compared, not set: any text of at most 200 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Value for Secret {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        if text.chars().count() > 200 {
            return refuse("too_long", "must have at most 200 characters");
        }
        Ok(Self(text.to_owned()))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .max_length(Some(200))
            .into()
    }
}
