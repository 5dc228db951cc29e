//! What defects are filtered by: by the list, its export, saved views and reports alike.
//!
//! The same filter can be written as parameters and, in one of them, as people write it ([`language`]). What is named by
//! a code or a number is looked up once, so that an index finds the records by what they refer to.

mod language;
mod stage;
mod wanted;

use crate::search::SearchText;
use crate::value::{Code, Id, Moment, Perhaps, Span, Text, Total, Wanted as One};
use crate::words::{Origin, Severity};

pub use language::FilterText;
pub use stage::Stage;

pub(crate) use wanted::conditions;
pub(super) use wanted::{Wanted, wanted};

crate::input! {
    /// Which defects.
    pub struct DefectFilter {
        /// Words and phrases in its texts, notes and numbers: `weld "deep crack" -rust`; see docs/search.md.
        q: optional SearchText,
        /// As people write it: `severity:major status:open part:PN-1* -supplier:none`; see docs/filters.md.
        filter: optional FilterText,
        /// With any of these numbers on the tag.
        tag_number: optional One<Code<40>>,
        /// In any of these states; `open` stands for all but closed and void.
        status: optional One<Stage>,
        /// Of any of these severities.
        severity: optional Perhaps<Severity>,
        /// Found at any of these.
        origin: optional One<Origin>,
        /// Of any of these parts.
        part_id: optional One<Id>,
        /// Of parts with any of these numbers; one that ends in `*` stands for all that begin so.
        part: optional One<Code<100>>,
        /// At any of these work centers.
        work_center_id: optional One<Id>,
        /// At any of these work centers, by their codes.
        work_center: optional One<Code<40>>,
        /// For any of these customers.
        customer_id: optional Perhaps<Id>,
        /// For any of these customers, by their codes.
        customer: optional Perhaps<Code<40>>,
        /// From any of these suppliers.
        supplier_id: optional Perhaps<Id>,
        /// From any of these suppliers, by their codes.
        supplier: optional Perhaps<Code<40>>,
        /// Taken care of by any of these people.
        assignee_id: optional Perhaps<Id>,
        /// Taken care of by any of these people, by their user names; `me` is the caller.
        assignee: optional Perhaps<Code<100>>,
        /// Reported by any of these people.
        reported_by_id: optional One<Id>,
        /// Reported by any of these people, by their user names; `me` is the caller.
        reported_by: optional One<Code<100>>,
        /// Of any of these kinds of failure.
        failure_code: optional Perhaps<Code<40>>,
        /// Of any of these causes.
        cause: optional Perhaps<Code<40>>,
        /// Of any of these lots.
        lot_number: optional Perhaps<Text<100>>,
        /// Of any of these work orders.
        work_order: optional Perhaps<Text<100>>,
        /// Known elsewhere as.
        external_id: optional Text<200>,
        /// Reported at this moment or later: an instant, a day, or a time from now such as `-30d`.
        reported_after: optional Moment,
        /// Reported before this moment.
        reported_before: optional Moment,
        /// Found at this moment or later.
        detected_after: optional Moment,
        /// Found before this moment.
        detected_before: optional Moment,
        /// Due at this moment or later.
        due_after: optional Moment,
        /// Due before this moment.
        due_before: optional Moment,
        /// Closed at this moment or later.
        closed_after: optional Moment,
        /// Closed before this moment.
        closed_before: optional Moment,
        /// Changed at this moment or later.
        updated_after: optional Moment,
        /// Changed before this moment.
        updated_before: optional Moment,
        /// So many are defective: `5`, `5..10`, `5..`, `..10`.
        quantity_defective: optional Span,
        /// Its cost entries come to so much, less what came back: `12.50`, `100..500`, `100..`, `..0`. For those who see cost.
        cost_total: optional Span<Total>,
        /// Whether the material is contained.
        is_contained: optional bool,
        /// Whether the record's clock is stopped.
        on_hold: optional bool,
        /// True: only those that are open, not on hold, and due before now; false: only the others.
        overdue: optional bool,
    }
}

impl DefectFilter {
    /// All that tells one filter from another.
    pub(crate) fn identity(&self) -> String {
        format!("{self:?}")
    }

    /// Whether words are searched for.
    pub(super) fn is_search(&self) -> bool {
        self.parts().any(|part| part.q.is_some())
    }

    /// The parameters in which it asks for cost.
    pub(crate) fn asks_cost(&self) -> Vec<&'static str> {
        let written = self.filter.as_ref().map(FilterText::filter);
        let own = self.cost_total.map(|_| "cost_total");
        let written = written
            .and_then(|filter| filter.cost_total)
            .map(|_| "filter");
        own.into_iter().chain(written).collect()
    }

    /// The parameters themselves, and those that are written in `filter`.
    fn parts(&self) -> impl Iterator<Item = &Self> {
        let written = self.filter.as_ref().map(FilterText::filter);
        std::iter::once(self).chain(written)
    }
}
