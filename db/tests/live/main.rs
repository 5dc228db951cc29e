//! The crate against real databases: each behaviour is named once and runs on every engine.
//!
//! Servers are found as everywhere (`testkit::server_url`); the user there must be allowed to create databases and
//! users.
#![expect(clippy::unwrap_used, reason = "a test")]

mod bulk;
mod connect;
mod deadline;
mod errors;
mod file;
mod in_place;
mod late;
mod lend;
mod lock;
mod lost;
mod reading;
mod scratch;
mod sqlite;
mod write;
