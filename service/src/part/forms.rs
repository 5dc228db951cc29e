//! A part as requests and answers write it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::page::{Count, Limit};
use crate::value::{Amount, Id, Problems, Text, Value, refuse};

/// A part as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartView {
    /// Id.
    pub id: i64,
    /// Part number.
    pub number: String,
    /// Revision.
    pub revision: String,
    /// Name.
    pub name: String,
    /// What one piece costs, in the system's currency; not there for those who do not see cost.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "null_is_a_value"
    )]
    #[schema(value_type = Option<String>, required = false, examples("12.50"))]
    pub unit_cost: Option<Option<String>>,
    /// The customer who owns its design: then what does not conform is used or repaired under a concession alone.
    #[serde(default)]
    #[schema(required)]
    pub design_owner_id: Option<i64>,
    /// False once retired.
    pub is_active: bool,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Only a cost that is missing is hidden.
pub(crate) fn null_is_a_value<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// A part number or revision: 1 to `MAX` characters, with blanks inside but not around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Designation<const MAX: usize>(pub String);

impl<const MAX: usize> Value for Designation<MAX> {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let Text(text) = Text::<MAX>::from_json(value)?;
        if text.trim() != text || text.chars().any(char::is_control) {
            return refuse(
                "format",
                "must not begin or end with a blank, or contain control characters",
            );
        }
        Ok(Self(text))
    }

    fn schema() -> RefOr<Schema> {
        const INSIDE: &str = r"\u0000-\u001F\u007F-\u009F";
        let pattern = format!(r"^[^\s{INSIDE}]([^{INSIDE}]*[^\s{INSIDE}])?$");
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX))
            .pattern(Some(pattern))
            .into()
    }
}

crate::input! {
    /// A part to add.
    pub struct NewPart {
        /// Part number; unique together with the revision.
        number: required Designation<100>,
        /// Revision.
        revision: required Designation<20>,
        /// Name.
        name: required Text<200>,
        /// What one piece costs.
        unit_cost: optional Amount,
        /// The customer who owns its design.
        design_owner_id: optional Id,
        /// False to add it retired; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in a part.
    pub struct PartPatch {
        /// Part number.
        number: change Designation<100>,
        /// Revision.
        revision: change Designation<20>,
        /// Name.
        name: change Text<200>,
        /// What one piece costs.
        unit_cost: clearable Amount,
        /// The customer who owns its design.
        design_owner_id: clearable Id,
        /// False to retire it.
        is_active: change bool,
    }
}

crate::input! {
    /// Which parts to list, in the order of their numbers.
    pub struct PartQuery {
        /// Exactly this part number, in all its revisions.
        number: optional Text<100>,
        /// What the number or the name begins with.
        q: optional Text<100>,
        /// Only active or only retired ones.
        is_active: optional bool,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}
