//! The sections of a record's page, and the fields of each, on one screen.
//!
//! A field is called as the service calls it, and its kind says how a form asks for it. Who may write it, and what it may
//! hold, is the service's matter.

use service::Error;
use service::words::{CodeList, Language, Origin, Severity};

/// How a form asks for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line of text, or a number.
    Line,
    /// Several lines.
    Area,
    /// A box to tick.
    Tick,
    /// One of the languages.
    Language,
    /// Where it was found.
    Origin,
    /// How grave it is.
    Severity,
    /// A moment, to the minute of the plant's time.
    Minute,
    /// A day, which stands for its end.
    Day,
    /// A part: number and revision.
    Part,
    /// A work center, by its code.
    WorkCenter,
    /// A customer, by its code.
    Customer,
    /// A supplier, by its code.
    Supplier,
    /// A person, by name and id.
    Person,
    /// A code of a list.
    Code(CodeList),
    /// Another record, by the number on its tag.
    Tag,
}

/// A field of a section.
#[derive(Debug)]
pub(super) struct Field {
    /// What the service calls it.
    pub(super) name: &'static str,
    /// How it is asked for.
    pub(super) kind: Kind,
    /// Whether it is never empty.
    pub(super) is_needed: bool,
}

/// A section: what is saved together.
#[derive(Debug)]
pub(super) struct Section {
    /// Its name, in addresses and as the id of its place on the page.
    pub(super) name: &'static str,
    /// Its fields, in the order in which they are shown.
    pub(super) fields: &'static [Field],
}

/// The sections, in the order of the work.
#[rustfmt::skip]
pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "report",
        fields: &[
            must("title", Kind::Line), must("description", Kind::Area), must("language", Kind::Language),
            must("origin", Kind::Origin), must("part_id", Kind::Part), must("work_center_id", Kind::WorkCenter),
            must("quantity_defective", Kind::Line), may("quantity_inspected", Kind::Line),
            may("units_sampled", Kind::Line), may("defects_found", Kind::Line), must("detected_at", Kind::Minute),
            may("lot_number", Kind::Line), may("work_order", Kind::Line), may("customer_id", Kind::Customer),
            may("supplier_id", Kind::Supplier), may("external_system", Kind::Line), may("external_id", Kind::Line),
            may("repeat_of_id", Kind::Tag),
        ],
    },
    Section {
        name: "triage",
        fields: &[
            may("severity", Kind::Severity), may("failure_code", Kind::Code(CodeList::FailureCode)),
            may("assignee_id", Kind::Person), may("due_at", Kind::Day),
        ],
    },
    Section {
        name: "containment",
        fields: &[must("is_contained", Kind::Tick), may("hold_location", Kind::Line)],
    },
    Section {
        name: "analysis",
        fields: &[may("process_analysis", Kind::Area), may("repair_process", Kind::Area)],
    },
    Section {
        name: "engineering",
        fields: &[
            may("engineering_findings", Kind::Area), may("root_cause", Kind::Area),
            may("cause", Kind::Code(CodeList::Cause)),
        ],
    },
];

/// A field that may be empty.
pub(super) const fn may(name: &'static str, kind: Kind) -> Field {
    let is_needed = false;
    Field {
        name,
        kind,
        is_needed,
    }
}

const fn must(name: &'static str, kind: Kind) -> Field {
    let is_needed = true;
    Field {
        name,
        kind,
        is_needed,
    }
}

impl Section {
    /// The section of a name; a name of none is no address.
    pub(super) fn named(name: &str) -> Result<&'static Self, Error> {
        let mut all = SECTIONS.iter();
        all.find(|section| section.name == name)
            .ok_or(Error::NotFound("section"))
    }
}

impl Kind {
    /// What messages call the fixed words that are chosen from, and these.
    pub(super) fn words(self) -> Option<(&'static str, Vec<&'static str>)> {
        match self {
            Self::Language => {
                let words = Language::ALL.iter().map(|word| word.word());
                Some(("language", words.collect()))
            }
            Self::Origin => {
                let words = Origin::ALL.iter().map(|word| word.word());
                Some(("origin", words.collect()))
            }
            Self::Severity => {
                let words = Severity::ALL.iter().map(|word| word.word());
                Some(("severity", words.collect()))
            }
            _ => None,
        }
    }

    /// Whether it is chosen from a list of the plant, where that is not too long.
    pub(super) fn is_listed(self) -> bool {
        matches!(
            self,
            Self::WorkCenter | Self::Customer | Self::Supplier | Self::Person | Self::Code(_)
        )
    }

    /// The input that templates ask with, where there is nothing to choose from.
    pub(super) fn input(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Tick => "tick",
            Self::Minute => "datetime-local",
            Self::Day => "date",
            _ => "text",
        }
    }

    /// The message that says what is to be typed, where that is not plain.
    pub(super) fn hint(self) -> Option<&'static str> {
        match self {
            Self::Part => Some("record-hint-part"),
            Self::WorkCenter | Self::Customer | Self::Supplier | Self::Code(_) => {
                Some("record-hint-code")
            }
            Self::Person => Some("record-hint-person"),
            Self::Tag => Some("record-hint-tag"),
            Self::Day => Some("record-hint-due"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use service::defects::DefectPatch;
    use service::input::Input;

    use super::SECTIONS;

    #[test]
    fn every_field_that_can_be_changed_is_on_the_page() {
        let fields = SECTIONS.iter().flat_map(|section| section.fields);
        let asked: BTreeSet<_> = fields.map(|field| field.name).collect();
        let known: BTreeSet<_> = DefectPatch::FIELDS.iter().copied().collect();
        assert_eq!(asked, known);
    }
}
