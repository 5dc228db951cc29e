//! Records through the service, on every database: reported, edited, listed, with all that stands under them; what
//! is refused and leaves nothing behind; what happens at the same time; and the history that shows tampering.
//!
//! Who may do what in which state is in `tests/defects`.

#![expect(clippy::unwrap_used, reason = "a test")]

mod chain;
mod children;
mod cost;
mod cursors;
mod edit;
mod filters;
mod forging;
mod history;
mod idempotency;
mod labor;
mod lines;
mod paging;
mod plant;
mod races;
mod read_only;
mod refusals;
mod replays;
mod report;
mod sizes;
mod tampered_records;
mod tampering;
mod writes;
