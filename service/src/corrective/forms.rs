//! What requests about corrective actions hold.

use crate::value::{Id, Instant, List, LongText, Text};
use crate::words::Severity;

crate::input! {
    /// A corrective action request to raise.
    pub struct NewCorrective {
        /// What is wrong, in a line.
        title: required Text<200>,
        /// What is wrong.
        description: required LongText,
        /// How grave it is.
        severity: optional Severity,
        /// The supplier who is asked, where one is.
        supplier_id: optional Id,
        /// Who answers for it; whoever raises it unless said.
        owner_id: optional Id,
        /// Until when it is to be closed.
        due_at: optional Instant,
        /// The defects that it is about; more may be linked later.
        defect_ids: optional List<Id>,
        /// D0: prepare, and take emergency action.
        d0: optional NewStep,
        /// D1: form the team.
        d1: optional NewStep,
        /// D2: describe the problem.
        d2: optional NewStep,
        /// D3: contain it; due by the due rules unless said.
        d3: optional NewStep,
        /// D4: find and verify the root causes.
        d4: optional NewStep,
        /// D5: choose corrective actions; due by the due rules unless said.
        d5: optional NewStep,
        /// D6: carry them out and validate them.
        d6: optional NewStep,
        /// D7: prevent recurrence.
        d7: optional NewStep,
        /// D8: recognise the team; due by the due rules unless said.
        d8: optional NewStep,
    }
}

crate::input! {
    /// What is agreed on for a step when the request is raised.
    pub struct NewStep {
        /// Who sees to it.
        owner_id: optional Id,
        /// Until when.
        due_at: optional Instant,
    }
}

/// The names of the steps' owners in a refusal.
pub(super) const OWNERS: [&str; 9] = [
    "d0.owner_id",
    "d1.owner_id",
    "d2.owner_id",
    "d3.owner_id",
    "d4.owner_id",
    "d5.owner_id",
    "d6.owner_id",
    "d7.owner_id",
    "d8.owner_id",
];

impl NewCorrective {
    /// The steps in their order.
    pub(super) fn steps(&self) -> [Option<&NewStep>; 9] {
        [
            &self.d0, &self.d1, &self.d2, &self.d3, &self.d4, &self.d5, &self.d6, &self.d7,
            &self.d8,
        ]
        .map(Option::as_ref)
    }
}

crate::input! {
    /// What changes in a step.
    pub struct StepPatch {
        /// What the plant writes.
        text: clearable LongText,
        /// Who sees to it.
        owner_id: clearable Id,
        /// Until when.
        due_at: clearable Instant,
    }
}

crate::input! {
    /// What changes in a corrective action request.
    pub struct CorrectivePatch {
        /// What is wrong, in a line.
        title: change Text<200>,
        /// What is wrong.
        description: change LongText,
        /// How grave it is.
        severity: clearable Severity,
        /// The supplier who is asked. A link that another one holds opens nothing any more.
        supplier_id: clearable Id,
        /// Who answers for it.
        owner_id: change Id,
        /// Until when it is to be closed.
        due_at: clearable Instant,
        /// D0: prepare, and take emergency action.
        d0: change StepPatch,
        /// D1: form the team.
        d1: change StepPatch,
        /// D2: describe the problem.
        d2: change StepPatch,
        /// D3: contain it.
        d3: change StepPatch,
        /// D4: find and verify the root causes.
        d4: change StepPatch,
        /// D5: choose corrective actions.
        d5: change StepPatch,
        /// D6: carry them out and validate them.
        d6: change StepPatch,
        /// D7: prevent recurrence.
        d7: change StepPatch,
        /// D8: recognise the team.
        d8: change StepPatch,
    }
}
