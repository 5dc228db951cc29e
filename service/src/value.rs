//! The kinds of values that requests are made of: how each is read, what is refused, and its OpenAPI schema.
//!
//! A kind carries its own limits (`Text<200>`), so a limit stands once, where the field is declared, and the
//! document and the check cannot differ. Every kind reads JSON (bodies) and plain text (queries, forms).

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Timelike, Utc};
use serde_json::Value as Json;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, schema::ArrayItems};

use crate::error::FieldError;

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
            .pattern(Some(r"^[^\u0000]*\S[^\u0000]*$"))
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

/// A decimal as it was sent: `units` · 10^-`digits`, without trailing zeros behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    units: i64,
    digits: u32,
}

impl Decimal {
    /// The value in units of 10^-`digits`; refused when it is more precise than that.
    pub fn scaled(self, digits: u32) -> Result<i64, Problems> {
        if self.digits > digits {
            return refuse(
                "too_precise",
                format!("must have at most {digits} digits behind the point"),
            );
        }
        self.units
            .checked_mul(10_i64.pow(digits - self.digits))
            .filter(|units| units.abs() <= LARGEST)
            .map_or_else(|| refuse("range", TOO_LARGE), Ok)
    }

    fn parse(text: &str) -> Result<Self, Problems> {
        let bad = || refuse("format", "must be a decimal number such as \"2.5\"");
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !numeric(whole) || !numeric(fraction) || rest.ends_with('.') {
            return bad();
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = fraction.len();
        let units: String = format!("{whole}{fraction}");
        let units = units.trim_start_matches('0');
        if units.len() > 18 || digits > 18 {
            return if digits > 6 {
                refuse("too_precise", "has too many digits behind the point")
            } else {
                refuse("range", TOO_LARGE)
            };
        }
        let units: i64 = if units.is_empty() {
            0
        } else {
            units
                .parse()
                .or_else(|_| bad().map(|Self { units, .. }| units))?
        };
        Ok(Self {
            units: if negative { -units } else { units },
            digits: digits as u32,
        })
    }
}

/// The largest scaled number that is stored: a quadrillion units, exact in any client's 64-bit float.
const LARGEST: i64 = 1_000_000_000_000_000;
const TOO_LARGE: &str = "is too large; with its decimals it may have 15 digits at most";

impl Value for Decimal {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        match value {
            Json::String(text) => Self::parse(text),
            // The shortest text that reads back as the number: what was written, to 15 digits and more.
            Json::Number(number) => Self::parse(&number.to_string()),
            _ => refuse(
                "type",
                "must be a decimal number in a string such as \"2.5\"",
            ),
        }
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .pattern(Some(r"^-?\d+(\.\d+)?$"))
            .examples(["2.5"])
            .into()
    }
}

/// An amount of money, more than nothing; its digits are the currency's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub Decimal);

impl Value for Amount {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let amount = Decimal::from_json(value)?;
        if amount.units <= 0 {
            return refuse("range", "must be more than 0");
        }
        Ok(Self(amount))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .pattern(Some(r"^\d+(\.\d+)?$"))
            .examples(["12.50"])
            .into()
    }
}

/// How many, in thousandths; more than nothing. Shown as a decimal string without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(pub i64);

impl Quantity {
    /// `"2.5"` for 2500.
    pub fn show(thousandths: i64) -> String {
        show_scaled(thousandths, 3, true)
    }
}

impl Value for Quantity {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let thousandths = Decimal::from_json(value)?.scaled(3)?;
        if thousandths <= 0 {
            return refuse("range", "must be more than 0");
        }
        Ok(Self(thousandths))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .pattern(Some(r"^\d+(\.\d{1,3})?$"))
            .examples(["10", "2.5"])
            .into()
    }
}

/// A scaled integer as a decimal string; `trim` drops the zeros at its end.
pub fn show_scaled(units: i64, digits: u32, trim: bool) -> String {
    if digits == 0 {
        return units.to_string();
    }
    let scale = 10_u64.pow(digits);
    let (whole, fraction) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    let sign = if units < 0 { "-" } else { "" };
    let mut text = format!("{sign}{whole}.{fraction:0width$}", width = digits as usize);
    if trim {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text
}

/// A moment, kept in UTC to the microsecond (RFC 3339).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub DateTime<FixedOffset>);

impl Instant {
    /// `2026-11-20T08:14:00.000000Z`.
    pub fn show(at: &DateTime<FixedOffset>) -> String {
        at.with_timezone(&Utc)
            .to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

impl Value for Instant {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        let Ok(at) = DateTime::parse_from_rfc3339(text) else {
            return refuse(
                "format",
                "must be an RFC 3339 instant such as \"2026-11-20T08:14:00Z\"",
            );
        };
        if at.nanosecond() % 1000 != 0 {
            return refuse("too_precise", "must have at most six digits of a second");
        }
        // A leap second (…:60) is not a moment that every database can hold.
        if at.nanosecond() >= 1_000_000_000 {
            return refuse("format", "must not be a leap second");
        }
        let utc = at.with_timezone(&Utc);
        if !(1970..=9998).contains(&chrono::Datelike::year(&utc)) {
            return refuse("range", "must lie between the years 1970 and 9998");
        }
        Ok(Self(utc.fixed_offset()))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

/// A calendar day (`2026-11-20`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl Value for Day {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let text = string_of(value)?;
        let day = (text.len() == 10)
            .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .flatten();
        let Some(day) = day else {
            return refuse("format", "must be a day such as \"2026-11-20\"");
        };
        if !(1970..=9998).contains(&chrono::Datelike::year(&day)) {
            return refuse("range", "must lie between the years 1970 and 9998");
        }
        Ok(Self(day))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .into()
    }
}

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

/// Declares a fixed set of words: stored, sent and shown as the same short string.
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// Every word, in the order of the design.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it is stored and sent.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value that a word stands for.
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// The value of a stored word; a word that this program does not know is a fault of the database.
            pub fn stored(word: &str) -> $crate::error::Result<Self> {
                Self::of(word).ok_or_else(|| {
                    $crate::error::Error::internal(format!("unknown {} in the database: {word}", stringify!($name)))
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Self::of(&word).ok_or_else(|| serde::de::Error::custom(concat!("unknown ", stringify!($name))))
            }
        }

        impl $crate::value::Value for $name {
            fn from_json(value: &serde_json::Value) -> std::result::Result<Self, $crate::value::Problems> {
                match value {
                    serde_json::Value::String(word) => match Self::of(word) {
                        Some(value) => Ok(value),
                        None => $crate::value::refuse("choice", concat!("must be one of ", $("`", $word, "` "),+).trim_end()),
                    },
                    _ => $crate::value::refuse("type", "must be a string"),
                }
            }

            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <Self as utoipa::PartialSchema>::schema()
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::SchemaType::Type(utoipa::openapi::schema::Type::String))
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
