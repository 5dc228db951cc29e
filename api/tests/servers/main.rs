//! Several servers on one database, as processes of their own: they start together, know the same sessions, keep the
//! same counts, and leave one after another without losing a request.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test")]

mod client;
mod limits;
#[expect(
    dead_code,
    reason = "shared with the tests of hostile requests, which use more of it"
)]
mod process;
mod reminders;
mod restart;
mod shared;
mod start;
mod wire;
