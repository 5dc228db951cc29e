//! The life of a defect on every database: who may write what when, who may move it, and the whole way to closure.

#![expect(clippy::unwrap_used, reason = "a test")]

mod approvals;
mod asked_first;
mod concessions;
mod dispositions;
mod lifecycle;
mod permissions;
mod rights;
mod spending;
mod transitions;
mod walks;

use service::Error;
use testkit::design::Expected;

/// What the service's answer amounts to, in the words of the design's tables.
fn outcome<T>(answer: Result<T, Error>) -> Result<Expected, Error> {
    match answer {
        Ok(_) => Ok(Expected::Allowed),
        Err(Error::Forbidden { .. }) => Ok(Expected::Forbidden),
        Err(Error::WrongState(_)) => Ok(Expected::WrongState),
        Err(other) => Err(other),
    }
}
