//! Reminders: what has become overdue is told by itself, once for each due date.
//!
//! The server calls [`remind`] from time to time, as many servers as there are. What is told is written down beside the
//! due date in the transaction that writes the notice, by an update that only one of them can win; so it is neither told
//! twice nor forgotten. Where nobody listens that is all that happens: whoever begins to listen is told of what becomes
//! overdue from then on, and not of all that was.

use crate::error::Result;
use crate::system::System;
use crate::{corrective, defects};

/// Tells of some of what has become overdue; answers of how many things. Ask again while there are any. Where there are
/// none nothing is written.
///
/// # Errors
/// `ReadOnly`, `Database`.
pub async fn remind(system: &System) -> Result<usize> {
    let defects = defects::overdue::newly_overdue(system).await?.len();
    Ok(defects + corrective::overdue::newly_overdue(system).await?)
}
