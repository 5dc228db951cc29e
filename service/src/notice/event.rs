//! What people and programs can be told of.

use crate::error::Result;

crate::choice! {
    /// Something that happens to a record.
    pub enum Event {
        /// A defect was reported.
        Reported = "reported",
        /// A defect was given to somebody.
        Assigned = "assigned",
        /// A defect went to another state; closing, reopening and voiding are told as such.
        Moved = "moved",
        /// A signature was given.
        Signed = "signed",
        /// A defect was closed.
        Closed = "closed",
        /// A closed defect was opened again.
        Reopened = "reopened",
        /// A defect was declared void.
        Void = "void",
        /// What was due is not done.
        Overdue = "overdue",
        /// Somebody's decision is waited for.
        ApprovalNeeded = "approval_needed",
        /// A corrective action request, a step of it or an action is due and not done.
        CarDue = "car_due",
        /// Somebody was mentioned in a note.
        Mentioned = "mentioned",
    }
}

impl Event {
    /// The `type` of a webhook's body.
    pub fn kind(self) -> String {
        match self {
            Self::CarDue => "corrective_action.due".to_owned(),
            other => format!("defect.{other}"),
        }
    }
}

/// A set of events, stored as their words with commas between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u32);

impl Events {
    /// Whether `event` is among them.
    pub fn has(self, event: Event) -> bool {
        self.0 & bit(event) != 0
    }

    /// Both sets together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The events, in the order in which they happen.
    pub fn iter(self) -> impl Iterator<Item = Event> {
        let all = Event::ALL.iter().copied();
        all.filter(move |event| self.has(*event))
    }

    /// As they are stored.
    pub(crate) fn words(self) -> String {
        let words: Vec<_> = self.iter().map(Event::word).collect();
        words.join(",")
    }

    /// What of that this program knows: a newer server, which knows more, may run beside it.
    pub(crate) fn known(words: &str) -> Self {
        let words = words.split(',').map(Event::stored);
        words.filter_map(Result::ok).collect()
    }

    /// What is stored.
    pub(crate) fn stored(words: &str) -> Result<Self> {
        words.split(',').map(Event::stored).collect()
    }
}

impl FromIterator<Event> for Events {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        Self(events.into_iter().fold(0, |set, event| set | bit(event)))
    }
}

const fn bit(event: Event) -> u32 {
    1 << event as u32
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_set_of_events_reads_as_it_was_stored() {
        let events: Events = [Event::Void, Event::Reported].into_iter().collect();
        assert_eq!(events.words(), "reported,void");
        assert_eq!(Events::stored("reported,void").unwrap(), events);
        assert!(events.has(Event::Void) && !events.has(Event::Moved));
        assert_eq!(Events::known("reported,melted,void"), events);
        let all: Events = Event::ALL.iter().copied().collect();
        assert!(all.words().len() <= 500, "the column's length");
        assert!(Events::stored("moved,burnt").is_err());
    }
}
