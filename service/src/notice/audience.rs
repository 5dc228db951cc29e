//! Who is told of what, on one screen; whoever wants it says so himself ([`crate::subscription`]).
//!
//! Nobody is told of what he did himself. What a person may read is asked again when his mail is sent.

use super::{Event, People};
use crate::role::{Role, Roles};

/// Whom an event may concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Who reported the defect.
    Reporter,
    /// Who it is assigned to.
    Assignee,
    /// Who it is assigned to, or who reported it while it is nobody's.
    InCharge,
    /// Whom the event itself names.
    Named,
    /// Everybody whose vote is asked for: with one of the roles that are missing, and free to vote.
    Voters,
    /// Everybody with one of these roles.
    Roles(&'static [Role]),
}

use Audience::{Assignee, InCharge, Named, Reporter, Roles as Of, Voters};

const QUALITY: Audience = Of(&[Role::QualityEngineer, Role::QualityManager]);

/// The table.
#[rustfmt::skip]
pub const TOLD: &[(Event, &[Audience])] = &[
    (Event::Reported,       &[QUALITY]),
    (Event::Assigned,       &[Assignee]),
    (Event::Moved,          &[Reporter, Assignee]),
    (Event::Signed,         &[Reporter, Assignee]),
    (Event::Closed,         &[Reporter, Assignee, QUALITY]),
    (Event::Reopened,       &[Reporter, Assignee, QUALITY]),
    (Event::Void,           &[Reporter, Assignee]),
    (Event::Overdue,        &[InCharge, Of(&[Role::QualityManager])]),
    (Event::ApprovalNeeded, &[Voters]),
    (Event::CarDue,         &[Named]),
    (Event::Mentioned,      &[Named]),
];

/// Whether a person with these roles is told of an event that concerns these people.
pub(crate) fn is_told(event: Event, concerned: &People, person: i64, roles: Roles) -> bool {
    let row = TOLD.iter().find(|(of, _)| *of == event);
    let is_meant = |audience: &Audience| match audience {
        Reporter => concerned.reporter == Some(person),
        Assignee => concerned.assignee == Some(person),
        InCharge => concerned.assignee.or(concerned.reporter) == Some(person),
        Named => concerned.named.contains(&person),
        Voters => roles.has_any(&concerned.asked) && !concerned.barred.contains(&person),
        Of(among) => roles.has_any(among),
    };
    // Without a role nothing can be read.
    !roles.is_empty() && row.is_some_and(|(_, audiences)| audiences.iter().any(is_meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_row() {
        let rows: Vec<_> = TOLD.iter().map(|(event, _)| *event).collect();
        assert_eq!(rows, Event::ALL);
    }

    #[test]
    fn a_person_is_told_of_what_concerns_him() {
        let concerned = People {
            reporter: Some(1),
            assignee: Some(2),
            named: vec![3],
            asked: vec![Role::TechEngineer],
            barred: vec![4],
        };
        let roles = |role: Role| [role].into_iter().collect::<Roles>();
        let told = |event, person, role| is_told(event, &concerned, person, roles(role));
        assert!(told(Event::Moved, 1, Role::Inspector));
        assert!(told(Event::Moved, 2, Role::Viewer));
        assert!(!told(Event::Moved, 3, Role::QualityManager));
        assert!(told(Event::Reported, 4, Role::QualityEngineer));
        assert!(!told(Event::Reported, 4, Role::Inspector));
        assert!(told(Event::Mentioned, 3, Role::Operator));
        assert!(
            told(Event::Overdue, 2, Role::Operator) && !told(Event::Overdue, 1, Role::Operator)
        );
        assert!(told(Event::ApprovalNeeded, 5, Role::TechEngineer));
        assert!(!told(Event::ApprovalNeeded, 5, Role::QualityManager));
        assert!(!told(Event::ApprovalNeeded, 4, Role::TechEngineer));
        assert!(!is_told(Event::Moved, &concerned, 1, Roles::default()));
        let nobodys = People {
            assignee: None,
            ..concerned
        };
        let operator = [Role::Operator].into_iter().collect();
        assert!(is_told(Event::Overdue, &nobodys, 1, operator));
    }
}
