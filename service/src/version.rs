//! Which version of a record a change is meant for, so that nobody overwrites what he has not seen.

use crate::error::{Error, Result};

/// What the caller said about the version: the If-Match of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Nothing.
    Missing,
    /// Whatever version there is (`*`).
    Any,
    /// One of these.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// For changes that must say which version they are meant for.
    pub fn demand(&self, current: i64) -> Result<()> {
        match self {
            Self::Missing => Err(Error::VersionMissing),
            _ => self.check(current),
        }
    }

    /// For changes that may say it.
    pub fn check(&self, current: i64) -> Result<()> {
        match self {
            Self::Versions(versions) if !versions.contains(&current) => {
                Err(Error::VersionStale { current })
            }
            _ => Ok(()),
        }
    }
}
