//! By which messages the tables of rights are told: nothing new in a table compiles, or passes the test, without one.

use service::corrective::lifecycle::Guard as CorrectiveGuard;
use service::lifecycle::Guard;
use service::rights::{Right, When};

/// The message of a group of fields: named after the first of them.
pub(super) fn right(kind: &str, right: &Right) -> String {
    let first = right.fields.first().copied().unwrap_or_default();
    format!("{kind}-{}", first.replace(['_', '.'], "-"))
}

/// When something is written (`admin-right-writes-…`).
pub(super) fn when(when: When) -> &'static str {
    match when {
        When::Always => "always",
        When::Open => "open",
        When::OwnOpen => "own-open",
        When::Reported => "reported",
        When::OwnReported => "own-reported",
        When::BeforeExecution => "before-execution",
        When::AnalysisExecution => "analysis-execution",
        When::AnalysisDisposition => "analysis-disposition",
        When::Disposition => "disposition",
        When::Execution => "execution",
        When::Verification => "verification",
    }
}

/// What must hold before an action (`admin-guard-…`).
pub(super) fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::SeveritySet => "severity-set",
        Guard::CriticalIsContained => "critical-is-contained",
        Guard::ProcessAnalysis => "process-analysis",
        Guard::EngineeringFindings => "engineering-findings",
        Guard::LinesAddUp => "lines-add-up",
        Guard::EngineeringAuthority => "engineering-authority",
        Guard::Votes => "votes",
        Guard::Concessions => "concessions",
        Guard::LinesDone => "lines-done",
        Guard::Evidence => "evidence",
        Guard::LaborRecorded => "labor-recorded",
        Guard::Reinspected => "reinspected",
        Guard::FailureCode => "failure-code",
        Guard::SecondPerson => "second-person",
        Guard::NoOpenRequest => "no-open-request",
    }
}

/// What must hold before a move of a corrective action request (`admin-guard-car-…`).
pub(super) fn corrective_guard(guard: CorrectiveGuard) -> &'static str {
    match guard {
        CorrectiveGuard::Written => "written",
        CorrectiveGuard::ContainmentDone => "containment-done",
        CorrectiveGuard::CausesVerified => "causes-verified",
        CorrectiveGuard::CorrectiveChosen => "corrective-chosen",
        CorrectiveGuard::CorrectiveVerified => "corrective-verified",
        CorrectiveGuard::PreventiveVerified => "preventive-verified",
        CorrectiveGuard::Effective => "effective",
        CorrectiveGuard::SecondPerson => "second-person",
    }
}

#[cfg(test)]
mod tests {
    use service::corrective::lifecycle::{CorrectiveMove, TRANSITIONS as MOVES};
    use service::lifecycle::TRANSITIONS;
    use service::notice::Event;
    use service::rights::{CORRECTIVE, Cell, RIGHTS};
    use service::role::Role;
    use service::words::Language;

    use super::*;
    use crate::web::wording::Words;

    #[test]
    fn everything_in_the_tables_has_its_message() {
        let mut ids: Vec<String> = Vec::new();
        for (kind, rights) in [("admin-right", RIGHTS), ("admin-right-car", CORRECTIVE)] {
            for row in rights {
                ids.push(right(kind, row));
                for role in Role::ALL {
                    if let Cell::Write(at) = row.cell(*role) {
                        ids.push(format!("admin-right-writes-{}", when(at)));
                    }
                }
            }
        }
        for row in TRANSITIONS {
            let guards = row.guards.iter();
            ids.extend(guards.map(|it| format!("admin-guard-{}", guard(*it))));
        }
        for row in MOVES {
            let guards = row.guards.iter();
            ids.extend(guards.map(|it| format!("admin-guard-car-{}", corrective_guard(*it))));
        }
        let moves = CorrectiveMove::ALL.iter().map(|it| it.word());
        ids.extend(moves.map(|word| format!("admin-move-{}", word.replace('_', "-"))));
        let events = Event::ALL.iter().map(|it| it.word());
        ids.extend(events.map(|word| format!("admin-event-{}", word.replace('_', "-"))));
        let english = Words::of(Language::English);
        ids.retain(|id| english.maybe(id).is_none());
        assert_eq!(ids, Vec::<String>::new());
    }
}
