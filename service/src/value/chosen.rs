//! What a filter lets through: some values, all but some, what is empty, what is not.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    ArrayBuilder, ArrayItems, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};

use super::{Problems, Value, refuse};

/// Values of which one has to be there: an array in JSON, separated by commas in a query; at most 100. `!` in front of a
/// value lets all others through. Where the field can be empty (`EMPTY`), `none` stands for that, `any` for all else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<T, const EMPTY: bool> {
    /// One of these.
    pub some: Vec<T>,
    /// None of these.
    pub not: Vec<T>,
    /// Empty as well as `some`, or not empty; nothing is said of it where there is nothing.
    pub empty: Option<Emptiness>,
}

/// What is said of empty fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// `none`: they are let through besides what is chosen.
    Too,
    /// `any`: all others are.
    Not,
}

/// A field that always has a value.
pub type Wanted<T> = Chosen<T, false>;

/// A field that may be empty.
pub type Perhaps<T> = Chosen<T, true>;

const MOST: usize = 100;
const NONE: &str = "none";
const ANY: &str = "any";

impl<T, const EMPTY: bool> Chosen<T, EMPTY> {
    /// The values, where nothing but values is said.
    pub fn only(&self) -> Option<&[T]> {
        (self.not.is_empty() && self.empty.is_none()).then_some(self.some.as_slice())
    }

    /// The same of what is made of each value: of one, none or several.
    pub fn map<U>(&self, make: impl Fn(&T) -> Vec<U>) -> Chosen<U, EMPTY> {
        Chosen {
            some: self.some.iter().flat_map(&make).collect(),
            not: self.not.iter().flat_map(&make).collect(),
            empty: self.empty,
        }
    }

    /// All values that are named.
    pub fn named(&self) -> impl Iterator<Item = &T> {
        self.some.iter().chain(&self.not)
    }
}

impl<T: Value, const EMPTY: bool> Chosen<T, EMPTY> {
    fn nothing() -> Self {
        Self {
            some: Vec::new(),
            not: Vec::new(),
            empty: None,
        }
    }

    /// `value`, `!value`, `none`, `any`.
    fn add(&mut self, text: &str) -> Result<(), Problems> {
        let (is_not, word) = match text.strip_prefix('!') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, text),
        };
        if word == NONE || word == ANY {
            if !EMPTY {
                return refuse(
                    "choice",
                    format!("is never empty, so `{word}` has no meaning here"),
                );
            }
            // What is not none is any.
            let emptiness = match (word == NONE) != is_not {
                true => Emptiness::Too,
                false => Emptiness::Not,
            };
            if self.empty.is_some_and(|said| said != emptiness) {
                return refuse(
                    "together",
                    "`none` and `any` together let everything through; leave the filter out",
                );
            }
            self.empty = Some(emptiness);
            return Ok(());
        }
        let value = T::from_text(word)?;
        let list = if is_not {
            &mut self.not
        } else {
            &mut self.some
        };
        list.push(value);
        Ok(())
    }

    fn counted(count: usize) -> Result<(), Problems> {
        if (1..=MOST).contains(&count) {
            return Ok(());
        }
        refuse("range", format!("must have between 1 and {MOST} values"))
    }
}

impl<T: Value, const EMPTY: bool> Value for Chosen<T, EMPTY> {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let Json::Array(items) = value else {
            return match value {
                Json::String(text) => Self::from_text(text),
                _ => refuse("type", "must be an array"),
            };
        };
        Self::counted(items.len())?;
        let (mut chosen, mut problems) = (Self::nothing(), Vec::new());
        for (place, item) in items.iter().enumerate() {
            let added = match item {
                Json::String(text) => chosen.add(text),
                other => T::from_json(other).map(|value| chosen.some.push(value)),
            };
            if let Err(found) = added {
                problems.extend(found.into_iter().map(|mut problem| {
                    problem.field = format!("[{place}]{}", problem.field);
                    problem
                }));
            }
        }
        if problems.is_empty() {
            Ok(chosen)
        } else {
            Err(problems)
        }
    }

    /// In a query the whole list is one field.
    fn from_text(text: &str) -> Result<Self, Problems> {
        Self::counted(text.split(',').count())?;
        let mut chosen = Self::nothing();
        let mut problems: Problems = Vec::new();
        for item in text.split(',') {
            problems.extend(chosen.add(item).err().into_iter().flatten());
        }
        if problems.is_empty() {
            Ok(chosen)
        } else {
            Err(problems)
        }
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(ArrayItems::RefOrSchema(Box::new(item_schema(
                T::schema(),
                EMPTY,
            ))))
            .min_items(Some(1))
            .max_items(Some(MOST))
            .into()
    }
}

/// A value, or what may stand in its place.
fn item_schema(value: RefOr<Schema>, may_be_empty: bool) -> RefOr<Schema> {
    let words = match may_be_empty {
        true => vec![
            "none".to_owned(),
            "any".to_owned(),
            "!none".to_owned(),
            "!any".to_owned(),
        ],
        false => Vec::new(),
    };
    let text = |object: ObjectBuilder| object.schema_type(SchemaType::Type(Type::String));
    match value {
        RefOr::T(Schema::Object(object)) if object.enum_values.is_some() => {
            let known: Vec<String> = object
                .enum_values
                .iter()
                .flatten()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect();
            let others = known.iter().map(|word| format!("!{word}"));
            let all: Vec<String> = known.iter().cloned().chain(others).chain(words).collect();
            text(ObjectBuilder::new()).enum_values(Some(all)).into()
        }
        RefOr::T(Schema::Object(object))
            if object.schema_type == SchemaType::Type(Type::Integer) =>
        {
            let other = match may_be_empty {
                true => r"^(![1-9][0-9]{0,17}|!?none|!?any)$",
                false => r"^![1-9][0-9]{0,17}$",
            };
            OneOfBuilder::new()
                .item(Schema::Object(object))
                .item(text(ObjectBuilder::new()).pattern(Some(other)))
                .into()
        }
        // A comma would end the value.
        RefOr::T(Schema::Object(mut object)) => {
            let without_comma = |pattern: String| {
                pattern
                    .replace(r"[^\s", r"[^\s,")
                    .replace(r"[^\u0000]", r"[^\u0000,]")
            };
            object.pattern = object.pattern.map(without_comma);
            Schema::Object(object).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::{Emptiness, Perhaps, Value, Wanted};
    use crate::value::Id;
    use serde_json::json;

    /// Some, others, and whether empty.
    type Read = (Vec<i64>, Vec<i64>, Option<Emptiness>);

    fn ids(text: &str) -> Result<Read, String> {
        let read =
            Perhaps::<Id>::from_text(text).map_err(|problems| problems[0].code.to_string())?;
        let numbers = |ids: &[Id]| ids.iter().map(|id| id.0).collect();
        Ok((numbers(&read.some), numbers(&read.not), read.empty))
    }

    #[test]
    fn values_others_and_empty_ones_are_told_apart() {
        assert_eq!(ids("3,4"), Ok((vec![3, 4], vec![], None)));
        assert_eq!(ids("!3,!4"), Ok((vec![], vec![3, 4], None)));
        assert_eq!(ids("3,none"), Ok((vec![3], vec![], Some(Emptiness::Too))));
        assert_eq!(ids("any,!3"), Ok((vec![], vec![3], Some(Emptiness::Not))));
        assert_eq!(ids("!none"), ids("any"));
        assert_eq!(ids("!any"), ids("none"));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (text, code) in [
            ("", "type"),
            ("3,", "type"),
            ("!", "type"),
            ("!!3", "type"),
            ("0", "range"),
            ("any,none", "together"),
        ] {
            assert_eq!(ids(text), Err(code.to_owned()), "{text}");
        }
        assert_eq!(
            Wanted::<Id>::from_text("none").unwrap_err()[0].code,
            "choice"
        );
        assert_eq!(
            Wanted::<Id>::from_text(&"1,".repeat(101)).unwrap_err()[0].code,
            "range"
        );
    }

    #[test]
    fn json_holds_the_same() {
        let read = |body| Perhaps::<Id>::from_json(&body);
        assert_eq!(
            read(json!([3, "!4", "none"])),
            Perhaps::from_text("3,!4,none")
        );
        assert_eq!(read(json!("3,!4")), Perhaps::from_text("3,!4"));
        assert_eq!(read(json!([3, "x"])).unwrap_err()[0].field, "[1]");
    }
}
