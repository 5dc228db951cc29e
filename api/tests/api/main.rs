//! The API and the command line as people meet them: through the same `app` that `dmt` serves, or `dmt` itself.
#![expect(clippy::unwrap_used, reason = "a test")]

mod archive;
mod attachments;
mod audit;
mod charts;
mod client;
mod command_line;
mod corrective;
mod cost;
mod deadline;
mod decisions;
mod doctor;
mod examples;
mod files;
mod generated;
mod headers;
mod inspections;
mod layering;
mod life;
mod notifications;
mod problems;
mod reports;
mod rights;
mod shutdown;
mod system;
mod translations;
mod versions;
mod views;
