//! What a form is made of: sections, each a heading and under it boxes, texts, a table, verdicts, signatures, in this
//! order. One template prints them all (`paper/form.html`).

use super::signed::Signed;
use super::texts::Told;

/// A part of a form.
#[derive(Default)]
pub(super) struct Section {
    /// Its heading.
    pub(super) title: String,
    /// Whether it belongs to the one before.
    pub(super) is_below: bool,
    pub(super) facts: Vec<Fact>,
    pub(super) texts: Vec<Told>,
    pub(super) table: Option<Table>,
    pub(super) verdicts: Vec<Verdict>,
    pub(super) signed: Vec<Signed>,
    /// Who is to sign by hand.
    pub(super) by_hand: Vec<String>,
}

/// A box: what it is, and what stands in it; nothing where it is left to be filled in by hand.
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
}

/// A table; a row has as many cells as there are heads.
pub(super) struct Table {
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A box to tick.
pub(super) struct Verdict {
    pub(super) label: String,
    pub(super) is_ticked: bool,
    /// Of how much.
    pub(super) quantity: String,
}

impl Section {
    /// A section of that heading.
    pub(super) fn titled(title: String) -> Self {
        Self {
            title,
            ..Self::default()
        }
    }

    /// A section that belongs to the one before.
    pub(super) fn below(title: String) -> Self {
        Self {
            title,
            is_below: true,
            ..Self::default()
        }
    }
}

impl Table {
    /// A table, unless it has no rows.
    pub(super) fn of(heads: Vec<String>, rows: Vec<Vec<String>>) -> Option<Self> {
        (!rows.is_empty()).then_some(Self { heads, rows })
    }
}

/// A box.
pub(super) fn fact(label: String, value: impl Into<Option<String>>) -> Fact {
    Fact {
        label,
        value: value.into().unwrap_or_default(),
    }
}
