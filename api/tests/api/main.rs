//! The API and the command line as people meet them: through the same `app` that `dmt` serves, or `dmt` itself.
#![expect(clippy::unwrap_used, reason = "a test")]

mod client;
mod command_line;
mod deadline;
mod doctor;
mod examples;
mod files;
mod generated;
mod headers;
mod layering;
mod life;
mod problems;
mod rights;
mod shutdown;
mod system;
mod versions;
