//! Decimals: amounts and quantities are sent as decimal strings and kept as scaled integers.

use std::cmp::Ordering;

use serde_json::Value as Json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Schema, Type};

use super::span::End;
use super::{Problems, Value, described, refuse};

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

    /// The value in units of 10^-`digits`; where it lies between two of them, the lower one.
    pub fn floor(self, digits: u32) -> i64 {
        let units = i128::from(self.units) * 10_i128.pow(digits);
        let units = units.div_euclid(10_i128.pow(self.digits));
        // So large no sum is.
        i64::try_from(units).unwrap_or(if units < 0 { i64::MIN } else { i64::MAX })
    }

    /// The same; where it lies between two of them, the upper one.
    pub fn ceil(self, digits: u32) -> i64 {
        let units = -self.units;
        Self { units, ..self }.floor(digits).saturating_neg()
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
        if units.len() > 18 || digits > MOST_DIGITS as usize {
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

/// More digits behind the point are refused.
const MOST_DIGITS: u32 = 18;

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scaled = |one: &Self| i128::from(one.units) * 10_i128.pow(MOST_DIGITS - one.digits);
        scaled(self).cmp(&scaled(other))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
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
            .pattern(Some(r"^(0*[1-9]\d*(\.\d+)?|0+\.\d*[1-9]\d*)$"))
            .examples(["12.50"])
            .into()
    }
}

/// What something has come to: an amount of money of any sign. The currency is not known here; none has more digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total(pub Decimal);

/// The digits of the most precise currency.
const MONEY_DIGITS: u32 = 3;

impl Value for Total {
    fn from_json(value: &Json) -> Result<Self, Problems> {
        let total = Decimal::from_json(value)?;
        if total.digits > MONEY_DIGITS {
            let message = format!("must have at most {MONEY_DIGITS} digits behind the point");
            return refuse("too_precise", message);
        }
        Ok(Self(total))
    }

    fn schema() -> RefOr<Schema> {
        described(Type::String)
            .pattern(Some(format!("^{}$", Self::WRITTEN)))
            .examples(["12.50"])
            .into()
    }
}

impl End for Total {
    const WRITTEN: &'static str = r"-?\d{1,15}(\.\d{1,3}0*)?";
    const EXAMPLE: &'static str = "12.50..100";
}

/// How many, in thousandths; more than nothing. Shown as a decimal string without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(pub i64);

impl Quantity {
    /// `"2.5"` for 2500.
    pub fn show(thousandths: i64) -> String {
        show_scaled(thousandths, 3, true)
    }

    /// 2500 for `"2.5"`; none for what is no quantity.
    pub fn read(text: &str) -> Option<i64> {
        let read = Self::from_json(&Json::from(text)).ok()?;
        Some(read.0)
    }
}

/// More than nothing, with at most 12 digits before the point and 3 behind it.
const QUANTITY: &str = r"^(0*[1-9]\d{0,11}(\.\d{1,3})?|0+\.([1-9]\d{0,2}|0[1-9]\d?|00[1-9]))$";

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
            .pattern(Some(QUANTITY))
            .examples(["10", "2.5"])
            .into()
    }
}

impl End for Quantity {
    const WRITTEN: &'static str = r"\d+(\.\d{1,3}0*)?";
    const EXAMPLE: &'static str = "5..10";
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
