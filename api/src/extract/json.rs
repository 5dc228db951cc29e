//! JSON bodies, read strictly: a name that is in one object twice is refused.
//!
//! RFC 8259 leaves open which of the two counts, so that a proxy, a log and this server might each see another
//! document. Where records are kept nobody should have to guess.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A value in which each object has each name once.
pub(super) struct Strict(pub(super) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number is too large"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sent: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = sent.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut sent: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = sent.next_key::<String>()? {
            if object.contains_key(&name) {
                let name: String = name.chars().take(100).collect();
                return Err(A::Error::custom(format!(
                    "the name {name:?} is there twice"
                )));
            }
            let Strict(value) = sent.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_str};

    use super::Strict;

    #[test]
    fn what_is_read_is_what_others_read() {
        for text in [
            "null",
            "true",
            "-1",
            "18446744073709551615",
            "0.5",
            "1e300",
            r#""a\u00e9\ud83d\ude00""#,
            r#"[1, [], {}, "x"]"#,
            r#"{"a": {"b": [null, {"c": 1}]}, "b": {"a": 1}}"#,
        ] {
            let Strict(read) = from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(Some(read), from_str::<Value>(text).ok(), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused_at_any_depth() {
        for text in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"a": 1, "\u0061": 2}"#,
            r#"[{"x": {"a": 1, "b": 2, "a": 3}}]"#,
        ] {
            let Err(refused) = from_str::<Strict>(text) else {
                panic!("{text} was read");
            };
            let refused = refused.to_string();
            assert!(
                refused.contains(r#"the name "a" is there twice"#),
                "{refused}"
            );
        }
    }
}
