//! How far a line comes: from where to where, as data; and what of a line is open to whoever looks at it.

use super::forms::{LineProgress, LineView};
use super::patch::lacks_authority_of;
use crate::actor::Actor;
use crate::defects::PermissionsView;
use crate::error::{Error, Result};
use crate::rights::field;
use crate::words::{Disposition, LineStatus};

/// What may be said of a line's progress where it is; the same may be said again.
const PROGRESS: &[(LineStatus, &[LineProgress])] = &[
    (LineStatus::Proposed, &[]),
    (
        LineStatus::Approved,
        &[LineProgress::InExecution, LineProgress::Done],
    ),
    (
        LineStatus::InExecution,
        &[LineProgress::InExecution, LineProgress::Done],
    ),
    (LineStatus::Done, &[LineProgress::Done]),
];

/// What whoever looks at a line may do with it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineRights {
    /// Change what becomes of the material, and why.
    pub change: bool,
    /// Give it the authority of engineering that it lacks.
    pub authorise: bool,
    /// Take the line back.
    pub remove: bool,
    /// Say how far it has come, and what is on record at its end.
    pub tell: bool,
    /// Say that somebody is at work on it.
    pub start: bool,
    /// Say that it is carried out.
    pub finish: bool,
    /// Say what inspection found after rework or repair.
    pub inspect: bool,
}

impl LineRights {
    /// By what the caller may do with the line's record, by how far the line has come, and by what it lacks.
    pub fn of(actor: &Actor, may: &PermissionsView, line: &LineView) -> Self {
        let rights = Self::where_it_is(may, line.status, line.disposition);
        Self {
            authorise: rights.change && lacks_authority_of(actor, line),
            ..rights
        }
    }

    /// But for the authority of engineering, which depends on more.
    fn where_it_is(may: &PermissionsView, now: LineStatus, disposition: Disposition) -> Self {
        let (change, tell) = (may.writes(field::LINES), may.writes(field::LINE_STATUS));
        let leads_to = |wanted: LineProgress| {
            tell && wanted.word() != now.word() && require_step(now, wanted).is_ok()
        };
        Self {
            change,
            authorise: false,
            remove: change && require_proposed(now).is_ok(),
            tell,
            start: leads_to(LineProgress::InExecution),
            finish: leads_to(LineProgress::Done),
            inspect: may.writes(field::LINE_REINSPECTION) && disposition.is_worked(),
        }
    }
}

/// Refuses (409) what may not be said of a line's progress where it is.
pub(super) fn require_step(now: LineStatus, wanted: LineProgress) -> Result<()> {
    let mut table = PROGRESS.iter();
    if table.any(|(from, said)| *from == now && said.contains(&wanted)) {
        return Ok(());
    }
    Err(Error::WrongState(format!(
        "a line goes from approved to in_execution and done; this one is {now}"
    )))
}

/// Refuses (409) taking back what is decided.
pub(super) fn require_proposed(now: LineStatus) -> Result<()> {
    if now == LineStatus::Proposed {
        return Ok(());
    }
    Err(Error::WrongState(format!(
        "only proposed lines can be removed; this one is {now}"
    )))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{LineProgress, LineRights, require_proposed, require_step};
    use crate::defects::{FieldAccess, PermissionsView};
    use crate::rights::field;
    use crate::words::{Disposition, LineStatus};

    /// Whoever writes these fields and no others.
    fn writes(fields: &[&str]) -> PermissionsView {
        let fields = fields
            .iter()
            .map(|field| ((*field).to_owned(), FieldAccess::Write));
        PermissionsView {
            fields: fields.collect(),
            actions: Vec::new(),
        }
    }

    #[test]
    fn a_line_goes_from_approved_to_in_execution_and_done_and_never_back() {
        for now in LineStatus::ALL {
            for wanted in LineProgress::ALL {
                let goes = matches!(
                    (now, wanted),
                    (LineStatus::Approved | LineStatus::InExecution, _)
                        | (LineStatus::Done, LineProgress::Done)
                );
                assert_eq!(
                    require_step(*now, *wanted).is_ok(),
                    goes,
                    "{now} to {wanted}"
                );
            }
            let is_proposed = *now == LineStatus::Proposed;
            assert_eq!(require_proposed(*now).is_ok(), is_proposed, "{now}");
        }
    }

    #[test]
    fn what_is_offered_of_a_line_leads_on_from_where_it_is() {
        let teller = writes(&[field::LINE_STATUS]);
        for (now, start, finish) in [
            (LineStatus::Proposed, false, false),
            (LineStatus::Approved, true, true),
            (LineStatus::InExecution, false, true),
            (LineStatus::Done, false, false),
        ] {
            let offered = LineRights::where_it_is(&teller, now, Disposition::Rework);
            let expected = LineRights {
                tell: true,
                start,
                finish,
                ..LineRights::default()
            };
            assert_eq!(offered, expected, "{now}");
        }
    }

    #[test]
    fn whoever_writes_nothing_of_a_line_is_offered_nothing() {
        let reader = PermissionsView {
            fields: BTreeMap::from([(field::LINES.to_owned(), FieldAccess::Read)]),
            actions: Vec::new(),
        };
        for now in LineStatus::ALL {
            let offered = LineRights::where_it_is(&reader, *now, Disposition::Rework);
            assert_eq!(offered, LineRights::default(), "{now}");
        }
    }

    #[test]
    fn only_rework_and_repair_are_inspected_again() {
        let inspector = writes(&[field::LINE_REINSPECTION]);
        for disposition in Disposition::ALL {
            let offered = LineRights::where_it_is(&inspector, LineStatus::Done, *disposition);
            let is_worked = matches!(disposition, Disposition::Rework | Disposition::Repair);
            assert_eq!(offered.inspect, is_worked, "{disposition}");
        }
    }

    #[test]
    fn what_is_decided_is_changed_and_not_taken_back() {
        let proposer = writes(&[field::LINES]);
        for now in LineStatus::ALL {
            let offered = LineRights::where_it_is(&proposer, *now, Disposition::Scrap);
            let is_proposed = *now == LineStatus::Proposed;
            assert_eq!(
                (offered.change, offered.remove),
                (true, is_proposed),
                "{now}"
            );
        }
    }
}
