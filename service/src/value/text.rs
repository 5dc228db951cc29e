//! Texts and codes.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Schema, Type};

use super::{Problems, Value, described, refuse, string_of};

/// Text of 1 to `MAX` characters, stored exactly as sent; not blank, and without U+0000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<const MAX: usize>(pub String);

/// The longest text that a record holds.
pub type LongText = Text<200_000>;

impl<const MAX: usize> Value for Text<MAX> {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        if text.trim().is_empty() {
            return refuse("blank", "must not be blank");
        }
        if text.contains('\0') {
            return refuse("format", "must not contain the character U+0000");
        }
        let length = text.chars().count();
        if length > MAX {
            return refuse(
                "too_long",
                format!("must have at most {MAX} characters; it has {length}"),
            );
        }
        Ok(Self(text.to_owned()))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX))
            .pattern(Some(r"^[^\u0000]*[^\s\u0000][^\u0000]*$"))
            .into()
    }
}

/// A short name for people and machines: 1 to `MAX` characters without white space or control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code<const MAX: usize>(pub String);

impl<const MAX: usize> Value for Code<MAX> {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let Text(text) = Text::<MAX>::from_json(value)?;
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refuse(
                "format",
                "must not contain white space or control characters",
            );
        }
        Ok(Self(text))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX))
            .pattern(Some(r"^[^\s\u0000-\u001F\u007F-\u009F]+$"))
            .into()
    }
}
