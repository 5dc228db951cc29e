//! Whole numbers, and yes or no.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat, Type};

use super::{Problems, Value, described, refuse};

/// A whole number between `MIN` and `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int<const MIN: i64, const MAX: i64>(pub i64);

/// The id of a row.
pub type Id = Int<1, { i64::MAX }>;

/// A count of things.
pub type Count = Int<0, 1_000_000_000>;

impl<const MIN: i64, const MAX: i64> Int<MIN, MAX> {
    fn within(number: i64) -> Result<Self, Problems> {
        if (MIN..=MAX).contains(&number) {
            Ok(Self(number))
        } else if MAX == i64::MAX {
            refuse("range", format!("must be at least {MIN}"))
        } else {
            refuse("range", format!("must be between {MIN} and {MAX}"))
        }
    }
}

impl<const MIN: i64, const MAX: i64> Value for Int<MIN, MAX> {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let Json::Number(number) = value else {
            return refuse("type", "must be a whole number");
        };
        match number.as_i64() {
            Some(number) => Self::within(number),
            // Beyond 64 bits a number of JSON is read as a float.
            None if number
                .as_f64()
                .is_some_and(|far| far.abs() >= 2_f64.powi(63)) =>
            {
                Self::within_or_far(&number.to_string())
            }
            // To JSON Schema 200.0 is a whole number; beyond 53 bits a float does not say which one.
            None => match number.as_f64() {
                Some(whole) if whole.fract() == 0.0 && whole.abs() < 2_f64.powi(53) => {
                    Self::within(whole as i64)
                }
                _ => refuse("type", "must be a whole number"),
            },
        }
    }

    fn from_text(text: &str) -> Result<Self, Problems> {
        match text.parse() {
            Ok(number) => Self::within(number),
            Err(_) if is_whole(text) => Self::within_or_far(text),
            Err(_) => refuse("type", "must be a whole number"),
        }
    }

    fn schema() -> RefOr<Schema> {
        let mut schema = described(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(utoipa::Number::from(MIN as isize)));
        if MAX != i64::MAX {
            schema = schema.maximum(Some(utoipa::Number::from(MAX as isize)));
        }
        schema.into()
    }
}

impl<const MIN: i64, const MAX: i64> Int<MIN, MAX> {
    /// A whole number beyond 64 bits is out of every range.
    fn within_or_far(text: &str) -> Result<Self, Problems> {
        Self::within(if text.starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        })
        .and_then(|_| refuse("range", format!("must be at most {MAX}")))
    }
}

fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

impl Value for bool {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        match value {
            Json::Bool(yes) => Ok(*yes),
            _ => refuse("type", "must be true or false"),
        }
    }

    fn from_text(text: &str) -> Result<Self, Problems> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => refuse("type", "must be true or false"),
        }
    }

    fn schema() -> RefOr<Schema> {
        described(Type::Boolean).into()
    }
}
