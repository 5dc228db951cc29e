//! Instants as text, written and read by hand: every row that is moved has several, and by chrono's general ways each
//! takes as long as the rest of its row.

use std::io::Write;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, Offset, Timelike, Utc};

/// The forms besides RFC 3339 that SQLite's driver reads, in its order; without an offset they are in UTC.
const FORMS: [&str; 12] = [
    "%F %T%.f",
    "%F %R",
    "%F %RZ",
    "%F %R%:z",
    "%F %T%.fZ",
    "%F %T%.f%:z",
    "%FT%R",
    "%FT%RZ",
    "%FT%R%:z",
    "%FT%T%.f",
    "%FT%T%.fZ",
    "%FT%T%.f%:z",
];

/// Appends an instant of UTC as `2026-11-20T08:14:00.000000Z`, which every database reads. What is less than a
/// microsecond is left out.
pub fn write(at: &NaiveDateTime, text: &mut Vec<u8>) {
    let Some(year) = u32::try_from(at.year()).ok().filter(|year| *year <= 9999) else {
        // Writing to a Vec cannot fail.
        let _ = write!(text, "{at:?}Z");
        return;
    };
    let parts = [
        (0, 4, year),
        (5, 2, at.month()),
        (8, 2, at.day()),
        (11, 2, at.hour()),
        (14, 2, at.minute()),
        (17, 2, at.second()),
        (20, 6, at.nanosecond() / 1000),
    ];
    let mut written = *b"0000-00-00T00:00:00.000000Z";
    for (place, digits, mut number) in parts {
        for digit in written.iter_mut().skip(place).take(digits).rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    text.extend_from_slice(&written);
}

/// Reads an instant as SQLite's driver does.
pub(crate) fn read(text: &str) -> Option<DateTime<FixedOffset>> {
    by_hand(text)
        .or_else(|| DateTime::parse_from_rfc3339(text).ok())
        .or_else(|| FORMS.iter().find_map(|form| by_form(text, form)))
}

fn by_form(text: &str, form: &str) -> Option<DateTime<FixedOffset>> {
    if let Ok(at) = DateTime::parse_from_str(text, form) {
        return Some(at);
    }
    let at = NaiveDateTime::parse_from_str(text, form).ok()?;
    Some(DateTime::from_naive_utc_and_offset(at, Utc.fix()))
}

/// The form in which the driver writes what is in UTC: `2026-11-20T08:14:00.000001+00:00`, the fraction as long as it
/// has to be.
fn by_hand(text: &str) -> Option<DateTime<FixedOffset>> {
    let (at, fraction) = text
        .as_bytes()
        .strip_suffix(b"+00:00")?
        .split_at_checked(19)?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(place, mark)| at[*place] != *mark) {
        return None;
    }
    let nanoseconds = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            (digits.len()..9).fold(number(digits)?, |number, _| number * 10)
        }
        _ => return None,
    };
    let year = number(&at[..4])?.cast_signed();
    let at = NaiveDate::from_ymd_opt(year, number(&at[5..7])?, number(&at[8..10])?)?
        .and_hms_nano_opt(
            number(&at[11..13])?,
            number(&at[14..16])?,
            number(&at[17..19])?,
            nanoseconds,
        )?;
    Some(DateTime::from_naive_utc_and_offset(at, Utc.fix()))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use chrono::{DateTime, SecondsFormat};
    use proptest::prelude::*;

    use super::{by_hand, read, write};

    proptest! {
        #[test]
        fn what_the_driver_writes_is_read_by_hand_as_chrono_reads_it(
            seconds in -62_167_219_200_i64..253_402_300_800,
            nanoseconds in prop_oneof![
                Just(0),
                (0..1000_u32).prop_map(|milli| milli * 1_000_000),
                (0..1_000_000_u32).prop_map(|micro| micro * 1000),
                0..1_000_000_000_u32,
            ],
        ) {
            let at = DateTime::from_timestamp(seconds, nanoseconds).unwrap().fixed_offset();
            let text = at.to_rfc3339_opts(SecondsFormat::AutoSi, false);
            prop_assert_eq!(by_hand(&text), Some(at));
            prop_assert_eq!(DateTime::parse_from_rfc3339(&text), Ok(at));
            let mut written = Vec::new();
            write(&at.naive_utc(), &mut written);
            let expected = at.to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(String::from_utf8(written).unwrap(), expected);
        }

        #[test]
        fn what_is_read_by_hand_is_what_chrono_reads(
            text in "[0-9+-]{4}[-/0]([0-9]{2})[-.][0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,11})?(\\+00:00|Z|-00:00|\\+01:00)",
        ) {
            if let Some(at) = by_hand(&text) {
                prop_assert_eq!(DateTime::parse_from_rfc3339(&text), Ok(at), "{}", text);
            }
        }
    }

    #[test]
    fn what_is_no_instant_is_not_read() {
        for text in [
            "",
            "+00:00",
            "2026-11-20",
            "2026-02-29T00:00:00+00:00",
            "2026-11-20T24:00:00+00:00",
            "2026-11-20T08:14:00.+00:00",
            "零026-11-20T08:14:00+00:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_year_of_five_digits_is_not_cut() {
        let at = DateTime::from_timestamp(253_402_300_800, 0).unwrap();
        let mut written = Vec::new();
        write(&at.naive_utc(), &mut written);
        assert_eq!(written, b"+10000-01-01T00:00:00Z");
    }
}
