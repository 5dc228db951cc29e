//! Records through the service, on every database: reported, edited, listed, with all that stands under them; what
//! is refused and leaves nothing behind; what happens at the same time; and the history that shows tampering.
//!
//! Who may do what in which state is in `tests/defects`.

#![expect(clippy::unwrap_used, reason = "a test")]

mod anchors;
mod attachments;
mod chain;
mod checking;
mod children;
mod clocks;
mod cost;
mod costly;
mod cursors;
mod edit;
mod erasing;
mod filters;
mod floor;
mod forging;
mod history;
mod idempotency;
mod labor;
mod lines;
mod links;
mod names;
mod narrowing;
mod notes;
mod paging;
mod plant;
mod races;
mod read_only;
mod refusals;
mod replays;
mod report;
mod similar;
mod sizes;
mod tampered_erasures;
mod tampered_records;
mod tampering;
mod translations;
mod views;
mod writes;
