//! One or several values.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, Schema};

use super::{Problems, Value, refuse};
use crate::error::FieldError;

/// One or several values: an array in JSON, separated by commas in a query; at most 100.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

const LONGEST_LIST: usize = 100;

impl<T> List<T> {
    fn collect<'a, S: 'a>(
        items: impl ExactSizeIterator<Item = &'a S>,
        read: impl Fn(&S) -> Result<T, Problems>,
    ) -> Result<Self, Problems> {
        if items.len() == 0 || items.len() > LONGEST_LIST {
            return refuse(
                "range",
                format!("must have between 1 and {LONGEST_LIST} values"),
            );
        }
        let (mut values, mut problems) = (Vec::new(), Vec::new());
        for (place, item) in items.enumerate() {
            match read(item) {
                Ok(value) => values.push(value),
                Err(found) => problems.extend(found.into_iter().map(|mut problem| {
                    problem.field = format!("[{place}]{}", problem.field);
                    problem
                })),
            }
        }
        if problems.is_empty() {
            Ok(Self(values))
        } else {
            Err(problems)
        }
    }
}

impl<T: Value> Value for List<T> {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        match value {
            Json::Array(items) => Self::collect(items.iter(), T::from_json),
            _ => refuse("type", "must be an array"),
        }
    }

    fn from_text(text: &str) -> Result<Self, Problems> {
        let items: Vec<&str> = text.split(',').collect();
        Self::collect(items.iter(), |item| T::from_text(item))
            .map_err(|problems| problems.into_iter().map(without_place).collect())
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(ArrayItems::RefOrSchema(Box::new(T::schema())))
            .min_items(Some(1))
            .max_items(Some(LONGEST_LIST))
            .into()
    }
}

/// In a query the whole list is one field.
fn without_place(mut problem: FieldError) -> FieldError {
    problem.field.clear();
    problem
}
