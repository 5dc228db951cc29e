//! Formula injection: a text that a spreadsheet would take for a formula gets an apostrophe before it on its way out,
//! and loses it on its way in, so that what was exported can be imported unchanged.

use std::borrow::Cow;

/// What formulas begin with, in East Asian editions too. Tab and line ends are skipped by some programs before they
/// look.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The text that no spreadsheet computes.
pub(super) fn neutral(text: &str) -> Cow<'_, str> {
    if is_formula(text) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// The text that [`neutral`] was given.
pub(super) fn original(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => text,
    }
}

/// Whether an apostrophe is needed. A text that has one before such a sign gets another, or the two could not be told
/// apart.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}
