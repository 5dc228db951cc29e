//! 8D as data: which move leads from which step to which, who makes it, and what must hold first.
//!
//! Steps are completed in their order, each by a move of its own name, so that a request that is sent twice cannot
//! complete two of them. Only what was found wrong leads back, and always to the causes (D4): by hand with a reason, or
//! by an effectiveness check that fails, which counts a new attempt. `docs/permissions.md` is printed from here.

use crate::role::Role;
use crate::words::{CorrectiveStatus, Step};

crate::choice! {
    /// What is done with a corrective action request to move it.
    pub enum CorrectiveMove {
        /// Emergency action is taken; the team is formed next.
        CompleteD0 = "complete_d0",
        /// The team is formed.
        CompleteD1 = "complete_d1",
        /// The problem is described.
        CompleteD2 = "complete_d2",
        /// It is contained.
        CompleteD3 = "complete_d3",
        /// Its root causes are known and verified.
        CompleteD4 = "complete_d4",
        /// Corrective actions are chosen.
        CompleteD5 = "complete_d5",
        /// They are carried out and validated.
        CompleteD6 = "complete_d6",
        /// Recurrence is prevented.
        CompleteD7 = "complete_d7",
        /// The team is recognised and all is well; signed.
        Close = "close",
        /// The causes were not the right ones.
        ReturnToCauses = "return_to_causes",
        /// The request was raised in error.
        Void = "void",
    }
}

/// What must hold before a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The step that is completed has a text, the plant's or the supplier's.
    Written,
    /// Every containment action is done.
    ContainmentDone,
    /// There is a verified root cause of the occurrence and one of the non-detection.
    CausesVerified,
    /// There is a corrective action of this attempt.
    CorrectiveChosen,
    /// Every corrective action is done, and verified by somebody else.
    CorrectiveVerified,
    /// Every preventive action is done, and verified by somebody else.
    PreventiveVerified,
    /// The last effectiveness check of this attempt says effective.
    Effective,
    /// Whoever closes the request is not its owner.
    SecondPerson,
}

impl Guard {
    /// As the permissions page says it.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Written => "the step's text, the plant's or the supplier's",
            Self::ContainmentDone => "every containment action done",
            Self::CausesVerified => {
                "a verified root cause of the occurrence and one of the non-detection"
            }
            Self::CorrectiveChosen => "a corrective action of this attempt",
            Self::CorrectiveVerified => {
                "every corrective action done, and verified by somebody else"
            }
            Self::PreventiveVerified => {
                "every preventive action done, and verified by somebody else"
            }
            Self::Effective => "the last effectiveness check of this attempt says effective",
            Self::SecondPerson => "whoever closes it is not its owner",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Transition {
    /// What is done.
    pub action: CorrectiveMove,
    /// Where it begins.
    pub from: &'static [CorrectiveStatus],
    /// Where it leads.
    pub to: CorrectiveStatus,
    /// The step that it completes.
    pub completes: Option<Step>,
    /// Who does it.
    pub who: &'static [Role],
    /// What must hold first.
    pub guards: &'static [Guard],
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Whether it is signed: password again, and a meaning.
    pub needs_signature: bool,
}

impl Transition {
    /// The row of a move.
    pub fn of(action: CorrectiveMove) -> &'static Self {
        TRANSITIONS
            .iter()
            .find(|transition| transition.action == action)
            .unwrap_or(&TRANSITIONS[0])
    }
}

/// Who raises a request, and completes its steps.
pub const ENGINEERS: &[Role] = &[
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
];
const QUALITY: &[Role] = &[Role::QualityEngineer, Role::QualityManager];
const MANAGERS: &[Role] = &[Role::QualityManager];

/// Where something may still happen.
pub const OPEN: &[CorrectiveStatus] = &[D0, D1, D2, D3, D4, D5, D6, D7, D8];

/// Where an effectiveness check is made: once the corrective actions are validated.
pub const CHECKED_IN: &[CorrectiveStatus] = &[D7, D8];

use CorrectiveStatus::{Closed, D0, D1, D2, D3, D4, D5, D6, D7, D8, Void};

const fn complete(
    action: CorrectiveMove,
    (step, from, to): (Step, &'static [CorrectiveStatus], CorrectiveStatus),
    guards: &'static [Guard],
) -> Transition {
    Transition {
        action,
        from,
        to,
        completes: Some(step),
        who: ENGINEERS,
        guards,
        needs_reason: false,
        needs_signature: false,
    }
}

/// The table.
#[rustfmt::skip]
pub const TRANSITIONS: &[Transition] = &[
    complete(CorrectiveMove::CompleteD0, (Step::D0, &[D0], D1), &[Guard::Written]),
    complete(CorrectiveMove::CompleteD1, (Step::D1, &[D1], D2), &[Guard::Written]),
    complete(CorrectiveMove::CompleteD2, (Step::D2, &[D2], D3), &[Guard::Written]),
    complete(CorrectiveMove::CompleteD3, (Step::D3, &[D3], D4), &[Guard::Written, Guard::ContainmentDone]),
    complete(CorrectiveMove::CompleteD4, (Step::D4, &[D4], D5), &[Guard::Written, Guard::CausesVerified]),
    complete(CorrectiveMove::CompleteD5, (Step::D5, &[D5], D6), &[Guard::Written, Guard::CorrectiveChosen]),
    complete(CorrectiveMove::CompleteD6, (Step::D6, &[D6], D7), &[Guard::Written, Guard::CorrectiveVerified]),
    complete(CorrectiveMove::CompleteD7, (Step::D7, &[D7], D8), &[Guard::Written, Guard::PreventiveVerified]),
    Transition {
        who: QUALITY,
        needs_signature: true,
        ..complete(
            CorrectiveMove::Close,
            (Step::D8, &[D8], Closed),
            &[
                Guard::Written, Guard::ContainmentDone, Guard::CausesVerified, Guard::CorrectiveVerified,
                Guard::PreventiveVerified, Guard::Effective, Guard::SecondPerson,
            ],
        )
    },
    Transition {
        action: CorrectiveMove::ReturnToCauses,
        from: &[D5, D6, D7, D8],
        to: D4,
        completes: None,
        who: QUALITY,
        guards: &[],
        needs_reason: true,
        needs_signature: false,
    },
    Transition {
        action: CorrectiveMove::Void,
        from: OPEN,
        to: Void,
        completes: None,
        who: MANAGERS,
        guards: &[],
        needs_reason: true,
        needs_signature: false,
    },
];
