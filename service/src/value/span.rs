//! Ranges of quantities and of amounts of money.

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Schema, Type};

use super::{Problems, Quantity, Value, described, refuse, string_of};

/// From one to another, both included: `5..10`, `5..`, `..10`, or just `5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<T = Quantity> {
    /// At least this.
    pub least: Option<T>,
    /// At most this.
    pub most: Option<T>,
}

/// What a range may begin and end with.
pub trait End: Value + Copy + PartialOrd {
    /// How it is written, as a regular expression.
    const WRITTEN: &'static str;
    /// A range of such.
    const EXAMPLE: &'static str;
}

impl<T: End> Value for Span<T> {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        Self::from_text(string_of(value)?)
    }

    fn from_text(text: &str) -> Result<Self, Problems> {
        let end = |text: &str| match text {
            "" => Ok(None),
            _ => T::from_text(text).map(Some),
        };
        let (least, most) = match text.split_once("..") {
            Some((least, most)) => (end(least)?, end(most)?),
            None => (end(text)?, end(text)?),
        };
        match (least, most) {
            (None, None) => refuse("format", "must be a range such as 5..10, 5.. or ..10"),
            (Some(least), Some(most)) if least > most => {
                refuse("range", "is empty: it begins above its end")
            }
            _ => Ok(Self { least, most }),
        }
    }

    fn schema() -> RefOr<Schema> {
        let end = T::WRITTEN;
        described(Type::String)
            .pattern(Some(format!(
                r"^({end}|{end}\.\.|\.\.{end}|{end}\.\.{end})$"
            )))
            .examples([T::EXAMPLE])
            .into()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use crate::value::{Quantity, Span, Total, Value};

    #[test]
    fn ranges_may_be_open_at_an_end() {
        let span = |least: Option<i64>, most: Option<i64>| Span {
            least: least.map(Quantity),
            most: most.map(Quantity),
        };
        for (text, read) in [
            ("5..10", span(Some(5_000), Some(10_000))),
            ("2.5..", span(Some(2_500), None)),
            ("..10", span(None, Some(10_000))),
            ("7", span(Some(7_000), Some(7_000))),
        ] {
            assert_eq!(Span::<Quantity>::from_text(text), Ok(read), "{text}");
        }
        for text in ["", "..", "10..5", "a..b", "1...2", "-1..2"] {
            assert!(Span::<Quantity>::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn money_may_be_nothing_or_less_and_is_taken_into_the_digits_of_a_currency() {
        let units = |text: &str, digits| {
            let Span { least, most } = Span::<Total>::from_text(text).unwrap();
            let (least, most) = (least.unwrap(), most.unwrap());
            (least.0.ceil(digits), most.0.floor(digits))
        };
        for (text, digits, expected) in [
            ("0", 2, (0, 0)),
            ("12.50..100", 2, (1_250, 10_000)),
            ("-0.05..0.5", 2, (-5, 50)),
            // What lies between the amounts of a currency bounds them as it says; alone it is none of them.
            ("1.005..2.005", 2, (101, 200)),
            ("-2.5..-1.5", 0, (-2, -2)),
            ("1.005", 2, (101, 100)),
            ("1.005", 3, (1_005, 1_005)),
            (
                "-999999999999999..999999999999999",
                3,
                (-999_999_999_999_999_000, 999_999_999_999_999_000),
            ),
        ] {
            assert_eq!(units(text, digits), expected, "{text}");
        }
        for text in ["", "..", "10..-5", "0.00001", "1e3", "12,50", "1 EUR"] {
            assert!(Span::<Total>::from_text(text).is_err(), "{text}");
        }
    }
}
