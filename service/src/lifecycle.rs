//! The life of a defect as data: which action leads from where to where, who takes it, and what must hold first.
//!
//! The table is all there is; [`crate::defects::transition`] walks it, [`crate::defects::guards`] says for each
//! guard what a record lacks, and `docs/permissions.md` is printed from here.

use crate::role::{Role, Roles};
use crate::words::{Signed, Status};

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
    /// Every use_as_is and repair line carries the authority of engineering, set by a technical engineer, or one has
    /// voted for the proposal.
    EngineeringAuthority,
    /// Every vote that an approval rule asks for stands.
    Votes,
    /// The concessions that lines refer to cover them, and none is missing.
    Concessions,
    /// Every line is done, scrap included.
    LinesDone,
    /// What was scrapped was rendered unusable, what went back has a number.
    Evidence,
    /// With a rework or repair line there is labor on the record.
    LaborRecorded,
    /// Every rework and repair line passed its inspection.
    Reinspected,
    /// The failure code is set.
    FailureCode,
    /// Of a major or critical record the closer is not the reporter.
    SecondPerson,
    /// No corrective action request about the defect is open.
    NoOpenRequest,
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
                "use_as_is and repair lines carry `authority: engineering` set by a tech_engineer, or a tech_engineer votes for them"
            }
            Self::Votes => "the votes that approval rules ask for",
            Self::Concessions => {
                "use_as_is and repair lines have a valid concession where the customer owns the part's design or an \
                 approval rule asks for the customer; a concession's quantity is not exceeded"
            }
            Self::Evidence => {
                "scrap rendered unusable (by whom, when); returns with a return number"
            }
            Self::LinesDone => "every line done, scrap included",
            Self::LaborRecorded => "with a rework or repair line, labor on the record",
            Self::Reinspected => "rework and repair lines re-inspected `pass`",
            Self::FailureCode => "failure code",
            Self::SecondPerson => "for major and critical the closer is not the reporter",
            Self::NoOpenRequest => "no corrective action request about it is open",
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
    /// Those of them whose daily work it is: for them a record waits until it is done. A step back or out waits for nobody.
    pub waits_for: &'static [Role],
    /// Whether the reporter may do it too, while the record is reported.
    pub reporter_while_reported: bool,
    /// What must hold first.
    pub guards: &'static [Guard],
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Whether it is signed: password again, and a meaning.
    pub needs_signature: bool,
    /// Whether it is signed where an approval rule asks for it.
    pub signed_by_rule: bool,
}

impl Action {
    /// What a signature under it is called, where it may have one.
    pub fn signed(self) -> Option<Signed> {
        match self {
            Self::ApproveDisposition => Some(Signed::ApproveDisposition),
            Self::Close => Some(Signed::Close),
            Self::Reopen => Some(Signed::Reopen),
            _ => None,
        }
    }
}

impl Transition {
    /// The row of an action.
    pub fn of(action: Action) -> &'static Self {
        TRANSITIONS
            .iter()
            .find(|transition| transition.action == action)
            .unwrap_or(&TRANSITIONS[0])
    }

    /// The row that leads on from a state: neither back nor out, for which a reason is given.
    pub fn onward(from: Status) -> Option<&'static Self> {
        TRANSITIONS
            .iter()
            .find(|transition| !transition.needs_reason && transition.from.contains(&from))
    }
}

/// The states in which records wait for any of some roles, in the order of a record's life.
pub fn waiting_for(roles: Roles) -> impl Iterator<Item = Status> {
    let waits = move |status: &Status| {
        let mut table = TRANSITIONS.iter();
        table.any(|row| roles.has_any(row.waits_for) && row.from.contains(status))
    };
    Status::ALL.iter().copied().filter(waits)
}

/// Whether any of some roles looks for what becomes of its own reports: it reports, and does not analyse them.
pub fn follows_reports(roles: Roles) -> bool {
    let analyses = Transition::of(Action::StartAnalysis).who;
    let mut reporters = REPORTERS.iter();
    reporters.any(|role| roles.has(*role) && !analyses.contains(role))
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
const ANALYSTS: &[Role] = &[Role::TechEngineer];
const OPERATORS: &[Role] = &[Role::Operator];

const PLAIN: Transition = Transition {
    action: Action::StartAnalysis,
    from: &[],
    to: Status::Void,
    who: &[],
    waits_for: &[],
    reporter_while_reported: false,
    guards: &[],
    needs_reason: false,
    needs_signature: false,
    signed_by_rule: false,
};

/// The table.
pub const TRANSITIONS: &[Transition] = &[
    Transition {
        action: Action::StartAnalysis,
        from: &[Status::Reported],
        to: Status::Analysis,
        who: ENGINEERS,
        waits_for: ANALYSTS,
        guards: &[Guard::SeveritySet, Guard::CriticalIsContained],
        ..PLAIN
    },
    Transition {
        action: Action::SubmitAnalysis,
        from: &[Status::Analysis],
        to: Status::Disposition,
        who: ENGINEERS,
        waits_for: ANALYSTS,
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
        waits_for: QUALITY,
        guards: &[
            Guard::LinesAddUp,
            Guard::EngineeringAuthority,
            Guard::Votes,
            Guard::Concessions,
        ],
        signed_by_rule: true,
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
        waits_for: OPERATORS,
        guards: &[Guard::LinesDone, Guard::Evidence, Guard::LaborRecorded],
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
        waits_for: QUALITY,
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
        guards: &[Guard::NoOpenRequest],
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

#[cfg(test)]
mod tests {
    use Role::{Admin, Inspector, Operator, QualityEngineer, QualityManager, TechEngineer, Viewer};
    use Status::{Analysis, Closed, Disposition, Execution, Reported, Verification, Void};

    use super::{Action, TRANSITIONS, Transition, follows_reports, waiting_for};
    use crate::rights::When;
    use crate::role::{Role, Roles};
    use crate::words::Status;

    fn waits(roles: &[Role]) -> Vec<Status> {
        waiting_for(roles.iter().copied().collect()).collect()
    }

    #[test]
    fn a_record_waits_for_those_whose_work_its_next_step_is() {
        let quality: &[Status] = &[Disposition, Verification];
        let table: [(Role, &[Status]); 7] = [
            (Admin, &[]),
            (Inspector, &[]),
            (Operator, &[Execution]),
            (TechEngineer, &[Reported, Analysis]),
            (QualityEngineer, quality),
            (QualityManager, quality),
            (Viewer, &[]),
        ];
        for (role, states) in table {
            assert_eq!(waits(&[role]), states, "{role}");
        }
        let both = waits(&[Operator, TechEngineer]);
        assert_eq!(both, [Reported, Analysis, Execution]);
        assert_eq!(
            waits(Role::ALL),
            When::Open.states(),
            "no open record waits for nobody"
        );
    }

    #[test]
    fn only_who_takes_a_step_onward_is_waited_for() {
        for row in TRANSITIONS {
            let takes = row.waits_for.iter().all(|role| row.who.contains(role));
            assert!(takes, "{}", row.action);
            assert_eq!(row.waits_for.is_empty(), row.needs_reason, "{}", row.action);
        }
    }

    #[test]
    fn each_open_state_has_one_step_onward() {
        let next = [
            (Reported, Some(Action::StartAnalysis)),
            (Analysis, Some(Action::SubmitAnalysis)),
            (Disposition, Some(Action::ApproveDisposition)),
            (Execution, Some(Action::CompleteExecution)),
            (Verification, Some(Action::Close)),
            (Closed, None),
            (Void, None),
        ];
        for (status, action) in next {
            let row = Transition::onward(status);
            assert_eq!(row.map(|row| row.action), action, "{status}");
        }
    }

    #[test]
    fn who_reports_and_does_not_analyse_follows_his_reports() {
        for role in Role::ALL {
            let roles: Roles = [*role].into_iter().collect();
            let follows = matches!(role, Inspector | Operator);
            assert_eq!(follows_reports(roles), follows, "{role}");
        }
        let both: Roles = [Inspector, TechEngineer].into_iter().collect();
        assert!(follows_reports(both));
    }
}
