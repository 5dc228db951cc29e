//! SQLite: parts of a transaction that can be undone alone, without statements of their own.
//!
//! Each statement is handed to the file's thread and waited for, which takes longer than most statements do. So the
//! savepoint of a part goes in front of the part's first statement, where that is a question, with the release of the part
//! before; COMMIT releases the last one.
//!
//! Two names take turns. Should a part's first statement be given up before it was sent, its savepoint is not there, and
//! undoing the part fails, with all of the transaction; under one name for all it would undo the part before.

const NAMES: [&str; 2] = ["part_a", "part_b"];

/// Where the parts of a transaction stand.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// A savepoint that goes in front of the next statement.
    wanted: Option<&'static str>,
    /// The savepoint that is there.
    open: Option<&'static str>,
}

impl Parts {
    /// What follows is a part.
    pub(crate) fn begin(&mut self) {
        let [first, second] = NAMES;
        self.wanted = Some(if self.open == Some(first) {
            second
        } else {
            first
        });
    }

    /// What goes in front of the next statement.
    pub(crate) fn before(&mut self) -> Option<String> {
        let wanted = self.wanted.take()?;
        let before = match self.open.replace(wanted) {
            Some(open) => format!("RELEASE {open}; SAVEPOINT {wanted}; "),
            None => format!("SAVEPOINT {wanted}; "),
        };
        Some(before)
    }

    /// The part stays.
    pub(crate) fn keep(&mut self) {
        self.wanted = None;
    }

    /// What undoes the part, if it has done anything.
    pub(crate) fn undo(&mut self) -> Option<String> {
        if self.wanted.take().is_some() {
            return None;
        }
        let open = self.open.take()?;
        Some(format!("ROLLBACK TO {open}; RELEASE {open}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_savepoint_goes_with_the_first_statement_and_releases_the_one_before() {
        let mut parts = Parts::default();
        assert_eq!(parts.before(), None, "the first write is in no part");
        parts.begin();
        assert_eq!(parts.before().as_deref(), Some("SAVEPOINT part_a; "));
        assert_eq!(parts.before(), None);
        parts.keep();
        parts.begin();
        let next = parts.before();
        assert_eq!(next.as_deref(), Some("RELEASE part_a; SAVEPOINT part_b; "));
        let undone = parts.undo();
        assert_eq!(
            undone.as_deref(),
            Some("ROLLBACK TO part_b; RELEASE part_b")
        );
        parts.begin();
        assert_eq!(parts.before().as_deref(), Some("SAVEPOINT part_a; "));
    }

    #[test]
    fn a_part_that_did_nothing_leaves_the_one_before_alone() {
        let mut parts = Parts::default();
        parts.begin();
        parts.before();
        parts.keep();
        parts.begin();
        assert_eq!(parts.undo(), None);
        parts.begin();
        parts.keep();
        assert_eq!(parts.before(), None);
        parts.begin();
        let next = parts.before();
        assert_eq!(next.as_deref(), Some("RELEASE part_a; SAVEPOINT part_b; "));
    }
}
