//! The kinds of values that requests are made of: how each is read, what is refused, and its OpenAPI schema.
//!
//! A kind carries its own limits (`Text<200>`), so a limit stands once, where the field is declared, and the
//! document and the check cannot differ. Every kind reads JSON (bodies) and plain text (queries, forms).

mod choice;
mod chosen;
mod decimal;
mod email;
mod instant;
mod list;
mod moment;
mod number;
mod secret;
mod span;
mod text;

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::error::FieldError;

pub use chosen::{Chosen, Emptiness, Perhaps, Wanted};
pub use decimal::{Amount, Decimal, Quantity, Total, show_scaled};
pub use email::{Email, WebAddress};
pub use instant::{Day, Instant};
pub use list::List;
pub use moment::Moment;
pub use number::{Count, Id, Int};
pub use secret::{Password, Secret};
pub use span::{End, Span};
pub use text::{Code, LongText, Text};

/// What is wrong with a value; the fields are relative to it (empty: the value itself).
pub type Problems = Vec<FieldError>;

/// A kind of value.
pub trait Value: Sized {
    /// Reads a value of a JSON body; never called with `null`.
    fn from_json(value: &Json) -> Result<Self, Problems>;

    /// Reads a value of a query or form.
    fn from_text(text: &str) -> Result<Self, Problems> {
        Self::from_json(&Json::String(text.to_owned()))
    }

    /// How OpenAPI describes it.
    fn schema() -> RefOr<Schema>;
}

/// A single problem with the value itself.
pub fn refuse<T>(code: &str, message: impl Into<String>) -> Result<T, Problems> {
    Err(vec![FieldError::new("", code, message)])
}

fn described(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(kind))
}

fn string_of(value: &Json) -> Result<&str, Problems> {
    match value {
        Json::String(text) => Ok(text),
        _ => refuse("type", "must be a string"),
    }
}
