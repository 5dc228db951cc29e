//! States to filter by: one, or all in which a record is open.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::rights::When;
use crate::value::{Problems, Value, refuse};
use crate::words::Status;

/// A state, or all that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In this state.
    At(Status),
    /// Neither closed nor void.
    Open,
}

const OPEN: &str = "open";

impl Stage {
    /// The states.
    pub(super) fn states(self) -> Vec<Status> {
        match self {
            Self::At(status) => vec![status],
            Self::Open => When::Open.states().to_vec(),
        }
    }

    fn words() -> impl Iterator<Item = &'static str> {
        Status::ALL.iter().map(|status| status.word()).chain([OPEN])
    }
}

impl Value for Stage {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let Json::String(word) = value else {
            return refuse("type", "must be a string");
        };
        if word == OPEN {
            return Ok(Self::Open);
        }
        let known = || {
            Self::words()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        Status::of(word).map_or_else(
            || refuse("choice", format!("must be one of {}", known())),
            |status| Ok(Self::At(status)),
        )
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(Self::words()))
            .into()
    }
}
