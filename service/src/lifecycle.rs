//! The life of a defect as data: which action leads from where to where, who takes it, and what must hold first.
//!
//! The table is all there is; [`crate::defects::transition`] walks it, [`crate::defects::guards`] says for each
//! guard what a record lacks, and `docs/permissions.md` is printed from here.

use crate::role::Role;
use crate::words::Status;

crate::choice! {
    /// What is done with a record to move it.
    pub enum Action {
        /// Cause and process are looked into from here.
        StartAnalysis = "start_analysis",
        /// The analysis is complete.
        SubmitAnalysis = "submit_analysis",
        /// The analysis is not enough to decide on.
        ReturnToAnalysis = "return_to_analysis",
        /// What becomes of the material is decided.
        ApproveDisposition = "approve_disposition",
        /// The decision cannot be carried out as it is.
        ReturnToDisposition = "return_to_disposition",
        /// The decision has been carried out.
        CompleteExecution = "complete_execution",
        /// The result is not good.
        FailVerification = "fail_verification",
        /// All is well; signed.
        Close = "close",
        /// Something came to light afterwards; signed.
        Reopen = "reopen",
        /// The record was raised in error.
        Void = "void",
    }
}

/// What must hold before an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The severity is set.
    SeveritySet,
    /// Critical material is contained.
    CriticalIsContained,
    /// The process analysis is written.
    ProcessAnalysis,
    /// The engineering findings are written, unless the defect is minor.
    EngineeringFindings,
    /// There is at least one disposition line, and the lines' quantities add up to the defective quantity.
    LinesAddUp,
    /// Every use_as_is and repair line carries the authority of engineering, set by a technical engineer.
    EngineeringAuthority,
    /// Every line is done, scrap included.
    LinesDone,
    /// With a rework or repair line there is labor on the record.
    LaborRecorded,
    /// Every rework and repair line passed its inspection.
    Reinspected,
    /// The failure code is set.
    FailureCode,
    /// Of a major or critical record the closer is not the reporter.
    SecondPerson,
}

impl Guard {
    /// As the permissions page says it.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::SeveritySet => "severity set",
            Self::CriticalIsContained => "critical needs is_contained",
            Self::ProcessAnalysis => "process analysis",
            Self::EngineeringFindings => "engineering findings unless minor",
            Self::LinesAddUp => "at least one line; sum of lines = quantity_defective",
            Self::EngineeringAuthority => {
                "use_as_is and repair lines carry `authority: engineering` set by a tech_engineer"
            }
            Self::LinesDone => "every line done, scrap included",
            Self::LaborRecorded => "with a rework or repair line, labor on the record",
            Self::Reinspected => "rework and repair lines re-inspected `pass`",
            Self::FailureCode => "failure code",
            Self::SecondPerson => "for major and critical the closer is not the reporter",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Transition {
    /// What is done.
    pub action: Action,
    /// The states from which it is done.
    pub from: &'static [Status],
    /// The state it leads to; approval leads on to verification where nothing is to be carried out.
    pub to: Status,
    /// Who does it.
    pub who: &'static [Role],
    /// Whether the reporter may do it too, while the record is reported.
    pub reporter_while_reported: bool,
    /// What must hold first.
    pub guards: &'static [Guard],
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Whether it is signed: password again, and a meaning.
    pub needs_signature: bool,
}

impl Transition {
    /// The row of an action.
    pub fn of(action: Action) -> &'static Self {
        TRANSITIONS
            .iter()
            .find(|transition| transition.action == action)
            .unwrap_or(&TRANSITIONS[0])
    }
}

/// Who reports.
pub const REPORTERS: &[Role] = &[
    Role::Inspector,
    Role::Operator,
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
];

const ENGINEERS: &[Role] = &[
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
];
const QUALITY: &[Role] = &[Role::QualityEngineer, Role::QualityManager];
const EXECUTORS: &[Role] = &[
    Role::Operator,
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
];
const MANAGERS: &[Role] = &[Role::QualityManager];

const PLAIN: Transition = Transition {
    action: Action::StartAnalysis,
    from: &[],
    to: Status::Void,
    who: &[],
    reporter_while_reported: false,
    guards: &[],
    needs_reason: false,
    needs_signature: false,
};

/// The table.
pub const TRANSITIONS: &[Transition] = &[
    Transition {
        action: Action::StartAnalysis,
        from: &[Status::Reported],
        to: Status::Analysis,
        who: ENGINEERS,
        guards: &[Guard::SeveritySet, Guard::CriticalIsContained],
        ..PLAIN
    },
    Transition {
        action: Action::SubmitAnalysis,
        from: &[Status::Analysis],
        to: Status::Disposition,
        who: ENGINEERS,
        guards: &[Guard::ProcessAnalysis, Guard::EngineeringFindings],
        ..PLAIN
    },
    Transition {
        action: Action::ReturnToAnalysis,
        from: &[Status::Disposition],
        to: Status::Analysis,
        who: QUALITY,
        needs_reason: true,
        ..PLAIN
    },
    Transition {
        action: Action::ApproveDisposition,
        from: &[Status::Disposition],
        to: Status::Execution,
        who: QUALITY,
        guards: &[Guard::LinesAddUp, Guard::EngineeringAuthority],
        ..PLAIN
    },
    Transition {
        action: Action::ReturnToDisposition,
        from: &[Status::Execution],
        to: Status::Disposition,
        who: QUALITY,
        needs_reason: true,
        ..PLAIN
    },
    Transition {
        action: Action::CompleteExecution,
        from: &[Status::Execution],
        to: Status::Verification,
        who: EXECUTORS,
        guards: &[Guard::LinesDone, Guard::LaborRecorded],
        ..PLAIN
    },
    Transition {
        action: Action::FailVerification,
        from: &[Status::Verification],
        to: Status::Disposition,
        who: QUALITY,
        needs_reason: true,
        ..PLAIN
    },
    Transition {
        action: Action::Close,
        from: &[Status::Verification],
        to: Status::Closed,
        who: QUALITY,
        guards: &[
            Guard::LinesAddUp,
            Guard::Reinspected,
            Guard::FailureCode,
            Guard::SecondPerson,
        ],
        needs_signature: true,
        ..PLAIN
    },
    Transition {
        action: Action::Reopen,
        from: &[Status::Closed],
        to: Status::Disposition,
        who: MANAGERS,
        needs_reason: true,
        needs_signature: true,
        ..PLAIN
    },
    Transition {
        action: Action::Void,
        from: &[
            Status::Reported,
            Status::Analysis,
            Status::Disposition,
            Status::Execution,
            Status::Verification,
        ],
        to: Status::Void,
        who: MANAGERS,
        reporter_while_reported: true,
        needs_reason: true,
        ..PLAIN
    },
];
