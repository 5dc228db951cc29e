//! The pages as a browser meets them, without the browser: cookies, forms, what is shown and what is refused.
#![expect(clippy::unwrap_used, reason = "a test")]

mod admin;
mod board;
mod client;
mod corrective;
mod floor;
mod home;
mod inspections;
mod list;
mod me;
mod paper;
mod record;
mod record_lines;
mod record_parts;
mod reports;
mod set_up;
mod sign_in;
